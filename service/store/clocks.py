"""Clocks: brings the standing of conversations, their events and the tallies in line with their messages."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from connectors.whatsapp.told import ADVERTISEMENT, CALL, HANDOVER, SILENT
from models.message import Conversation, Message
from models.terms import TRAITS, Category, Channel, ConversationState, Direction
from service.domain import standing, windows
from service.domain.standing import Move, Standing
from service.domain.windows import Window
from service.store import bulk, chat_events, settings, stops
from service.store.chat_events import Event
from service.store.stops import Place
from service.turn import Turn

# A message as `_messages` reads it: only the columns that move a clock or show in a list.
Line = Row[*tuple[Any, ...]]

_CHUNK = 400


@dataclass(frozen=True, slots=True)
class _Frame:
    """What holds for every conversation of one refresh."""

    windows: Mapping[Channel, Window]
    zone: ZoneInfo
    calendar_version: int


def chunks(ids: Iterable[int], size: int = _CHUNK) -> Iterator[list[int]]:
    """Yield the ids in sorted slices that fit into one IN list."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def refresh(turn: Turn, conversation_ids: Iterable[int]) -> None:
    """Derive standing, clock events and summary of these conversations from their messages, and note differences."""
    turn.session.flush()
    frame = _Frame(settings.windows(turn), ZoneInfo(settings.zone(turn)), settings.calendar_version(turn))
    for ids in chunks(conversation_ids):
        messages = _messages(turn, ids)
        events = chat_events.of(turn, ids)
        ledger = stops.ledger(turn, ids, frame.zone)
        closed = {
            row.id: row.closed_at
            for row in turn.session.execute(
                select(Conversation.id, Conversation.closed_at).where(Conversation.id.in_(ids))
            )
        }
        updates: list[dict[str, Any]] = []
        for conversation_id, mine in messages.items():
            summary, stand = _read(mine, closed.get(conversation_id), frame, events.get(conversation_id, ()))
            updates.append({"b_id": conversation_id, **summary})
            ledger.settle(_place(conversation_id, mine), stand.reactions)
        _write(turn, updates)
        ledger.write(turn)
    # The rows were written past the session; whoever reads on sees them as they are now.
    turn.session.expire_all()


def _messages(turn: Turn, ids: Sequence[int]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    rows = turn.session.connection().execute(
        select(
            Message.conversation_id,
            Message.id,
            Message.account_id,
            Message.channel,
            Message.direction,
            Message.received_at,
            Message.category,
            Message.opens_clock,
            Message.sender,
            Message.sender_name,
            Message.sender_domain,
            Message.user_id,
            Message.suggested,
            Message.confidence,
            Message.step,
            Message.reason,
            Message.is_read,
            Message.internet_message_id,
            Message.answers,
            Message.removed_at,
            Message.kind,
            Message.folder,
        )
        .where(Message.conversation_id.in_(ids))
        .order_by(Message.conversation_id, Message.received_at, Message.id)
    )
    for row in rows:
        found[row.conversation_id].append(row)
    return found


def _place(conversation_id: int, rows: Sequence[Line]) -> Place:
    last = next((row.category for row in reversed(rows) if row.direction is Direction.EINGANG), None)
    return Place(conversation_id, rows[0].account_id, rows[0].channel, last)


def _counts(row: Line) -> bool:
    """Whether a message moves the clock: inbound of a counted class or unclassified, outbound by a person."""
    if not row.opens_clock:
        return False
    return _answers(row) or row.category is None or TRAITS[row.category].awaits_reply


def _answers(row: Line) -> bool:
    """Whether we wrote it: sent from a mailbox that is read, or a colleague's mail outside that came in as a copy.

    The copy is believed where the rule for the own domain was sure of it, which asks for a genuine sender.
    """
    return row.direction is Direction.AUSGANG or (row.answers and row.category is Category.INTERN)


def _moves(rows: Sequence[Line]) -> list[Move]:
    """Return the moves of a conversation; the same mail in several own mailboxes is one (D12), gone when all are."""
    moves: list[Move] = []
    places: dict[tuple[str, Direction], int] = {}
    for row in rows:
        direction = Direction.AUSGANG if _answers(row) else row.direction
        # What we sent stays sent, wherever somebody put the copy of it.
        gone_at = row.removed_at if direction is Direction.EINGANG else None
        move = Move(row.received_at, direction, _counts(row), row.id, gone_at)
        name = (row.internet_message_id, direction)
        known = places.setdefault(name, len(moves)) if row.internet_message_id else len(moves)
        if known == len(moves):
            moves.append(move)
        else:
            moves[known] = _one(moves[known], move)
    return moves


def _one(first: Move, copy: Move) -> Move:
    gone_at = max(first.gone_at, copy.gone_at) if first.gone_at and copy.gone_at else None
    return replace(first, counts=first.counts or copy.counts, gone_at=gone_at)


def _read(
    rows: Sequence[Line], closed_at: datetime | None, frame: _Frame, events: Sequence[Event]
) -> tuple[dict[str, Any], Standing]:
    channel = rows[0].channel
    handed = [Move(event.at, Direction.EINGANG, counts=True, key=b"") for event in events if event.kind == HANDOVER]
    stand = standing.read(_moves(rows) + handed, frame.windows[channel], closed_at)
    inbound = [row for row in rows if row.direction is Direction.EINGANG]
    there = [row for row in inbound if row.removed_at is None]
    outbound = [row for row in rows if row.direction is Direction.AUSGANG]
    summary: dict[str, Any] = {
        "opened_at": rows[0].received_at,
        "last_at": rows[-1].received_at,
        "last_inbound_at": inbound[-1].received_at if inbound else None,
        "last_outbound_at": outbound[-1].received_at if outbound else None,
        "waiting_since": stand.waiting_since,
        "due_at": stand.due_at,
        "strict_due_at": stand.strict_due_at,
        "calendar_version": frame.calendar_version,
        "unread": any(row.is_read is False for row in there),
        "inbound": _distinct(inbound),
        "outbound": _distinct(outbound),
        "unclassified": sum(row.category is None for row in there),
        "meta_until": _meta_until(inbound, events) if channel is Channel.WHATSAPP else None,
        "free_until": _free_until(outbound, events),
        **_face(there or inbound),
    }
    reopened = closed_at is not None and bool(inbound) and inbound[-1].received_at > closed_at
    summary["reopened"] = reopened
    return summary, stand


def _meta_until(inbound: Sequence[Line], events: Sequence[Event]) -> datetime | None:
    """Return until when Meta allows free text: counted from the last message or call of the customer.

    What Meta's agent takes (`standby`) asks nothing of us and opens the window all the same.
    """
    opening = [row.received_at for row in inbound if row.opens_clock or _held_by_agent(row)]
    opening += [event.at for event in events if event.kind == CALL]
    return windows.meta_until(max(opening)) if opening else None


def _free_until(outbound: Sequence[Line], events: Sequence[Event]) -> datetime | None:
    """Return until when every message is free because an advertisement brought this person; None for never."""
    entries = [event.at for event in events if event.kind == ADVERTISEMENT]
    return windows.free_until(entries, [row.received_at for row in outbound]) if entries else None


def _held_by_agent(row: Line) -> bool:
    return row.folder == "standby" and row.kind not in SILENT


def _distinct(rows: Sequence[Line]) -> int:
    """Return how many different mails these are."""
    return len({row.internet_message_id or row.id for row in rows})


def _face(inbound: Sequence[Line]) -> dict[str, Any]:
    """Return what the list shows: the last outside sender, an unclassified one first, and its class or suggestion."""
    foreign = [row for row in inbound if row.category is not Category.INTERN] or list(inbound)
    waiting = [row for row in foreign if row.category is None]
    shown = (waiting or foreign)[-1:] or []
    if not shown:
        return {"category": None, "suggested": None, "confidence": 0.0, "step": None, "reason": "", "face": None}
    row = shown[0]
    return {
        "category": None if waiting else row.category,
        "suggested": row.suggested,
        "confidence": row.confidence,
        "step": row.step,
        "reason": row.reason,
        "face": (row.sender or row.user_id, row.sender_name, row.sender_domain),
    }


def _write(turn: Turn, updates: Sequence[dict[str, Any]]) -> None:
    """Write the summaries; an update without a face (only outbound) keeps peer and suggestion."""
    with_face, without = [], []
    reopened = []
    for values in updates:
        face = values.pop("face")
        if values.pop("reopened"):
            reopened.append(values["b_id"])
        if face is None:
            for name in ("suggested", "confidence", "step", "reason"):
                values.pop(name)
            without.append(values)
        else:
            values["peer"], values["peer_name"], values["peer_domain"] = face
            with_face.append(values)
    bulk.change(turn, Conversation, with_face)
    bulk.change(turn, Conversation, without)
    if reopened:
        # `closed_at` stays: what came before it was done with and must not hold the clock again.
        turn.session.execute(
            update(Conversation).where(Conversation.id.in_(reopened)).values(state=ConversationState.OFFEN),
            execution_options={"synchronize_session": False},
        )
