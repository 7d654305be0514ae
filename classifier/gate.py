"""The gate for a new model: what is reserved to check it, and what it has to reach before it may answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from classifier.evaluate import Outcome, macro_f1
from classifier.learned import LIKENESS, Learned, Likeness
from classifier.measures import UNWRITTEN, Letters
from models.address import registrable
from models.record import MessageRecord
from models.terms import Category

# A fifth of all sender domains is never learned from; which ones depends on their names alone.
_RESERVED_OF_256 = 51
# A smaller set says nothing about single points; without customers nobody knows whether they would be lost.
FEWEST_CASES, FEWEST_CUSTOMERS = 100, 20
MOST_LOST_F1 = 0.01
LEAST_KUNDE_RECALL = 0.98
# One person moves at most this share of the reserved decisions a day.
MOST_MOVED = 0.01


@dataclass(frozen=True, slots=True)
class Case:
    """A reserved decision: a record, the class that people gave its sender, how often the firm wrote to it."""

    record: MessageRecord
    category: Category
    letters: Letters = UNWRITTEN


@dataclass(frozen=True, slots=True)
class Lesson:
    """A confirmed record to learn from: `by` which member on which day, and whether no model learned from it yet.
    `letters` is how often the firm wrote to its address and domain.

    Lessons of one `group` (registrable domain; colleagues by address) are never on both sides of a split.
    """

    record: MessageRecord
    label: Likeness
    group: str
    by: str
    fresh: bool
    letters: Letters = UNWRITTEN


@dataclass(frozen=True, slots=True)
class Figures:
    """How a model does on the reserved decisions: macro-F1 over the likenesses, and what share of the customers it
    does not take for something that nobody answers (0 to 1).
    """

    macro_f1: float
    kunde_recall: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Both models on the same reserved decisions, and why the new one may not answer ("" when it may)."""

    cases: int
    before: Figures
    after: Figures
    refused: str = ""


def group(record: MessageRecord, category: Category) -> str:
    """Return what a sender is kept together by: its registrable domain; of colleagues, who share one, the address."""
    return record.sender if category is Category.INTERN else registrable(record.sender) or record.sender


def reserved(name: str) -> bool:
    """Say whether decisions on senders of this group (registrable domain, or address) are kept for checking."""
    return sha256(f"gold:{name}".encode()).digest()[0] < _RESERVED_OF_256


def place(name: str) -> float:
    """Return a number from 0 to 1 that depends on the group alone: of two parts the smaller lies in the larger."""
    return sha256(f"part:{name}".encode()).digest()[0] / 256


def figures(model: Learned, cases: Sequence[Case]) -> Figures:
    """Return how a model does on some decisions."""
    guesses = [(model.judge(case.record, case.letters), case) for case in cases]
    outcomes = [
        Outcome(LIKENESS[case.category].value, guess.best.value, guess.confidence, "", guess.sure)
        for guess, case in guesses
    ]
    customers = [guess for guess, case in guesses if case.category is Category.KUNDE]
    kept = sum(not guess.sure or guess.best is Likeness.PARTNER for guess in customers)
    return Figures(macro_f1(outcomes), kept / max(1, len(customers)))


def decisions(model: Learned, cases: Sequence[Case]) -> tuple[Category | None, ...]:
    """Return what a model would suggest for each reserved decision; None where it abstains."""
    guesses = (model.judge(case.record, case.letters) for case in cases)
    return tuple(guess.category if guess.sure else None for guess in guesses)


def moved(first: Sequence[Category | None], second: Sequence[Category | None]) -> float:
    """Return the share of decisions that differ; 0 for none at all."""
    return sum(one is not other for one, other in zip(first, second, strict=True)) / max(1, len(first))


def check(present: Learned, new: Learned, cases: Sequence[Case]) -> Verdict:
    """Compare a new model with the present one and say whether it may take its place."""
    before, after = figures(present, cases), figures(new, cases)
    customers = sum(case.category is Category.KUNDE for case in cases)
    return Verdict(len(cases), before, after, _refused((len(cases), customers), before, after))


def _refused(counts: tuple[int, int], before: Figures, after: Figures) -> str:
    cases, customers = counts
    if cases < FEWEST_CASES or customers < FEWEST_CUSTOMERS:
        return (
            f"Der Prüfsatz ist noch zu klein: {cases} von {FEWEST_CASES} Entscheidungen, "
            f"davon {customers} von {FEWEST_CUSTOMERS} zu Kunden."
        )
    if after.kunde_recall < LEAST_KUNDE_RECALL:
        return f"Es verlöre Kunden: erkannt {_percent(after.kunde_recall)}, nötig {_percent(LEAST_KUNDE_RECALL)}."
    if before.macro_f1 - after.macro_f1 > MOST_LOST_F1:
        return f"Es wäre schlechter: Macro-F1 {_percent(after.macro_f1)} statt {_percent(before.macro_f1)}."
    return ""


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %".replace(".", ",")
