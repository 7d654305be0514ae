"""Priority: a person wants some conversations seen to before others (S4.19); lists of what waits begin with them."""

from collections.abc import Sequence

from service.store import messages, trail
from service.turn import Turn


def prioritise(turn: Turn, conversation_ids: Sequence[int], *, raised: bool) -> int:
    """Put conversations before others, or back in line; returns how many changed. Raises NotFound.

    Closing one takes it back; its deadline is the same in any case.
    """
    changed = 0
    for one in messages.hold(turn, list(dict.fromkeys(conversation_ids))):
        if (one.raised_at is not None) is raised:
            continue
        before = one.raised_at
        one.raised_at = turn.now if raised else None
        trail.note(
            turn,
            "Vorgezogen" if raised else "Nicht mehr vorgezogen",
            f"conversation:{one.id}",
            before.isoformat() if before else None,
            turn.now.isoformat() if raised else None,
        )
        one.version += 1
        changed += 1
    return changed
