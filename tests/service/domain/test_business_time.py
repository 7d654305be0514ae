"""Business time: other projects' cases, own cases, and properties."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from service.domain.business_time import Calendar
from service.domain.spans import day_spans, merged, seconds_of_day
from tests.shared import shared_file

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = Calendar.from_json({"timezone": "Europe/Berlin", "week": {day: [["08:00", "17:00"]] for day in WORKDAYS}})
ALWAYS = Calendar.from_json(
    {"timezone": "Europe/Berlin", "week": {day: [["00:00", "24:00"]] for day in (*WORKDAYS, "sat", "sun")}}
)
ODD = Calendar.from_json(
    {
        "timezone": "Europe/Berlin",
        "week": {
            "mon": [["08:00", "12:00"], ["12:45", "17:15:30"]],
            "wed": [["22:00", "06:00"]],
            "thu": [["05:00", "09:00"], ["00:00", "24:00"]],
            "sun": [["01:30", "02:45"]],
        },
        "holidays": ["2026-05-14", "2026-12-28"],
        "overrides": {"2026-05-14": [["10:00", "11:00"]], "2026-06-01": []},
    }
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", ["cases", "clock_start", "germany", "override", "pause"])
def test_cases_of_other_projects_hold(name):
    lines = shared_file(f"data/business_time/{name}.jsonl").read_text(encoding="utf-8").splitlines()

    wrong = [case["id"] for case in map(json.loads, lines) if not agrees(case)]

    assert len(lines) > 0
    assert wrong == []


def agrees(case: dict) -> bool:
    calendar = Calendar.from_json(case)
    start = at(case["start"])
    pauses = [(at(first), at(last)) for first, last in case.get("pauses", ())]
    if case["op"] == "add":
        return calendar.add(start, timedelta(minutes=case["minutes"]), pauses) == at(case["expected"])
    if case["op"] == "between":
        return calendar.elapsed(start, at(case["end"]), pauses) == timedelta(minutes=case["expected"])
    return calendar.clock_start(start) == at(case["expected"])


def test_friday_evening_goes_on_on_monday_morning():
    due = OFFICE.add(at("2026-11-20T16:30:00+01:00"), timedelta(hours=1))

    assert due == at("2026-11-23T08:30:00+01:00")
    assert due.tzinfo is UTC


def test_an_exact_end_is_the_closing_instant():
    due = OFFICE.add(at("2026-11-20T16:00:00+01:00"), timedelta(hours=1))

    assert due == at("2026-11-20T17:00:00+01:00")


def test_the_clock_does_not_run_at_the_closing_instant():
    assert OFFICE.clock_start(at("2026-11-20T17:00:00+01:00")) == at("2026-11-23T08:00:00+01:00")
    assert OFFICE.clock_start(at("2026-11-20T16:59:59.999999+01:00")) == at("2026-11-20T16:59:59.999999+01:00")
    assert OFFICE.clock_start(at("2026-11-20T08:00:00+01:00")) == at("2026-11-20T08:00:00+01:00")


def test_the_clock_ran_until_now_or_until_the_last_closing():
    assert OFFICE.clock_stop(at("2026-11-20T12:00:00+01:00")) == at("2026-11-20T12:00:00+01:00")
    assert OFFICE.clock_stop(at("2026-11-20T17:00:00+01:00")) == at("2026-11-20T17:00:00+01:00")
    assert OFFICE.clock_stop(at("2026-11-22T12:00:00+01:00")) == at("2026-11-20T17:00:00+01:00")
    assert OFFICE.clock_stop(at("2026-11-23T08:00:00+01:00")) == at("2026-11-20T17:00:00+01:00")
    assert OFFICE.clock_stop(at("2023-01-01T12:00:00+01:00")) == at("2022-12-30T17:00:00+01:00")
    with pytest.raises(ValueError, match="nicht genug offene Zeit"):
        Calendar.from_json({"timezone": "UTC"}).clock_stop(at("2026-11-20T12:00:00Z"))


def test_no_duration_ends_where_it_starts_even_at_night():
    assert OFFICE.add(at("2026-11-21T03:00:00+01:00"), timedelta(0)) == at("2026-11-21T03:00:00+01:00")


def test_the_day_of_the_change_of_clocks_has_23_or_25_hours():
    spring = ALWAYS.elapsed(at("2026-03-29T00:00:00+01:00"), at("2026-03-30T00:00:00+02:00"))
    autumn = ALWAYS.elapsed(at("2026-10-25T00:00:00+02:00"), at("2026-10-26T00:00:00+01:00"))

    assert spring == timedelta(hours=23)
    assert autumn == timedelta(hours=25)


def test_a_missing_bound_moves_forward_and_an_ambiguous_one_is_its_first_occurrence():
    missing = ODD.clock_start(at("2026-03-29T01:40:00+01:00"))
    spring = ODD.elapsed(at("2026-03-29T00:00:00+01:00"), at("2026-03-29T12:00:00+02:00"))
    autumn = ODD.elapsed(at("2026-10-25T00:00:00+02:00"), at("2026-10-25T12:00:00+01:00"))

    assert missing == at("2026-03-29T01:40:00+01:00")
    assert spring == timedelta(minutes=75)
    assert autumn == timedelta(minutes=75)


def test_an_interval_over_midnight_belongs_to_the_day_on_which_it_starts():
    inside = ODD.elapsed(at("2026-01-07T21:00:00+01:00"), at("2026-01-08T00:30:00+01:00"))

    assert inside == timedelta(hours=2, minutes=30)


def test_overlapping_intervals_count_once():
    whole_thursday = ODD.elapsed(at("2026-01-08T00:00:00+01:00"), at("2026-01-09T00:00:00+01:00"))

    assert whole_thursday == timedelta(hours=24)


def test_an_override_beats_weekday_and_holiday():
    holiday_with_hours = ODD.elapsed(at("2026-05-14T07:00:00+02:00"), at("2026-05-15T00:00:00+02:00"))
    closed_monday = ODD.elapsed(at("2026-06-01T00:00:00+02:00"), at("2026-06-02T00:00:00+02:00"))

    assert holiday_with_hours == timedelta(hours=1)
    assert closed_monday == timedelta(0)


def test_a_reversed_span_is_zero():
    assert OFFICE.elapsed(at("2026-11-20T12:00:00Z"), at("2026-11-20T09:00:00Z")) == timedelta(0)


def test_time_across_the_turn_of_years_is_counted_once():
    three_years = ALWAYS.elapsed(at("2023-06-01T00:00:00Z"), at("2026-06-01T00:00:00Z"))
    far = ALWAYS.add(at("2023-06-01T00:00:00Z"), three_years)

    assert three_years == at("2026-06-01T00:00:00Z") - at("2023-06-01T00:00:00Z")
    assert far == at("2026-06-01T00:00:00Z")


def test_pauses_in_any_order_overlapping_or_outside_do_not_count():
    start = at("2026-11-19T09:00:00Z")
    pauses = [
        (at("2026-11-19T11:00:00Z"), at("2026-11-19T12:00:00Z")),
        (at("2026-11-19T10:00:00Z"), at("2026-11-19T11:30:00Z")),
        (at("2026-11-18T10:00:00Z"), at("2026-11-18T11:30:00Z")),
        (at("2026-11-19T14:00:00Z"), at("2026-11-19T13:00:00Z")),
        (at("2026-11-25T14:00:00Z"), at("2026-11-25T15:00:00Z")),
    ]

    due = OFFICE.add(start, timedelta(hours=2), pauses)

    assert due == at("2026-11-19T13:00:00Z")
    assert OFFICE.elapsed(start, due, pauses) == timedelta(hours=2)


def test_a_start_inside_a_pause_waits_for_its_end():
    pauses = [(at("2026-11-19T08:00:00Z"), at("2026-11-19T10:00:00Z"))]

    assert OFFICE.add(at("2026-11-19T09:00:00Z"), timedelta(minutes=15), pauses) == at("2026-11-19T10:15:00Z")


def test_an_amount_that_ends_as_a_pause_begins_ends_there():
    pauses = [(at("2026-11-19T10:00:00Z"), at("2026-11-19T12:00:00Z"))]

    assert OFFICE.add(at("2026-11-19T09:00:00Z"), timedelta(hours=1), pauses) == at("2026-11-19T10:00:00Z")


@pytest.mark.parametrize("shape", [{}, {"overrides": {"2026-01-05": [["08:00", "09:00"]], "2026-01-06": []}}])
def test_a_calendar_that_never_opens_again_says_so_at_once(shape):
    calendar = Calendar.from_json({"timezone": "Europe/Berlin", "week": {}, **shape})

    with pytest.raises(ValueError, match="nicht genug offene Zeit"):
        calendar.add(at("2026-11-19T09:00:00Z"), timedelta(hours=2))
    with pytest.raises(ValueError, match="nicht genug offene Zeit"):
        calendar.clock_start(at("2026-11-19T09:00:00Z"))


def test_a_calendar_of_single_days_works_until_they_are_used_up():
    calendar = Calendar.from_json(
        {
            "timezone": "Europe/Berlin",
            "overrides": {"2027-12-31": [["20:00", "24:00"]], "2026-12-31": [["23:00", "24:00"]]},
        }
    )

    assert calendar.add(at("2026-01-01T00:00:00Z"), timedelta(hours=5)) == at("2028-01-01T00:00:00+01:00")


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ({"timezone": "Mars/Olympus"}, "Zeitzone"),
        ({"timezone": ""}, "Zeitzone"),
        ({"timezone": "UTC", "week": {"montag": []}}, "Wochentag"),
        ({"timezone": "UTC", "week": {"mon": [["8", "12:00"]]}}, "keine Uhrzeit"),
        ({"timezone": "UTC", "week": {"mon": [["08:00", "24:01"]]}}, "keine Uhrzeit"),
        ({"timezone": "UTC", "week": {"mon": [["08:60", "12:00"]]}}, "keine Uhrzeit"),
        ({"timezone": "UTC", "week": {"mon": [["08:00", "08:00"]]}}, "leer"),
        ({"timezone": "UTC", "week": {"mon": [["08:00"]]}}, "Beginn und Ende"),
        ({"timezone": "UTC", "week": {"mon": ["08"]}}, "Beginn und Ende"),
        ({"timezone": "UTC", "holidays": ["2026-02-30"]}, "day"),
    ],
)
def test_a_malformed_calendar_is_refused_with_a_reason(shape, says):
    with pytest.raises(ValueError, match=says):
        Calendar.from_json(shape)


def test_naive_times_negative_spans_and_absurd_years_are_refused():
    with pytest.raises(ValueError, match="ohne Zeitzone"):
        OFFICE.add(datetime(2026, 1, 1), timedelta(hours=1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="negativ"):
        OFFICE.add(at("2026-11-19T09:00:00Z"), timedelta(hours=-1))
    with pytest.raises(ValueError, match="außerhalb"):
        OFFICE.elapsed(datetime(9999, 12, 31, tzinfo=UTC), datetime(9999, 12, 31, 12, tzinfo=UTC))
    with pytest.raises(ValueError, match="nicht genug"):
        OFFICE.add(at("9998-12-30T09:00:00Z"), timedelta(days=400))


def test_equal_calendars_are_one_key():
    shape = {"timezone": "Europe/Berlin", "week": {"mon": [["08:00", "12:00"], ["12:00", "17:00"]]}}
    same = {"timezone": "Europe/Berlin", "week": {"mon": [["08:00", "17:00"]], "tue": []}}

    first, second = Calendar.from_json(shape), Calendar.from_json(same)
    first.clock_start(at("2026-11-19T09:00:00Z"))

    assert first == second
    assert len({first, second}) == 1


def test_times_of_day_and_spans_have_one_form():
    assert seconds_of_day("24:00") == 86_400
    assert seconds_of_day("8:05:07") == 29_107
    assert day_spans([["13:00", "17:00"], ["08:00", "12:00"]]) == ((28_800, 43_200), (46_800, 61_200))
    assert merged([(3, 3), (5, 9), (1, 4), (4, 5)]) == ((1, 9),)
