"""A fitted model at work: numpy alone, no scikit-learn, nothing executable."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from classifier.features import Numbers, marks, text
from classifier.flags import WORDS, present
from classifier.measures import measures
from classifier.trees import Trees
from models.record import MessageRecord
from models.terms import Category


class Likeness(StrEnum):
    """What a stranger can look like. Kunde and Lieferant cannot be told apart from outside, so they are one."""

    PARTNER = "Geschäftspartner"
    NEWSLETTER = "Newsletter"
    WERBUNG = "Werbung"
    INTERN = "Intern-ähnlich"


_REMEMBERED = 20_000

# The key that a likeness preselects. A stranger is never Intern: that needs a domain of our own.
CATEGORY: dict[Likeness, Category | None] = {
    Likeness.PARTNER: Category.KUNDE,
    Likeness.NEWSLETTER: Category.NEWSLETTER,
    Likeness.WERBUNG: Category.WERBUNG,
    Likeness.INTERN: None,
}

LIKENESS: dict[Category, Likeness] = {
    Category.KUNDE: Likeness.PARTNER,
    Category.LIEFERANT: Likeness.PARTNER,
    Category.INTERN: Likeness.INTERN,
    Category.NEWSLETTER: Likeness.NEWSLETTER,
    Category.WERBUNG: Likeness.WERBUNG,
}


@dataclass(frozen=True, slots=True)
class Guess:
    """What the model thinks: the likeliest class, its calibrated probability (0 to 1), whether that reaches the
    class's threshold `least`, the category that it preselects (None: none) and the strongest flags in words.
    """

    best: Likeness
    confidence: float
    sure: bool
    category: Category | None
    hints: tuple[str, ...] = ()
    least: float = 0.0


@dataclass(frozen=True)
class Learned:
    """A fitted model. `weights` has shape (features.SIZE, classes), `bias` (classes,); `trees` add their scores.

    `thresholds` holds, per class, the least probability at which its answers were right often enough; above 1 means
    never. `facts` says how it was made (counts, figures, feature version), for people.
    """

    classes: tuple[Likeness, ...]
    weights: Numbers
    bias: Numbers
    trees: Trees
    temperature: float
    thresholds: tuple[float, ...]
    facts: dict[str, object] = field(default_factory=dict)
    _judged: dict[object, Guess] = field(init=False, default_factory=dict, compare=False, repr=False)

    def judge(self, record: MessageRecord) -> Guess:
        """Return the model's guess about one record; the same sender and headers are judged once and remembered."""
        key = (record.sender, record.sender_name, record.flags, record.recipients_total > 5)
        guess = self._judged.get(key)
        if guess is None:
            if len(self._judged) >= _REMEMBERED:
                self._judged.clear()
            guess = self._judged[key] = self._judge(record)
        return guess

    def _judge(self, record: MessageRecord) -> Guess:
        found = present(record)
        marked, weighed = marks(found)
        gains: Numbers = self.weights[marked] * weighed[:, np.newaxis]
        places, values = text(record)
        linear = values @ self.weights[places] + gains.sum(axis=0) + self.bias
        scores = linear + self.trees.score(measures(record, found))
        chances = softmax(scores / self.temperature).tolist()
        confidence = max(chances)
        best = chances.index(confidence)
        likeness, least = self.classes[best], self.thresholds[best]
        sure = confidence >= least
        return Guess(likeness, confidence, sure, CATEGORY[likeness], _hints(found, gains, best) if sure else (), least)


def _hints(found: tuple[int, ...], gains: Numbers, best: int) -> tuple[str, ...]:
    """Return up to three flags that spoke most for the class, strongest first; pieces of names are never told.

    What a pair of flags added is shared between the two.
    """
    spoke = gains[:, best] - gains.mean(axis=1)
    many = len(found)
    ones, others = _pairs(many)
    shared = spoke[many:] / 2
    totals = spoke[:many] + np.bincount(ones, shared, many) + np.bincount(others, shared, many)
    strongest = (at for at in np.argsort(-totals).tolist() if totals[at] > 0 and WORDS[found[at]])
    return tuple(WORDS[found[at]] for at in islice(strongest, 3))


@lru_cache(maxsize=64)
def _pairs(many: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first and second places of all pairs of `many` flags, in the order of `features.marks`."""
    ones, others = np.triu_indices(many, 1)
    return ones, others


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return shares
