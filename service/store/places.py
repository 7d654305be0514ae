"""In which mailboxes a conversation lies: the one of its first message, and every other that holds a message of it."""

from collections.abc import Collection, Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, Integer, and_, exists, literal_column, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models.message import Conversation, Message
from service.turn import Turn


def unindexed(account_id: InstrumentedAttribute[int]) -> ColumnElement[int]:
    """Return an account number that no planner looks up: an account has far more rows than any figure counts."""
    return account_id + literal_column("0", Integer)


def within(account_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a conversation lies in one of these mailboxes.

    Only conversations that are known to lie in several are looked at message by message.
    """
    return _within(tuple(sorted(account_ids)))


# Making an alias costs more than asking for what it names; a page asks for the same few choices again and again.
_HELD = aliased(Message)


@lru_cache(maxsize=256)
def _within(numbers: tuple[int, ...]) -> ColumnElement[bool]:
    there = exists(
        select(_HELD.id).where(_HELD.conversation_id == Conversation.id, unindexed(_HELD.account_id).in_(numbers))
    )
    return or_(unindexed(Conversation.account_id).in_(numbers), and_(Conversation.several, there))


def note(turn: Turn, conversation_ids: Collection[int]) -> None:
    """Note that messages of these conversations came to another mailbox than their first."""
    ids = sorted(conversation_ids)
    for start in range(0, len(ids), 500):
        turn.session.execute(
            update(Conversation)
            .where(Conversation.id.in_(ids[start : start + 500]), Conversation.several.is_(False))
            .values(several=True),
            execution_options={"synchronize_session": False},
        )


def outside(turn: Turn, conversations: Sequence[Conversation], reached: Collection[int] | None) -> set[int]:
    """Return the first mailboxes of those conversations that lie in none of the reached ones (None = all)."""
    away = [] if reached is None else [one for one in conversations if one.account_id not in reached]
    several = [one.id for one in away if one.several]
    shared: set[int] = set()
    for start in range(0, len(several), 500):
        some = Conversation.id.in_(several[start : start + 500])
        shared |= set(turn.session.scalars(select(Conversation.id).where(some, within(reached or ()))))
    return {one.account_id for one in away if one.id not in shared}
