"""Local days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from service.domain.days import last_days, local_day, midnight, monday


def test_a_late_evening_in_utc_is_the_next_day_at_home():
    assert local_day(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == date(2026, 7, 2)
    assert local_day(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), ZoneInfo("UTC")) == date(2026, 7, 1)


def test_a_local_day_begins_at_local_midnight_also_when_the_clocks_change():
    assert midnight(date(2026, 3, 30)) - midnight(date(2026, 3, 29)) == timedelta(hours=23)
    assert midnight(date(2026, 11, 21)) == datetime(2026, 11, 20, 23, tzinfo=UTC)


def test_the_last_days_end_today():
    days = last_days(datetime(2026, 11, 21, 23, 30, tzinfo=UTC), 3)

    assert days == (date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22))


def test_a_week_begins_on_monday():
    assert monday(date(2026, 11, 22)) == date(2026, 11, 16)
    assert monday(date(2026, 11, 16)) == date(2026, 11, 16)
