"""How the classifier does: bounds, alarms, drift and calibration, from what people decided."""

from dataclasses import replace

import pytest

from models.terms import Category, Step
from service.domain import watching
from service.domain.watching import Case

CASE = Case(
    Step.DOMAIN_BESTAETIGT, Category.KUNDE, 0.97, Category.KUNDE, automatic=False, blind=False, conversation_id=1
)
WRONG = replace(CASE, truth=Category.LIEFERANT)


@pytest.mark.parametrize(
    ("right", "of", "low"), [(0, 0, 0.0), (0, 10, 0.0), (10, 10, 0.787), (50, 50, 0.949), (98, 100, 0.941)]
)
def test_the_lower_bound_of_a_share_is_wilsons(right: int, of: int, low: float) -> None:
    assert watching.wilson_low(right, of) == pytest.approx(low, abs=0.001)


@pytest.mark.parametrize(
    ("right", "wrong", "fails"), [(52, 0, False), (49, 1, True), (40, 9, False), (120, 2, False), (100, 3, True)]
)
def test_a_step_fails_when_its_bound_falls_below_95_percent_of_enough_cases(
    right: int, wrong: int, fails: bool
) -> None:
    (found,) = watching.by_step([CASE] * right + [WRONG] * wrong, {})

    assert found.fails is fails
    assert (found.seen, found.right) == (right + wrong, right)


def test_answers_that_stood_count_as_seen_only_when_they_were_asked_blindly() -> None:
    stood = replace(WRONG, automatic=True)
    asked = replace(CASE, automatic=True, blind=True)

    (found,) = watching.by_step([stood] * 4 + [asked], {Step.DOMAIN_BESTAETIGT: 95})

    assert (found.automatic, found.stood, found.corrected, found.seen, found.right) == (100, 5, 4, 1, 1)
    assert found.correction_rate == 0.04
    assert found.precision == 1.0
    assert found.fails


def test_steps_nobody_saw_are_left_out_and_automatic_ones_are_not() -> None:
    found = watching.by_step([], {Step.EIGENE_DOMAIN: 3})

    assert [each.step for each in found] == [Step.EIGENE_DOMAIN]
    assert (found[0].correction_rate, found[0].precision, found[0].low, found[0].cusum) == (0.0, 0.0, 0.0, 0.0)


def test_the_alarm_rises_with_a_run_of_errors_and_forgets_single_ones() -> None:
    steady = watching.cusum([False] * 40 + [True] + [False] * 60)
    worse = watching.cusum([False] * 40 + [True, True, False, True, True])

    assert steady == 0.0
    assert worse > watching.CUSUM_LIMIT


def test_the_stability_index_tells_the_same_mix_from_another() -> None:
    before = {"Kunde": 500, "Newsletter": 500}

    assert watching.psi(before, {"Kunde": 50, "Newsletter": 50}) == pytest.approx(0.0)
    assert watching.PSI_SLIGHT < watching.psi(before, {"Kunde": 70, "Newsletter": 30}) < watching.PSI_STRONG
    assert watching.psi(before, {"Werbung": 10}) > watching.PSI_STRONG
    assert watching.psi({}, before) == watching.psi(before, {}) == 0.0


def test_classes_and_confusions_are_counted() -> None:
    cases = [CASE, CASE, WRONG, replace(CASE, suggested=Category.WERBUNG, truth=Category.KUNDE)]

    kunde, lieferant, *_, werbung = watching.by_class(cases)

    assert (kunde.suggested, kunde.right, kunde.truth) == (3, 2, 3)
    assert kunde.precision == kunde.recall == pytest.approx(2 / 3)
    assert (lieferant.precision, lieferant.recall, werbung.precision) == (0.0, 0.0, 0.0)
    assert watching.confusion(cases)[Category.WERBUNG, Category.KUNDE] == 1


def test_calibration_puts_sure_and_right_side_by_side() -> None:
    bins = watching.calibration([CASE] * 9 + [WRONG] + [replace(CASE, confidence=1.0)])

    assert [(each.low, each.high, each.count) for each in bins] == [(0.9, 1.0, 11)]
    assert bins[0].right == pytest.approx(10 / 11)
    assert watching.calibration_error(bins) == pytest.approx(abs(bins[0].confidence - bins[0].right))
    assert watching.calibration_error(()) == 0.0
