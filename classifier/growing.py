"""Grows boosted trees over measures: those of all classes, and those that tell newsletters from advertising.

Trees that have to ask for business partners and for senders without headers, too, tell the two apart worse than trees
that do nothing else (docs/dev/classifier.md).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from classifier.measures import Measures
from classifier.trees import ENDS, OPEN, QUESTIONS, Trees

ROUNDS = 80
_FORM = {
    "max_iter": ROUNDS, "max_leaf_nodes": ENDS, "learning_rate": 0.12, "min_samples_leaf": 10,
    "early_stopping": False, "random_state": 0,
}  # fmt: skip
# Many weak trees that each look at a part of the measures, held back: the best of some twenty settings by grouped
# cross-validation (docs/dev/classifier.md).
EVERY: dict[str, Any] = {**_FORM, "l2_regularization": 5.0, "max_features": 0.3}
# Those for two classes alone are better when they see everything.
APART: dict[str, Any] = {**_FORM, "l2_regularization": 0.0, "max_features": 1.0}
# With fewer of either class the trees of all classes know as much.
_FEWEST = 50


@dataclass(frozen=True)
class Told:
    """What trees learn: measures, answers as places of classes, weights, and which examples are learned apart."""

    measured: Measures
    answers: NDArray[np.int64]
    weights: NDArray[np.float64]
    apart: NDArray[np.bool_]


@dataclass(frozen=True)
class _Column:
    """The trees of one score: the library's model, which of its trees of a round, and what their ends count."""

    model: Any
    tree: int
    share: float

    @property
    def start(self) -> float:
        """What the score begins with."""
        return float(np.ravel(self.model._baseline_prediction)[self.tree]) * self.share  # noqa: SLF001 - has no public name

    def nodes(self, number: int) -> Any:
        """Return the tree of a round."""
        # A test compares scores with the library's own, so that a change of these names is seen.
        return self.model._predictors[number][self.tree].nodes  # noqa: SLF001 - nor have the nodes


def grown(told: Told, classes: int, rivals: tuple[int, ...]) -> Trees:
    """Return trees for so many classes; with trees of their own for the two `rivals`, where enough examples of both
    are learned apart. A class that no example has gets no tree.
    """
    model = _boosted(told.measured, told.answers, told.weights, EVERY)
    places = [int(each) for each in model.classes_]
    shares = (-0.5, 0.5) if len(places) == 2 else (1.0,) * len(places)
    columns = {
        place: _Column(model, 0 if len(places) == 2 else at, share)
        for at, (place, share) in enumerate(zip(places, shares, strict=True))
    }
    counts = [int((told.answers[told.apart] == each).sum()) for each in rivals]
    if len(rivals) < 2 or min(counts) < _FEWEST:
        return _trees(columns, classes, ())
    first = (told.answers[told.apart] == rivals[0]).astype(np.int64)
    columns[classes] = _Column(_boosted(told.measured[told.apart], first, told.weights[told.apart], APART), 0, 1.0)
    return _trees(columns, classes + 1, rivals)


def _boosted(measured: Measures, answers: NDArray[np.int64], weights: NDArray[np.float64], form: dict[str, Any]) -> Any:
    # Threads that wait for each other cost more than they save on trees as small as these.
    with threadpool_limits(limits=1, user_api="openmp"):
        return HistGradientBoostingClassifier(**form).fit(measured, answers, sample_weight=weights)


def _trees(columns: dict[int, _Column], scores: int, rivals: tuple[int, ...]) -> Trees:
    count = ROUNDS * scores
    asked, limits = np.zeros((count, QUESTIONS), dtype=np.uint8), np.full((count, QUESTIONS), np.inf, dtype=np.float32)
    kept, leaves = np.full((count, QUESTIONS), OPEN, dtype=np.uint16), np.zeros((count, ENDS), dtype=np.float32)
    base = np.zeros(scores, dtype=np.float32)
    for place, column in columns.items():
        base[place] = column.start
        for number in range(ROUNDS):
            row = number * scores + place
            questions, ends = _unfold(column.nodes(number))
            for at, (measure, limit, left) in enumerate(questions):
                asked[row, at], limits[row, at], kept[row, at] = measure, limit, OPEN ^ left
            leaves[row, : len(ends)] = np.array(ends) * column.share
    return Trees(asked, limits, kept, leaves, base, rivals)


def _unfold(nodes: Any) -> tuple[list[tuple[int, float, int]], list[float]]:
    """Return a tree's questions (measure, limit, bits of the ends to its left) and its ends from left to right."""
    questions: list[tuple[int, float, int]] = []
    ends: list[float] = []

    def walk(at: int) -> None:
        node = nodes[at]
        if node["is_leaf"]:
            ends.append(float(node["value"]))
            return
        before = len(ends)
        walk(int(node["left"]))
        bits = (1 << len(ends)) - (1 << before)
        questions.append((int(node["feature_idx"]), float(node["num_threshold"]), bits))
        walk(int(node["right"]))

    walk(0)
    return questions, ends
