"""Sums over the tallies: what figures and charts read instead of messages."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from models.account import Account
from models.clock_event import ClockEvent
from models.message import Conversation
from models.tally import ReactionBucket, Tally
from models.terms import Channel, ClockKind
from service.domain import kpi
from service.store.behind import OPEN, WAITING
from service.store.scope import Frame, of_channel


@dataclass(frozen=True, slots=True)
class Sum:
    """Counts of some days: inbound messages, final ones, answered windows, their open seconds, those in goal."""

    received: int = 0
    final: int = 0
    stops: int = 0
    open_seconds: int = 0
    in_goal: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        """Return both together."""
        return Sum(
            self.received + other.received,
            self.final + other.final,
            self.stops + other.stops,
            self.open_seconds + other.open_seconds,
            self.in_goal + other.in_goal,
        )

    @property
    def quote(self) -> float | None:
        """Return the share of final messages in percent; None without messages."""
        return kpi.share(self.final, self.received)

    @property
    def mean(self) -> float | None:
        """Return the mean reaction time in minutes; None without answers."""
        return self.open_seconds / 60 / self.stops if self.stops > 0 else None

    @property
    def kept(self) -> float | None:
        """Return the share of answers in goal in percent; None without answers."""
        return kpi.share(self.in_goal, self.stops)


NOTHING = Sum()


def _summed(*columns: ColumnElement[int] | InstrumentedAttribute[int]) -> tuple[ColumnElement[int], ...]:
    return tuple(func.sum(column) for column in (*columns, Tally.stops, Tally.open_seconds, Tally.in_goal))


# The same mail in several own mailboxes counts under each of them, but once for the whole firm.
_EACH = _summed(Tally.received, Tally.final)
_ONCE = _summed(Tally.received - Tally.copied, Tally.final - Tally.copied_final)

ByDay = dict[tuple[str, Channel], Sum]


def by_day(at: Frame, days: Sequence[date]) -> ByDay:
    """Return the sums of consecutive local days, by ISO date and channel."""
    found = at.turn.session.execute(
        select(Tally.day, Account.channel, *(_ONCE if at.scope.account_ids is None else _EACH))
        .join(Account, Account.id == Tally.account_id)
        .where(*_between(Tally.day, days), *at.limits(Tally.account_id, None))
        .group_by(Tally.day, Account.channel)
    )
    return {(day, channel): Sum(*(int(value or 0) for value in values)) for day, channel, *values in found}


def once(at: Frame, counted: InstrumentedAttribute[int], copied: InstrumentedAttribute[int]) -> ColumnElement[int]:
    """Return a count in which a mail counts once for the whole firm, and under each mailbox of a narrower scope."""
    return counted - copied if at.scope.account_ids is None else counted + 0


def by_account(at: Frame, days: Sequence[date]) -> dict[int, Sum]:
    """Return the sums of consecutive local days by account."""
    found = at.turn.session.execute(
        select(Tally.account_id, *_EACH)
        .where(*_between(Tally.day, days), *at.limits(Tally.account_id, None))
        .group_by(Tally.account_id)
    )
    return {account_id: Sum(*(int(value or 0) for value in values)) for account_id, *values in found}


def total(sums: ByDay, days: Iterable[date], channels: Iterable[Channel] = tuple(Channel)) -> Sum:
    """Return the sum over days and channels."""
    chosen, wanted = {day.isoformat() for day in days}, set(channels)
    return sum((one for (day, channel), one in sums.items() if day in chosen and channel in wanted), NOTHING)


def histograms(at: Frame, days: Sequence[date], channel: Channel) -> dict[str, dict[int, int]]:
    """Return the histogram of reaction times of a channel for each local day that has answers."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for day, bucket, stops in at.turn.session.execute(
        select(ReactionBucket.day, ReactionBucket.bucket, func.sum(ReactionBucket.stops))
        .where(
            *_between(ReactionBucket.day, days),
            of_channel(ReactionBucket.account_id, channel),
            *at.limits(ReactionBucket.account_id, None),
        )
        .group_by(ReactionBucket.day, ReactionBucket.bucket)
    ):
        if stops:
            found[day][bucket] = int(stops)
    return found


def merged(histograms_: Iterable[dict[int, int]]) -> dict[int, int]:
    """Return several histograms as one."""
    whole: dict[int, int] = defaultdict(int)
    for histogram in histograms_:
        for bucket, stops in histogram.items():
            whole[bucket] += stops
    return dict(whole)


def waiting_at(
    at: Frame, moments: Sequence[datetime], channel: Channel | None = None, longer_than: timedelta = timedelta(0)
) -> tuple[int, ...]:
    """Return how many windows ran at each moment, for longer than a span, counted from clock events and what waits now.

    A conversation that somebody closed without an answer counts only where its end was written down.
    """
    ended = _count(ClockEvent.started_at, moments, longer_than, ClockEvent.at)
    events = select(*ended).where(
        ClockEvent.kind.in_((ClockKind.STOPP, ClockKind.ENDE_OHNE_ANTWORT)),
        ClockEvent.at > min(moments),
        or_(ClockEvent.wall_s.is_(None), ClockEvent.wall_s >= int(longer_than.total_seconds())),
        ClockEvent.channel.in_(tuple(Channel) if channel is None else (channel,)),
        *at.limits(ClockEvent.account_id, ClockEvent.channel),
    )
    present = select(*_count(Conversation.waiting_since, moments, longer_than, None)).where(
        OPEN, WAITING, *at.conversations()
    )
    if channel is not None:
        present = present.where(Conversation.channel == channel)
    pairs = zip(at.turn.session.execute(events).one(), at.turn.session.execute(present).one(), strict=True)
    return tuple(int(past or 0) + int(now or 0) for past, now in pairs)


def _count(since: Any, moments: Sequence[datetime], longer_than: timedelta, until: Any) -> list[ColumnElement[int]]:
    found: list[ColumnElement[int]] = []
    for moment in moments:
        ran = since < moment - longer_than if longer_than else since <= moment
        found.append(func.sum(case((ran if until is None else and_(ran, until > moment), 1), else_=0)))
    return found


def _between(column: InstrumentedAttribute[str], days: Sequence[date]) -> tuple[ColumnElement[bool], ...]:
    return (column.between(days[0].isoformat(), days[-1].isoformat()),)
