"""A fitted model at work: numpy alone, no scikit-learn, nothing executable."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from classifier.features import Numbers, marks, text
from classifier.flags import FAINT, WORDS, present
from classifier.measures import MOST_RECIPIENTS, UNWRITTEN, Letters, grades, measures
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
# What the model is asked: a record, and how often the firm wrote to its sender.
Asked = tuple[MessageRecord, Letters]

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
    _judged: dict[object, list[Guess]] = field(init=False, default_factory=dict, compare=False, repr=False)
    _told: dict[tuple[tuple[int, ...], int], tuple[str, ...]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )

    def judge(self, record: MessageRecord, letters: Letters = UNWRITTEN) -> Guess:
        """Return the model's guess about one record, when the firm wrote so many letters to its address and domain.

        The same sender with the same headers is judged once and remembered.
        """
        return self.judge_all([(record, letters)])[0]

    def judge_all(self, asked: Sequence[Asked]) -> list[Guess]:
        """Return what `judge` returns for each, in order; those that are new are judged together, which costs less."""
        if len(self._judged) + len(asked) > _REMEMBERED:
            self._judged.clear()
        # What is asked is long: it is hashed once, and a list waits there for the guess.
        found = [self._judged.setdefault(_key(record, letters), []) for record, letters in asked]
        new = {id(guesses): (guesses, each) for guesses, each in zip(found, asked, strict=True) if not guesses}
        if new:
            told = self._judge_new([each for _, each in new.values()])
            for (guesses, _), guess in zip(new.values(), told, strict=True):
                guesses.append(guess)
        return [guesses[0] for guesses in found]

    def _judge_new(self, asked: list[Asked]) -> list[Guess]:
        found = [present(record) for record, _ in asked]
        told = zip(asked, found, strict=True)
        measured = np.array([measures(record, flags, letters) for (record, letters), flags in told])
        scores = self._linear([record for record, _ in asked], found) + self.trees.scores(measured)
        chances = softmax(scores / self.temperature)
        answers = zip(found, chances.argmax(axis=1).tolist(), chances.max(axis=1).tolist(), strict=True)
        return [self._guess(*answer) for answer in answers]

    def _linear(self, records: list[MessageRecord], found: list[tuple[int, ...]]) -> Numbers:
        """Return the scores of the regression: the weights of all features of the records, added up for each."""
        parts = [*map(text, records), *map(marks, found)]
        places, values = (np.concatenate(each) for each in zip(*parts, strict=True))
        gains = self.weights.take(places, axis=0) * values[:, np.newaxis]
        starts = np.cumsum([0, *(len(each) for each, _ in parts)])[:-1]
        sums: Numbers = np.add.reduceat(gains, starts)
        return sums[: len(records)] + sums[len(records) :] + self.bias

    def _guess(self, found: tuple[int, ...], best: int, confidence: float) -> Guess:
        likeness, least = self.classes[best], self.thresholds[best]
        sure = confidence >= least
        return Guess(likeness, confidence, sure, CATEGORY[likeness], self._hints(found, best) if sure else (), least)

    def _hints(self, found: tuple[int, ...], best: int) -> tuple[str, ...]:
        """Return up to three flags that spoke most for the class, strongest first; pieces of names are never told.

        What a pair of flags added is shared between the two.
        """
        told = self._told.get((found, best))
        if told is None:
            marked, weighed = marks(found)
            gains: Numbers = self.weights[marked] * weighed[:, np.newaxis]
            if len(self._told) >= _REMEMBERED:
                self._told.clear()
            told = self._told[found, best] = _strongest(found, gains[:, best] - gains.sum(axis=1) / len(self.classes))
        return told


def _key(record: MessageRecord, letters: Letters) -> object:
    total = min(record.recipients_total, MOST_RECIPIENTS)
    return record.sender, record.sender_name, record.flags, total, grades(letters)


def _strongest(found: tuple[int, ...], spoke: Numbers) -> tuple[str, ...]:
    many = len(found)
    ones, others = _pairs(many)
    shared = spoke[many:] / 2
    totals = spoke[:many] + np.bincount(ones, shared, many) + np.bincount(others, shared, many)
    strongest = [found[at] for at in np.argsort(-totals).tolist() if totals[at] > 0]
    telling = [WORDS[flag] for flag in strongest if WORDS[flag]]
    return tuple((telling or [FAINT[flag] for flag in strongest])[:3])


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
