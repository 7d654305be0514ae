"""Suggest: judge one record that is not stored, and say by when it would have to be answered."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from classifier import artifact, classify
from classifier.errors import ArtifactUnusable
from classifier.learned import Learned
from classifier.suggestion import Suggestion
from models.record import MessageRecord
from models.terms import TRAITS, Direction
from service.domain import standing
from service.domain.standing import Move
from service.domain.windows import Window
from service.store import keys, settings
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Advice:
    """A suggestion with the window that the message would open; `due_at` is None when nobody has to answer it."""

    suggestion: Suggestion
    window: Window | None
    due_at: datetime | None
    strict_due_at: datetime | None


def suggest(turn: Turn, record: MessageRecord, model: Learned | None = None) -> Advice:
    """Return what a record looks like and its window; nothing is stored.

    As for stored messages, only a final class takes the window away: an explicit rule, never a mere suggestion.
    """
    found = classify.classify(record, keys.book(turn), model)
    awaited = not found.explicit or found.category is None or TRAITS[found.category].awaits_reply
    inbound = record.direction is Direction.EINGANG
    if not (awaited and inbound and record.opens_clock) or found.system or record.automated:
        return Advice(found, None, None, None)
    window = settings.windows(turn)[record.channel]
    stand = standing.read([Move(record.received_at, record.direction, counts=True, key=b"")], window)
    return Advice(found, window, stand.due_at, stand.strict_due_at)


def learned(path: Path) -> Learned | None:
    """Return the firm's model at `path`, else the shipped one; None (rules alone) when it cannot be used."""
    return _learned(path, path.stat().st_mtime_ns) if path.exists() else _learned(None, 0)


@lru_cache(maxsize=2)
def _learned(path: Path | None, _version: int) -> Learned | None:
    try:
        return artifact.in_force(path) if path is not None else artifact.shipped()
    except ArtifactUnusable:
        return None
