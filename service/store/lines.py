"""Lines: messages as the clocks see them, read from the database or taken from rows that are about to be stored."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import select

from models.message import Message
from models.terms import Category, Channel, Direction, Step
from service.store import bulk
from service.turn import Turn


class Line(NamedTuple):
    """One message: only the columns that move a clock or show in a list."""

    conversation_id: int
    id: bytes
    account_id: int
    channel: Channel
    direction: Direction
    received_at: datetime
    category: Category | None
    opens_clock: bool
    sender: str
    sender_name: str
    sender_domain: str
    user_id: str
    suggested: Category | None
    confidence: float
    step: Step
    reason: str
    is_read: bool | None
    internet_message_id: str
    answers: bool
    holding: bool
    removed_at: datetime | None
    kind: str
    folder: str


_COLUMNS = tuple(getattr(Message, name) for name in Line._fields)
_OF = (
    select(*_COLUMNS)
    .where(Message.conversation_id.in_(bulk.IDS))
    .order_by(Message.conversation_id, Message.received_at, Message.id)
)
_pick = itemgetter(*Line._fields)
_order = itemgetter(Line._fields.index("received_at"), Line._fields.index("id"))


def of(turn: Turn, conversation_ids: Sequence[int]) -> dict[int, list[Line]]:
    """Return the messages of these conversations, each in order of time."""
    found: dict[int, list[Line]] = defaultdict(list)
    for row in bulk.select_by(turn, _OF, conversation_ids):
        found[row[0]].append(Line._make(row))
    return found


def of_new(rows: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Return new rows of one conversation in order of time."""
    if len(rows) == 1:
        return [Line._make(_pick(rows[0]))]
    return sorted((Line._make(_pick(row)) for row in rows), key=_order)
