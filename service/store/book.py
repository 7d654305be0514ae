"""What all figures of one page are made from, each read once: sums, work, histograms, queues, ends of days, gaps."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import bindparam, select

from models.account import Account
from models.chat import Gap
from models.terms import Channel
from service.domain.curve import Curve
from service.domain.kpi import Point, Reading
from service.store import accounts, backlog, queues, sums
from service.store.backlog import Untold
from service.store.prepared import Ask, Prepared
from service.store.queues import Board, Queue
from service.store.scope import TREND_WEEKS, Frame, Scope, limits
from service.store.sums import Sum, Work


class Book:
    """The counts behind one page. Nothing is read before somebody asks for it, and nothing twice."""

    def __init__(self, at: Frame) -> None:
        self.at = at
        self.period = at.days(at.scope.days)
        self.before = at.before(at.scope.days)
        self.trend_days = at.days(7 * TREND_WEEKS)
        self.readings: dict[str, Reading] = {}
        self.speeds: dict[Channel, Mapping[str, float | None]] = {}
        self._totals: dict[tuple[int, int, tuple[Channel, ...]], Sum] = {}

    @cached_property
    def _sums(self) -> Mapping[Channel, Any]:
        """The sums up to each day, so that those of any days in a row are one subtraction."""
        return sums.upto(self.at, self.at.looked_at)

    @cached_property
    def _work(self) -> Any:
        return sums.work_upto(self.at, self.at.looked_at)

    @cached_property
    def board(self) -> Board:
        """Return what waits now."""
        return queues.board(self.at)

    @property
    def queues(self) -> Mapping[Channel, Queue]:
        """Return what waits now on each channel."""
        return self.board.queues

    @cached_property
    def untold(self) -> Untold:
        """Return what has no class now."""
        return backlog.untold(self.at)

    @cached_property
    def _standing(self) -> dict[tuple[str, Channel], tuple[int, int]]:
        return sums.standing(self.at, self._ends())

    def _ends(self) -> tuple[date, ...]:
        return tuple(self.at.last - timedelta(weeks=back) for back in range(TREND_WEEKS - 1, -1, -1))

    def total(self, days: Sequence[date], channels: Sequence[Channel] = tuple(Channel)) -> Sum:
        """Return the counts of some days in a row."""
        key = (*self._range(days), tuple(channels))
        if key not in self._totals:
            first, last, wanted = key
            some = [self._sums[one][last] - self._sums[one][first] for one in wanted]
            self._totals[key] = Sum(*sum(some[1:], some[0]).tolist())
        return self._totals[key]

    def work(self, days: Sequence[date]) -> Work:
        """Return what people did on some days in a row."""
        first, last = self._range(days)
        return Work(*(self._work[last] - self._work[first]).tolist())

    def _range(self, days: Sequence[date]) -> tuple[int, int]:
        return (days[0] - self.at.looked_at[0]).days, (days[-1] - self.at.looked_at[0]).days + 1

    def histogram(self, channel: Channel) -> Curve:
        """Return the reaction times of the period on a channel."""
        return sums.reactions(self.at, self.period, channel)

    def weeks(self) -> tuple[tuple[date, ...], ...]:
        """Return the last eight blocks of seven local days, the last one ending with the period."""
        return tuple(self.trend_days[first : first + 7] for first in range(0, len(self.trend_days), 7))

    def points(self, values: Sequence[float | None]) -> tuple[Point, ...]:
        """Return one value per block as points, each at its first day; none where averages are withheld."""
        if self.at.withheld:
            return ()
        return tuple(Point(days[0].isoformat(), value) for days, value in zip(self.weeks(), values, strict=True))

    def stood(self, channels: Sequence[Channel], which: int, now: float | None) -> tuple[Point, ...]:
        """Return how many windows ran (`which` 0), or had run over seven days (1), at the end of each block.

        The last one is `now` while its day is not over. A day that was not written down has no value.
        """
        found: list[float | None] = []
        for day in self._ends():
            told = [self._standing.get((day.isoformat(), channel)) for channel in channels]
            known = [pair[which] for pair in told if pair is not None]
            found.append(sum(known) if known else None)
        if not self.at.is_past:
            found[-1] = now
        return self.points(found)

    def stood_at_the_end(self, channels: Sequence[Channel], which: int) -> int | None:
        """Return the same for the last day of the period; None when that day was not written down."""
        day = self.at.last.isoformat()
        told = [self._standing.get((day, channel)) for channel in channels]
        known = [pair[which] for pair in told if pair is not None]
        return sum(known) if known else None

    @cached_property
    def _breaks(self) -> list[tuple[Channel, datetime, str]]:
        at = self.at
        asked = at.scope
        broken = accounts.within(accounts.disturbed(at.turn), asked.account_ids, asked.channel)
        gaps = self._ask_gaps().rows(at.turn)
        found = [(one.channel, one.incomplete_since, one.name) for one in broken if one.incomplete_since]
        return found + [(channel, since, name) for channel, since, name in gaps]

    def _ask_gaps(self) -> Ask:
        between = {"since": self.at.since(self.at.scope.days), "until": self.at.tomorrow}
        return Ask(_gaps(self.at.place), between)

    def asks(self) -> Iterator[Ask]:
        """Yield what the figures of a page ask about days."""
        at = self.at
        yield from sums.asks(at)
        yield sums.ask_standing(at, self._ends())
        yield self._ask_gaps()
        if not at.scope.category:
            yield backlog.ask_missing(at)

    def asks_now(self) -> Iterator[Ask]:
        """Yield what they ask about how things stand now, as far as no rows of mailboxes were read for it."""
        at = self.at
        if not at.is_past and queues.BY_ACCOUNT not in at.memo:
            yield queues.ask(at)
        if not at.is_past and backlog.BY_ACCOUNT not in at.memo:
            yield backlog.ask(at)

    def incomplete(self, channels: Sequence[Channel]) -> str:
        """Return since when something of these channels may be missing, as a sentence; "" when nothing is."""
        found = [(since, name) for channel, since, name in self._breaks if channel in channels]
        if not found or min(found)[0] >= self.at.tomorrow:
            return ""
        since, name = min(found)
        others = len({one for _, one in found}) - 1
        more = "" if not others else f" und {others} weitere" if others > 1 else " und ein weiteres"
        return f"Unvollständig seit {since.astimezone(self.at.zone):%d.%m. %H:%M} ({name}{more})."


@lru_cache(maxsize=256)
def _gaps(place: Scope) -> Prepared:
    return Prepared(
        select(Account.channel, Gap.from_at, Account.name)
        .join(Account, Account.id == Gap.account_id)
        .where(
            Gap.from_at < bindparam("until"),
            Gap.until_at.is_(None) | (Gap.until_at >= bindparam("since")),
            *limits(place, Account.id, Account.channel),
        )
    )
