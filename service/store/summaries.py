"""Summaries: what the row of a conversation says about its messages, its clock and its face in lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from connectors.whatsapp.told import ADVERTISEMENT, CALL, HANDOVER, SILENT
from models.terms import TRAITS, Category, Channel, Direction
from service.domain import standing, windows
from service.domain.standing import NO_ACTS, Acts, Move, Standing
from service.domain.windows import Window
from service.store.chat_events import Event
from service.store.lines import Line

# Members of an enumeration are slow to look up (Python 3.11); these are asked for with every message.
_IN, _OUT = Direction.EINGANG, Direction.AUSGANG
_INTERN, _WHATSAPP = Category.INTERN, Channel.WHATSAPP
# Whether an inbound message asks for an answer, by its class; what is in none may.
_ASKS = {category: traits.awaits_reply for category, traits in TRAITS.items()} | {None: True}


@dataclass(frozen=True, slots=True)
class Frame:
    """What holds for every conversation of one turn."""

    windows: Mapping[Channel, Window]
    zone: ZoneInfo
    calendar_version: int
    now: datetime


class Summary(NamedTuple):
    """The columns of a conversation; where it stands; whether new mail opened it again; peer, name and domain shown.

    `face` None: nothing came in, so that peer and suggestion stay what they are.
    """

    values: dict[str, Any]
    stand: Standing
    reopened: bool
    face: tuple[str, str, str] | None


def read(lines: Sequence[Line], frame: Frame, acts: Acts = NO_ACTS, events: Sequence[Event] = ()) -> Summary:
    """Return what the messages of one conversation (in order of time, at least one) say about it.

    `acts` are what people did, `events` what WhatsApp told beside messages.
    """
    channel = lines[0].channel
    moves = _moves(lines)
    if events:
        moves += [Move(event.at, _IN, counts=True, key=b"") for event in events if event.kind == HANDOVER]
    stand = standing.history(moves, frame.windows[channel], frame.now, acts)
    inbound = [line for line in lines if line.direction is _IN]
    outbound = [line for line in lines if line.direction is _OUT]
    there = [line for line in inbound if line.removed_at is None]
    face, shown = _face(there or inbound)
    values = {
        "opened_at": lines[0].received_at,
        "last_at": lines[-1].received_at,
        "last_inbound_at": inbound[-1].received_at if inbound else None,
        "last_outbound_at": outbound[-1].received_at if outbound else None,
        "waiting_since": stand.waiting_since,
        "due_at": stand.due_at,
        "strict_due_at": stand.strict_due_at,
        "clock": stand.clock,
        "resolve_due_at": stand.resolve_due_at,
        "breaks_at": stand.breaks_at,
        "holding_at": stand.holding_at,
        "snoozed_until": stand.snoozed_until,
        "calendar_version": frame.calendar_version,
        "unread": False in [line.is_read for line in there],
        "inbound": _distinct(inbound),
        "outbound": _distinct(outbound),
        "unclassified": [line.category for line in there].count(None),
        "meta_until": _meta_until(inbound, events) if channel is _WHATSAPP else None,
        "free_until": _free_until(outbound, events) if events else None,
        **shown,
    }
    return Summary(values, stand, _reopens(inbound, acts), face)


def last_class(lines: Sequence[Line]) -> Category | None:
    """Return the class of the last inbound message."""
    return next((line.category for line in reversed(lines) if line.direction is _IN), None)


def _reopens(inbound: Sequence[Line], acts: Acts) -> bool:
    """Say whether something came in after the last end; what a machine sent by itself opens nothing (D7)."""
    return bool(acts.closed) and any(line.opens_clock and line.received_at > acts.closed[-1] for line in inbound)


def _move(line: Line) -> Move:
    """Return a message as the clock sees it.

    Ours is what was sent from a mailbox that is read, or a colleague's mail outside that came in as a copy; the copy
    is believed where the rule for the own domain was sure of it, which asks for a genuine sender. What is not ours
    moves the clock in a class that counts, or in none.
    """
    ours = line.direction is _OUT or (line.answers and line.category is _INTERN)
    counts = line.opens_clock and not line.holding and (ours or _ASKS[line.category])
    if ours:
        # What we sent stays sent, wherever somebody put the copy of it.
        return Move(line.received_at, _OUT, counts, line.id, None, line.holding)
    return Move(line.received_at, line.direction, counts, line.id, line.removed_at)


def _moves(lines: Sequence[Line]) -> list[Move]:
    """Return the moves of a conversation; the same mail in several own mailboxes is one (D12), gone when all are."""
    if len(lines) == 1:
        return [_move(lines[0])]
    moves: list[Move] = []
    places: dict[tuple[str, Direction], int] = {}
    for line in lines:
        move = _move(line)
        known = count = len(moves)
        if line.internet_message_id:
            known = places.setdefault((line.internet_message_id, move.direction), count)
        if known == count:
            moves.append(move)
        else:
            moves[known] = _one(moves[known], move)
    return moves


def _one(first: Move, copy: Move) -> Move:
    if first.counts and first.gone_at is None and copy.gone_at is None and not copy.holding:
        return first
    gone_at = max(first.gone_at, copy.gone_at) if first.gone_at and copy.gone_at else None
    holding = first.holding or copy.holding
    return first._replace(counts=(first.counts or copy.counts) and not holding, gone_at=gone_at, holding=holding)


def _meta_until(inbound: Sequence[Line], events: Sequence[Event]) -> datetime | None:
    """Return until when Meta allows free text: counted from the last message or call of the customer.

    What Meta's agent takes (`standby`) asks nothing of us and opens the window all the same.
    """
    opening = [line.received_at for line in inbound if line.opens_clock or _held_by_agent(line)]
    opening += [event.at for event in events if event.kind == CALL]
    return windows.meta_until(max(opening)) if opening else None


def _free_until(outbound: Sequence[Line], events: Sequence[Event]) -> datetime | None:
    """Return until when every message is free because an advertisement brought this person; None for never."""
    entries = [event.at for event in events if event.kind == ADVERTISEMENT]
    return windows.free_until(entries, [line.received_at for line in outbound]) if entries else None


def _held_by_agent(line: Line) -> bool:
    return line.folder == "standby" and line.kind not in SILENT


def _distinct(lines: Sequence[Line]) -> int:
    """Return how many different mails these are."""
    return len({line.internet_message_id or line.id for line in lines}) if len(lines) > 1 else len(lines)


_Face = tuple[tuple[str, str, str] | None, dict[str, Any]]


def _face(inbound: Sequence[Line]) -> _Face:
    """Return what the list shows: the last outside sender, an unclassified one first, and its class or suggestion."""
    foreign = [line for line in inbound if line.category is not _INTERN] or inbound
    waiting = [line for line in foreign if line.category is None]
    shown = waiting or foreign
    if not shown:
        return None, {"category": None}
    line = shown[-1]
    return (line.sender or line.user_id, line.sender_name, line.sender_domain), {
        "category": None if waiting else line.category,
        "suggested": line.suggested,
        "confidence": line.confidence,
        "step": line.step,
        "reason": line.reason,
    }
