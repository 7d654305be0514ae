"""Boosted trees give the scores that the library they were fitted with gives."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from classifier.training import _LOOKED_AT, _PACE, _RESTRAINT, _ROUNDS, Table, _boosted
from classifier.trees import ENDS


def _table(classes: int) -> Table:
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(400, 6)).astype(np.float32)
    answers = (rows[:, 0] > 0).astype(np.int64) + (0 if classes == 2 else (rows[:, 1] + rows[:, 2] > 1))
    return Table(csr_matrix(rows), rows, answers, np.ones(400), np.zeros(classes))


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 3])
def test_the_scores_are_those_of_the_library(classes: int) -> None:
    table = _table(classes)
    library = HistGradientBoostingClassifier(
        max_iter=_ROUNDS,
        max_leaf_nodes=ENDS,
        learning_rate=_PACE,
        min_samples_leaf=10,
        l2_regularization=_RESTRAINT,
        max_features=_LOOKED_AT,
        early_stopping=False,
        random_state=0,
    )
    with threadpool_limits(limits=1, user_api="openmp"):
        library.fit(table.measured, table.answers, sample_weight=table.weights)

    scores = _boosted(table).scores(table.measured)

    told = library.decision_function(table.measured)
    assert (scores[:, 1] - scores[:, 0] if classes == 2 else scores) == pytest.approx(told, abs=1e-4)


@pytest.mark.slow
def test_one_row_scores_as_it_does_among_many() -> None:
    table = _table(3)
    trees = _boosted(table)

    assert trees.scores(table.measured[5:6])[0] == pytest.approx(trees.scores(table.measured)[5])
    assert trees.fits(3)
    assert not trees.fits(7)
    assert not replace(trees, asked=trees.asked[:, :3]).fits(3)
