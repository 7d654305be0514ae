"""Local days of the firm: the date and hour at which its people see an instant."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/Berlin")


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
