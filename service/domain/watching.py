"""How the classifier does, from what people decided afterwards: precision with bounds, calibration, drift, alarms."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

from models.terms import Category, Step

# One-sided 95 %.
_Z = 1.645
# Below this lower bound a step goes back to "only suggest"; fewer cases say nothing either way.
LEAST_PRECISION = 0.95
FEWEST = 50
# What a stable and a worsened step get wrong, and how much evidence for "worsened" raises the alarm (Page 1954).
_EXPECTED, _WORSE, CUSUM_LIMIT = 0.02, 0.06, 3.0
# Population stability index: usual limits of the trade (Siddiqi 2006): below 0.1 steady, from 0.25 on another mail.
PSI_SLIGHT, PSI_STRONG = 0.1, 0.25
_FLOOR = 1e-4


@dataclass(frozen=True, slots=True)
class Case:
    """A suggestion that a person answered: by which step, what it said and how surely, what the person said.

    `automatic`: it stood as final before. `blind`: the person did not see it. `conversation_id` opens it.
    """

    step: Step
    suggested: Category
    confidence: float
    truth: Category
    automatic: bool
    blind: bool
    conversation_id: int

    @property
    def right(self) -> bool:
        """Whether the person said the same."""
        return self.suggested is self.truth


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step: how many answers it gave alone, how many people looked at, and how many of these were right.

    People look at what waits for them and at blind questions. `stood` are answers that had been given alone when a
    person said something, `corrected` those of them that were changed.
    """

    step: Step
    automatic: int
    stood: int
    corrected: int
    seen: int
    right: int
    cusum: float

    @property
    def precision(self) -> float:
        """The share of right ones among those people looked at; 0 for none."""
        return self.right / max(1, self.seen)

    @property
    def low(self) -> float:
        """The lower end of the Wilson interval of the precision."""
        return wilson_low(self.right, self.seen)

    @property
    def correction_rate(self) -> float:
        """The share of answers that stood and were changed by people; 0 for none."""
        return self.corrected / max(1, self.automatic)

    @property
    def fails(self) -> bool:
        """Whether too many answers were wrong: among those looked at, or already by what people changed."""
        unchanged = self.automatic - self.corrected
        by_sample = self.seen >= FEWEST and self.low < LEAST_PRECISION
        return by_sample or (self.automatic >= FEWEST and wilson_low(unchanged, self.automatic) < LEAST_PRECISION)


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class: how often it was suggested and right, and how often people said it at all."""

    category: Category
    suggested: int
    right: int
    truth: int

    @property
    def precision(self) -> float:
        """The share of right ones among its suggestions; 0 for none."""
        return self.right / max(1, self.suggested)

    @property
    def recall(self) -> float:
        """The share of what people called so that was suggested so; 0 for none."""
        return self.right / max(1, self.truth)


@dataclass(frozen=True, slots=True)
class Bin:
    """Suggestions of about the same confidence: how sure they were on average, and what share was right."""

    low: float
    high: float
    confidence: float
    right: float
    count: int


def wilson_low(right: int, of: int) -> float:
    """Return the lower end of the one-sided 95 % Wilson interval of a share (Wilson 1927); 0 for no cases."""
    if of <= 0:
        return 0.0
    share, square = right / of, _Z * _Z
    middle = share + square / (2 * of)
    spread = _Z * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return (middle - spread) / (1 + square / of)


def cusum(wrong: Iterable[bool]) -> float:
    """Return the evidence, gathered case by case, that answers became worse (log likelihood ratio; never below 0)."""
    up, down = log(_WORSE / _EXPECTED), log((1 - _WORSE) / (1 - _EXPECTED))
    level = 0.0
    for each in wrong:
        level = max(0.0, level + (up if each else down))
    return level


def psi(before: Mapping[str, int], after: Mapping[str, int]) -> float:
    """Return the population stability index of two distributions over the same names; 0 when one of them is empty."""
    olds, news = sum(before.values()), sum(after.values())
    if not olds or not news:
        return 0.0
    total = 0.0
    for name in {*before, *after}:
        old = max(_FLOOR, before.get(name, 0) / olds)
        new = max(_FLOOR, after.get(name, 0) / news)
        total += (new - old) * log(new / old)
    return total


def by_step(cases: Sequence[Case], automatic: Mapping[Step, int]) -> tuple[StepFigures, ...]:
    """Return the figures of every step that answered; `cases` in the order in which people decided."""
    found = []
    for step in Step:
        mine = [case for case in cases if case.step is step]
        if not mine and not automatic.get(step):
            continue
        # Answers that stood are looked at by chance only when asked blindly; what people open otherwise looked wrong.
        seen = [case for case in mine if case.blind or not case.automatic]
        stood = [case for case in mine if case.automatic]
        found.append(
            StepFigures(
                step,
                # What people said themselves meanwhile is no longer counted among the automatic ones.
                automatic.get(step, 0) + len(stood),
                len(stood),
                sum(not case.right for case in stood),
                len(seen),
                sum(case.right for case in seen),
                cusum(not case.right for case in seen),
            )
        )
    return tuple(found)


def by_class(cases: Sequence[Case]) -> tuple[ClassFigures, ...]:
    """Return the figures of every class, in key order."""
    return tuple(
        ClassFigures(
            category,
            sum(case.suggested is category for case in cases),
            sum(case.suggested is category and case.right for case in cases),
            sum(case.truth is category for case in cases),
        )
        for category in Category
    )


def confusion(cases: Sequence[Case]) -> Mapping[tuple[Category, Category], int]:
    """Return how often each class was suggested (first) where people said another or the same (second)."""
    return Counter((case.suggested, case.truth) for case in cases)


def calibration(cases: Sequence[Case], bins: int = 10) -> tuple[Bin, ...]:
    """Return the cases in bins of equal width by confidence; empty bins are left out."""
    parts: dict[int, list[Case]] = {}
    for case in cases:
        parts.setdefault(min(bins - 1, int(case.confidence * bins)), []).append(case)
    return tuple(
        Bin(
            at / bins,
            (at + 1) / bins,
            sum(case.confidence for case in part) / len(part),
            sum(case.right for case in part) / len(part),
            len(part),
        )
        for at, part in sorted(parts.items())
    )


def calibration_error(found: Sequence[Bin]) -> float:
    """Return the mean distance between how sure suggestions were and how often they were right, by their number."""
    whole = sum(each.count for each in found)
    return sum(abs(each.confidence - each.right) * each.count for each in found) / max(1, whole)
