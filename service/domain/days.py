"""Local days of the firm: the date and hour at which its people see an instant."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/Berlin")


@lru_cache(maxsize=8)
def is_whole_hours(zone: ZoneInfo) -> bool:
    """Return whether the zone was always whole hours away from UTC since 1970, so that its hours are UTC's."""
    return all(
        (datetime(year, month, 1, tzinfo=zone).utcoffset() or timedelta(0)) % timedelta(hours=1) == timedelta(0)
        for year in range(1970, 2100)
        for month in (1, 4, 7, 10)
    )


def local_day(at: datetime, zone: ZoneInfo = LOCAL) -> date:
    """Return the local date of an instant."""
    return at.astimezone(zone).date()


def midnight(day: date, zone: ZoneInfo = LOCAL) -> datetime:
    """Return the instant (UTC) at which a local date begins."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def last_days(now: datetime, count: int, zone: ZoneInfo = LOCAL) -> tuple[date, ...]:
    """Return the last `count` local dates, today included, oldest first."""
    today = local_day(now, zone)
    return tuple(today - timedelta(days=back) for back in range(count - 1, -1, -1))


def monday(day: date) -> date:
    """Return the Monday of the week of a date."""
    return day - timedelta(days=day.weekday())
