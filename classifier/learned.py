"""A fitted model at work: numpy alone, no scikit-learn, nothing executable."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from classifier.features import FLAGS, TEXT_SIZE, Numbers, present, text
from models.record import MessageRecord
from models.terms import Category


class Likeness(StrEnum):
    """What a stranger can look like. Kunde and Lieferant cannot be told apart from outside, so they are one."""

    PARTNER = "Geschäftspartner"
    NEWSLETTER = "Newsletter"
    WERBUNG = "Werbung"
    INTERN = "Intern-ähnlich"


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
    class's threshold, the category that it preselects (None: none) and the strongest flags in words.
    """

    best: Likeness
    confidence: float
    sure: bool
    category: Category | None
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Learned:
    """A fitted model. `weights` has shape (features.SIZE, classes), `bias` (classes,).

    `thresholds` holds, per class, the least probability at which its answers were right often enough; above 1 means
    never. `facts` says how it was made (counts, figures, feature version), for people.
    """

    classes: tuple[Likeness, ...]
    weights: Numbers
    bias: Numbers
    temperature: float
    thresholds: tuple[float, ...]
    facts: dict[str, object] = field(default_factory=dict)

    def scores(self, record: MessageRecord) -> NDArray[np.float64]:
        """Return one raw score per class."""
        places, values = text(record)
        flagged = [TEXT_SIZE + at for at in present(record)]
        summed = values @ self.weights[places] + self.weights[flagged].sum(axis=0) + self.bias
        return np.asarray(summed, dtype=np.float64)

    def judge(self, record: MessageRecord) -> Guess:
        """Return the model's guess about one record."""
        chances = softmax(self.scores(record) / self.temperature)
        best = int(chances.argmax())
        likeness = self.classes[best]
        confidence = float(chances[best])
        sure = confidence >= self.thresholds[best]
        return Guess(likeness, confidence, sure, CATEGORY[likeness], self._hints(record, best) if sure else ())

    def _hints(self, record: MessageRecord, best: int) -> tuple[str, ...]:
        """Return up to three flags that spoke most for the class, strongest first; pieces of names are never told."""
        told = [at for at in present(record) if FLAGS[at].words]
        rows = self.weights[[TEXT_SIZE + at for at in told]]
        gains = rows[:, best] - rows.mean(axis=1)
        order = sorted(range(len(told)), key=lambda at: -float(gains[at]))
        return tuple(FLAGS[told[at]].words for at in order[:3] if gains[at] > 0)


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return shares
