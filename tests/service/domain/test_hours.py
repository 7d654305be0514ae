"""Opening hours become calendars."""

from datetime import date, datetime, timedelta

import pytest

from models.terms import CalendarKind
from service.domain.hours import DEFAULT_HOURS, LAENDER, Hours, PublicHolidays, calendar, problems, public_holidays

BAVARIA = Hours(
    DEFAULT_HOURS.week, "BY", {"2026-12-24": [["08:00", "12:00"]], "2026-12-31": [], "2026-11-28": [["10:00", "14:00"]]}
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_clock_on_the_wall_knows_no_holidays():
    always = calendar(CalendarKind.UHR, BAVARIA)

    assert always.add(at("2026-12-24T20:00:00+01:00"), timedelta(hours=24)) == at("2026-12-25T20:00:00+01:00")


def test_friday_afternoon_plus_one_working_day_is_monday_afternoon():
    working = calendar(CalendarKind.WERKTAGE, DEFAULT_HOURS)

    assert working.add(at("2026-11-20T17:00:00+01:00"), timedelta(hours=24)) == at("2026-11-23T17:00:00+01:00")


def test_working_days_leave_out_holidays_and_closed_days_and_keep_short_ones():
    working = calendar(CalendarKind.WERKTAGE, BAVARIA)

    due = working.add(at("2026-12-24T10:00:00+01:00"), timedelta(hours=48))

    assert due == at("2026-12-29T10:00:00+01:00")
    assert working.elapsed(at("2026-12-31T00:00:00+01:00"), at("2027-01-04T00:00:00+01:00")) == timedelta(0)


def test_a_single_open_saturday_is_a_working_day():
    working = calendar(CalendarKind.WERKTAGE, BAVARIA)

    assert working.clock_start(at("2026-11-28T00:00:00+01:00")) == at("2026-11-28T00:00:00+01:00")


def test_a_message_at_four_in_the_morning_is_due_at_noon():
    opening = calendar(CalendarKind.OEFFNUNG, DEFAULT_HOURS)

    assert opening.add(at("2026-11-20T04:00:00+01:00"), timedelta(hours=4)) == at("2026-11-20T12:00:00+01:00")
    assert opening.add(at("2026-11-20T04:00:00+01:00"), timedelta(minutes=15)) == at("2026-11-20T08:15:00+01:00")


@pytest.mark.parametrize(
    ("land", "day", "is_free"),
    [
        ("BY", date(2026, 6, 4), True),
        ("BE", date(2026, 6, 4), False),
        ("BE", date(2026, 3, 8), True),
        ("SN", date(2026, 11, 18), True),
        ("", date(2026, 11, 18), False),
        ("", date(2026, 10, 3), True),
        ("BB", date(2017, 10, 31), True),
        ("BY", date(2017, 10, 31), True),
        ("BY", date(2018, 10, 31), False),
        ("NW", date(2088, 5, 1), True),
    ],
)
def test_holidays_follow_land_and_year(land, day, is_free):
    assert (day in PublicHolidays(land)) is is_free


def test_holidays_have_german_names_and_contain_only_dates():
    names = public_holidays("BY", 2026)

    assert names[date(2026, 6, 4)] == "Fronleichnam"
    assert "2026-06-04" not in PublicHolidays("BY")
    assert all(public_holidays(land, 2026) for land in LAENDER)


def test_equal_hours_share_one_calendar():
    first = calendar(CalendarKind.OEFFNUNG, Hours(dict(DEFAULT_HOURS.week), "BY"))
    second = calendar(CalendarKind.OEFFNUNG, Hours({d: [["08:00", "17:00"]] for d in DEFAULT_HOURS.week}, "BY"))

    assert first is second


def test_an_unknown_land_is_refused():
    with pytest.raises(ValueError, match="Bundesland"):
        calendar(CalendarKind.WERKTAGE, Hours(DEFAULT_HOURS.week, "XX"))


def test_good_hours_have_no_problems():
    assert problems(BAVARIA) == {}


def test_every_problem_is_named_at_its_field():
    hours = Hours(
        {"mon": [["17:00"]], "caturday": []}, "XX", {"2026-13-01": [], "2026-01-02": [["08:00", "x"]]}, "Nowhere/Land"
    )

    found = problems(hours)

    assert set(found) == {"mon", "caturday", "2026-13-01", "2026-01-02", "land", "timezone"}
    assert found["mon"].startswith("Montag: ")
    assert "week" in problems(Hours({}))
