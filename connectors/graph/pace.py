"""How many requests run at once: four per mailbox, and over all of them as many as Microsoft Graph bears at present.

The overall number is found as TCP finds its window (additive increase, multiplicative decrease): it rises by one per
round of successes and is halved when Graph says 429. Exchange documents four at once per app and mailbox; one version
of the documents means it per app, so the start is small.
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

PER_MAILBOX = 4
START = 16
LEAST = 4
MOST = 64


@dataclass(slots=True)
class Slot:
    """Leave to send one request, and in which epoch it was given: only the first 429 of an epoch halves."""

    account: str
    epoch: int


class Pace:
    """Gives out slots on one event loop, in the order of asking as far as the mailboxes' shares allow.

    A mailbox never holds more than half of all slots, so that a slow one cannot stand in the way of the others.
    """

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        """`ticks` returns seconds of a clock that never jumps."""
        self.limit = float(START)
        self.most_at_once = 0
        self._ticks = ticks
        self._epoch = 0
        self._active: dict[str, int] = defaultdict(int)
        self._running = 0
        self._queue: deque[tuple[str, asyncio.Future[None]]] = deque()
        self._rests: dict[str, float] = {}

    @asynccontextmanager
    async def slot(self, account: str) -> AsyncIterator[Slot]:
        """Wait for a slot and hold it."""
        if self._fits(account) and not any(name == account for name, _ in self._queue):
            self._take(account)
        else:
            await self._wait(account)
        try:
            yield Slot(account, self._epoch)
        finally:
            self._release(account)

    def praise(self) -> None:
        """Note a success: after as many as run at once, one more may."""
        self.limit = min(float(MOST), self.limit + 1 / self.limit)

    def blame(self, slot: Slot) -> None:
        """Note a 429: half as many may run, once for all requests that were under way together."""
        if slot.epoch == self._epoch:
            self.limit = max(float(LEAST), self.limit / 2)
            self._epoch += 1

    def rest(self, account: str, seconds: float) -> None:
        """Send nothing for a mailbox for so long, whoever asks: Graph said so."""
        self._rests[account] = self._ticks() + seconds

    def resting(self, account: str) -> float:
        """Return for how many seconds nothing may be sent for a mailbox."""
        left = self._rests.get(account, 0.0) - self._ticks()
        if left <= 0:
            self._rests.pop(account, None)
        return max(left, 0.0)

    def _fits(self, account: str) -> bool:
        limit = int(self.limit)
        share = min(PER_MAILBOX, max(1, limit // 2))
        return self._running < limit and self._active[account] < share

    def _take(self, account: str) -> None:
        self._running += 1
        self._active[account] += 1
        self.most_at_once = max(self.most_at_once, self._running)

    async def _wait(self, account: str) -> None:
        ready = asyncio.get_running_loop().create_future()
        self._queue.append((account, ready))
        try:
            await ready
        except asyncio.CancelledError:
            if ready.done() and not ready.cancelled():
                self._release(account)
            else:
                self._queue = deque(each for each in self._queue if each[1] is not ready)
            raise

    def _release(self, account: str) -> None:
        self._running -= 1
        self._active[account] -= 1
        if not self._active[account]:
            del self._active[account]
        self._wake()

    def _wake(self) -> None:
        kept: deque[tuple[str, asyncio.Future[None]]] = deque()
        while self._queue:
            account, ready = self._queue.popleft()
            if ready.cancelled():
                continue
            if self._fits(account):
                self._take(account)
                ready.set_result(None)
            else:
                kept.append((account, ready))
        self._queue = kept
