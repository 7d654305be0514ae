"""When an answer is likely: the goal until enough is known, the next shift at night, doubt where times changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.business_time import Calendar
from service.domain.forecast import Experience, Question, Source, Wait
from service.domain.timeline import Timeline

WEEK = {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
HOURS_ZONE = ZoneInfo("Europe/Berlin")
HOURS = Calendar.from_json({"timezone": "Europe/Berlin", "week": WEEK, "holidays": ["2026-05-01"]})
MONDAY = datetime(2026, 4, 6, 6, tzinfo=UTC)  # 08:00 in Berlin
GOAL = MONDAY + timedelta(days=90)


def _history(count: int, lasting: float = 1.0, seed: int = 1, account_id: int = 1) -> list[Wait]:
    """Return turns that begin every two open hours; an answer takes about `lasting` open hours."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        start = HOURS.add(MONDAY, timedelta(hours=2 * number + 0.5))
        hours = lasting * float(rng.lognormal(0, 0.5))
        found.append(Wait(start, HOURS.add(start, timedelta(hours=hours)), account_id))
    return found


def _after(waits: list[Wait]) -> datetime:
    return max(wait.ended_at for wait in waits if wait.ended_at) + timedelta(minutes=1)


def test_with_too_few_answers_the_goal_is_all_that_is_said() -> None:
    waits = _history(29)

    found = Experience(waits, HOURS, _after(waits)).ask(_after(waits), 1, GOAL)

    assert (found.source, found.likely_at, found.latest_at, found.answers) == (Source.ZIEL, GOAL, GOAL, 29)
    assert Experience((), HOURS, MONDAY).ask(MONDAY, 1, GOAL).source is Source.ZIEL


def test_enough_answers_say_what_half_and_nine_of_ten_take() -> None:
    waits = _history(200)
    asked = HOURS.clock_start(_after(waits))

    found = Experience(waits, HOURS, asked).ask(asked, 1, GOAL)

    half, most = (HOURS.elapsed(asked, at) / timedelta(hours=1) for at in (found.likely_at, found.latest_at))
    assert found.source is Source.VERLAUF
    assert not found.is_unsure
    # The log-normal with median 1 h and spread 0.5 has its ninth tenth at 1.9 h.
    assert 0.7 < half < 1.4
    assert 1.5 < most < 2.7


def test_a_question_at_night_is_forecast_from_the_next_shift_on() -> None:
    waits = _history(200)
    night = HOURS.clock_start(_after(waits)).replace(hour=2) + timedelta(days=7)

    found = Experience(waits, HOURS, night).ask(night, 1, GOAL)

    assert found.begins_at == HOURS.clock_start(night) > night
    assert found.begins_at < found.likely_at < found.latest_at


def test_who_has_waited_long_already_waits_longer_still() -> None:
    waits = _history(200)
    asked = HOURS.clock_start(_after(waits))
    later = HOURS.add(asked, timedelta(hours=2))

    found = Experience([*waits, Wait(asked, None, 1)], HOURS, later).ask(asked, 1, GOAL)

    assert found.likely_at > later


def test_longer_than_everything_known_is_a_guess_that_says_so() -> None:
    waits = _history(200)
    asked = HOURS.clock_start(_after(waits))
    later = HOURS.add(asked, timedelta(hours=80))

    found = Experience([*waits, Wait(asked, None, 1)], HOURS, later).ask(asked, 1, GOAL)

    assert found.is_unsure
    assert found.latest_at > later


def test_after_a_change_the_forecast_says_that_it_is_unsure_and_settles_again() -> None:
    before = _history(300)
    slow = [
        Wait(wait.started_at, HOURS.add(wait.started_at, timedelta(hours=6)), 1) for wait in _history(400, seed=2)[300:]
    ]
    waits = [*before, *slow]

    states = {
        known: Experience(waits[: 300 + known], HOURS, _after(waits[: 300 + known])).ask(
            _after(waits[: 300 + known]), 1, GOAL
        )
        for known in (0, 20, 40)
    }

    assert not states[0].is_unsure
    assert states[20].is_unsure
    assert states[40].latest_at > states[0].latest_at


def test_many_that_wait_longer_than_usual_are_doubt_enough_before_any_is_answered() -> None:
    waits = _history(200)
    stuck = [Wait(HOURS.add(_after(waits), timedelta(minutes=5 * n)), None, 1) for n in range(20)]
    now = HOURS.add(stuck[-1].started_at, timedelta(hours=30))

    assert Experience([*waits, *stuck], HOURS, now).ask(now, 1, GOAL).is_unsure


def test_a_slow_mailbox_is_told_from_a_quick_one_and_a_closing_without_answer_is_no_answer() -> None:
    quick, slow = _history(150), _history(150, lasting=5.0, seed=3, account_id=2)
    closed = [Wait(wait.started_at, wait.ended_at, 1, answered=False) for wait in _history(20, seed=4)]
    waits = [*quick, *slow, *closed]
    asked = HOURS.clock_start(_after(waits))
    known = Experience(waits, HOURS, asked)

    assert known.answers == 300
    assert known.ask(asked, 2, GOAL).likely_at > known.ask(asked, 1, GOAL).likely_at
    assert known.ask(asked, 3, GOAL).source is Source.VERLAUF


@pytest.mark.parametrize("turns", [10, 300])
def test_many_questions_at_once_are_answered_as_each_alone(turns: int) -> None:
    waits = [*_history(turns), *_history(turns, lasting=6.0, seed=5, account_id=2)]
    now = _after(waits)
    questions = [
        Question(now - timedelta(hours=hours), account_id, GOAL)
        for hours, account_id in ((0, 1), (3, 2), (50, 1), (500, 3), (1, 2), (30, 1), (2_000, 2))
    ]
    waiting = [Wait(one.started_at, None, one.account_id) for one in questions]
    known = Experience([*waits, *waiting], HOURS, now)

    assert known.ask_all(questions) == [known.ask(*one) for one in questions]
    assert known.ask_all([]) == []


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(0, 120 * 24 * 60), st.integers(0, 120 * 24 * 60))
def test_the_timeline_measures_as_the_calendar_does(first: int, second: int) -> None:
    last = MONDAY + timedelta(days=121)
    at = [MONDAY + timedelta(minutes=minutes) for minutes in (first, second)]

    found = Timeline(HOURS, MONDAY, last).moments(at)

    for one, position, weekday, hour in zip(at, found.position, found.weekday, found.hour, strict=True):
        opens = HOURS.clock_start(one)
        local = opens.astimezone(HOURS_ZONE)
        assert position == pytest.approx(HOURS.elapsed(MONDAY, one).total_seconds(), abs=1e-3)
        assert weekday == local.weekday()
        assert hour == (local.hour if opens == one else -1)


def test_a_calendar_that_never_opens_has_a_timeline_without_time() -> None:
    never = Calendar.from_json({"timezone": "Europe/Berlin", "week": {}})

    assert Timeline(never, MONDAY, MONDAY).moments([MONDAY]).position[0] == 0.0
