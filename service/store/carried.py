"""Closings of two conversations that become one: which end something there too, which must not, and the way back.

A closing ends what waits at its instant. What a member closed in one of the two stays closed in both only if nothing of
the other waited just then: a closing must never end a window that nobody meant.
"""

from collections.abc import Collection, Iterable
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.chat import ChatMove
from models.message import Conversation
from models.tally import Closure
from models.terms import ConversationState
from service.store import clocks, closures, settings, tallies
from service.turn import Turn


def carry(turn: Turn, twin_id: int, one: Conversation, target: Conversation) -> None:
    """Give `target` the closings of `one` that end nothing of it, and `one` those of `target` that would end something.

    To be called before any message moves; each closing that goes elsewhere is remembered under `twin_id`.
    """
    come = [closing for closing in _of(turn, one) if not clocks.waited(turn, target.id, closing.closed_at)]
    go = [closing for closing in _of(turn, target) if clocks.waited(turn, one.id, closing.closed_at)]
    for closing in come:
        _put(turn, twin_id, closing, one, target)
    for closing in go:
        _put(turn, twin_id, closing, target, one)
        if closing.closed_at == target.closed_at:
            target.closed_at, target.state = None, ConversationState.OFFEN


def give_back(turn: Turn, moves: Iterable[ChatMove], ids: Collection[int]) -> None:
    """Bring closings back from conversations `ids`, with what they said where they were; called once messages are back.

    One that came back meanwhile is as it was before: whoever derives the conversation anew finds out whether it did.
    One that was erased meanwhile stays so.
    """
    moves = [move for move in moves if move.closure_id is not None]
    there = {move.conversation_id for move in moves} | set(ids)
    zone = ZoneInfo(settings.zone(turn))
    for move in moves:
        closing = turn.session.get(Closure, move.closure_id)
        if closing is None or closing.conversation_id not in there:
            continue
        closing.conversation_id = move.conversation_id
        if not move.state_before:
            continue
        origin = turn.session.get_one(Conversation, move.conversation_id)
        origin.closed_at = origin.closed_at or closing.closed_at
        if origin.state is ConversationState.OFFEN:
            origin.state = ConversationState(move.state_before)
        if origin.state is not ConversationState.OFFEN and closing.reopened_at is not None:
            back = tallies.times(tallies.closed(closing, zone), -1)
            closing.reopened_at = None
            tallies.apply(turn, [back, tallies.closed(closing, zone)])
    turn.session.flush()
    closures.come_back_by_their_own(turn, there)


def _of(turn: Turn, conversation: Conversation) -> list[Closure]:
    mine = select(Closure).where(Closure.conversation_id == conversation.id).order_by(Closure.closed_at, Closure.id)
    return list(turn.session.scalars(mine))


def _put(turn: Turn, twin_id: int, closing: Closure, origin: Conversation, goal: Conversation) -> None:
    # Only what the conversation itself says of its last closing has to be said again on the way back.
    said = origin.state.value if origin.closed_at == closing.closed_at else ""
    turn.session.add(
        ChatMove(
            chat_twin_id=twin_id,
            conversation_id=origin.id,
            closure_id=closing.id,
            key_before="",
            state_before=said,
            took_party=False,
        )
    )
    closing.conversation_id = goal.id
