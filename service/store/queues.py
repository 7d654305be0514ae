"""What waits just now: how much, since when, how much of it too long; read from the small index of running windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Select, case, func, literal_column, select, type_coerce

from models.message import Conversation
from models.terms import Channel
from service.domain import kpi
from service.domain.curve import Curve
from service.domain.windows import Window
from service.store.behind import OPEN, WAITING
from service.store.scope import Frame, Scope, conversations, late

_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits on one channel: conversations, the oldest, those past their deadline."""

    waiting: int = 0
    oldest: datetime | None = None
    breached: int = 0

    def facts(self, now: datetime) -> dict[str, float | None]:
        """Return it as facts; the age in whole minutes, so that an unchanged picture stays the same for a minute."""
        age = None if self.oldest is None else (now - self.oldest) // timedelta(minutes=1)
        return {"waiting": self.waiting, "oldest_minutes": age, "breached": self.breached}


def queues(at: Frame) -> dict[Channel, Queue]:
    """Return what waits on each channel, in one look."""
    found = at.turn.session.connection().execute(_waiting(at.place), at.edges())
    known = {channel: Queue(waiting, oldest, int(breached)) for channel, waiting, oldest, breached in found}
    return {channel: known.get(channel, Queue()) for channel in Channel}


@lru_cache(maxsize=256)
def _waiting(place: Scope) -> Select[*tuple[Any, ...]]:
    counted = (func.count(), func.min(Conversation.waiting_since), func.sum(case((late(), 1), else_=0)))
    return (
        select(Conversation.channel, *counted)
        .where(*conversations(place), OPEN, WAITING)
        .group_by(Conversation.channel)
    )


@lru_cache(maxsize=256)
def _quarters(place: Scope, channel: Channel) -> Select[*tuple[Any, ...]]:
    quarter = type_coerce(Conversation.waiting_since, BigInteger).op("/")(literal_column("900000000"))
    return (
        select(quarter, func.count())
        .where(*conversations(place), OPEN, WAITING, Conversation.channel == channel)
        .group_by(quarter)
        .order_by(quarter.desc())
    )


def percentile_with_open(at: Frame, channel: Channel, histogram: Curve, percent: int) -> int | None:
    """Return a percentile in minutes that counts what still waits with its present age (D14).

    Ages are taken in steps of a quarter of an hour, rounded up; only as many are measured as a search needs.
    """
    found = at.turn.session.connection().execute(_quarters(at.place, channel)).all()
    ages = _Ages(at.windows[channel], at.turn.now, [(int(number), int(count)) for number, count in found])
    return _percentile(histogram, ages, percent)


class _Ages:
    """Ages of what waits, youngest first; each quarter of an hour is measured at most once."""

    def __init__(self, window: Window, now: datetime, quarters: Sequence[tuple[int, int]]) -> None:
        self._window, self._now, self._quarters = window, now, quarters
        self._known: dict[int, int] = {}
        self._upto = [0]
        for _, count in quarters:
            self._upto.append(self._upto[-1] + count)

    @property
    def total(self) -> int:
        return self._upto[-1]

    def bucket(self, index: int) -> int:
        """Return the age at a place, as a bucket of the histogram."""
        if index not in self._known:
            since = datetime.fromtimestamp(self._quarters[index][0] * 900, self._now.tzinfo)
            open_for = self._window.calendar.elapsed(min(since, self._now), self._now)
            self._known[index] = kpi.bucket(int(open_for.total_seconds()))
        return self._known[index]

    def within(self, bucket: int) -> int:
        """Return how many have waited no longer than this bucket."""
        low, high = 0, len(self._quarters)
        while low < high:
            middle = (low + high) // 2
            if self.bucket(middle) <= bucket:
                low = middle + 1
            else:
                high = middle
        return self._upto[low]

    def oldest(self) -> int:
        return self.bucket(len(self._quarters) - 1) if self._quarters else 0


def _percentile(histogram: Curve, ages: _Ages, percent: int) -> int | None:
    total = histogram.total + ages.total
    if total <= 0:
        return None
    rank = max(1, -(-total * percent // 100))
    low, high = 0, max(ages.oldest(), histogram.last)
    while low < high:
        middle = (low + high) // 2
        if histogram.within(middle) + ages.within(middle) >= rank:
            high = middle
        else:
            low = middle + 1
    return kpi.bucket_minutes(low)
