"""Sums over the tallies: what figures and charts read instead of messages."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute

from models.account import Account
from models.tally import Histogram, StandingDay, Tally, WorkTally
from models.terms import Channel
from service.domain import histogram, kpi
from service.store.scope import Frame, of_channel
from service.store.sheets import REACTION, WORK


@dataclass(frozen=True, slots=True)
class Sum:
    """Counts of some days: inbound messages, final ones, answered windows, their open seconds, those in goal, their
    seconds by the clock on the wall, outbound messages."""

    received: int = 0
    final: int = 0
    stops: int = 0
    open_seconds: int = 0
    in_goal: int = 0
    wall_seconds: int = 0
    sent: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        """Return both together."""
        return Sum(
            self.received + other.received,
            self.final + other.final,
            self.stops + other.stops,
            self.open_seconds + other.open_seconds,
            self.in_goal + other.in_goal,
            self.wall_seconds + other.wall_seconds,
            self.sent + other.sent,
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
    def strict(self) -> float | None:
        """Return the mean reaction time by the clock on the wall in minutes; None without answers."""
        return self.wall_seconds / 60 / self.stops if self.stops > 0 else None

    @property
    def kept(self) -> float | None:
        """Return the share of answers in goal in percent; None without answers."""
        return kpi.share(self.in_goal, self.stops)


NOTHING = Sum()


Count = ColumnElement[int] | InstrumentedAttribute[int]


def _summed(received: Count, final: Count, sent: Count) -> tuple[ColumnElement[int], ...]:
    answers = (Tally.stops, Tally.open_seconds, Tally.in_goal, Tally.wall_seconds)
    return tuple(func.sum(column) for column in (received, final, *answers, sent))


# The same mail in several own mailboxes counts under each of them, but once for the whole firm.
_EACH = _summed(Tally.received, Tally.final, Tally.sent)
_ONCE = _summed(Tally.received - Tally.copied, Tally.final - Tally.copied_final, Tally.sent - Tally.copied_sent)

ByDay = dict[tuple[str, Channel], Sum]


def by_day(at: Frame, days: Sequence[date]) -> ByDay:
    """Return the sums of consecutive local days, by ISO date and channel."""
    found = at.turn.session.execute(
        select(Tally.day, Account.channel, *(_ONCE if at.scope.account_ids is None else _EACH))
        .join(Account, Account.id == Tally.account_id)
        .where(*_between(Tally.day, days), *at.limits(Tally.account_id, None), *at.classed(Tally.category))
        .group_by(Tally.day, Account.channel)
    )
    return {(day, channel): Sum(*(int(value or 0) for value in values)) for day, channel, *values in found}


def by_class(at: Frame, days: Sequence[date]) -> dict[str, int]:
    """Return the inbound messages of consecutive local days by class ("" = not classified)."""
    found = at.turn.session.execute(
        select(Tally.category, func.sum(once(at, Tally.received, Tally.copied)))
        .where(*_between(Tally.day, days), *at.limits(Tally.account_id, None), *at.classed(Tally.category))
        .group_by(Tally.category)
    )
    return {category: int(received or 0) for category, received in found}


def once(at: Frame, counted: InstrumentedAttribute[int], copied: InstrumentedAttribute[int]) -> ColumnElement[int]:
    """Return a count in which a mail counts once for the whole firm, and under each mailbox of a narrower scope."""
    return counted - copied if at.scope.account_ids is None else counted + 0


def by_account(at: Frame, days: Sequence[date]) -> dict[int, Sum]:
    """Return the sums of consecutive local days by account."""
    found = at.turn.session.execute(
        select(Tally.account_id, *_EACH)
        .where(*_between(Tally.day, days), *at.limits(Tally.account_id, None), *at.classed(Tally.category))
        .group_by(Tally.account_id)
    )
    return {account_id: Sum(*(int(value or 0) for value in values)) for account_id, *values in found}


def total(sums: ByDay, days: Iterable[date], channels: Iterable[Channel] = tuple(Channel)) -> Sum:
    """Return the sum over days and channels."""
    chosen, wanted = {day.isoformat() for day in days}, set(channels)
    return sum((one for (day, channel), one in sums.items() if day in chosen and channel in wanted), NOTHING)


def histograms(at: Frame, days: Sequence[date], channel: Channel) -> dict[str, dict[int, int]]:
    """Return the histogram of reaction times of a channel for each local day that has answers."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for day, packed in at.turn.session.execute(
        select(Histogram.day, Histogram.counts).where(
            *_between(Histogram.day, days),
            Histogram.kind == REACTION,
            of_channel(Histogram.account_id, channel),
            *at.limits(Histogram.account_id, None),
        )
    ):
        found[day].append(packed)
    return {day: counts for day, rows in found.items() if (counts := _reactions(at, rows))}


def _reactions(at: Frame, packed: Iterable[bytes]) -> dict[int, int]:
    return histogram.by_bucket(histogram.unpack(packed), at.category)


def merged(histograms_: Iterable[dict[int, int]]) -> dict[int, int]:
    """Return several histograms as one."""
    whole: dict[int, int] = defaultdict(int)
    for one in histograms_:
        for bucket, stops in one.items():
            whole[bucket] += stops
    return dict(whole)


def work(at: Frame, days: Sequence[date]) -> dict[str, "Work"]:
    """Return what people did on consecutive local days, by ISO date."""
    found = at.turn.session.execute(
        select(WorkTally.day, *(func.sum(getattr(WorkTally, name)) for name in WORK.counts))
        .where(*_between(WorkTally.day, days), *at.limits(WorkTally.account_id, None), *at.classed(WorkTally.category))
        .group_by(WorkTally.day)
    )
    return {day: Work(*(int(value or 0) for value in values)) for day, *values in found}


@dataclass(frozen=True, slots=True)
class Work:
    """What people did on some days; the fields are those of models/tally.WorkTally."""

    decided: int = 0
    checked: int = 0
    changed: int = 0
    corrected: int = 0
    closed: int = 0
    closed_seconds: int = 0
    reopened: int = 0
    unanswered: int = 0


def worked(found: dict[str, Work], days: Iterable[date]) -> Work:
    """Return the work of some days as one."""
    some = [one for day in days if (one := found.get(day.isoformat()))]
    return Work(*(sum(getattr(one, name) for one in some) for name in WORK.counts))


_STOOD = (StandingDay.waiting, StandingDay.old)


def _of_class(at: Frame, counted: InstrumentedAttribute[int]) -> Count:
    return counted if at.category is None else case((StandingDay.category == at.category, counted), else_=0)


def standing(at: Frame, days: Sequence[date], channel: Channel | None = None) -> dict[str, tuple[int, int]]:
    """Return how many windows ran at the end of each of these days, and how many of them for over seven days.

    A day that nobody has written down yet (models/tally.StandingDay) is missing.
    """
    stood = select(StandingDay.day, *(func.sum(_of_class(at, one)) for one in _STOOD)).where(
        StandingDay.day.in_([day.isoformat() for day in days]),
        *at.limits(StandingDay.account_id, None),
        # The empty rows of class "" say that a day is written; under a class they count nothing.
        *([] if at.category is None else [StandingDay.category.in_(("", at.category))]),
    )
    if channel is not None:
        stood = stood.where(of_channel(StandingDay.account_id, channel))
    found = at.turn.session.execute(stood.group_by(StandingDay.day))
    return {day: (int(waiting), int(old)) for day, waiting, old in found}


def _between(column: InstrumentedAttribute[str], days: Sequence[date]) -> tuple[ColumnElement[bool], ...]:
    return (column.between(days[0].isoformat(), days[-1].isoformat()),)
