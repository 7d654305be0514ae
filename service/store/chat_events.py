"""Calls, advertisements and handovers of WhatsApp: what opens a window without being a message."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from connectors.whatsapp.told import Happened
from models.chat import ChatEvent
from models.message import Conversation
from models.terms import Channel
from service.store.rows import clean
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Event:
    """What happened in a conversation, and when by Meta's clock."""

    kind: str
    at: datetime


def note(turn: Turn, account_id: int, told: Iterable[tuple[str, Happened]]) -> tuple[int, ...]:
    """Store events, each with the key of its conversation; return the conversations that exist already.

    The same event told again changes nothing.
    """
    insert = sqlite.insert if turn.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    threads = set()
    for thread, one in told:
        threads.add(thread)
        turn.session.execute(
            insert(ChatEvent)
            .values(
                account_id=account_id,
                source_id=clean(one.source_id, 1000),
                kind=one.kind,
                thread=thread,
                peer=clean(one.names.number or one.names.user_id),
                at=one.at,
            )
            .on_conflict_do_nothing()
        )
    return tuple(
        turn.session.scalars(
            select(Conversation.id).where(
                Conversation.channel == Channel.WHATSAPP, Conversation.thread.in_(sorted(threads))
            )
        )
    )


def of(turn: Turn, conversation_ids: Sequence[int]) -> dict[int, list[Event]]:
    """Return the events of these conversations in order of time."""
    found: dict[int, list[Event]] = defaultdict(list)
    rows = turn.session.execute(
        select(Conversation.id, ChatEvent.kind, ChatEvent.at)
        .join(ChatEvent, ChatEvent.thread == Conversation.thread)
        .where(Conversation.id.in_(conversation_ids), Conversation.channel == Channel.WHATSAPP)
        .order_by(ChatEvent.at, ChatEvent.id)
    )
    for conversation_id, kind, at in rows:
        found[conversation_id].append(Event(kind, at))
    return found
