"""Boosted trees give the scores that the library they were fitted with gives."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from classifier.growing import APART, EVERY, Told, grown
from classifier.trees import Trees

KNOWN = np.arange(400) % 4 > 0


def _told(classes: int, apart: int = 400) -> Told:
    """Return examples of so many classes, in the first measure whether headers are unknown; `apart` of those known
    are of classes that trees of their own may learn.
    """
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(400, 6)).astype(np.float32)
    answers = (rows[:, 1] > 0).astype(np.int64) + (0 if classes == 2 else (rows[:, 2] + rows[:, 3] > 1))
    rows[:, 0] = ~KNOWN
    return Told(rows, answers, np.ones(400), KNOWN & (answers < 2) & (np.arange(400) < apart))


@lru_cache(maxsize=2)
def _grown(apart: int = 400) -> Trees:
    """Return trees for three classes, of which the first two are rivals; read-only."""
    return grown(_told(3, apart), 3, (0, 1))


def _library(measured: np.ndarray, answers: np.ndarray, form: dict[str, Any]) -> Callable[[np.ndarray], np.ndarray]:
    with threadpool_limits(limits=1, user_api="openmp"):
        model = HistGradientBoostingClassifier(**form).fit(measured, answers)
    told: Callable[[np.ndarray], np.ndarray] = model.decision_function
    return told


@pytest.mark.unmeasured
@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 3])
def test_the_scores_are_those_of_the_library(classes: int) -> None:
    told = _told(classes)
    library = _library(told.measured, told.answers, EVERY)

    scores = grown(told, classes, ()).scores(told.measured)

    theirs = library(told.measured)
    assert (scores[:, 1] - scores[:, 0] if classes == 2 else scores) == pytest.approx(theirs, abs=1e-4)


@pytest.mark.unmeasured
@pytest.mark.slow
def test_rivals_with_known_headers_are_told_apart_by_trees_of_their_own_and_nothing_else_changes() -> None:
    told = _told(3)
    library = _library(told.measured[told.apart], told.answers[told.apart] == 0, APART)
    plain = _grown(apart=100).scores(told.measured)

    scores = _grown().scores(told.measured)

    assert scores[~KNOWN] == pytest.approx(plain[~KNOWN])
    assert (scores[:, 0] - scores[:, 1])[KNOWN] == pytest.approx(library(told.measured)[KNOWN], abs=1e-4)
    assert scores[:, 2] == pytest.approx(plain[:, 2])
    assert scores[:, 0] + scores[:, 1] == pytest.approx(plain[:, 0] + plain[:, 1], abs=1e-5)


@pytest.mark.slow
def test_too_few_examples_of_the_rivals_grow_no_trees_of_their_own() -> None:
    assert _grown(apart=100).rivals == ()


@pytest.mark.slow
def test_one_row_scores_as_it_does_among_many() -> None:
    told = _told(3)
    trees = _grown()

    assert trees.scores(told.measured[5:6])[0] == pytest.approx(trees.scores(told.measured)[5])
    assert trees.fits(3)
    assert not trees.fits(7)
    assert not replace(trees, asked=trees.asked[:, :3]).fits(3)


@pytest.mark.slow
@pytest.mark.parametrize("rivals", [(), (0,), (1, 1), (0, 3), (-1, 0), (0, 1, 2)])
def test_rivals_that_are_no_two_classes_do_not_fit(rivals: tuple[int, ...]) -> None:
    assert not replace(_grown(), rivals=rivals).fits(3)
