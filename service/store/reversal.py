"""Reversal: acts of confirming are taken back: keys, messages and parties become what they would be without them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import select

from models.decision import Confirmation, Decision
from models.message import Conversation, Message
from models.terms import Category, Origin
from service.store import clocks, decisions, keys, making, messages, pending, rechecks, teaching, trail
from service.turn import Turn

_PARTY = ("company_id", "person_id", "party_unknown")
Earlier = tuple[Category | None, Origin | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Extent:
    """What a member confirmed since some instant and nobody took back: acts, their conversations and messages."""

    acts: tuple[Confirmation, ...]
    conversations: int
    messages: int
    by_class: Mapping[Category, int]

    @property
    def mark(self) -> str:
        """Return what names exactly these acts without saying how many they are: that is a figure of one person."""
        return blake2b(",".join(str(act.id) for act in self.acts).encode(), digest_size=16).hexdigest()


def extent(turn: Turn, member_id: int, since: datetime | None) -> Extent:
    """Return what of a member's acts stands, oldest first; of all times without `since`."""
    bounds = () if since is None else (Confirmation.at >= since,)
    found = turn.session.scalars(
        select(Confirmation)
        .where(Confirmation.member_id == member_id, Confirmation.undone_at.is_(None), *bounds)
        .order_by(Confirmation.at)
    ).all()
    counts: Counter[Category] = Counter()
    for act in found:
        counts[act.category] += act.messages
    told = {row["id"] for act in found for row in act.conversations_before}
    return Extent(tuple(found), len(told), counts.total(), counts)


def take_back(turn: Turn, acts: Sequence[Confirmation]) -> int:
    """Take acts back that stand, all of them or nothing; return how many messages went back.

    As if they had never been: what others said later about the same senders, messages and conversations holds.
    """
    if not acts:
        return 0
    gone = {act.id for act in acts}
    order = teaching.acts_since(turn, min(act.at for act in acts))
    touched, count = set[int](), 0
    for at, act in reversed(list(enumerate(order))):
        if act.id in gone:
            where = _messages_back(turn, act)
            count += len(where)
            touched |= set(where) | _conversations_back(turn, act, order[at + 1 :])
            making.take_back(turn, act, order[at + 1 :])
            act.undone_at = turn.now
            turn.session.flush()
            trail.note(turn, "Einordnung zurückgenommen", f"confirmation:{act.id}", {"messages": act.messages}, None)
    teaching.take_back(turn, gone, order)
    touched |= _meanwhile_back(turn, acts, [act for act in order if act.id not in gone])
    for act in acts:
        rechecks.reopen(turn, [row["id"] for row in act.conversations_before], act.at)
    clocks.refresh(turn, touched)
    return count


def _meanwhile_back(turn: Turn, acts: Sequence[Confirmation], others: Sequence[Confirmation]) -> set[int]:
    """Take back what came in since and got its class from keys that these acts taught; return the conversations."""
    rows = [row for act in acts for row in act.conversations_before if row["peer"]]
    families = teaching.roots(row["peer"] for row in rows)
    found = pending.by_keys(turn, families, min(act.at for act in acts))
    values = {*families, *(key.value for key in teaching.family(turn, families))}
    book = keys.book_of(turn, values.union(m.sender or m.user_id for m in found))
    touched = set(pending.withdraw(turn, found, book))
    named = {(row["named_company_id"], row["named_person_id"]) for row in rows} - {(None, None)}
    held = {row["id"] for act in others for row in _kept(act)}
    for conversation in messages.hold(turn, sorted(touched - held)):
        if (conversation.company_id, conversation.person_id) in named:
            conversation.company_id = conversation.person_id = None
            conversation.version += 1
    return touched


def _messages_back(turn: Turn, act: Confirmation) -> list[int]:
    """Give messages the class before the act; return the conversation of each."""
    still = decisions.of_act(turn, act.id)
    by_id = {d.message_id: turn.session.get_one(Message, d.message_id) for d in still}
    earlier = {d: decisions.before(turn, d) for d in still}
    pending.tally(turn, [(by_id[d.message_id], d.category, was[0]) for d, was in earlier.items()])
    decisions.withdraw(turn, {d: was[0] for d, was in earlier.items()})
    messages.settle(turn, [_shown(d, was) for d, was in earlier.items()])
    return [m.conversation_id for m in by_id.values()]


def _shown(decision: Decision, was: Earlier) -> dict[str, Any]:
    """Return the message's columns as they were when the person was shown the suggestion."""
    category, origin, at = was
    return {
        "b_id": decision.message_id,
        "category": category,
        "origin": origin,
        "decided_at": at,
        "suggested": decision.suggested,
        "confidence": decision.confidence,
        "step": decision.step,
        "reason": decision.reason,
    }


def _conversations_back(turn: Turn, act: Confirmation, later: Sequence[Confirmation]) -> set[int]:
    """Give conversations the party before the act; where a later act holds, that one takes over what was before."""
    heirs: dict[int, Confirmation] = {}
    for each in later:
        if each.undone_at is None:
            for row in _kept(each):
                heirs.setdefault(row["id"], each)
    rows = _kept(act)
    there = _there(turn, [row["id"] for row in rows])
    before = {row["id"]: row for row in rows if row["id"] in there}
    for heir in {heirs[number].id: heirs[number] for number in before if number in heirs}.values():
        mine = {number: _party(row) for number, row in before.items() if heirs.get(number) is heir}
        heir.conversations_before = [_inheriting(row, mine) for row in heir.conversations_before]
    free = [row for number, row in before.items() if number not in heirs]
    for row, conversation in zip(free, messages.hold(turn, [row["id"] for row in free]), strict=True):
        conversation.company_id, conversation.person_id = row["company_id"], row["person_id"]
        conversation.party_unknown = row["party_unknown"]
        conversation.version += 1
    turn.session.flush()
    return set(before)


def _kept(act: Confirmation) -> list[Mapping[str, Any]]:
    """Return the conversations of an act as they were: those it was about, and those that got a party by it."""
    rows = act.conversations_before
    return [*rows, *(each for row in rows for each in row.get("followed", ()))]


def _inheriting(row: Mapping[str, Any], mine: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    followed = [{**each, **mine.get(each["id"], {})} for each in row.get("followed", ())]
    return {**row, **mine.get(row["id"], {})} | ({"followed": followed} if followed else {})


def _there(turn: Turn, numbers: Sequence[int]) -> set[int]:
    """Return which conversations were not deleted since."""
    found = set[int]()
    for start in range(0, len(numbers), 500):
        some = select(Conversation.id).where(Conversation.id.in_(numbers[start : start + 500]))
        found.update(turn.session.scalars(some))
    return found


def _party(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _PARTY}
