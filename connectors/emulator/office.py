"""Knows when people write and answer: office hours in Berlin, with Monday nine o'clock as the peak of the week."""

import math
import random
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")

# Relative weight of each hour of a working day, 6 h to 22 h.
_HOURS = tuple(range(6, 23))
_WEIGHTS = (1, 4, 9, 12, 11, 9, 5, 7, 9, 8, 6, 4, 2, 1.5, 1, 0.7, 0.3)
# Monday to Sunday: how busy a day is beside an average one.
_DAYS = (1.35, 1.05, 1.0, 1.0, 0.85, 0.08, 0.05)
_OPEN = (8, 17)
_ALL_DAY = (0, 24)


def busy(day: datetime) -> float:
    """Return how busy a day is beside an average working day."""
    return _DAYS[day.weekday()]


def moment(rng: random.Random, day: datetime) -> datetime:
    """Return an instant of `day` (local midnight) at which somebody writes."""
    weights = list(_WEIGHTS)
    if day.weekday() == 0:
        weights[_HOURS.index(9)] += 8
    hour = rng.choices(_HOURS, weights)[0]
    return day + timedelta(hours=hour, seconds=rng.randrange(3600))


def reply_hours(rng: random.Random, median: float, spread: float = 1.1) -> float:
    """Return after how many office hours somebody answers: log-normal around `median`, now and then very late."""
    return min(rng.lognormvariate(math.log(median), spread), 60.0)


def after(at: datetime, hours: float) -> datetime:
    """Return the instant that lies `hours` of office time behind `at`."""
    left = timedelta(hours=hours)
    day = at.astimezone(ZONE)
    while True:
        start, end = max(day, _clock(day, _OPEN[0])), _clock(day, _OPEN[1])
        if day.weekday() < 5 and start < end:
            if start + left <= end:
                return start + left
            left -= end - start
        day = _clock(day, 24)


def before(at: datetime, hours: float, *, all_day: bool = False) -> datetime:
    """Return the instant that lies `hours` of office time ahead of `at`; `all_day` counts working days 0-24 h."""
    opening, closing = _ALL_DAY if all_day else _OPEN
    left = timedelta(hours=hours)
    latest = day = at.astimezone(ZONE)
    while True:
        start, end = _clock(day, opening), min(latest, _clock(day, closing))
        if day.weekday() < 5 and start < end:
            if end - left >= start:
                return end - left
            left -= end - start
        day -= timedelta(days=1)


def midnight(at: datetime, days_back: int) -> datetime:
    """Return the local midnight that begins the day `days_back` days before the day of `at`."""
    local = at.astimezone(ZONE)
    return datetime.combine(local.date() - timedelta(days=days_back), time(), ZONE)


def utc(at: datetime) -> datetime:
    """Return the instant in UTC, whole seconds (as mail servers write it)."""
    return at.astimezone(UTC).replace(microsecond=0)


def _clock(day: datetime, hour: int) -> datetime:
    return datetime.combine(day.date() + timedelta(days=hour // 24), time(hour % 24), ZONE)
