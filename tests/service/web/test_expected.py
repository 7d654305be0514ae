"""A forecast in words: a day where there is one to plan with, and no day where there is none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.forecast import Forecast, Source
from service.web import expected
from tests.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEARNED = next(source for source in Source if source is not Source.ZIEL)
SOON = Forecast(NOW + HOUR, NOW + DAY, NOW - HOUR, LEARNED, answers=40)


def line(found: Forecast) -> str:
    return expected.expected(found, NOW - HOUR, NOW).line


@pytest.mark.parametrize(
    ("latest", "begins_with"),
    [
        (NOW - HOUR, "dauert schon länger als neun von zehn Antworten"),
        (NOW, "dauert schon länger als neun von zehn Antworten"),
        (NOW + HOUR, "Antwort wohl bis"),
        (NOW + expected.FARTHEST, "Antwort wohl bis"),
        (NOW + expected.FARTHEST + HOUR, "Antwort vielleicht erst in mehr als einem Monat"),
    ],
)
def test_an_instant_is_named_while_it_lies_ahead_and_within_a_month(latest: object, begins_with: str) -> None:
    assert line(replace(SOON, latest_at=latest)).startswith(begins_with)


def test_on_the_page_each_end_that_is_too_far_away_is_called_so() -> None:
    far = NOW + 2 * expected.FARTHEST

    later = expected.expected(replace(SOON, latest_at=far), NOW, NOW)
    both = expected.expected(replace(SOON, likely_at=far, latest_at=far), NOW, NOW)

    assert (later.likely.startswith("bis"), later.latest) == (True, expected.FAR)
    assert (both.likely, both.latest) == (expected.FAR, expected.FAR)


def test_a_guess_is_called_unsure_and_a_goal_a_goal() -> None:
    assert line(replace(SOON, is_unsure=True)).endswith("(unsicher)")
    assert line(replace(SOON, source=Source.ZIEL)).startswith("zu wenig Antworten, deshalb das Ziel: bis")
    assert line(replace(SOON, source=Source.ZIEL, latest_at=NOW - HOUR)) == expected.NOTHING
