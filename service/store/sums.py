"""Sums over the tallies: what figures and charts read instead of messages."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import add, attrgetter, sub

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute

from models.account import Account
from models.tally import Histogram, StandingDay, Tally, WorkTally
from models.terms import Channel
from service.domain import histogram, kpi
from service.store import firm_days
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
        return Sum(*map(add, _values(self), _values(other)))

    def __sub__(self, other: "Sum") -> "Sum":
        """Return what is left without the other."""
        return Sum(*map(sub, _values(self), _values(other)))

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


_values = attrgetter("received", "final", "stops", "open_seconds", "in_goal", "wall_seconds", "sent")
NOTHING = Sum()


Count = ColumnElement[int] | InstrumentedAttribute[int]


def _summed(received: Count, final: Count, sent: Count) -> tuple[ColumnElement[int], ...]:
    answers = (Tally.stops, Tally.open_seconds, Tally.in_goal, Tally.wall_seconds)
    return tuple(func.sum(column) for column in (received, final, *answers, sent))


_EACH = _summed(Tally.received, Tally.final, Tally.sent)

ByDay = dict[tuple[str, Channel], Sum]


def by_day(at: Frame, days: Sequence[date]) -> ByDay:
    """Return the sums of consecutive local days, by ISO date and channel."""
    return _of_firm(at, days) if at.once else _of_accounts(at, days)


def firm(at: Frame, days: Sequence[date]) -> firm_days.Days:
    """Return the counts of the whole firm on consecutive local days; read once per frame where it was read wider."""
    since, until = days[0].isoformat(), days[-1].isoformat()
    known = at.memo.get(_FIRM)
    if known is None or not known[0] <= since <= until <= known[1]:
        known = (since, until, firm_days.read(at.turn, days))
        at.memo[_FIRM] = known
    return {key: one for key, one in known[2].items() if since <= key[0] <= until}


_FIRM = "firm"


def _of_firm(at: Frame, days: Sequence[date]) -> ByDay:
    return {
        key: Sum(*map(sum, zip(*some, strict=True)))
        for key, one in firm(at, days).items()
        if at.scope.channel in (None, key[1])
        and (some := [values for name, values in one.tally.items() if at.category in (None, name)])
    }


def _of_accounts(at: Frame, days: Sequence[date]) -> ByDay:
    found: ByDay = {}
    for channel in (at.scope.channel,) if at.scope.channel else tuple(Channel):
        # One query per channel walks the days in the order of the key; a join would sort all rows first.
        rows = at.turn.session.connection().execute(
            select(Tally.day, *_EACH)
            .where(
                *_between(Tally.day, days),
                of_channel(Tally.account_id, channel),
                *at.limits(Tally.account_id, None),
                *at.classed(Tally.category),
            )
            .group_by(Tally.day)
        )
        found |= {(row[0], channel): Sum(*(int(value or 0) for value in row[1:])) for row in rows}
    return found


def by_class(at: Frame, days: Sequence[date]) -> dict[str, int]:
    """Return the inbound messages of consecutive local days by class ("" = not classified)."""
    found: dict[str, int] = defaultdict(int)
    for counts in by_class_and_day(at, days).values():
        for name, received in counts.items():
            found[name] += received
    return dict(found)


def by_class_and_day(at: Frame, days: Sequence[date]) -> dict[str, dict[str, int]]:
    """Return the inbound messages of consecutive local days by ISO date and class ("" = not classified)."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    if at.once:
        for (day, channel), one in firm(at, days).items():
            for name, values in one.tally.items():
                if at.category in (None, name) and at.scope.channel in (None, channel):
                    found[day][name] += values[0]
        return found
    rows = at.turn.session.connection().execute(
        select(Tally.day, Tally.category, func.sum(Tally.received))
        .where(*_between(Tally.day, days), *at.limits(Tally.account_id, None), *at.classed(Tally.category))
        .group_by(Tally.day, Tally.category)
    )
    for day, name, received in rows:
        found[day][name] = int(received or 0)
    return found


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
    wanted = tuple(channels)
    some = (sums.get((day.isoformat(), channel)) for day in days for channel in wanted)
    return sum((one for one in some if one is not None), NOTHING)


def histograms(at: Frame, days: Sequence[date], channel: Channel) -> dict[str, dict[int, int]]:
    """Return the histogram of reaction times of a channel for each local day that has answers."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for day, packed in spread(at, days, REACTION, channel):
        found[day].append(packed)
    return {day: counts for day, rows in found.items() if (counts := histogram.buckets(rows, at.category))}


def reactions(at: Frame, days: Sequence[date], channel: Channel) -> dict[int, int]:
    """Return the histogram of reaction times of a channel over all of these days."""
    return histogram.buckets((packed for _, packed in spread(at, days, REACTION, channel)), at.category)


def spread(at: Frame, days: Sequence[date], kind: str, channel: Channel | None = None) -> list[tuple[str, bytes]]:
    """Return packed histograms of a kind (sheets.REACTION, sheets.HOUR) with their days, of one channel or all."""
    wanted = channel or at.scope.channel
    if at.once:
        return [
            (day, one.reaction if kind == REACTION else one.hour)
            for (day, of), one in firm(at, days).items()
            if wanted in (None, of)
        ]
    rows = at.turn.session.connection().execute(
        select(Histogram.day, Histogram.counts).where(
            *_between(Histogram.day, days),
            Histogram.kind == kind,
            *([] if channel is None else [of_channel(Histogram.account_id, channel)]),
            *at.limits(Histogram.account_id, None),
        )
    )
    return [(row[0], row[1]) for row in rows]


def merged(histograms_: Iterable[dict[int, int]]) -> dict[int, int]:
    """Return several histograms as one."""
    whole: dict[int, int] = defaultdict(int)
    for one in histograms_:
        for bucket, stops in one.items():
            whole[bucket] += stops
    return dict(whole)


def work(at: Frame, days: Sequence[date]) -> dict[str, "Work"]:
    """Return what people did on consecutive local days, by ISO date."""
    if at.once:
        return _work_of_firm(at, days)
    found = at.turn.session.connection().execute(
        select(WorkTally.day, *(func.sum(getattr(WorkTally, name)) for name in WORK.counts))
        .where(*_between(WorkTally.day, days), *at.limits(WorkTally.account_id, None), *at.classed(WorkTally.category))
        .group_by(WorkTally.day)
    )
    return {day: Work(*(int(value or 0) for value in values)) for day, *values in found}


def _work_of_firm(at: Frame, days: Sequence[date]) -> dict[str, "Work"]:
    found: dict[str, list[int]] = defaultdict(lambda: [0] * len(WORK.counts))
    for (day, channel), one in firm(at, days).items():
        for name, values in one.work.items():
            if at.category in (None, name) and at.scope.channel in (None, channel):
                found[day] = list(map(add, found[day], values))
    return {day: Work(*values) for day, values in found.items()}


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

    def __add__(self, other: "Work") -> "Work":
        """Return both together."""
        return Work(*map(add, _works(self), _works(other)))

    def __sub__(self, other: "Work") -> "Work":
        """Return what is left without the other."""
        return Work(*map(sub, _works(self), _works(other)))


_works = attrgetter(*WORK.counts)
NO_WORK = Work()


_STOOD = (StandingDay.waiting, StandingDay.old)


def _of_class(at: Frame, counted: InstrumentedAttribute[int]) -> Count:
    return counted if at.category is None else case((StandingDay.category == at.category, counted), else_=0)


def standing(at: Frame, days: Sequence[date]) -> dict[tuple[str, Channel], tuple[int, int]]:
    """Return how many windows ran at the end of each of these days, and how many of them for over seven days.

    A day that nobody has written down yet (models/tally.StandingDay) is missing.
    """
    found = at.turn.session.connection().execute(
        select(StandingDay.day, Account.channel, *(func.sum(_of_class(at, one)) for one in _STOOD))
        .join(Account, Account.id == StandingDay.account_id)
        .where(
            StandingDay.day.in_([day.isoformat() for day in days]),
            *at.limits(StandingDay.account_id, None),
            # The empty rows of class "" say that a day is written; under a class they count nothing.
            *([] if at.category is None else [StandingDay.category.in_(("", at.category))]),
        )
        .group_by(StandingDay.day, Account.channel)
    )
    return {(day, channel): (int(waiting), int(old)) for day, channel, waiting, old in found}


def _between(column: InstrumentedAttribute[str], days: Sequence[date]) -> tuple[ColumnElement[bool], ...]:
    return (column.between(days[0].isoformat(), days[-1].isoformat()),)
