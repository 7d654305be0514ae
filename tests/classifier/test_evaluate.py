"""Figures whose results can be worked out by hand."""

import pytest

from classifier.evaluate import (
    Outcome,
    accuracy,
    calibration_error,
    coverage,
    macro_f1,
    per_class,
    per_step,
)


def _outcome(truth: str, best: str, confidence: float = 0.9, step: str = "Modell") -> Outcome:
    return Outcome(truth, best, confidence, step, given=True)


FOUR = [_outcome("A", "A", 0.95), _outcome("A", "B", 0.55), _outcome("B", "B", 0.85, "Regel"), _outcome("B", "B", 0.75)]


def test_shares_are_those_of_a_pocket_calculator() -> None:
    figures = per_class(FOUR)

    assert accuracy(FOUR) == pytest.approx(0.75)
    assert (figures["A"].precision, figures["A"].recall, figures["A"].support) == (1.0, 0.5, 2)
    assert figures["B"].f1 == pytest.approx(0.8)
    assert macro_f1(FOUR) == pytest.approx((2 / 3 + 0.8) / 2)


def test_a_class_that_was_never_guessed_has_figures_of_zero() -> None:
    assert per_class([_outcome("A", "B")])["A"].f1 == 0


def test_the_calibration_error_is_the_gap_between_sure_and_right() -> None:
    outcomes = [_outcome("A", "A", 1.0), _outcome("A", "A", 1.0), _outcome("A", "B", 0.5)]

    assert calibration_error(outcomes) == pytest.approx(0.5 / 3)


def test_coverage_takes_the_surest_first() -> None:
    assert coverage(FOUR, 0.99) == pytest.approx(0.75)
    assert coverage(FOUR, 0.75) == 1.0
    assert coverage([_outcome("A", "B")], 0.5) == 0


def test_steps_are_counted() -> None:
    assert per_step(FOUR) == {"Modell": (3, pytest.approx(2 / 3)), "Regel": (1, 1.0)}


def test_nothing_to_measure_is_zero() -> None:
    assert (accuracy([]), macro_f1([]), calibration_error([]), coverage([], 0.9)) == (0, 0, 0, 0)
