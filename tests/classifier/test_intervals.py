"""Intervals of figures: they hold the figure, tighten with more senders, and draw senders, not mails."""

import pytest

from classifier import evaluate
from classifier.evaluate import Outcome
from classifier.intervals import intervals


def _outcomes(count: int) -> list[Outcome]:
    return [
        Outcome(
            "A" if at % 2 else "B", "A" if at % 2 or at % 10 == 0 else "B", 0.5 + at % 50 / 100, "Modell", given=True
        )
        for at in range(count)
    ]


def test_every_interval_holds_its_figure_and_is_the_same_each_time() -> None:
    outcomes = _outcomes(400)
    groups = [str(at) for at in range(400)]

    found = intervals(outcomes, groups)

    assert found == intervals(outcomes, groups)
    for interval, figure in (
        (found.accuracy, evaluate.accuracy(outcomes)),
        (found.macro_f1, evaluate.macro_f1(outcomes)),
        (found.coverage_95, evaluate.coverage(outcomes, 0.95)),
        (found.coverage_99, evaluate.coverage(outcomes, 0.99)),
    ):
        assert interval[0] <= figure <= interval[1]
    assert 0 <= found.calibration_error[0] <= found.calibration_error[1] <= 1


def test_few_big_senders_say_less_than_many_small_ones() -> None:
    outcomes = _outcomes(400)

    many, few = (intervals(outcomes, [str(at // size) for at in range(400)]).accuracy for size in (1, 100))
    alone = intervals(outcomes, ["einer"] * 400).accuracy

    assert many[1] - many[0] > 0
    assert alone == pytest.approx((evaluate.accuracy(outcomes),) * 2)
    assert few[0] <= evaluate.accuracy(outcomes) <= few[1]
