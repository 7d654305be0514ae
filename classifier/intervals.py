"""How far off figures may be: 95 % intervals by drawing sender domains again and again (Efron 1979)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.evaluate import Outcome

_BINS = 15
_DRAWS = 300
_ENDS = (2.5, 97.5)

Numbers = NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Intervals:
    """The lower and upper ends of what each figure may be (0 to 1)."""

    accuracy: Interval
    macro_f1: Interval
    calibration_error: Interval
    coverage_95: Interval
    coverage_99: Interval


def intervals(outcomes: Sequence[Outcome], groups: Sequence[str]) -> Intervals:
    """Return the intervals of outcomes; those of one group (a sender domain) are drawn together, as they are alike.

    The same outcomes give the same intervals. Needs at least one outcome.
    """
    table = _Table(outcomes)
    _, members = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
    dice = np.random.default_rng(0)
    count = int(members.max()) + 1
    draws = (np.bincount(dice.integers(0, count, count), minlength=count)[members] for _ in range(_DRAWS))
    figures = np.array([table.figures(drawn.astype(np.float64)) for drawn in draws])
    ends = np.percentile(figures, _ENDS, axis=0)
    return Intervals(*((float(low), float(high)) for low, high in ends.T))


class _Table:
    """Outcomes as arrays, surest first, so that a draw is nothing but how often each of them counts."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        confidence = np.array([each.confidence for each in outcomes])
        self._order = np.argsort(-confidence, kind="stable")
        names = sorted({name for each in outcomes for name in (each.truth, each.best)})
        place = {name: at for at, name in enumerate(names)}
        self._classes = len(names)
        self._truth = np.array([place[each.truth] for each in outcomes])[self._order]
        self._best = np.array([place[each.best] for each in outcomes])[self._order]
        self._confidence = confidence[self._order]
        self._bins = np.minimum(_BINS - 1, (self._confidence * _BINS).astype(np.int64))
        self._right = (self._truth == self._best).astype(np.float64)

    def figures(self, drawn: Numbers) -> tuple[float, ...]:
        """Return accuracy, macro-F1, calibration error, coverage at 95 % and 99 % when each counts `drawn` times."""
        weights = drawn[self._order]
        total = weights.sum()
        rights = np.cumsum(weights * self._right)
        taken = np.cumsum(weights)
        gaps = np.bincount(self._bins, weights * (self._right - self._confidence))
        covered = (taken[rights >= share * taken].max(initial=0.0) / total for share in (0.95, 0.99))
        return float(rights[-1] / total), self._macro_f1(weights), float(np.abs(gaps).sum() / total), *covered

    def _macro_f1(self, weights: Numbers) -> float:
        truths, bests = (np.bincount(each, weights, self._classes) for each in (self._truth, self._best))
        hits = np.bincount(self._truth, weights * self._right, self._classes)
        occur = truths > 0
        return float((2 * hits[occur] / (truths[occur] + bests[occur])).mean())
