"""What is due when: steps with their lists, weeks, months, and Friday or the last working day before."""

from datetime import date

import pytest

from models.terms import CalendarKind, ReviewKind
from service.domain import routine
from service.domain.hours import Hours, calendar

WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("08:00", "17:00"),))
BAVARIA = calendar(CalendarKind.OEFFNUNG, Hours(week=WEEK, land="BY", overrides={}, timezone="Europe/Berlin"))


def test_every_step_has_a_key_of_its_own() -> None:
    for kind in ReviewKind:
        assert len(set(routine.keys(kind))) == len(routine.STEPS[kind])


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 11, 17), date(2026, 11, 20)),
        (date(2026, 11, 22), date(2026, 11, 20)),
        # Good Friday: Thursday. A week of holidays from Christmas to New Year's Day: the day that is left.
        (date(2026, 4, 1), date(2026, 4, 2)),
        (date(2026, 12, 25), date(2026, 12, 24)),
    ],
)
def test_the_review_is_due_on_friday_or_the_last_working_day_before(day: date, due: date) -> None:
    assert routine.friday(day, BAVARIA) == due


def test_a_week_that_is_closed_altogether_keeps_its_friday() -> None:
    never = calendar(CalendarKind.OEFFNUNG, Hours(week={}, land="BY", overrides={}, timezone="Europe/Berlin"))

    assert routine.friday(date(2026, 11, 18), never) == date(2026, 11, 20)


def test_weeks_and_months_have_names_that_sort() -> None:
    assert routine.week(date(2027, 1, 1)) == "2026-W53"
    assert routine.before("2026-01") == "2025-12"
    assert routine.days("2028-02")[-1] == date(2028, 2, 29)
    with pytest.raises(ValueError, match="month must be"):
        routine.first("2026-13")
