"""Closings: when people were done with a conversation, and when it came back."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from models.message import Conversation, Message
from models.tally import Closure
from models.terms import Direction
from service.store import bulk, settings, tallies
from service.turn import Turn

_NOTED = select(Closure.conversation_id, Closure.closed_at, Closure.reopened_at).where(
    Closure.conversation_id.in_(bulk.IDS)
)
_SAID = select(Conversation.id, Conversation.closed_at).where(
    Conversation.id.in_(bulk.IDS), Conversation.closed_at.is_not(None)
)


class Closing(NamedTuple):
    """One closing, and when the conversation came back after it."""

    closed_at: datetime
    reopened_at: datetime | None


def of(turn: Turn, conversation_ids: Sequence[int]) -> dict[int, list[Closing]]:
    """Return the closings of these conversations, and what the conversations themselves say of their last one."""
    found: dict[int, list[Closing]] = defaultdict(list)
    for number, closed_at, reopened_at in bulk.select_by(turn, _NOTED, conversation_ids):
        found[number].append(Closing(closed_at, reopened_at))
    for number, closed_at in bulk.select_by(turn, _SAID, conversation_ids):
        found[number].append(Closing(closed_at, None))
    return found


def close(turn: Turn, conversation: Conversation) -> None:
    """Note that a person is done with a conversation now; to be called before its state changes."""
    before = turn.session.scalar(
        select(func.max(Closure.reopened_at)).where(Closure.conversation_id == conversation.id)
    )
    closing = Closure(
        conversation_id=conversation.id,
        account_id=conversation.account_id,
        channel=conversation.channel,
        category=conversation.category,
        opened_at=min(before or conversation.opened_at, turn.now),
        closed_at=turn.now,
    )
    turn.session.add(closing)
    turn.session.flush()
    tallies.apply(turn, [tallies.closed(closing, ZoneInfo(settings.zone(turn)))])


def reopen(turn: Turn, conversation_ids: Collection[int]) -> None:
    """Note that these came back: at the first message since their closing, else now because a person opened them."""
    ids = sorted(conversation_ids)
    for start in range(0, len(ids), 500):
        running = select(Closure).where(
            Closure.conversation_id.in_(ids[start : start + 500]), Closure.reopened_at.is_(None)
        )
        for closing in turn.session.scalars(running).all():
            _reopen(turn, closing)


def _reopen(turn: Turn, closing: Closure) -> None:
    came = turn.session.scalar(
        select(func.min(Message.received_at)).where(
            Message.conversation_id == closing.conversation_id,
            Message.direction == Direction.EINGANG,
            Message.opens_clock,
            Message.received_at > closing.closed_at,
        )
    )
    zone = ZoneInfo(settings.zone(turn))
    before = tallies.closed(closing, zone)
    closing.reopened_at = came or turn.now
    turn.session.flush()
    tallies.apply(turn, [tallies.times(before, -1), tallies.closed(closing, zone)])
