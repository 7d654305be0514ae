"""Fits a model on confirmed senders: weights, calibration, thresholds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from classifier.errors import TooFewExamples
from classifier.features import SIZE, marks, text
from classifier.flags import posted, present
from classifier.growing import Told, grown
from classifier.learned import Learned, Likeness, softmax
from classifier.measures import UNWRITTEN, Letters, Measures, measures
from classifier.trees import Trees
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
# Five of six newsletters at hand say so in a header; those that do not are the hard ones and would be outvoted.
_SILENT_WEIGHT = 2.5
# In doubt between the two a newsletter: four in five that say nothing are then found (docs/dev/classifier.md).
_LEANING = {Likeness.NEWSLETTER: 0.15, Likeness.WERBUNG: -0.15}
# Pieces of names see what no measure sees, but know only what the collections held: their scores count less.
_NAMES_SHARE = 0.3
_HOPELESS = -1e3

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled record; examples of one `group` are never on both sides of a split. `letters` is how often the
    firm wrote to its address and domain.
    """

    record: MessageRecord
    label: Likeness
    group: str
    letters: Letters = UNWRITTEN


def example(record: MessageRecord, label: Likeness, letters: Letters = UNWRITTEN) -> Example:
    """Return a record as an example, grouped by registrable domain; colleagues, who share one, by address."""
    group = record.sender if label is Likeness.INTERN else registrable(record.sender) or record.sender
    return Example(record, label, group, letters)


def fit(examples: Sequence[Example], facts: dict[str, object]) -> Learned:
    """Return a model fitted on `examples`, calibrated on scores of folds that never saw the sender's domain.

    The scores of a multinomial logistic regression over pieces of names and flags, and of boosted trees over
    measures, are added up; then one temperature, and one threshold per class by the lower end of the Wilson interval.
    Newsletter or advertising is told by trees of their own where headers are known (`growing.grown`).
    Raises TooFewExamples below two classes or four groups of senders.
    """
    first = thinned(examples)
    kept = widened(first)
    classes = tuple(sorted({each.label for each in kept}, key=list(Likeness).index))
    if len(classes) < 2 or len({each.group for each in kept}) < _FOLDS:
        raise TooFewExamples("Zu wenige bestätigte Absender, um daraus zu lernen.")
    table = Table(
        matrix(kept),
        np.array([measures(each.record, present(each.record), each.letters) for each in kept]),
        np.array([classes.index(each.label) for each in kept]),
        np.array([weight(each) for each in kept]),
        np.array([_LEANING.get(each, 0.0) for each in classes]),
        np.array([at < len(first) and _apart(each) for at, each in enumerate(kept)]),
        tuple(classes.index(each) for each in _LEANING if each in classes),
    )
    unseen = _unseen_scores(table, [each.group for each in kept])
    temperature = best_temperature(unseen, table.answers)
    chances = softmax(unseen / temperature)
    weights, bias, trees = _fitted(table)
    counts = Counter(each.label.value for each in kept)
    return Learned(
        classes=classes,
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
        trees=trees,
        temperature=temperature,
        thresholds=tuple(threshold(chances, table.answers, at, _RIGHT[name]) for at, name in enumerate(classes)),
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
    Nor from whether there is a display name: most business mail in the data has lost it. So the other look of a
    nameless sender has one, and every second other look of the rest has none; and none was ever written to, as it is
    before the firm's own mail is known. Those without headers are learned a third time so, or every stranger without
    headers would be mass mail: nearly all business mail in the data was answered. What people posted to mailing lists
    is not learned without headers: nothing else tells it from a letter.
    """
    looks = list(examples)
    for at, each in enumerate(examples):
        record = each.record
        flags = None if record.flags else _plain(registrable(record.sender), at)
        name = (record.sender_name if at % 2 else "") if record.sender_name else _NAMES[at % len(_NAMES)]
        if not posted(record):
            looks.append(replace(each, record=replace(record, flags=flags, sender_name=name), letters=UNWRITTEN))
        if record.flags is None:
            stranger = replace(record, sender_name=_NAMES[(at + 1) % len(_NAMES)] if at % 3 else "")
            looks.append(replace(each, record=stranger, letters=UNWRITTEN))
    return looks


# Only the shape and the length of a name are seen; people and their firms, as mail programs show them.
_NAMES = ("Anna Muster", "Muster, Bernd", "Dr. Clara Beispiel", "Dirk A. Vorbild", "anna.muster", "Muster Bau GmbH")


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


def weight(each: Example) -> float:
    """Return how much an example counts: newsletters that no header calls so count more."""
    flags = each.record.flags
    silent = flags is not None and not (flags.list_id or flags.list_unsubscribe or flags.precedence)
    return _SILENT_WEIGHT if silent and each.label is Likeness.NEWSLETTER else 1.0


def _apart(each: Example) -> bool:
    """Return whether trees of their own learn an example: they tell newsletters from advertising by known headers."""
    return each.record.flags is not None and each.label in _LEANING


@dataclass(frozen=True)
class Table:
    """Examples as numbers: `rows` and `measured` for the two parts of the model, `answers` as places of classes,
    `leaning` as what the scores of the classes begin with; `apart` are those that trees of their own learn, `rivals`
    the classes that these tell apart.
    """

    rows: csr_matrix
    measured: Measures
    answers: NDArray[np.int64]
    weights: NDArray[np.float64]
    leaning: Scores
    apart: NDArray[np.bool_]
    rivals: tuple[int, ...]

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.leaning)

    def of(self, part: NDArray[np.int64]) -> "Table":
        """Return some of the examples."""
        return replace(
            self,
            rows=self.rows[part],
            measured=self.measured[part],
            answers=self.answers[part],
            weights=self.weights[part],
            apart=self.apart[part],
        )


def _fitted(table: Table) -> tuple[Scores, Scores, Trees]:
    """Fit both parts; a class that is absent from this part of the examples gets a hopeless bias."""
    model = LogisticRegression(C=1.0, max_iter=300).fit(table.rows, table.answers, sample_weight=table.weights)
    weights, bias = np.zeros((table.rows.shape[1], table.classes)), np.full(table.classes, _HOPELESS)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        coefficients, intercepts = np.vstack([-coefficients, coefficients]) / 2, np.r_[-intercepts, intercepts] / 2
    weights[:, model.classes_] = coefficients.T
    bias[model.classes_] = intercepts
    told = Told(table.measured, table.answers, table.weights, table.apart)
    return weights * _NAMES_SHARE, bias * _NAMES_SHARE + table.leaning, grown(told, table.classes, table.rivals)


def _unseen_scores(table: Table, groups: list[str]) -> Scores:
    scores = np.zeros((len(table.answers), table.classes))
    for learn, check in GroupKFold(n_splits=_FOLDS).split(table.rows, table.answers, groups):
        weights, bias, trees = _fitted(table.of(learn))
        scores[check] = table.rows[check] @ weights + bias + trees.scores(table.measured[check])
    return scores


def best_temperature(scores: Scores, answers: NDArray[np.int64]) -> float:
    """Return the temperature (0.5 to 6) under which the true classes are likeliest."""
    tried = np.geomspace(0.5, 6.0, 120)
    picked = np.arange(len(answers))
    losses = [-np.log(softmax(scores / each)[picked, answers] + 1e-12).mean() for each in tried]
    return float(tried[int(np.argmin(losses))])


def threshold(chances: Scores, answers: NDArray[np.int64], at: int, wanted: float) -> float:
    """Return the least probability from which answers of class `at` are right `wanted` of the time; 1.01 for never.

    Where that holds of all of them, it is the least that the likeliest of the classes can have.
    """
    chosen = np.flatnonzero(chances.argmax(axis=1) == at)
    order = chosen[np.argsort(-chances[chosen, at])]
    right = np.cumsum(answers[order] == at)
    best = _NEVER
    for taken in range(_FEWEST, len(order) + 1):
        if wilson_low(int(right[taken - 1]), taken) >= wanted:
            best = float(chances[order[taken - 1], at]) if taken < len(order) else 1 / chances.shape[1]
    return best


def wilson_low(right: int, of: int) -> float:
    """Return the lower end of the one-sided 95 % Wilson interval of a share (Wilson 1927)."""
    share, square = right / of, _Z * _Z
    middle = share + square / (2 * of)
    spread = _Z * float(np.sqrt(share * (1 - share) / of + square / (4 * of * of)))
    return float((middle - spread) / (1 + square / of))
