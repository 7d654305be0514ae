"""In which order people are asked about senders: where one key press settles most that nobody is sure about."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """One sender key that nobody confirmed: how many mails wait behind it, and how sure the suggestion is (0 to 1)."""

    key: str
    waiting: int
    confidence: float


def weight(question: Question) -> float:
    """Return how much one answer settles: mails waiting behind the key, times what is unsure about each."""
    return question.waiting * (1.0 - question.confidence)


def order(questions: Iterable[Question]) -> list[Question]:
    """Return the questions, the weightiest first; equal ones by key, so that the order never jumps."""
    return sorted(questions, key=lambda question: (-weight(question), question.key))
