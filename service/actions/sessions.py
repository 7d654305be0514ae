"""Sessions: a member ends own sessions in other browsers, an Admin those of anybody; every ending is in the trail."""

from models.staff import WebSession
from service.store import sessions, trail
from service.store.sessions import Line
from service.turn import Turn


def end(turn: Turn, handle: str, *, anybody: bool) -> bool:
    """End one session; `anybody` also those of other members. Return whether it was one's own.

    Raises NotFound, the same for a missing and for a foreign one.
    """
    mine = turn.actor.member_id
    ended = sessions.end(turn, handle, None if anybody else mine or 0)
    _note(turn, ended)
    return ended.member_id == mine


def end_others(turn: Turn, lines: tuple[Line, ...], keep: str) -> int:
    """End all of one's own sessions in `lines` but the one that the handle `keep` names. Return how many ended."""
    mine = turn.actor.member_id or 0
    others = [line for line in lines if line.member_id == mine and line.handle != keep]
    for line in others:
        _note(turn, sessions.end(turn, line.handle, mine))
    return len(others)


def _note(turn: Turn, ended: WebSession) -> None:
    since = {"browser": ended.browser, "since": ended.created_at.isoformat()}
    trail.note(turn, "Sitzung beendet", f"member:{ended.member_id}", since, None)
