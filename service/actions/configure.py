"""Configure: the firm changes its hours, targets or switches; open clocks are recomputed at once."""

from sqlalchemy import ColumnElement, or_, select

from models.message import Conversation
from models.terms import Channel, ConversationState
from service.domain import hours as hour_rules
from service.domain.hours import Hours
from service.domain.windows import Target
from service.errors import Invalid
from service.store import clocks, jobs, past, settings
from service.turn import Turn


def hours(turn: Turn, value: Hours) -> int:
    """Store opening hours and recompute every running window; returns how many clocks moved.

    In another time zone local days are other days: everything is counted anew, by the worker. Raises Invalid for hours
    in which no window could ever end, whoever asks.
    """
    wrong = hour_rules.problems(value)
    if wrong:
        raise Invalid("Die Öffnungszeiten lassen sich so nicht speichern.", wrong)
    if value.timezone != settings.zone(turn):
        jobs.enqueue(turn, jobs.RECOUNT, jobs.EVERYTHING)
    settings.put_hours(turn, value)
    return _recompute(turn)


def targets(turn: Turn, value: dict[Channel, Target]) -> int:
    """Store response targets and recompute every running window; returns how many clocks moved."""
    settings.put_targets(turn, value)
    return _recompute(turn)


def switch(turn: Turn, name: str, *, on: bool) -> None:
    """Turn a switch of the firm on or off."""
    settings.put(turn, name, on)


def own_domains(turn: Turn, domains: tuple[str, ...]) -> None:
    """Store the mail domains of the firm; the same list again changes nothing."""
    if settings.own_domains(turn) != frozenset(domains):
        settings.put(turn, settings.OWN_DOMAINS, sorted(set(domains)))


def kpi_targets(turn: Turn, values: dict[str, float]) -> None:
    """Store the firm's targets of the figures."""
    settings.put(turn, settings.KPI_TARGETS, values)


def _recompute(turn: Turn) -> int:
    """Only running windows move at once: past figures stay as measured until somebody asks (actions/recompute)."""
    running: list[ColumnElement[bool]] = [
        Conversation.waiting_since.is_not(None),
        Conversation.resolve_due_at.is_not(None),
    ]
    if any(window.resolve is not None for window in settings.windows(turn).values()):
        running.append(Conversation.state == ConversationState.OFFEN)
    found = turn.session.scalars(select(Conversation.id).where(or_(*running))).all()
    clocks.refresh(turn, found)
    past.look(turn)
    return len(found)
