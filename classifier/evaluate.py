"""Figures about answers whose truth is known: accuracy, macro-F1, calibration, coverage, per class and per step."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_BINS = 15


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer and the truth: `best` is the likeliest class even when nothing was `given`."""

    truth: str
    best: str
    confidence: float
    step: str
    given: bool

    @property
    def right(self) -> bool:
        """Whether the likeliest class is the true one."""
        return self.best == self.truth


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Precision, recall and F1 of one class (0 to 1) and how many answers truly belong to it."""

    precision: float
    recall: float
    f1: float
    support: int


def accuracy(outcomes: Sequence[Outcome]) -> float:
    """Return the share of right likeliest classes; 0 for none."""
    return sum(each.right for each in outcomes) / max(1, len(outcomes))


def per_class(outcomes: Sequence[Outcome]) -> dict[str, ClassFigures]:
    """Return the figures of every class that is true of at least one outcome."""
    truths = Counter(each.truth for each in outcomes)
    bests = Counter(each.best for each in outcomes)
    rights = Counter(each.truth for each in outcomes if each.right)
    figures = {}
    for name in sorted(truths):
        precision = rights[name] / max(1, bests[name])
        recall = rights[name] / truths[name]
        f1 = 2 * rights[name] / (truths[name] + bests[name])
        figures[name] = ClassFigures(precision, recall, f1, truths[name])
    return figures


def macro_f1(outcomes: Sequence[Outcome]) -> float:
    """Return the mean F1 of the classes that occur; 0 for none."""
    figures = per_class(outcomes)
    return sum(each.f1 for each in figures.values()) / max(1, len(figures))


def calibration_error(outcomes: Sequence[Outcome]) -> float:
    """Return the expected calibration error over 15 bins of equal width (Naeini, Cooper, Hauskrecht 2015)."""
    bins: dict[int, list[Outcome]] = {}
    for each in outcomes:
        bins.setdefault(min(_BINS - 1, int(each.confidence * _BINS)), []).append(each)
    gaps = (abs(sum(o.right for o in part) - sum(o.confidence for o in part)) for part in bins.values())
    return sum(gaps) / max(1, len(outcomes))


def coverage(outcomes: Sequence[Outcome], precision: float) -> float:
    """Return the largest share of answers, surest first, that together are right at least `precision` of the time."""
    most = right = 0
    for taken, each in enumerate(sorted(outcomes, key=lambda o: -o.confidence), 1):
        right += each.right
        if right >= precision * taken:
            most = taken
    return most / max(1, len(outcomes))


def per_step(outcomes: Sequence[Outcome]) -> dict[str, tuple[int, float]]:
    """Return, per step of the cascade, how many answers it gave and what share of them was right."""
    parts: dict[str, list[Outcome]] = {}
    for each in outcomes:
        parts.setdefault(each.step, []).append(each)
    return {step: (len(part), accuracy(part)) for step, part in sorted(parts.items())}
