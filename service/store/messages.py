"""Messages and conversations: what is already known, what is new, and their rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from models.decision import Decision
from models.message import Conversation, Message, Recipient
from models.record import MessageRecord
from models.terms import Channel, ConversationState, Direction, Step
from service.domain import threads
from service.errors import NotFound
from service.store import bulk, outreach, places, reach
from service.store.rows import clean, outside
from service.turn import Turn

# Outside recipients that are kept per message; more are only counted.
_MOST_RECIPIENTS = 50

# Members of an enumeration are slow to look up (Python 3.11); these are asked for with every message.
_OUT, _NONE = Direction.AUSGANG, Step.KEINER

Key = tuple[Channel, str]

_THREADS = select(Conversation.thread, Conversation.id, Conversation.account_id, Conversation.several).where(
    Conversation.channel == bindparam("channel"), Conversation.thread.in_(bindparam("threads", expanding=True))
)


def conversations(
    turn: Turn, records: Sequence[tuple[str, MessageRecord]], account_id: int, own: frozenset[str]
) -> tuple[dict[Key, int], dict[int, dict[str, Any]]]:
    """Return the conversation id of each (channel, thread) of `records`, and the blank rows of those that are new.

    The new ones, by id and in order of time, are still to be inserted.
    """
    first: dict[Key, MessageRecord] = {}
    for thread, record in sorted(records, key=_received):
        first.setdefault((record.channel, thread), record)
    found = _existing(turn, list(first), account_id)
    fresh = [key for key in first if key not in found]
    found |= zip(fresh, _numbers(turn, len(fresh)), strict=True)
    return found, {found[key]: _blank(key, first[key], account_id, own) for key in fresh}


def _received(pair: tuple[str, MessageRecord]) -> datetime:
    return pair[1].received_at


def _numbers(turn: Turn, count: int) -> Sequence[int]:
    """Return ids for so many new conversations. SQLite's one writer counts on, PostgreSQL's sequence serves many."""
    if not count:
        return ()
    connection = turn.session.connection()
    if connection.dialect.name == "sqlite":
        last = connection.execute(select(func.max(Conversation.id))).scalar_one() or 0
        return range(last + 1, last + 1 + count)
    sequence = func.nextval(func.pg_get_serial_sequence("conversation", "id"))
    return connection.execute(select(sequence).select_from(func.generate_series(1, count))).scalars().all()


def _existing(turn: Turn, keys: Sequence[Key], account_id: int) -> dict[Key, int]:
    found: dict[Key, int] = {}
    elsewhere: list[int] = []
    turn.session.flush()
    for channel in Channel:
        threads_of = [thread for kind, thread in keys if kind is channel]
        for start in range(0, len(threads_of), 500):
            some = {"channel": channel, "threads": threads_of[start : start + 500]}
            for thread, number, home, several in turn.session.connection().execute(_THREADS, some):
                found[channel, thread] = number
                if home != account_id and not several:
                    elsewhere.append(number)
    places.note(turn, elsewhere)
    return found


def _blank(key: Key, record: MessageRecord, account_id: int, own: frozenset[str]) -> dict[str, Any]:
    peer = clean(threads.peer(record, own))
    return {
        "channel": key[0],
        "thread": key[1],
        "account_id": account_id,
        "peer": peer,
        "peer_name": "",
        "peer_domain": "",
        "state": ConversationState.OFFEN,
        "opened_at": record.received_at,
        "last_at": record.received_at,
        "suggested": None,
        "confidence": 0.0,
        "step": _NONE,
        "reason": "",
        "company_id": None,
        "person_id": None,
    }


def add(
    turn: Turn, rows: Sequence[Mapping[str, Any]], records: Mapping[bytes, MessageRecord], own: frozenset[str]
) -> None:
    """Insert message rows with their outside recipients and, for those that a rule made final, a decision."""
    bulk.add(turn, Message, rows)
    recipients = [
        {"message_id": key, "position": position, "kind": kind, "address": address}
        for key, record in records.items()
        for position, (kind, address) in enumerate(_recipients(record, own))
    ]
    bulk.add(turn, Recipient, recipients)
    sent = {row["id"] for row in rows if row["direction"] is _OUT}
    outreach.note(turn, (str(one["address"]) for one in recipients if one["message_id"] in sent))
    decisions = [
        {
            "message_id": row["id"],
            "confirmation_id": None,
            "at": turn.now,
            "member_id": None,
            "origin": row["origin"],
            "previous": None,
            "category": row["category"],
            "suggested": row["suggested"],
            "confidence": row["confidence"],
            "step": row["step"],
            "reason": row["reason"],
        }
        for row in rows
        if row["category"] is not None
    ]
    bulk.add(turn, Decision, decisions)


def _recipients(record: MessageRecord, own: frozenset[str]) -> list[tuple[str, str]]:
    found = [("an", a) for a in outside(record.to, own)] + [("kopie", a) for a in outside(record.cc, own)]
    return found[:_MOST_RECIPIENTS]


def assign(turn: Turn, parties: Mapping[int, tuple[int | None, int | None]]) -> None:
    """Give conversations (by id) the company and person that a rule names, where they have no party yet."""
    rows = [
        {"b_id": number, "company_id": company, "person_id": person}
        for number, (company, person) in parties.items()
        if company is not None or person is not None
    ]
    if rows:
        turn.session.connection().execute(
            update(Conversation)
            .where(
                Conversation.id == bindparam("b_id"),
                Conversation.company_id.is_(None),
                Conversation.person_id.is_(None),
            )
            .values(company_id=bindparam("company_id"), person_id=bindparam("person_id"), party_unknown=False),
            rows,
        )


def nameless(turn: Turn, numbers: Iterable[int]) -> list[dict[str, Any]]:
    """Return those of some conversations that have no party, as they are, so that an undo can bring that back."""
    wanted, found = sorted(numbers), list[dict[str, Any]]()
    for start in range(0, len(wanted), 500):
        rows = turn.session.execute(
            select(Conversation.id, Conversation.party_unknown).where(
                Conversation.id.in_(wanted[start : start + 500]),
                Conversation.company_id.is_(None),
                Conversation.person_id.is_(None),
            )
        )
        found += [{"id": number, "company_id": None, "person_id": None, "party_unknown": no} for number, no in rows]
    return found


def settle(turn: Turn, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write category, origin and decided_at of many messages at once; each row names `b_id`."""
    if rows:
        turn.session.flush()
        names = [name for name in rows[0] if name != "b_id"]
        turn.session.connection().execute(
            update(Message).where(Message.id == bindparam("b_id")).values({n: bindparam(n) for n in names}), list(rows)
        )
        turn.session.expire_all()


def inbound(turn: Turn, conversation_ids: Sequence[int]) -> tuple[Message, ...]:
    """Return the inbound messages of these conversations in order of time."""
    return tuple(
        turn.session.scalars(
            select(Message)
            .where(
                Message.conversation_id.in_(conversation_ids),
                Message.direction == Direction.EINGANG,
                Message.removed_at.is_(None),
            )
            .order_by(Message.received_at, Message.id)
        )
    )


def hold(turn: Turn, conversation_ids: Sequence[int]) -> list[Conversation]:
    """Return conversations in the order asked for, held until the turn ends: a colleague's turn waits, then sees ours.

    SQLite's writers queue up anyway. Raises NotFound when one does not exist or is out of reach.
    """
    found: dict[int, Conversation] = {}
    for start in range(0, len(conversation_ids), 500):
        rows = turn.session.scalars(
            select(Conversation)
            .where(Conversation.id.in_(conversation_ids[start : start + 500]), *reach.mine(turn))
            .order_by(Conversation.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found.update((row.id, row) for row in rows)
    if len(found) < len(set(conversation_ids)):
        raise NotFound("Diese Konversation gibt es nicht (mehr).")
    return [found[number] for number in conversation_ids]
