"""Assign: a person takes conversations over, hands them to a colleague until a day, or gives them back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.message import Conversation
from models.staff import Member
from service.errors import Conflict, Invalid, NotAllowed, NotFound
from service.store import accounts, assignments, latest, messages, places, reach, staff
from service.store.assignments import Held
from service.turn import Turn

MOST = 500
# A day further away than this is a slip of the hand.
_FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The conversations, each with the version that the person saw; without one it counts as seen just now."""

    conversation_ids: tuple[int, ...]
    versions: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Left:
    """A conversation that somebody changed meanwhile, and what was done: it was left alone."""

    conversation_id: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Assigned:
    """What an act did: its id takes it back ("" when nothing changed); what was left alone is named."""

    act: str
    changed: tuple[int, ...]
    left: tuple[Left, ...] = ()


def take(turn: Turn, chosen: Chosen) -> Assigned:
    """Make the acting member responsible. What somebody changed meanwhile is left alone, the rest goes on.

    Raises Invalid (nothing or too much chosen), NotAllowed (a program acts), NotFound, and Conflict when a colleague
    was faster everywhere.
    """
    me = turn.actor.member_id
    if me is None:
        raise NotAllowed("Nur ein Mitglied kann eine Konversation übernehmen.")
    return _change(turn, _load(turn, chosen), Held(me, None, me, turn.now), latest.TAKEN)


def hand_over(turn: Turn, chosen: Chosen, member_id: int, due_at: datetime | None = None) -> Assigned:
    """Make a colleague responsible, to answer until `due_at`; the colleague gets one notice, the doer none.

    Raises Invalid also for a day that has passed and for a person who cannot do it: inactive, a role that does not
    classify, or a mailbox that the person does not reach.
    """
    held = _load(turn, chosen)
    _guard_day(turn, due_at)
    receiver = _receiver(turn, member_id, held[0])
    done = _change(turn, held, Held(receiver.id, due_at, turn.actor.member_id, turn.now), latest.HANDED)
    if done.changed and receiver.id != turn.actor.member_id:
        assignments.tell(turn, receiver.id, done.act, done.changed)
    return done


def give_back(turn: Turn, chosen: Chosen) -> Assigned:
    """Remove the hand assignment, so that the party or the mailbox says again who is responsible. Raises as `take`."""
    return _change(turn, _load(turn, chosen), Held(), latest.GIVEN_BACK)


def undo(turn: Turn, act_id: str) -> Assigned:
    """Take an own act back, where nobody has assigned anew since; the receiver's unseen notice goes with it.

    What this person held by hand before comes back also where handing it over has ended the reach. Raises NotFound (no
    such act of this person, or out of reach), Conflict (taken back already).
    """
    act = assignments.act(turn, act_id)
    others = [number for number, held in act.before.items() if held.assignee_id != turn.actor.member_id]
    if len(assignments.reached(turn, others)) < len(others):
        raise NotFound("Diese Zuweisung gibt es nicht.")
    conversations = messages.hold(reach.whole_firm(turn), list(act.before))
    moved = [c for c in conversations if assignments.held(c) != act.after]
    for conversation in conversations:
        if conversation not in moved:
            assignments.put(turn, conversation, act.before[conversation.id], latest.WITHDRAWN)
    done = tuple(c.id for c in conversations if c not in moved)
    assignments.taken_back(turn, act_id, len(done))
    assignments.untell(turn, act_id, len(moved))
    return Assigned("", done, _left(turn, moved))


def _load(turn: Turn, chosen: Chosen) -> tuple[list[Conversation], list[Conversation]]:
    """Return what may be changed, and what somebody changed meanwhile."""
    ids = list(dict.fromkeys(chosen.conversation_ids))
    if not ids:
        raise Invalid("Es ist nichts ausgewählt.", {"ids": "Bitte mindestens eine Zeile auswählen."})
    if len(ids) > MOST:
        raise Invalid(f"Höchstens {MOST} Zeilen auf einmal.", {"ids": f"Mehr als {MOST} Zeilen."})
    free: list[Conversation] = []
    moved: list[Conversation] = []
    for conversation in messages.hold(turn, ids):
        seen = chosen.versions.get(conversation.id, conversation.version)
        (free if seen == conversation.version else moved).append(conversation)
    return free, moved


def _change(
    turn: Turn, held: tuple[Sequence[Conversation], Sequence[Conversation]], after: Held, verb: str
) -> Assigned:
    free, moved = held
    left = _left(turn, moved)
    if left and not free:
        raise Conflict(" ".join(one.text for one in left[:3]))
    due = [c for c in free if (c.assignee_id, c.assignee_due_at) != (after.assignee_id, after.due_at)]
    before = {c.id: assignments.held(c) for c in due}
    for conversation in due:
        assignments.put(turn, conversation, after, verb)
    act = assignments.keep(turn, verb, before, after) if due else ""
    turn.session.flush()
    return Assigned(act, tuple(before), left)


def _left(turn: Turn, moved: Sequence[Conversation]) -> tuple[Left, ...]:
    words = latest.words(turn, moved)
    return tuple(Left(c.id, c.peer_name or c.peer, words[c.id]) for c in moved)


def _guard_day(turn: Turn, due_at: datetime | None) -> None:
    if due_at is None:
        return
    if due_at <= turn.now:
        raise Invalid("Dieser Tag ist schon vorbei.", {"due": "Bitte heute oder einen späteren Tag wählen."})
    if due_at > turn.now + _FARTHEST:
        raise Invalid("Dieser Tag liegt mehr als ein Jahr voraus.", {"due": "Bitte einen früheren Tag wählen."})


def _receiver(turn: Turn, member_id: int, conversations: Sequence[Conversation]) -> Member:
    member = staff.worker(turn, member_id, "member", "kann nichts übernehmen")
    reached = reach.of(turn, member.id, member.role).accounts
    foreign = places.outside(turn, conversations, reached)
    if foreign:
        names = ", ".join(a.name for a in accounts.every(turn) if a.id in foreign)
        raise Invalid(
            f"{member.name} arbeitet nicht in {names}.",
            {"member": "Bitte jemanden wählen, der dieses Postfach betreut, oder es unter „Mitglieder“ eintragen."},
        )
    return member
