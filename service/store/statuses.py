"""Delivery statuses: when a message that we sent first had each, and which of them belong to no message we know."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from connectors.whatsapp.told import Stated
from models.chat import MessageStatus
from models.message import Message
from service.domain import delivery
from service.store.rows import clean
from service.turn import Turn

_KEY = ("account_id", "source_id", "recipient", "status")
_CHUNK = 400


def note(turn: Turn, account_id: int, told: Iterable[Stated]) -> None:
    """Store statuses; of the same one told again, in whatever order, the earliest time stays.

    A status whose message is not known yet is kept and joined to it as soon as `join` finds it.
    """
    insert = sqlite.insert if turn.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    for one in told:
        row = insert(MessageStatus).values(
            account_id=account_id,
            source_id=clean(one.source_id, 1000),
            recipient=clean(one.recipient),
            status=clean(one.status, 80),
            at=one.at,
            error_code=clean(one.error_code, 80),
        )
        turn.session.execute(
            row.on_conflict_do_update(
                index_elements=_KEY, set_={"at": row.excluded.at}, where=row.excluded.at < MessageStatus.at
            )
        )


def join(turn: Turn, account_id: int, source_ids: Iterable[str]) -> None:
    """Tie statuses without a message to those of these messages that are known by now."""
    wanted = sorted({clean(source_id, 1000) for source_id in source_ids})
    for start in range(0, len(wanted), _CHUNK):
        same = (Message.account_id == account_id) & (Message.source_id == MessageStatus.source_id)
        turn.session.execute(
            update(MessageStatus)
            .where(
                MessageStatus.account_id == account_id,
                MessageStatus.source_id.in_(wanted[start : start + _CHUNK]),
                MessageStatus.message_id.is_(None),
            )
            .values(message_id=select(Message.id).where(same).scalar_subquery()),
            execution_options={"synchronize_session": False},
        )


def of(turn: Turn, message_ids: Iterable[bytes]) -> dict[bytes, str]:
    """Return the present status of each message that has one; of a group message, of the recipient who is furthest."""
    first: dict[tuple[bytes, str], dict[str, datetime]] = defaultdict(dict)
    rows = turn.session.execute(
        select(MessageStatus.message_id, MessageStatus.recipient, MessageStatus.status, MessageStatus.at).where(
            MessageStatus.message_id.in_(list(message_ids))
        )
    )
    for message_id, recipient, status, at in rows:
        if message_id is not None:
            first[message_id, recipient][status] = at
    return _furthest(first)


def _furthest(first: Mapping[tuple[bytes, str], Mapping[str, datetime]]) -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    for (message_id, _), times in first.items():
        status = delivery.present(times)
        if delivery.RANKS.get(status, 0) >= delivery.RANKS.get(found.get(message_id, ""), 0) and status:
            found[message_id] = status
    return found


def orphans(turn: Turn, account_id: int, before: datetime) -> tuple[int, datetime, datetime] | None:
    """Return how many messages have a status and are unknown since before `before`, the first and the last time.

    None when there are none: every status of this number belongs to a message.
    """
    number, first, last = turn.session.execute(
        select(
            func.count(MessageStatus.source_id.distinct()), func.min(MessageStatus.at), func.max(MessageStatus.at)
        ).where(MessageStatus.account_id == account_id, MessageStatus.message_id.is_(None), MessageStatus.at < before)
    ).one()
    return (int(number), first, last) if number else None
