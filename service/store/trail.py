"""The trail: who did what when, from what to what."""

from typing import Any

from models.trail import Trail
from service.turn import Turn


def note(turn: Turn, verb: str, about: str, before: Any = None, after: Any = None) -> None:
    """Add one line. `about` names the thing by id ("conversation:17"), never by address."""
    turn.session.add(
        Trail(at=turn.now, member_id=turn.actor.member_id, verb=verb, about=about, before=before, after=after)
    )
