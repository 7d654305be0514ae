"""Closings: when people were done with a conversation, in which class, and when it came back."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from models.message import Conversation, Message
from models.tally import Closure
from models.terms import Category, Direction
from service.store import bulk, lines, settings, tallies
from service.store.lines import Line
from service.turn import Turn

_NOTED = select(
    Closure.conversation_id, Closure.closed_at, Closure.reopened_at, Closure.id, Closure.category, Closure.opened_at
).where(Closure.conversation_id.in_(bulk.IDS))
_SAID = select(Conversation.id, Conversation.closed_at).where(
    Conversation.id.in_(bulk.IDS), Conversation.closed_at.is_not(None)
)


class Closing(NamedTuple):
    """One closing, and when the conversation came back after it; `id` is 0 for what only the conversation says."""

    closed_at: datetime
    reopened_at: datetime | None
    id: int = 0
    category: Category | None = None
    opened_at: datetime | None = None


def of(turn: Turn, conversation_ids: Sequence[int]) -> dict[int, list[Closing]]:
    """Return the closings of these conversations, and what the conversations themselves say of their last one."""
    found: dict[int, list[Closing]] = defaultdict(list)
    for number, *noted in bulk.select_by(turn, _NOTED, conversation_ids):
        found[number].append(Closing(*noted))
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


def follow(
    turn: Turn, closings: Mapping[int, Sequence[Closing]], written: Mapping[int, Sequence[Line]], closed: frozenset[str]
) -> None:
    """Bring closings in line with the messages of their conversations, in whatever order these came (D19).

    What came back came back with the first message after it; the class is that of the last one before it, as it is
    known today. What lies in a month that is `closed` ("2026-10", local) keeps the class that was reported.
    """
    zone = ZoneInfo(settings.zone(turn))
    for number, mine in closings.items():
        for one in mine:
            meant = _meant(one, mine, written.get(number, ()))
            if f"{one.closed_at.astimezone(zone):%Y-%m}" in closed:
                meant = meant._replace(category=one.category)
            if one.id and meant != one:
                _correct(turn, meant, zone)


def come_back_by_their_own(turn: Turn, conversation_ids: Collection[int]) -> None:
    """Once two conversations that were one are two again: what a message of the other opened came back by its own."""
    ids, zone = sorted(conversation_ids), ZoneInfo(settings.zone(turn))
    came = {number: _came(mine) for number, mine in lines.of(turn, ids).items()}
    anybody = {at for some in came.values() for at in some}
    for number, mine in of(turn, ids).items():
        own = came.get(number, [])
        for one in mine:
            later = [at for at in own if at > one.closed_at]
            if one.id and later and one.reopened_at in anybody and one.reopened_at not in own:
                _correct(turn, one._replace(reopened_at=later[0]), zone)


def _meant(one: Closing, every: Sequence[Closing], written: Sequence[Line]) -> Closing:
    """Return a closing as the messages want it; who opened it by hand did so where no message had come before."""
    back = _back(one, written)
    begun = [_back(other, written) for other in every if other.reopened_at and other.reopened_at == one.opened_at]
    opened_at = begun[0] if begun else one.opened_at
    return one._replace(reopened_at=back, category=_class(one, written), opened_at=opened_at)


def _back(one: Closing, written: Sequence[Line]) -> datetime | None:
    if one.reopened_at is None:
        return None
    return min(one.reopened_at, next((at for at in _came(written) if at > one.closed_at), one.reopened_at))


def _came(written: Sequence[Line]) -> list[datetime]:
    """Return when messages came that open what was closed."""
    return [line.received_at for line in written if line.direction is Direction.EINGANG and line.opens_clock]


def _class(one: Closing, written: Sequence[Line]) -> Category | None:
    """Return the class of the last outside message before a closing; None while one of them has none."""
    came = [line for line in written if line.direction is Direction.EINGANG and line.received_at <= one.closed_at]
    there = [line for line in came if line.removed_at is None] or came
    outside = [line for line in there if line.category is not Category.INTERN] or there
    found = [line.category for line in outside]
    return None if not found or None in found else found[-1]


def _correct(turn: Turn, meant: Closing, zone: ZoneInfo) -> None:
    closing = turn.session.get_one(Closure, meant.id)
    before = tallies.closed(closing, zone)
    closing.reopened_at, closing.category = meant.reopened_at, meant.category
    closing.opened_at = meant.opened_at or closing.opened_at
    turn.session.flush()
    tallies.apply(turn, [tallies.times(before, -1), tallies.closed(closing, zone)])


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
