"""How often and after which pause a request is tried again, and when to give the thread back instead of waiting."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.errors import ConnectorError
from connectors.graph.answer import wait_of

_TRIES = 4
_FIRST_PAUSE = 0.5
# Longest wait inside a call (seconds). What Graph asks beyond it is waited out by the job, not by a thread.
PATIENCE = 20.0
JITTER: Callable[[], float] = random.SystemRandom().random
# What is added to a wait that Graph asked for, so that not everybody comes back in the same instant.
_SPREAD = 0.1


@dataclass(slots=True)
class Again:
    """A failure that may pass: the error to raise when patience ends, and what the other side asks us to wait.

    `slow` = it cost a whole timeout; `heavy` = the answer was too big, so the next try asks for smaller pages;
    `throttled` = Graph said 429; `unsent` = Graph did nothing of what was asked; `stale` = the token that was not
    accepted, so the next try needs a new one.
    """

    error: ConnectorError
    headers: Any = None
    slow: bool = False
    heavy: bool = False
    throttled: bool = False
    unsent: bool = False
    stale: str = field(default="", repr=False)

    @property
    def told(self) -> float:
        """How many seconds Retry-After asks for; 0 when it does not."""
        return wait_of(self.headers if self.headers is not None else {}, 0.0)


class Attempts:
    """Counts the tries of one request. `jitter` returns a number from 0 to below 1."""

    def __init__(self, jitter: Callable[[], float] = JITTER) -> None:
        self._jitter = jitter
        self._tried = 0
        self._renewed = False

    def pause(self, again: Again) -> float | None:
        """Return the seconds to wait before the next try; None when there shall be none inside this call.

        A request that hung is not repeated at once: its thread would be lost to others for minutes. A refused token
        is renewed once, without a pause.
        """
        if again.stale:
            first, self._renewed = not self._renewed, True
            return 0.0 if first else None
        self._tried += 1
        if self._tried >= _TRIES or again.slow or again.told > PATIENCE:
            return None
        if again.told > 0:
            return again.told * (1 + _SPREAD * self._jitter())
        return _FIRST_PAUSE * 2.0 ** (self._tried - 1) * (1 + self._jitter())
