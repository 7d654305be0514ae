"""Many instants at once on the open time of a calendar: where each lies, and when in the week the firm turns to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from service.domain.business_time import Calendar, zone

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

# How far past the last instant hours are looked up, so that what came in on a holiday finds its next shift.
_BEYOND = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Moments:
    """Instants in order of the question: open seconds since the origin, and the local weekday and hour at which the
    firm turns to each; `hour` is -1 for what came in while it was closed."""

    position: Floats
    weekday: Whole
    hour: Whole


class Timeline:
    """The open time of a calendar from an origin on."""

    def __init__(self, calendar: Calendar, first: datetime, last: datetime) -> None:
        """Look hours up once for everything between two instants."""
        spans = calendar.spans(first, last + _BEYOND) or ((0, 0),)
        self._starts, self._ends = (np.array(side, dtype=np.float64) / 1e6 for side in zip(*spans, strict=True))
        self._starts[0] = max(self._starts[0], min(first.timestamp(), self._ends[0]))
        self._before = np.concatenate(([0.0], np.cumsum(self._ends - self._starts)))
        where = zone(calendar.timezone)
        offsets = (datetime.fromtimestamp(at, where).utcoffset() or timedelta() for at in self._starts)
        self._local = np.array([offset.total_seconds() for offset in offsets])

    def moments(self, instants: Sequence[datetime]) -> Moments:
        """Return where instants lie; those before the origin lie on it."""
        at = np.array([one.timestamp() for one in instants], dtype=np.float64)
        index = np.searchsorted(self._starts, at, "right") - 1
        inside = np.clip(index, 0, None)
        open_now = (index >= 0) & (at < self._ends[inside])
        into = np.clip(np.minimum(at, self._ends[inside]) - self._starts[inside], 0.0, None)
        position = self._before[inside] + into
        turned = np.clip(np.where(open_now, inside, index + 1), 0, len(self._starts) - 1)
        local = np.where(open_now, at, self._starts[turned]) + self._local[turned]
        day, hour = np.divmod(local, 86_400.0)
        # 1970-01-01 was a Thursday.
        return Moments(
            position,
            ((day.astype(np.int64) + 3) % 7),
            np.where(open_now, (hour // 3600).astype(np.int64), -1),
        )
