"""Sums over the tallies: what figures and charts read instead of messages."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import add, attrgetter, sub
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute

from models.account import Account
from models.tally import StandingDay, Tally
from models.terms import Channel
from service.domain import histogram, kpi
from service.domain.curve import Curve
from service.store import account_days, firm_days
from service.store.scope import Frame
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
ByDay = dict[tuple[str, Channel], Sum]


def counts(at: Frame, days: Sequence[date]) -> firm_days.Days:
    """Return the counts of the scope on consecutive local days; read once per frame where they were read wider."""
    since, until = days[0].isoformat(), days[-1].isoformat()
    known = at.memo.get(_COUNTS)
    if known is None or not known[0] <= since <= until <= known[1]:
        known = (since, until, firm_days.read(at.turn, days) if at.once else account_days.read(at, days))
        at.memo[_COUNTS] = known
    return {key: one for key, one in known[2].items() if since <= key[0] <= until and _asked(at, key[1])}


_COUNTS = "counts"


def _asked(at: Frame, channel: Channel) -> bool:
    return at.scope.channel is None or at.scope.channel is channel


def by_day(at: Frame, days: Sequence[date]) -> ByDay:
    """Return the sums of consecutive local days, by ISO date and channel."""
    name, found = at.category, counts(at, days).items()
    if name is None:
        return {key: Sum(*one.whole()[0]) for key, one in found if one.tally}
    return {key: Sum(*one.tally[name]) for key, one in found if name in one.tally}


def by_class(at: Frame, days: Sequence[date]) -> dict[str, int]:
    """Return the inbound messages of consecutive local days by class ("" = not classified)."""
    found: dict[str, int] = defaultdict(int)
    for counted in by_class_and_day(at, days).values():
        for name, received in counted.items():
            found[name] += received
    return dict(found)


def by_class_and_day(at: Frame, days: Sequence[date]) -> dict[str, dict[str, int]]:
    """Return the inbound messages of consecutive local days by ISO date and class ("" = not classified)."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (day, _), one in counts(at, days).items():
        for name, values in one.tally.items():
            if at.category in (None, name):
                found[day][name] += values[0]
    return found


def by_account(at: Frame, days: Sequence[date], names: Sequence[str] = account_days.ORDER) -> dict[int, Sum]:
    """Return these sums of consecutive local days by account; the others stay 0."""
    if at.once and at.category is None and set(names) <= set(firm_days.OF_ACCOUNT):
        kept = [one.accounts for one in counts(at, days).values() if one.tally]
        if all(one is not None for one in kept):
            return _of_tables(kept, names)
    rows = at.turn.session.connection().execute(
        select(Tally.account_id, *(func.sum(getattr(Tally, name)) for name in names))
        .where(*account_days.lying(at, Tally, days), *at.classed(Tally.category))
        .group_by(Tally.account_id)
    )
    return {number: Sum(**dict(zip(names, map(int, values), strict=True))) for number, *values in rows}


def _of_tables(tables: Sequence[Any], names: Sequence[str]) -> dict[int, Sum]:
    """Return the sums of rows of accounts as firm_days keeps them."""
    whole = np.concatenate([firm_days.table(()), *tables])
    numbers, places = np.unique(whole[:, 0], return_inverse=True)
    summed = np.zeros((len(numbers), whole.shape[1]), np.int64)
    np.add.at(summed, places, whole)
    columns = [1 + firm_days.OF_ACCOUNT.index(name) for name in names]
    found = summed[:, columns].tolist()
    return {
        number: Sum(**dict(zip(names, values, strict=True)))
        for number, values in zip(numbers.tolist(), found, strict=True)
    }


def total(sums: ByDay, days: Iterable[date], channels: Iterable[Channel] = tuple(Channel)) -> Sum:
    """Return the sum over days and channels."""
    wanted = tuple(channels)
    some = (sums.get((day.isoformat(), channel)) for day in days for channel in wanted)
    return sum((one for one in some if one is not None), NOTHING)


def histograms(at: Frame, days: Sequence[date], channel: Channel) -> dict[str, Curve]:
    """Return the histogram of reaction times of a channel for each local day that has answers."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for day, packed in spread(at, days, REACTION, channel):
        found[day].append(packed)
    curves = {day: histogram.curve_of_day(tuple(rows), at.category) for day, rows in found.items()}
    return {day: curve for day, curve in curves.items() if curve.total}


def reactions(at: Frame, days: Sequence[date], channel: Channel) -> Curve:
    """Return the histogram of reaction times of a channel over all of these consecutive days, made once per frame."""
    key = f"{_REACTIONS} {channel.name} {days[0]} {days[-1]}"
    if key not in at.memo:
        at.memo[key] = histogram.curve((packed for _, packed in spread(at, days, REACTION, channel)), at.category)
    found: Curve = at.memo[key]
    return found


_REACTIONS = "reactions"


def spread(at: Frame, days: Sequence[date], kind: str, channel: Channel | None = None) -> list[tuple[str, bytes]]:
    """Return packed histograms of a kind (sheets.REACTION, sheets.HOUR) with their days, of one channel or all."""
    if not at.once:
        return account_days.spread(at, days, kind, channel or at.scope.channel)
    return [
        (day, one.reaction if kind == REACTION else one.hour)
        for (day, of), one in counts(at, days).items()
        if channel in (None, of)
    ]


def work(at: Frame, days: Sequence[date]) -> dict[str, "Work"]:
    """Return what people did on consecutive local days, by ISO date."""
    name, found = at.category, dict[str, Work]()
    for (day, _), one in counts(at, days).items():
        values = one.whole()[1] if name is None else one.work.get(name, ())
        if values:
            done = Work(*values)
            found[day] = found[day] + done if day in found else done
    return found


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
