"""Fits the firm's own model: the shipped one, changed as far as the firm's confirmations ask for it and no further.

The shipped model's scores stay; on top of them comes a linear correction whose size is penalised (a Gaussian prior
around the shipped weights, as in MAP adaptation: Chelba and Acero 2006), so that few confirmations change little and
no single person much.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from classifier import gate, training
from classifier.errors import TooFewExamples
from classifier.flags import present
from classifier.gate import Case, Lesson
from classifier.learned import Learned, Likeness, softmax
from classifier.measures import measures
from classifier.training import Example
from models.terms import Category

_PENALTY = 1.0
_FOLDS = 4
_FEWEST = 50
# As for the shipped model: an answer has to be right this often; a business partner is only asked about.
_RIGHT = dict.fromkeys(Likeness, 0.95) | {Likeness.PARTNER: 0.8}
_MOST_CHECKED = 60
# What is tried of one person's fresh confirmations when all of them would move too much.
_PARTS = (0.5, 0.25, 0.125, 0.0625, 0.0)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Table:
    rows: csr_matrix
    base: Floats
    answers: NDArray[np.int64]
    weights: Floats

    def of(self, part: NDArray[np.int64]) -> "_Table":
        return _Table(self.rows[part], self.base[part], self.answers[part], self.weights[part])


def careful(
    basis: Learned, lessons: Sequence[Lesson], cases: Sequence[Case], facts: dict[str, object]
) -> tuple[Learned, Mapping[str, float]]:
    """Return a model in which no member moves more than MOST_MOVED of the reserved decisions by one day's lessons.

    Looks at what is fresh, the _MOST_CHECKED largest days of members (each costs a fit). Also returns, of each whose
    lessons were held back, which share of them was learned. Raises TooFewExamples as `refit`.
    """
    kept = list(lessons)
    held: dict[str, float] = {}
    model = refit(basis, _examples(kept), facts)
    fresh = Counter(each.by for each in lessons if each.fresh)
    for by, _ in fresh.most_common(_MOST_CHECKED):
        others = [each for each in kept if not (each.fresh and each.by == by)]
        without = gate.decisions(_or_basis(basis, others, facts), cases)
        if gate.moved(without, gate.decisions(model, cases)) <= gate.MOST_MOVED:
            continue
        mine = [each for each in kept if each.fresh and each.by == by]
        held[by], kept = _part(basis, (others, mine), (without, cases), facts)
        model = _or_basis(basis, kept, facts)
    return model, held


def _part(
    basis: Learned,
    taught: tuple[list[Lesson], list[Lesson]],
    checked: tuple[Sequence[Category | None], Sequence[Case]],
    facts: dict[str, object],
) -> tuple[float, list[Lesson]]:
    """Return the largest part of one member's lessons that moves few enough decisions, and all lessons with it."""
    others, mine = taught
    without, cases = checked

    def fits(part: float) -> bool:
        model = _or_basis(basis, others + [each for each in mine if gate.place(each.group) < part], facts)
        return gate.moved(without, gate.decisions(model, cases)) <= gate.MOST_MOVED

    # Nothing of it moves nothing.
    part = next(each for each in _PARTS if not each or fits(each))
    return part, others + [each for each in mine if gate.place(each.group) < part]


def _examples(lessons: Sequence[Lesson]) -> list[Example]:
    return [Example(each.record, each.label, each.group, each.letters) for each in lessons]


def _or_basis(basis: Learned, lessons: Sequence[Lesson], facts: dict[str, object]) -> Learned:
    try:
        return refit(basis, _examples(lessons), facts)
    except TooFewExamples:
        return basis


def refit(basis: Learned, examples: Sequence[Example], facts: dict[str, object]) -> Learned:
    """Return `basis` corrected by `examples`, with temperature and thresholds from folds that never saw the sender.

    Where too few answers of a class are at hand for a threshold of its own, the basis's stays. Raises TooFewExamples
    below four groups of senders.
    """
    kept = training.widened(training.thinned([each for each in examples if each.label in basis.classes]))
    groups = [each.group for each in kept]
    if len(set(groups)) < _FOLDS:
        raise TooFewExamples("Zu wenige bestätigte Absender, um daraus zu lernen.")
    table = _table(basis, kept)
    unseen = np.zeros_like(table.base)
    for learn, test in GroupKFold(n_splits=_FOLDS).split(table.rows, table.answers, groups):
        change, shift = _correction(table.of(learn), basis.temperature)
        unseen[test] = table.base[test] + table.rows[test] @ change + shift
    temperature = training.best_temperature(unseen, table.answers)
    chances = softmax(unseen / temperature)
    change, shift = _correction(table, basis.temperature)
    return replace(
        basis,
        weights=(basis.weights + change).astype(np.float32),
        bias=(basis.bias + shift).astype(np.float32),
        temperature=temperature,
        thresholds=tuple(_threshold(basis, chances, table.answers, at) for at in range(len(basis.classes))),
        facts={**basis.facts, **facts, "confirmed": len(examples), "confirmed_groups": len(set(groups))},
    )


def _threshold(basis: Learned, chances: Floats, answers: NDArray[np.int64], at: int) -> float:
    if int((chances.argmax(axis=1) == at).sum()) < _FEWEST:
        return basis.thresholds[at]
    return training.threshold(chances, answers, at, _RIGHT[basis.classes[at]])


def _table(basis: Learned, examples: Sequence[Example]) -> _Table:
    rows = training.matrix(examples)
    measured = np.array([measures(each.record, present(each.record), each.letters) for each in examples])
    base = rows @ basis.weights + basis.bias + basis.trees.scores(measured)
    answers = np.array([basis.classes.index(each.label) for each in examples])
    return _Table(rows, base, answers, np.array([training.weight(each) for each in examples]))


def _correction(table: _Table, temperature: float) -> tuple[Floats, Floats]:
    """Return the change of the weights and of the bias under which the answers are likeliest, sizes penalised."""
    features, classes = table.rows.shape[1], table.base.shape[1]
    # Features that no example has stay as they are.
    used = np.unique(table.rows.indices)
    rows = table.rows[:, used]
    truth = np.zeros_like(table.base)
    truth[np.arange(len(table.answers)), table.answers] = 1.0

    def loss(flat: Floats) -> tuple[float, Floats]:
        given = flat.reshape(len(used) + 1, classes)
        chances = softmax((table.base + rows @ given[:-1] + given[-1]) / temperature)
        likely = np.log((chances * truth).sum(axis=1) + 1e-12)
        slope = (chances - truth) * table.weights[:, np.newaxis] / temperature
        gradient = np.vstack([rows.T @ slope, slope.sum(axis=0)]) + _PENALTY * given
        return float(-(table.weights * likely).sum() + _PENALTY * (given**2).sum() / 2), gradient.ravel()

    start = np.zeros((len(used) + 1) * classes)
    # Threads that wait for each other take twenty times as long on vectors as short as these.
    with threadpool_limits(limits=1):
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x.reshape(-1, classes)
    change = np.zeros((features, classes))
    change[used] = found[:-1]
    return change, found[-1]
