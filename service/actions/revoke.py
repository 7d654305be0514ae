"""Revoke: takes back at once what one member confirmed since some instant, when he cannot be trusted."""

from datetime import datetime

from service.errors import Conflict, Invalid
from service.store import members, reversal, trail
from service.turn import Turn


def revoke(turn: Turn, member_id: int, since: datetime | None, expected: str) -> int:
    """Take back what a member confirmed since then (None: ever) and nobody took back yet, all of it or nothing.

    Keys, messages, clocks and figures become what they would be without it; what others said later holds. `expected`
    is the mark of what the preview showed (store/reversal). Returns how many messages went back. Raises NotFound,
    Invalid (nothing to take back), Conflict (the member went on, or somebody was faster).
    """
    who = members.get(turn, member_id)
    found = reversal.extent(turn, who.id, since)
    if not found.acts:
        raise Invalid("Es gibt nichts zurückzunehmen.", {"seit": "In dieser Zeit hat das Mitglied nichts eingeordnet."})
    if found.mark != expected:
        raise Conflict("Inzwischen sind es andere Einordnungen. Bitte die Vorschau ansehen.")
    count = reversal.take_back(turn, found.acts)
    # Not how many: the trail, too, holds no figure of one person. Each act has a line of its own.
    what = {"since": since.isoformat() if since else ""}
    trail.note(turn, "Alle Einordnungen eines Mitglieds zurückgenommen", f"member:{who.id}", what, None)
    return count
