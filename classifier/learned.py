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

    def judge(self, record: MessageRecord) -> Guess:
        """Return the model's guess about one record."""
        places, values = text(record)
        found = present(record)
        rows = self.weights[[TEXT_SIZE + at for at in found]]
        scores = values @ self.weights[places] + rows.sum(axis=0) + self.bias
        chances = softmax(scores.astype(np.float64) / self.temperature)
        best = int(chances.argmax())
        likeness = self.classes[best]
        confidence = float(chances[best])
        sure = confidence >= self.thresholds[best]
        return Guess(likeness, confidence, sure, CATEGORY[likeness], _hints(found, rows, best) if sure else ())


def _hints(found: tuple[int, ...], rows: Numbers, best: int) -> tuple[str, ...]:
    """Return up to three flags that spoke most for the class, strongest first; pieces of names are never told."""
    gains = rows[:, best] - rows.mean(axis=1)
    order = [int(at) for at in np.argsort(-gains) if gains[at] > 0]
    told = [FLAGS[found[at]].words for at in order if FLAGS[found[at]].words]
    return tuple(told[:3])


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return shares
