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
        parts = [self._reached(rows[at : at + _TOGETHER]) for at in range(0, len(rows), _TOGETHER)]
        return np.concatenate(parts)

    def _reached(self, rows: Measures) -> Scores:
        asked, limits, kept, leaves = self._across
        answers = rows.take(asked, axis=1) > limits
        ends = np.bitwise_and.reduce(kept | (answers - np.uint16(1)), axis=1)
        # The exponent of the lowest bit, for all trees at once.
        first = np.frexp((ends & -ends).astype(np.float32))[1] - 1
        places = np.maximum(first, 0) + self._starts
        added = leaves.take(places).reshape(len(rows), -1, len(self.base)).sum(axis=1)
        scores: Scores = (added + self.base).astype(np.float64)
        return scores

    @cached_property
    def _across(self) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.uint16], NDArray[np.float32]]:
        """The questions by their number in the tree, so that one operation treats all trees; the leaves in a row."""
        asked = np.ascontiguousarray(self.asked.T, dtype=np.intp)
        return asked, np.ascontiguousarray(self.limits.T), np.ascontiguousarray(self.kept.T), self.leaves.ravel()

    @cached_property
    def _starts(self) -> NDArray[np.intp]:
        return np.arange(len(self.asked), dtype=np.intp) * ENDS

    def fits(self, classes: int) -> bool:
        """Return whether shapes and numbers are those of trees for so many classes; foreign files are checked so."""
        count = len(self.asked)
        shapes = self.asked.shape == self.limits.shape == self.kept.shape == (count, QUESTIONS)
        shapes = shapes and self.leaves.shape == (count, ENDS)
        whole = count % classes == 0 and self.base.shape == (classes,) and bool((self.asked < COUNT).all())
        finite = bool(np.isfinite(self.leaves).all() and np.isfinite(self.base).all())
        kinds = self.asked.dtype == np.uint8 and self.kept.dtype == np.uint16
        return shapes and whole and finite and kinds and not bool(np.isnan(self.limits).any())
