"""What waits just now: how much, since when, how much of it too long; read from the small index of running windows."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, func, literal_column, select, type_coerce

from models.message import Conversation
from models.terms import Channel
from service.domain import kpi
from service.domain.curve import Curve
from service.domain.windows import Window
from service.store.behind import OPEN, WAITING
from service.store.prepared import Ask, Prepared
from service.store.scope import Frame, Scope, conversations, late

_QUARTER = 900  # seconds


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


@dataclass(frozen=True, slots=True)
class Board:
    """All that waits just now by channel, and how much of it for over seven days."""

    queues: Mapping[Channel, Queue]
    old: int
    oldest_old: datetime | None


def board(at: Frame) -> Board:
    """Return what waits on each channel, in one look at the small index of running windows."""
    known = at.memo.get(BY_ACCOUNT)
    found = ask(at).rows(at.turn) if known is None else [counted for _, *counted in known]
    each = {channel: Queue() for channel in Channel}
    for channel, waiting, breached, since, _, _ in found:
        queue = each[channel]
        oldest = min(filter(None, (queue.oldest, since)), default=None)
        each[channel] = Queue(queue.waiting + waiting, oldest, queue.breached + int(breached))
    return Board(each, sum(int(old) for *_, old, _ in found), min((at for *_, at in found if at), default=None))


def ask(at: Frame) -> Ask:
    """Return what `board` asks where the frame does not keep it by account."""
    return Ask(_waiting(at.place), at.edges() | {"border": at.turn.now - kpi.OLD_AFTER})


# Where a frame keeps the same by account and channel, once a page has read it (store/mailboxes.py).
BY_ACCOUNT = "waiting by account"


def counted() -> tuple[Any, ...]:
    """Return what is counted of what waits: channel, how many, late ones, since when, old ones, since when."""
    since, old = Conversation.waiting_since, Conversation.waiting_since < bindparam("border")
    late_ones, old_ones = (func.sum(case((one, 1), else_=0)) for one in (late(), old))
    return (Conversation.channel, func.count(), late_ones, func.min(since), old_ones, func.min(case((old, since))))


@lru_cache(maxsize=256)
def _waiting(place: Scope) -> Prepared:
    within = (*conversations(place), OPEN, WAITING)
    return Prepared(select(*counted()).where(*within).group_by(Conversation.channel))


def percentile_with_open(at: Frame, channel: Channel, histogram: Curve, percent: int, queue: Queue) -> int | None:
    """Return a percentile in minutes that counts what still waits on a channel with its present age (D14).

    Ages are taken in steps of a quarter of an hour, rounded up. The answers alone tell between which buckets it lies:
    only what is as old as these is read.
    """
    total = histogram.total + queue.waiting
    if total <= 0:
        return None
    rank = max(1, -(-total * percent // 100))
    low, high = _bounds(histogram, percent, queue)
    if low != high and queue.oldest is not None:
        ages = _ages(at, channel, queue.oldest)
        found = _ask_between(at, channel, ages, (low, high)).rows(at.turn)
        ages.take((int(quarter), int(count)) for quarter, count in found)
        low = _between(histogram, ages, rank, (low, high))
    return kpi.bucket_minutes(low)


def asks_with_open(at: Frame, channel: Channel, histogram: Curve, percent: int, queue: Queue) -> Iterator[Ask]:
    """Yield what `percentile_with_open` asks, which may be nothing."""
    low, high = _bounds(histogram, percent, queue)
    if low != high and queue.oldest is not None:
        yield _ask_between(at, channel, _ages(at, channel, queue.oldest), (low, high))


def _bounds(histogram: Curve, percent: int, queue: Queue) -> tuple[int, int | None]:
    """Return the buckets between which the answers alone say that a percentile lies; None for "beyond all of them"."""
    rank = max(1, -(-(histogram.total + queue.waiting) * percent // 100))
    return histogram.reaching(rank - queue.waiting) or 0, histogram.reaching(rank)


def _ages(at: Frame, channel: Channel, oldest: datetime) -> "_Ages":
    key = f"{_AGES} {channel.name}"
    if key not in at.memo:
        at.memo[key] = _Ages(at.windows[channel], at.turn.now, oldest)
    found: _Ages = at.memo[key]
    return found


_AGES = "ages"


def _between(histogram: Curve, ages: "_Ages", rank: int, between: tuple[int, int | None]) -> int:
    low, high = between[0], max(ages.oldest(), histogram.last) if between[1] is None else between[1]
    while low < high:
        middle = (low + high) // 2
        if histogram.within(middle) + ages.within(middle) >= rank:
            high = middle
        else:
            low = middle + 1
    return low


def _ask_between(at: Frame, channel: Channel, ages: "_Ages", between: tuple[int, int | None]) -> Ask:
    """Ask what waits on a channel; all that is no older than the low bucket as one, nothing older than the high."""
    low, high = between
    asked = {"young": ages.first_within(low), "old": ages.first if high is None else ages.first_within(high)}
    return Ask(_quarters(at.place, channel), asked)


@lru_cache(maxsize=256)
def _quarters(place: Scope, channel: Channel) -> Prepared:
    quarter = type_coerce(Conversation.waiting_since, BigInteger).op("/")(literal_column(str(_QUARTER * 1_000_000)))
    young = bindparam("young", type_=BigInteger)
    told = case((quarter >= young, young), else_=quarter).label("quarter")
    return Prepared(
        select(told, func.count())
        .where(*conversations(place), OPEN, WAITING, Conversation.channel == channel)
        .where(quarter >= bindparam("old", type_=BigInteger))
        .group_by(told)
        .order_by(told.desc())
    )


class _Ages:
    """Ages of what waits by the quarter of an hour since 1970 in which it came; each is measured at most once."""

    def __init__(self, window: Window, now: datetime, oldest: datetime) -> None:
        self._window, self._now = window, now
        self._known: dict[int, int] = {}
        self._quarters: list[int] = []
        self._upto = [0]
        self.first = int(oldest.timestamp()) // _QUARTER

    def take(self, found: Iterable[tuple[int, int]]) -> None:
        """Take quarters and how many came in each, youngest first, in the place of those taken before."""
        self._quarters, self._upto = [], [0]
        for quarter, count in found:
            self._quarters.append(quarter)
            self._upto.append(self._upto[-1] + count)

    def bucket(self, quarter: int) -> int:
        """Return the age of what came in a quarter, as a bucket of the histogram."""
        if quarter not in self._known:
            since = datetime.fromtimestamp(quarter * _QUARTER, self._now.tzinfo)
            open_for = self._window.calendar.elapsed(min(since, self._now), self._now)
            self._known[quarter] = kpi.bucket(int(open_for.total_seconds()))
        return self._known[quarter]

    def first_within(self, bucket: int) -> int:
        """Return the earliest quarter in which something came whose age is within a bucket; ages fall with time."""
        return bisect_left(range(int(self._now.timestamp()) // _QUARTER + 1), -bucket, self.first, key=self._falling)

    def _falling(self, quarter: int) -> int:
        return -self.bucket(quarter)

    def within(self, bucket: int) -> int:
        """Return how many have waited no longer than this bucket."""
        return self._upto[bisect_right(self._quarters, bucket, key=self.bucket)]

    def oldest(self) -> int:
        """Return the age of the oldest as a bucket; 0 for none."""
        return self.bucket(self._quarters[-1]) if self._quarters else 0
