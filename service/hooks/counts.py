"""What webhooks count: numbers by name, never a word of what came in."""

from collections import Counter
from threading import Lock

# A sender that invents a new shape with every call must not fill the memory.
_MOST_NAMES = 500


class Counts:
    """Counters of one process; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[str] = Counter()

    def add(self, name: str, number: int = 1) -> None:
        """Count `number` under `name`; names beyond the first 500 are counted as "more"."""
        with self._lock:
            known = name in self._counts or len(self._counts) < _MOST_NAMES
            self._counts[name if known else "more"] += number

    def read(self) -> dict[str, int]:
        """Return a copy of all counters, sorted by name."""
        with self._lock:
            return dict(sorted(self._counts.items()))
