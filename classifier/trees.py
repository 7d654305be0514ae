"""Boosted decision trees at work: numpy alone, all questions of all trees asked at once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from classifier.flags import UNKNOWN
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
    `leaves[t]` holds what the ends add to the score t % scores, `base` what every score begins with. A tree with fewer
    questions asks what nothing answers with yes.

    There is a score for each class. Where `rivals` names two of them, a last score says how far the first of them
    stands above the other; it holds for senders with known headers alone.
    """

    asked: NDArray[np.uint8]
    limits: NDArray[np.float32]
    kept: NDArray[np.uint16]
    leaves: NDArray[np.float32]
    base: NDArray[np.float32]
    rivals: tuple[int, ...] = ()

    def scores(self, rows: Measures) -> Scores:
        """Return the scores of shape (rows, classes) for measures of shape (rows, COUNT), at least one row."""
        # Row beside row, so that the answers of all to one question lie together.
        across = np.ascontiguousarray(rows.T)
        parts = [self._reached(across[:, at : at + _TOGETHER]) for at in range(0, len(rows), _TOGETHER)]
        scores: Scores = np.concatenate(parts, axis=1).T
        return self._told_apart(scores, rows) if self.rivals else scores

    def _told_apart(self, scores: Scores, rows: Measures) -> Scores:
        """Return the scores of the classes, where the last score says how the rivals stand to each other.

        What the two have together stays, so nothing changes beside the other classes but who of the two is meant.
        """
        one, other = self.rivals
        change = (scores[:, -1] - scores[:, one] + scores[:, other]) / 2 * (rows[:, UNKNOWN] == 0)
        scores[:, one] += change
        scores[:, other] -= change
        return scores[:, :-1]

    def _reached(self, across: Measures) -> Scores:
        """Return all scores, of shape (scores, rows), for measures of shape (COUNT, rows)."""
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
        count, told = len(self.asked), classes + bool(self.rivals)
        rivals = not self.rivals or len({*self.rivals}.intersection(range(classes))) == len(self.rivals) == 2
        shapes = self.asked.shape == self.limits.shape == self.kept.shape == (count, QUESTIONS)
        shapes = shapes and self.leaves.shape == (count, ENDS)
        whole = count % told == 0 and self.base.shape == (told,) and bool((self.asked < COUNT).all())
        finite = bool(np.isfinite(self.leaves).all() and np.isfinite(self.base).all())
        kinds = self.asked.dtype == np.uint8 and self.kept.dtype == np.uint16
        return shapes and rivals and whole and finite and kinds and not bool(np.isnan(self.limits).any())
