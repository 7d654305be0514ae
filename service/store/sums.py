"""Sums over the tallies: what figures and charts read instead of messages."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, bindparam, case, select
from sqlalchemy.orm import InstrumentedAttribute

from models.account import Account
from models.tally import StandingDay
from models.terms import Channel
from service.domain import histogram, kpi
from service.domain.curve import Curve
from service.store import account_days, firm_days
from service.store.prepared import Ask, Prepared
from service.store.scope import Frame, Scope, limits
from service.store.sheets import REACTION, whole_sum


class Sum(NamedTuple):
    """Counts of some days: inbound messages, final ones, answered windows, their open seconds, those in goal, their
    seconds by the clock on the wall, outbound messages."""

    received: int = 0
    final: int = 0
    stops: int = 0
    open_seconds: int = 0
    in_goal: int = 0
    wall_seconds: int = 0
    sent: int = 0

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
ByDay = dict[tuple[str, Channel], Sum]


def counts(at: Frame, days: Sequence[date], *, packed: bool = False) -> firm_days.Days:
    """Return the counts of the scope on consecutive local days; read once per frame where they were read wider.

    The histograms of days long ago may be missing unless they are asked for (`packed`).
    """
    since, until = days[0].isoformat(), days[-1].isoformat()
    known = at.memo.get(_COUNTS)
    if known is None or not known[0] <= since <= until <= known[1] or (packed and since < known[2]):
        known = at.memo[_COUNTS] = _read(at, _wide(at, days), since if packed else _packed_since(at))
    key, channel = f"{_COUNTS} {since} {until} {known[2]}", at.scope.channel
    if key not in at.memo:
        at.memo[key] = {
            (day, of): one
            for (day, of), one in known[3].items()
            if since <= day <= until and (channel is None or channel is of)
        }
    found: firm_days.Days = at.memo[key]
    return found


def _packed_since(at: Frame) -> str:
    return at.days(max(_PACKED, at.scope.days))[0].isoformat()


def asks(at: Frame) -> Iterable[Ask]:
    """Return what a page asks for all days that its figures look at; nothing where they are known."""
    if _COUNTS in at.memo:
        return ()
    if at.once:
        return firm_days.asks(at.looked_at, _packed_since(at), at.today)
    period = at.days(at.scope.days)
    reactions = (ask for one in Channel for ask in account_days.ask_spread(at, period, REACTION, one))
    return (*account_days.asks(at, at.looked_at), *reactions)


def _wide(at: Frame, days: Sequence[date]) -> Sequence[date]:
    """Return the days to read where these are asked for: of the whole firm at once all that figures look at.

    Who asks for a week first would otherwise have the same rows read again for a month, and for the time before it.
    """
    wide = at.looked_at
    return wide if at.once and wide[0] < days[0] and days[-1] <= wide[-1] else days


def _read(at: Frame, days: Sequence[date], packed_since: str) -> tuple[str, str, str, firm_days.Days]:
    found = firm_days.read(at.turn, days, packed_since) if at.once else account_days.read(at, days)
    return days[0].isoformat(), days[-1].isoformat(), packed_since, found


_COUNTS = "counts"
# Of so many days, or of those of the period, histograms are read at once: they are asked for next.
_PACKED = 28


def by_day(at: Frame, days: Sequence[date], channel: Channel | None = None) -> ByDay:
    """Return the sums of consecutive local days, by ISO date and channel; of one channel or (None) of all."""
    name = at.category
    found = [(key, one) for key, one in counts(at, days).items() if channel in (None, key[1])]
    if name is None:
        return {key: Sum(*one.whole()[0]) for key, one in found if one.tally}
    return {key: Sum(*one.tally[name]) for key, one in found if name in one.tally}


def upto(at: Frame, days: Sequence[date]) -> dict[Channel, Any]:
    """Return for each channel the numbers of Sum from the first of consecutive local days to each of them.

    One row more than there are days: none of them yet, then one after the other.
    """
    name, places = at.category, _places(days)
    found = {channel: np.zeros((len(days) + 1, len(Sum._fields)), np.int64) for channel in Channel}
    for (day, channel), one in counts(at, days).items():
        values = one.whole()[0] if name is None else one.tally.get(name)
        if values:
            found[channel][places[day]] = values
    return {channel: numbers.cumsum(axis=0) for channel, numbers in found.items()}


def work_upto(at: Frame, days: Sequence[date]) -> Any:
    """Return the same of Work, over all channels."""
    name, places = at.category, _places(days)
    found = np.zeros((len(days) + 1, len(Work._fields)), np.int64)
    for (day, _), one in counts(at, days).items():
        values = one.whole()[1] if name is None else one.work.get(name)
        if values:
            found[places[day]] += values
    return found.cumsum(axis=0)


def _places(days: Sequence[date]) -> dict[str, int]:
    return {day.isoformat(): place for place, day in enumerate(days, 1)}


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
    rows = account_days.by_account(at, days, names)
    return {number: _named(names, map(int, values)) for number, *values in rows}


def _named(names: Sequence[str], values: Iterable[int]) -> Sum:
    return Sum(**dict(zip(names, values, strict=True)))


def _of_tables(tables: Sequence[Any], names: Sequence[str]) -> dict[int, Sum]:
    """Return the sums of rows of accounts as firm_days keeps them."""
    whole = np.concatenate([firm_days.table(()), *tables])
    numbers, places = np.unique(whole[:, 0], return_inverse=True)
    summed = np.zeros((len(numbers), whole.shape[1]), np.int64)
    np.add.at(summed, places, whole)
    found = np.zeros((len(numbers), len(Sum._fields)), np.int64)
    for name in names:
        found[:, Sum._fields.index(name)] = summed[:, 1 + firm_days.OF_ACCOUNT.index(name)]
    return {number: Sum(*values) for number, values in zip(numbers.tolist(), found.tolist(), strict=True)}


def total(sums: ByDay, days: Iterable[date], channels: Iterable[Channel] = tuple(Channel)) -> Sum:
    """Return the sum over days and channels."""
    wanted = tuple(channels)
    some = (sums.get((day.isoformat(), channel)) for day in days for channel in wanted)
    return Sum(*map(sum, zip(*(one for one in some if one is not None), strict=True)))


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
        at.memo[key] = histogram.curve([packed for _, packed in spread(at, days, REACTION, channel)], at.category)
    found: Curve = at.memo[key]
    return found


_REACTIONS, _SPREAD = "reactions", "spread"


def spread(at: Frame, days: Sequence[date], kind: str, channel: Channel | None = None) -> list[tuple[str, bytes]]:
    """Return packed histograms of a kind (sheets.REACTION, sheets.HOUR) with their days, of one channel or all."""
    if not at.once:
        key = f"{_SPREAD} {kind} {channel} {days[0]} {days[-1]}"
        if key not in at.memo:
            at.memo[key] = account_days.spread(at, days, kind, channel or at.scope.channel)
        found: list[tuple[str, bytes]] = at.memo[key]
        return found
    return [
        (day, one.reaction if kind == REACTION else one.hour)
        for (day, of), one in counts(at, days, packed=True).items()
        if channel in (None, of)
    ]


class Work(NamedTuple):
    """What people did on some days; the fields are those of models/tally.WorkTally."""

    decided: int = 0
    checked: int = 0
    changed: int = 0
    corrected: int = 0
    closed: int = 0
    closed_seconds: int = 0
    reopened: int = 0
    unanswered: int = 0


_STOOD = (StandingDay.waiting, StandingDay.old)


def _of_class(category: str | None, counted: InstrumentedAttribute[int]) -> Count:
    return counted if category is None else case((StandingDay.category == category, counted), else_=0)


def standing(at: Frame, days: Sequence[date]) -> dict[tuple[str, Channel], tuple[int, int]]:
    """Return how many windows ran at the end of each of these days, and how many of them for over seven days.

    A day that nobody has written down yet (models/tally.StandingDay) is missing.
    """
    found = ask_standing(at, days).rows(at.turn)
    return {(day, channel): (int(waiting), int(old)) for day, channel, waiting, old in found}


def ask_standing(at: Frame, days: Sequence[date]) -> Ask:
    """Return what `standing` asks."""
    named = {f"day{place}": day.isoformat() for place, day in enumerate(days)}
    return Ask(_stood(at.place, len(days)), named)


@lru_cache(maxsize=256)
def _stood(place: Scope, days: int) -> Prepared:
    category = None if place.category is None else place.category.value
    return Prepared(
        select(StandingDay.day, Account.channel, *(whole_sum(_of_class(category, one)) for one in _STOOD))
        .join(Account, Account.id == StandingDay.account_id)
        .where(
            StandingDay.day.in_([bindparam(f"day{number}") for number in range(days)]),
            *limits(place, StandingDay.account_id, None),
            # The empty rows of class "" say that a day is written; under a class they count nothing.
            *([] if category is None else [StandingDay.category.in_(("", category))]),
        )
        .group_by(StandingDay.day, Account.channel)
    )
