"""Boosted decision trees at work: numpy alone, all questions of all trees asked at once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from classifier.measures import COUNT, Measures

ENDS = 16
QUESTIONS = ENDS - 1
# An answer "no" leaves all ends of a tree open.
OPEN = 2**ENDS - 1
# So many rows are looked at together: their answers fit into a processor's cache.
_TOGETHER = 32

Scores = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Trees:
    """Trees of at most QUESTIONS questions each, of any shape.

    The tree t asks in question n whether measure `asked[t, n]` is above `limits[t, n]`. If so, only the ends whose bits
    stand in `kept[t, n]` stay open; the lowest open end is reached (Lucchese and others, QuickScorer, 2015).
    `leaves[t]` holds what the ends add to the score of class t % classes, `base` what every score begins with. A tree
    with fewer questions asks what nothing answers with yes.
    """

    asked: NDArray[np.uint8]
    limits: NDArray[np.float32]
    kept: NDArray[np.uint16]
    leaves: NDArray[np.float32]
    base: NDArray[np.float32]

    def scores(self, rows: Measures) -> Scores:
        """Return the scores of shape (rows, classes) for measures of shape (rows, COUNT), at least one row."""
        # Row beside row, so that the answers of all to one question lie together.
        across = np.ascontiguousarray(rows.T)
        parts = [self._reached(across[:, at : at + _TOGETHER]) for at in range(0, len(rows), _TOGETHER)]
        return np.concatenate(parts, axis=1).T

    def _reached(self, across: Measures) -> Scores:
        """Return the scores of shape (classes, rows) for measures of shape (COUNT, rows)."""
        measures, limits, places, kept = self._questions
        # All bits where the answer is no.
        refused = (across.take(measures, axis=0) > limits) - np.uint16(1)
        ends = np.bitwise_and.reduce(kept | refused.take(places, axis=0), axis=0)
        # The exponent of the lowest bit, for all trees at once; a tree without an open end gives its first one.
        first = np.frexp((ends & -ends).astype(np.float32))[1]
        added = self.leaves.take(np.maximum(first, 1) + self._starts)
        sums = added.reshape(-1, len(self.base), across.shape[1]).sum(axis=0)
        scores: Scores = (sums + self.base[:, np.newaxis]).astype(np.float64)
        return scores

    @cached_property
    def _questions(self) -> tuple[Places, NDArray[np.float32], Places, NDArray[np.uint16]]:
        """Every question once, as many trees ask the same: measures and limits; then, by the number of the question in
        the tree, so that one operation treats all trees, which of them is asked and which ends it keeps.
        """
        asked, limits = np.ascontiguousarray(self.asked.T), np.ascontiguousarray(self.limits.T, dtype=np.float32)
        kept = np.ascontiguousarray(self.kept.T)[:, :, np.newaxis]
        # A measure and the bits of a limit are one number, which is sorted quickly.
        pairs = asked.astype(np.uint64) << np.uint64(32) | limits.view(np.uint32)
        _, at, places = np.unique(pairs, return_index=True, return_inverse=True)
        measures = asked.ravel()[at].astype(np.intp)
        return measures, limits.ravel()[at][:, np.newaxis], places.reshape(asked.shape), kept

    @cached_property
    def _starts(self) -> Places:
        """Where the leaves of each tree begin, less the 1 by which exponents are ahead."""
        return np.arange(len(self.asked), dtype=np.intp)[:, np.newaxis] * ENDS - 1

    def fits(self, classes: int) -> bool:
        """Return whether shapes and numbers are those of trees for so many classes; foreign files are checked so."""
        count = len(self.asked)
        shapes = self.asked.shape == self.limits.shape == self.kept.shape == (count, QUESTIONS)
        shapes = shapes and self.leaves.shape == (count, ENDS)
        whole = count % classes == 0 and self.base.shape == (classes,) and bool((self.asked < COUNT).all())
        finite = bool(np.isfinite(self.leaves).all() and np.isfinite(self.base).all())
        kinds = self.asked.dtype == np.uint8 and self.kept.dtype == np.uint16
        return shapes and whole and finite and kinds and not bool(np.isnan(self.limits).any())
