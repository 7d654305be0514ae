"""Merge: a person says that two on WhatsApp are one, or are not, and takes it back; nothing else ever merges them."""

from models.chat import ChatTwin
from service.errors import Conflict
from service.store import clocks, messages, trail, twins
from service.store.twins import Pair
from service.turn import Turn

ONE, TWO, UNDONE = (
    "Als dieselbe Person bestätigt",
    "Als verschiedene Personen bestätigt",
    "Zusammenführung zurückgenommen",
)


def preview(turn: Turn, twin_id: int) -> Pair:
    """Return what merging would bring together. Raises NotFound, also when a conversation of either is out of reach."""
    found = twins.pair(turn, twins.load(turn, twin_id))
    _hold(turn, found)
    return found


def merge(turn: Turn, twin_id: int) -> Pair:
    """Say that two are one: their messages lie in one conversation per number, old ones and those to come.

    Raises NotFound as `preview`, Conflict when somebody has decided it already.
    """
    twin, found = _undecided(turn, twin_id)
    before = _shown(found)
    clocks.refresh(turn, twins.merge(turn, found))
    twin.merged_id = found.other.person.id
    _decide(turn, twin, same=True)
    for one in (*found.kept.conversations, *found.other.conversations):
        trail.note(turn, ONE, f"conversation:{one.id}", before, twin_id)
    return found


def apart(turn: Turn, twin_id: int) -> Pair:
    """Say that two are not one; they are not offered again. Raises as `merge`."""
    twin, found = _undecided(turn, twin_id)
    _decide(turn, twin, same=False)
    for one in (*found.kept.conversations, *found.other.conversations):
        trail.note(turn, TWO, f"conversation:{one.id}", None, twin_id)
    return found


def undo(turn: Turn, twin_id: int) -> Pair:
    """Take a decision back: two that were made one are two again, with every message where it came from.

    Raises NotFound as `preview`, Conflict when there is nothing to take back.
    """
    twin = twins.load(turn, twin_id)
    if twin.same is None:
        raise Conflict("Das ist schon zurückgenommen.")
    found = twins.pair(turn, twin)
    _hold(turn, found)
    changed = {one.id for one in (*found.kept.conversations, *found.other.conversations)}
    if twin.same:
        moved = twins.part(turn, found)
        changed |= set(moved)
        clocks.refresh(turn, moved)
    twin.merged_id = None
    _decide(turn, twin, same=None)
    for number in sorted(changed):
        trail.note(turn, UNDONE, f"conversation:{number}", twin_id, None)
    return found


def _undecided(turn: Turn, twin_id: int) -> tuple[ChatTwin, Pair]:
    twin = twins.load(turn, twin_id)
    found = twins.pair(turn, twin)
    _hold(turn, found)
    if twin.same is not None or found.kept.person.id == found.other.person.id:
        raise Conflict("Das hat schon jemand entschieden. Bitte die Seite neu laden.")
    return twin, found


def _hold(turn: Turn, found: Pair) -> None:
    messages.hold(turn, [one.id for one in (*found.kept.conversations, *found.other.conversations)])


def _decide(turn: Turn, twin: ChatTwin, *, same: bool | None) -> None:
    twin.same = same
    twin.decided_at = None if same is None else turn.now
    twin.decided_by_id = None if same is None else turn.actor.member_id
    turn.session.flush()


def _shown(found: Pair) -> list[int]:
    """Return the conversations whose talk is moved, for the trail: ids, never names."""
    return [one.id for one in found.other.conversations]
