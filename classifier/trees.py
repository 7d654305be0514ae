"""Boosted decision trees at work: numpy alone, all trees side by side."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from classifier.measures import COUNT, Measures

DEPTH = 4
_TESTS, _LEAVES = 2**DEPTH - 1, 2**DEPTH

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Trees:
    """Complete trees of DEPTH questions each. The tree t asks in node n (0 the root, children 2n+1 and 2n+2) whether
    measure `asked[t, n]` is above `limits[t, n]`; `leaves[t]` holds what its ends add to the score of class
    t % classes. A tree that ends earlier asks what nothing answers with yes.
    """

    asked: NDArray[np.uint8]
    limits: NDArray[np.float32]
    leaves: NDArray[np.float32]
    base: NDArray[np.float32]

    def scores(self, rows: Measures) -> Scores:
        """Return the scores of shape (rows, classes) for measures of shape (rows, COUNT)."""
        answers = rows[:, self._flat[0]] > self._flat[1]
        ends = self._flat[2] + np.zeros((len(rows), 1), dtype=np.intp)
        first = np.arange(len(rows))[:, np.newaxis]
        for _ in range(DEPTH):
            ends += ends - self._flat[2] + 1 + answers[first, ends]
        return self._sum(ends)

    def score(self, row: Measures) -> Scores:
        """Return the scores of one row of measures, quicker than `scores`."""
        asked, limits, starts = self._flat
        answers = row.take(asked) > limits
        ends = starts.copy()
        for _ in range(DEPTH):
            step = answers.take(ends)
            ends += ends
            ends -= starts
            ends += 1
            ends += step
        total: Scores = self._sum(ends[np.newaxis])[0]
        return total

    @cached_property
    def _flat(self) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.intp]]:
        """What is asked and the limits one after the other, and where each tree starts there."""
        starts = np.arange(len(self.asked), dtype=np.intp) * _TESTS
        return self.asked.ravel().astype(np.intp), self.limits.ravel(), starts

    def _sum(self, ends: NDArray[np.intp]) -> Scores:
        # After DEPTH steps a tree stands _TESTS places behind its last question, counted from its own start.
        places = ends - self._flat[2] - _TESTS + np.arange(len(self.asked), dtype=np.intp) * _LEAVES
        added = self.leaves.ravel().take(places).reshape(len(ends), -1, len(self.base)).sum(axis=1)
        total: Scores = (added + self.base).astype(np.float64)
        return total

    def fits(self, classes: int) -> bool:
        """Return whether shapes and numbers are those of trees for so many classes; foreign files are checked so."""
        count = len(self.asked)
        shapes = self.asked.shape == self.limits.shape == (count, _TESTS) and self.leaves.shape == (count, _LEAVES)
        whole = count % classes == 0 and self.base.shape == (classes,) and bool((self.asked < COUNT).all())
        finite = bool(np.isfinite(self.leaves).all() and np.isfinite(self.base).all())
        return shapes and whole and finite and not bool(np.isnan(self.limits).any())
