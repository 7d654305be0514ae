"""Counts of chosen mailboxes and numbers by local day and channel, in the shape of those of the whole firm."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select

from models.tally import Histogram, Tally, WorkTally
from models.terms import Channel
from service.store import accounts
from service.store.firm_days import Day, Days
from service.store.places import unindexed
from service.store.prepared import Ask, Prepared
from service.store.scope import Frame, Scope, classed, limits
from service.store.sheets import WORK, whole_sum

# The columns of Tally in the order of sums.Sum.
ORDER = ("received", "final", "stops", "open_seconds", "in_goal", "wall_seconds", "sent")
# Up to so many pairs of day and account are looked up one by one; beyond, the days are read from end to end.
_PAIRS = 5_000


def read(at: Frame, days: Sequence[date]) -> Days:
    """Return the counts of the scope's accounts on consecutive local days by ISO date and channel, without histograms.

    The class of the scope is left to who adds them up.
    """
    found: Days = defaultdict(Day)
    for channel, is_work, asked in _asked(at, days):
        for day, category, *values in asked.rows(at.turn):
            one = found[day, channel]
            (one.work if is_work else one.tally)[category] = list(map(int, values))
    return dict(found)


def asks(at: Frame, days: Sequence[date]) -> Iterator[Ask]:
    """Yield what `read` asks."""
    return (asked for _, _, asked in _asked(at, days))


def _asked(at: Frame, days: Sequence[date]) -> Iterator[tuple[Channel, bool, Ask]]:
    named = _days(days)
    for channel, numbers in _of_channels(at).items():
        yield channel, False, Ask(_summed(Tally, ORDER, tuple(numbers), len(days)), named)
        yield channel, True, Ask(_summed(WorkTally, tuple(WORK.counts), tuple(numbers), len(days)), named)


def spread(at: Frame, days: Sequence[date], kind: str, channel: Channel | None) -> list[tuple[str, bytes]]:
    """Return the packed histograms of a kind of the scope's accounts with their days, of one channel or (None) all."""
    return [(day, counts) for asked in ask_spread(at, days, kind, channel) for day, counts in asked.rows(at.turn)]


def ask_spread(at: Frame, days: Sequence[date], kind: str, channel: Channel | None) -> tuple[Ask, ...]:
    """Return what `spread` asks: nothing where the scope has no account of the channel."""
    numbers = [number for one, some in _of_channels(at).items() if channel in (None, one) for number in some]
    return (Ask(_spread(tuple(numbers), len(days)), _days(days) | {"kind": kind}),) if numbers else ()


@lru_cache(maxsize=32)
def _spread(numbers: tuple[int, ...], days: int) -> Prepared:
    return Prepared(
        select(Histogram.day, Histogram.counts).where(
            *_lying(Histogram, days, numbers), Histogram.kind == bindparam("kind")
        )
    )


def _of_channels(at: Frame) -> dict[Channel, list[int]]:
    """Return the scope's accounts by channel."""
    if _OF_CHANNELS not in at.memo:
        found: dict[Channel, list[int]] = defaultdict(list)
        wanted = set(at.scope.account_ids or ())
        for one in sorted(accounts.known(at.turn), key=lambda one: one.id):
            if one.id in wanted and at.scope.channel in (None, one.channel):
                found[one.channel].append(one.id)
        at.memo[_OF_CHANNELS] = dict(found)
    of_channels: dict[Channel, list[int]] = at.memo[_OF_CHANNELS]
    return of_channels


_OF_CHANNELS = "accounts by channel"


def by_account(at: Frame, days: Sequence[date], names: Sequence[str]) -> Sequence[Sequence[Any]]:
    """Return each account of the scope with the sums of these columns over consecutive local days."""
    return ask_by_account(at, days, names).rows(at.turn)


def ask_by_account(at: Frame, days: Sequence[date], names: Sequence[str]) -> Ask:
    """Return what `by_account` asks."""
    numbers = None if at.once else tuple(number for some in _of_channels(at).values() for number in some)
    return Ask(_by_account(at.place, numbers, tuple(names), len(days)), _days(days))


@lru_cache(maxsize=32)
def _by_account(place: Scope, numbers: tuple[int, ...] | None, names: tuple[str, ...], days: int) -> Prepared:
    if numbers is None:
        between = Tally.day.between(bindparam("day0"), bindparam(f"day{days - 1}"))
        where: tuple[ColumnElement[bool], ...] = (between, *limits(place, Tally.account_id, None))
    else:
        where = _lying(Tally, days, numbers)
    return Prepared(
        select(Tally.account_id, *(whole_sum(getattr(Tally, name)) for name in names))
        .where(*where, *classed(place, Tally.category))
        .group_by(Tally.account_id)
    )


def _lying(entity: Any, days: int, numbers: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of so many days and of these accounts; the days are parameters, as `_days` names them."""
    named: list[ColumnElement[str]] = [bindparam(f"day{place}") for place in range(days)]
    if days * len(numbers) <= _PAIRS:
        return (entity.day.in_(named), entity.account_id.in_(numbers))
    return (entity.day.between(named[0], named[-1]), unindexed(entity.account_id).in_(numbers))


def _days(days: Sequence[date]) -> dict[str, str]:
    return {f"day{place}": day.isoformat() for place, day in enumerate(days)}


@lru_cache(maxsize=32)
def _summed(entity: Any, names: tuple[str, ...], numbers: tuple[int, ...], days: int) -> Prepared:
    summed = [whole_sum(getattr(entity, name)) for name in names]
    where = _lying(entity, days, numbers)
    return Prepared(select(entity.day, entity.category, *summed).where(*where).group_by(entity.day, entity.category))
