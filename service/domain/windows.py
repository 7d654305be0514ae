"""Response windows: the firm's targets per channel, and Meta's 24 hours for free text."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.terms import CalendarKind, Channel
from service.domain.business_time import Calendar
from service.domain.hours import Hours, calendar

# Meta's customer service window: free text is allowed for 24 h after the customer's last message (Cloud API docs).
META = timedelta(hours=24)
# Who comes from an advertisement and is answered within META costs nothing for this long from the answer on (pricing).
FREE_ENTRY = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Target:
    """What the firm promises on a channel: a limit and an ideal in minutes, and the calendar in which they count.

    `resolve_minutes`: until when a matter has to be settled; None, as it is at first, for no such promise.
    """

    limit_minutes: int
    kind: CalendarKind
    ideal_minutes: int | None = None
    resolve_minutes: int | None = None


# S4.22, S4.23, S4.74, S4.75.
DEFAULT_TARGETS: dict[Channel, Target] = {
    Channel.EMAIL: Target(limit_minutes=24 * 60, kind=CalendarKind.WERKTAGE),
    Channel.WHATSAPP: Target(limit_minutes=4 * 60, kind=CalendarKind.OEFFNUNG, ideal_minutes=15),
}


@dataclass(frozen=True, slots=True)
class Window:
    """A target with the calendar in which it runs."""

    limit: timedelta
    kind: CalendarKind
    calendar: Calendar
    ideal: timedelta | None = None
    resolve: timedelta | None = None


def window(target: Target, hours: Hours) -> Window:
    """Return the window of a target under the firm's hours. Raises ValueError for malformed hours."""
    limit, ideal, resolve = (
        None if minutes is None else timedelta(minutes=minutes)
        for minutes in (target.limit_minutes, target.ideal_minutes, target.resolve_minutes)
    )
    return Window(limit or timedelta(0), target.kind, calendar(target.kind, hours), ideal, resolve)


def meta_until(last_customer_at: datetime) -> datetime:
    """Return until when Meta allows free text: 86,400 s after Meta's time of the last message of the customer (D16)."""
    return last_customer_at + META


def meta_is_open(until: datetime | None, now: datetime) -> bool:
    """Say whether free text is allowed at `now`; the instant at which the window ends is outside."""
    return until is not None and now < until


def free_until(entries: Iterable[datetime], answers: Iterable[datetime]) -> datetime | None:
    """Return until when every message is free because somebody came from an advertisement (`entries`); None for never.

    The first answer within 24 h opens it; it says nothing about free text, which META alone allows (Cloud API,
    pricing, "free entry point").
    """
    sent = sorted(answers)
    opened = (next((at for at in sent if entry <= at < entry + META), None) for entry in entries)
    return max((at + FREE_ENTRY for at in opened if at is not None), default=None)
