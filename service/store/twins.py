"""Two on WhatsApp who look like one: who they are, what each wrote, and moving their talk together and apart again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from models.account import Account
from models.chat import ChatEvent, ChatMove, ChatName, ChatPerson, ChatTwin
from models.message import Conversation, Message, Recipient
from models.staff import Member
from models.terms import Channel, ConversationState, Direction
from service.errors import NotFound
from service.store import carried, chatters, clocks
from service.turn import Turn

_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two: the names it has at WhatsApp, its conversations in the order of our numbers, what lies there."""

    person: ChatPerson
    conversations: tuple[Conversation, ...]
    messages: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two who look like one; `kept` goes on when they are one, which is the one with a number."""

    id: int
    kept: Half
    other: Half
    same: bool | None
    decided_at: datetime | None
    decided_by: str


def load(turn: Turn, twin_id: int) -> ChatTwin:
    """Return a pair, held until the turn ends. Raises NotFound."""
    found = turn.session.get(ChatTwin, twin_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("Diese beiden Personen gibt es nicht (mehr).")
    return found


def pair(turn: Turn, twin: ChatTwin) -> Pair:
    """Return the two of a pair as they are now; what was merged into one of them before counts as that one."""
    name = turn.session.scalar(select(Member.name).where(Member.id == twin.decided_by_id))
    kept, other = _sides(turn, twin)
    return Pair(twin.id, _half(turn, kept), _half(turn, other), twin.same, twin.decided_at, name or "")


def _sides(turn: Turn, twin: ChatTwin) -> tuple[ChatPerson, ChatPerson]:
    if twin.merged_id is not None:
        merged = turn.session.get_one(ChatPerson, twin.merged_id)
        return chatters.root(turn, merged), merged
    first, second = (
        chatters.root(turn, turn.session.get_one(ChatPerson, number)) for number in (twin.first_id, twin.second_id)
    )
    return (second, first) if first.number is None and second.number is not None else (first, second)


def _family(turn: Turn, person_ids: set[int]) -> set[int]:
    """Return these persons and everybody who was merged into one of them."""
    found = set(person_ids)
    while more := set(turn.session.scalars(select(ChatPerson.id).where(ChatPerson.same_as_id.in_(found)))) - found:
        found |= more
    return found


def of(turn: Turn, conversation: Conversation) -> tuple[Pair, ...]:
    """Return the pairs in which the person of a conversation is one, decided or not, those to decide first."""
    _, _, key = conversation.thread.partition("/")
    if conversation.channel is not Channel.WHATSAPP or not key:
        return ()
    mine = _family(turn, set(turn.session.scalars(select(ChatPerson.id).where(ChatPerson.thread == key))))
    found = turn.session.scalars(
        select(ChatTwin)
        .where(or_(ChatTwin.first_id.in_(mine), ChatTwin.second_id.in_(mine)))
        .order_by(ChatTwin.same.is_not(None), ChatTwin.id)
    ).all()
    shown = (pair(turn, one) for one in found)
    # Decided by way of a third person: nothing is left to say.
    return tuple(one for one in shown if one.same is not None or one.kept.person.id != one.other.person.id)


def goes_on_in(turn: Turn, conversation: Conversation) -> Conversation | None:
    """Return the conversation that holds what this one held before its person was merged; None for any other."""
    if conversation.channel is not Channel.WHATSAPP or conversation.inbound or conversation.outbound:
        return None
    address, _, key = conversation.thread.partition("/")
    person = turn.session.scalars(select(ChatPerson).where(ChatPerson.thread == key)).first()
    if person is None or person.same_as_id is None:
        return None
    return _by_key(turn, [f"{address}/{chatters.root(turn, person).thread}"]).get(address)


def merge(turn: Turn, found: Pair) -> tuple[int, ...]:
    """Make one of two: their talk lies in the conversations of the one that is kept; returns those that changed."""
    there = {one.account_id: one for one in found.kept.conversations}
    changed = []
    for one in found.other.conversations:
        target = there.get(one.account_id)
        if target is None:
            _remember(turn, found.id, one, took_party=False)
            one.thread = f"{one.thread.partition('/')[0]}/{found.kept.person.thread}"
            changed.append(one.id)
            continue
        _remember(turn, found.id, one, took_party=_take_party(one, target))
        carried.carry(turn, found.id, one, target)
        ids = turn.session.scalars(select(Message.id).where(Message.conversation_id == one.id)).all()
        _keep_origin(turn, found.id, one.id, ids)
        _move(turn, ids, target.id)
        _empty(turn, one, target.id)
        changed.append(target.id)
    _move_events(turn, found.other.person, found.other.person.thread, found.kept.person.thread)
    found.other.person.same_as_id = found.kept.person.id
    turn.session.flush()
    return tuple(changed)


def part(turn: Turn, found: Pair) -> tuple[int, ...]:
    """Make two of one again: each message goes back to its conversation, also those written since; returns which."""
    moves = turn.session.scalars(select(ChatMove).where(ChatMove.chat_twin_id == found.id)).all()
    there = {one.account_id: one for one in found.kept.conversations}
    changed = {one.id for one in found.kept.conversations}
    for origin in {move.conversation_id for move in moves if move.message_id is not None}:
        _move(turn, [m.message_id for m in moves if m.message_id and m.conversation_id == origin], origin)
    for move in moves:
        if move.message_id is None and move.closure_id is None:
            one = turn.session.get_one(Conversation, move.conversation_id)
            one.thread, one.state = move.key_before, ConversationState(move.state_before)
            target = there.get(one.account_id)
            if target is not None and target.id != one.id:
                _move(turn, _written_since(turn, found, target.id), one.id)
                if move.took_party and (target.company_id, target.person_id) == (one.company_id, one.person_id):
                    target.company_id = target.person_id = None
            changed.add(one.id)
    carried.give_back(turn, moves, changed)
    back = [move.message_id for move in moves if move.message_id is not None]
    for start in range(0, len(back), _CHUNK):
        turn.session.execute(delete(ChatMove).where(ChatMove.message_id.in_(back[start : start + _CHUNK])))
    turn.session.execute(delete(ChatMove).where(ChatMove.chat_twin_id == found.id))
    _move_events(turn, found.other.person, found.kept.person.thread, found.other.person.thread)
    found.other.person.same_as_id = None
    turn.session.flush()
    return tuple(changed)


def _half(turn: Turn, person: ChatPerson) -> Half:
    addresses = turn.session.scalars(select(Account.address).where(Account.channel == Channel.WHATSAPP)).all()
    found = tuple(_by_key(turn, [f"{address}/{person.thread}" for address in addresses]).values())
    ids = [one.id for one in found]
    count, first, last = turn.session.execute(
        select(func.count(), func.min(Message.received_at), func.max(Message.received_at)).where(
            Message.conversation_id.in_(ids)
        )
    ).one()
    return Half(person, found, int(count), first, last)


def _by_key(turn: Turn, keys: Sequence[str]) -> dict[str, Conversation]:
    rows = turn.session.scalars(
        select(Conversation)
        .where(Conversation.channel == Channel.WHATSAPP, Conversation.thread.in_(keys))
        .order_by(Conversation.thread)
    )
    return {row.thread.partition("/")[0]: row for row in rows}


def _remember(turn: Turn, twin_id: int, one: Conversation, *, took_party: bool) -> None:
    turn.session.add(
        ChatMove(
            chat_twin_id=twin_id,
            conversation_id=one.id,
            key_before=one.thread,
            state_before=one.state.value,
            took_party=took_party,
        )
    )


def _take_party(one: Conversation, target: Conversation) -> bool:
    if target.company_id or target.person_id or not (one.company_id or one.person_id):
        return False
    target.company_id, target.person_id = one.company_id, one.person_id
    return True


def _keep_origin(turn: Turn, twin_id: int, conversation_id: int, ids: Sequence[bytes]) -> None:
    rows = [
        {"chat_twin_id": twin_id, "conversation_id": conversation_id, "message_id": number, "key_before": "",
         "state_before": "", "took_party": False}
        for number in ids
    ]  # fmt: skip
    if rows:
        turn.session.execute(insert(ChatMove), rows)


def _move(turn: Turn, ids: Sequence[bytes], conversation_id: int) -> None:
    for start in range(0, len(ids), _CHUNK):
        turn.session.execute(
            update(Message).where(Message.id.in_(ids[start : start + _CHUNK])).values(conversation_id=conversation_id),
            execution_options={"synchronize_session": False},
        )


def _empty(turn: Turn, one: Conversation, goes_on_in: int) -> None:
    """Bring a conversation whose messages have gone in line with that: no window, no count, nothing to classify."""
    clocks.empty(turn, one, goes_on_in)
    one.state = ConversationState.ARCHIVIERT
    one.inbound = one.outbound = one.unclassified = 0
    one.unread = False
    one.waiting_since = one.due_at = one.strict_due_at = one.meta_until = one.free_until = None
    one.clock = one.resolve_due_at = one.breaks_at = one.snoozed_until = one.holding_at = None
    one.version += 1


def _names(turn: Turn, person: ChatPerson) -> list[str]:
    family = _family(turn, {person.id})
    held = turn.session.scalars(select(ChatName.value).where(ChatName.chat_person_id.in_(family)))
    return sorted({*held, *filter(None, (person.number, person.user_id))})


def _move_events(turn: Turn, whose: ChatPerson, old: str, new: str) -> None:
    """Give the calls and advertisements of a person the key of other conversations."""
    mine = _names(turn, whose)
    for event in turn.session.scalars(select(ChatEvent).where(ChatEvent.peer.in_(mine))):
        address, _, key = event.thread.partition("/")
        event.thread = f"{address}/{new}" if key == old else event.thread


def _written_since(turn: Turn, found: Pair, conversation_id: int) -> Sequence[bytes]:
    """Return the messages of a merged conversation that came under a name of the other one and none of the kept."""
    theirs = _names(turn, found.other.person)
    kept = sorted(set(_names(turn, found.kept.person)) - set(theirs))
    return turn.session.scalars(
        select(Message.id).where(Message.conversation_id == conversation_id, _under(theirs), ~_under(kept))
    ).all()


def _under(names: Iterable[str]) -> ColumnElement[bool]:
    held = list(names)
    written_to = select(Recipient.message_id).where(Recipient.address.in_(held))
    return or_(
        Message.user_id.in_(held),
        (Message.direction == Direction.EINGANG) & Message.sender.in_(held),
        (Message.direction == Direction.AUSGANG) & Message.id.in_(written_to),
    )
