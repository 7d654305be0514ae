"""Recompute: windows that were missed meanwhile are noted; the past is measured anew when a person asks for it."""

from sqlalchemy import select

from models.message import Conversation
from service.store import clocks, jobs, past, settings, trail
from service.turn import Turn

_AT_ONCE = 1_000


def missed(turn: Turn) -> int:
    """Note every window that was missed since the last look; return how many conversations that were."""
    found = clocks.due(turn)
    clocks.refresh(turn, found)
    return len(found)


def ask(turn: Turn) -> None:
    """Have everything measured anew under the present hours and targets; months that are closed stay as reported."""
    trail.note(turn, "Vergangene Zahlen neu berechnen", "setting:hours", None, settings.calendar_version(turn))
    jobs.enqueue(turn, jobs.RECOMPUTE)


def some(turn: Turn, after: int) -> int | None:
    """Measure the next conversations after an id anew; return the last of them, None when there are no more."""
    ids = turn.session.scalars(
        select(Conversation.id).where(Conversation.id > after).order_by(Conversation.id).limit(_AT_ONCE)
    ).all()
    stale = select(Conversation.id).where(
        Conversation.id.in_(ids), Conversation.calendar_version != settings.calendar_version(turn)
    )
    clocks.refresh(turn, turn.session.scalars(stale).all())
    return ids[-1] if ids else None


def finish(turn: Turn) -> bool:
    """Say that the past is measured anew; False when hours or targets changed again meanwhile, so that some is left."""
    return not past.look(turn)
