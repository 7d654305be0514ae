"""Fits a model on confirmed senders: weights, calibration, thresholds; the only door to scikit-learn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from classifier.errors import TooFewExamples
from classifier.features import SIZE, marks, present, text
from classifier.learned import Learned, Likeness, softmax
from models.address import registrable
from models.record import HeaderFlags, MessageRecord

# A few big senders would otherwise decide the weights and every figure.
MOST_PER_SENDER = 10
_FOLDS = 4
# An answer of the model has to be right this often, at the lower end of the Wilson interval, before it is shown. A
# business partner is only a question to a person (Kunde or Lieferant?), so it may be asked more freely.
_RIGHT = dict.fromkeys(Likeness, 0.95) | {Likeness.PARTNER: 0.8}
_Z = 1.645
_FEWEST = 50
_NEVER = 1.01

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled record; examples of one `group` are never on both sides of a split."""

    record: MessageRecord
    label: Likeness
    group: str


def example(record: MessageRecord, label: Likeness) -> Example:
    """Return a record as an example, grouped by registrable domain; colleagues, who share one, by address."""
    group = record.sender if label is Likeness.INTERN else registrable(record.sender) or record.sender
    return Example(record, label, group)


def fit(examples: Sequence[Example], facts: dict[str, object]) -> Learned:
    """Return a model fitted on `examples`, calibrated on scores of folds that never saw the sender's domain.

    Multinomial logistic regression, one temperature, one threshold per class by the lower end of the Wilson
    interval. Raises TooFewExamples below two classes or four groups of senders.
    """
    kept = widened(thinned(examples))
    classes = tuple(sorted({each.label for each in kept}, key=list(Likeness).index))
    if len(classes) < 2 or len({each.group for each in kept}) < _FOLDS:
        raise TooFewExamples("Zu wenige bestätigte Absender, um daraus zu lernen.")
    rows, answers = matrix(kept), np.array([classes.index(each.label) for each in kept])
    unseen = _unseen_scores(rows, answers, [each.group for each in kept], len(classes))
    temperature = best_temperature(unseen, answers)
    chances = softmax(unseen / temperature)
    weights, bias = _regression(rows, answers, len(classes))
    counts = Counter(each.label.value for each in kept)
    return Learned(
        classes=classes,
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
        temperature=temperature,
        thresholds=tuple(threshold(chances, answers, at, _RIGHT[name]) for at, name in enumerate(classes)),
        facts={**facts, "examples": dict(sorted(counts.items())), "groups": len({each.group for each in kept})},
    )


def thinned(examples: Sequence[Example]) -> list[Example]:
    """Return the examples with at most MOST_PER_SENDER of each group and class, in their order."""
    seen: Counter[tuple[str, Likeness]] = Counter()
    kept = []
    for each in examples:
        seen[each.group, each.label] += 1
        if seen[each.group, each.label] <= MOST_PER_SENDER:
            kept.append(each)
    return kept


def widened(examples: Sequence[Example]) -> list[Example]:
    """Return the examples and, of each, how the same mail would look with headers unknown, or plain where they are.

    A model must not read the class from whether headers are known: that is a matter of permissions, not of senders.
    """
    both = list(examples)
    for at, each in enumerate(examples):
        plain = _plain(registrable(each.record.sender), at)
        both.append(replace(each, record=replace(each.record, flags=None if each.record.flags else plain)))
    return both


def _plain(root: str, at: int) -> HeaderFlags:
    """Return headers of a mail that a person wrote: no mark of bulk, everything else as firms' systems differ in it.

    Hosted mail often has a message id of the host's, some archives keep no return path.
    """
    return HeaderFlags(
        return_path_domain=root if at % 4 else "",
        message_id_domain=(root, "outlook.com", root, "", "mailhost.example")[at % 5],
        content_type=("multipart/alternative", "text/plain", "multipart/mixed", "text/html", "")[at // 2 % 5],
        in_reply_to=at % 3 == 0,
        mailer="outlook" if at % 7 == 0 else "",
    )


def matrix(examples: Sequence[Example]) -> csr_matrix:
    """Return one sparse row of features.SIZE columns per example."""
    ends, places, values = [0], [], []
    for each in examples:
        at, value = text(each.record)
        flagged, weighed = marks(present(each.record))
        places.append(np.concatenate([at, flagged]))
        values.append(np.concatenate([value, weighed]))
        ends.append(ends[-1] + len(at) + len(flagged))
    return csr_matrix((np.concatenate(values), np.concatenate(places), np.array(ends)), shape=(len(examples), SIZE))


def _regression(rows: csr_matrix, answers: NDArray[np.int64], count: int) -> tuple[Scores, Scores]:
    """Fit and return weights (SIZE, count) and bias (count,); a class absent from this part gets a hopeless bias."""
    model = LogisticRegression(C=1.0, max_iter=300).fit(rows, answers)
    weights, bias = np.zeros((rows.shape[1], count)), np.full(count, -1e3)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        coefficients, intercepts = np.vstack([-coefficients, coefficients]) / 2, np.r_[-intercepts, intercepts] / 2
    weights[:, model.classes_] = coefficients.T
    bias[model.classes_] = intercepts
    return weights, bias


def _unseen_scores(rows: csr_matrix, answers: NDArray[np.int64], groups: list[str], count: int) -> Scores:
    scores = np.zeros((len(answers), count))
    for learn, check in GroupKFold(n_splits=_FOLDS).split(rows, answers, groups):
        weights, bias = _regression(rows[learn], answers[learn], count)
        scores[check] = rows[check] @ weights + bias
    return scores


def best_temperature(scores: Scores, answers: NDArray[np.int64]) -> float:
    """Return the temperature (0.5 to 6) under which the true classes are likeliest."""
    tried = np.geomspace(0.5, 6.0, 120)
    picked = np.arange(len(answers))
    losses = [-np.log(softmax(scores / each)[picked, answers] + 1e-12).mean() for each in tried]
    return float(tried[int(np.argmin(losses))])


def threshold(chances: Scores, answers: NDArray[np.int64], at: int, wanted: float) -> float:
    """Return the least probability from which answers of class `at` are right `wanted` of the time; 1.01 for never."""
    chosen = np.flatnonzero(chances.argmax(axis=1) == at)
    order = chosen[np.argsort(-chances[chosen, at])]
    right = np.cumsum(answers[order] == at)
    best = _NEVER
    for taken in range(_FEWEST, len(order) + 1):
        if wilson_low(int(right[taken - 1]), taken) >= wanted:
            best = float(chances[order[taken - 1], at])
    return best


def wilson_low(right: int, of: int) -> float:
    """Return the lower end of the one-sided 95 % Wilson interval of a share (Wilson 1927)."""
    share, square = right / of, _Z * _Z
    middle = share + square / (2 * of)
    spread = _Z * float(np.sqrt(share * (1 - share) / of + square / (4 * of * of)))
    return float((middle - spread) / (1 + square / of))
