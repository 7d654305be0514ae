"""Counts of chosen mailboxes and numbers by local day and channel, in the shape of those of the whole firm."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select

from models.account import Account
from models.tally import Histogram, Tally, WorkTally
from models.terms import Channel
from service.store.firm_days import Day, Days
from service.store.places import unindexed
from service.store.scope import Frame
from service.store.sheets import WORK

# The columns of Tally in the order of sums.Sum.
ORDER = ("received", "final", "stops", "open_seconds", "in_goal", "wall_seconds", "sent")
# Up to so many pairs of day and account are looked up one by one; beyond, the days are read from end to end.
_PAIRS = 5_000


def read(at: Frame, days: Sequence[date]) -> Days:
    """Return the counts of the scope's accounts on consecutive local days by ISO date and channel, without histograms.

    The class of the scope is left to who adds them up.
    """
    found: Days = defaultdict(Day)
    for channel, numbers in _of_channels(at).items():
        for entity, names in ((Tally, ORDER), (WorkTally, WORK.counts)):
            for day, category, *values in _summed(at, entity, names, _lying(entity, days, numbers)):
                one = found[day, channel]
                (one.tally if entity is Tally else one.work)[category] = list(map(int, values))
    return dict(found)


def spread(at: Frame, days: Sequence[date], kind: str, channel: Channel | None) -> list[tuple[str, bytes]]:
    """Return the packed histograms of a kind of the scope's accounts with their days, of one channel or (None) all."""
    of_channels = _of_channels(at)
    numbers = [number for one, some in of_channels.items() if channel in (None, one) for number in some]
    if not numbers:
        return []
    rows = at.turn.session.connection().execute(
        select(Histogram.day, Histogram.counts).where(*_lying(Histogram, days, numbers), Histogram.kind == kind)
    )
    return [(row[0], row[1]) for row in rows]


def _of_channels(at: Frame) -> dict[Channel, list[int]]:
    """Return the scope's accounts by channel."""
    if _OF_CHANNELS not in at.memo:
        found: dict[Channel, list[int]] = defaultdict(list)
        wanted = select(Account.id, Account.channel).where(Account.id.in_(at.scope.account_ids or ()))
        for number, channel in at.turn.session.connection().execute(wanted.order_by(Account.id)):
            if at.scope.channel in (None, channel):
                found[channel].append(number)
        at.memo[_OF_CHANNELS] = dict(found)
    of_channels: dict[Channel, list[int]] = at.memo[_OF_CHANNELS]
    return of_channels


_OF_CHANNELS = "accounts by channel"


def lying(at: Frame, entity: Any, days: Sequence[date]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of consecutive local days and of the scope's accounts on a table of counts."""
    between = entity.day.between(days[0].isoformat(), days[-1].isoformat())
    if at.once:
        return (between, *at.limits(entity.account_id, None))
    numbers = [number for some in _of_channels(at).values() for number in some]
    return _lying(entity, days, numbers)


def _lying(entity: Any, days: Sequence[date], numbers: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    if len(days) * len(numbers) <= _PAIRS:
        return (entity.day.in_([day.isoformat() for day in days]), entity.account_id.in_(numbers))
    between = entity.day.between(days[0].isoformat(), days[-1].isoformat())
    return (between, unindexed(entity.account_id).in_(numbers))


def _summed(at: Frame, entity: Any, names: Sequence[str], where: tuple[ColumnElement[bool], ...]) -> Any:
    summed = [func.sum(getattr(entity, name)) for name in names]
    query = select(entity.day, entity.category, *summed).where(*where).group_by(entity.day, entity.category)
    return at.turn.session.connection().execute(query)
