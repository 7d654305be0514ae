"""The clock: the only place that looks at the time. Everything else gets `now` as an argument."""

from datetime import UTC, datetime
from time import monotonic
from typing import Protocol


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""

    def ticks(self) -> float:
        """Return seconds of a clock that never jumps, for measuring durations."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)

    def ticks(self) -> float:
        """Return monotonic seconds."""
        return monotonic()
