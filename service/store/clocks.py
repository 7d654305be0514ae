"""Clocks: brings the standing of conversations, their events and the tallies in line with their messages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from models.message import Conversation
from models.terms import Channel, ConversationState, Direction
from service.domain import standing
from service.domain.standing import NO_ACTS, Acts, Running
from service.store import bulk, chat_events, closures, lines, months, settings, stops, summaries, tallies
from service.store.closures import Closing
from service.store.lines import Line
from service.store.stops import Place
from service.store.summaries import Frame, Summary
from service.store.tallies import Delta
from service.turn import Turn

Party = tuple[int | None, int | None]

_CHUNK = 400


def chunks(ids: Iterable[int], size: int = _CHUNK) -> Iterator[list[int]]:
    """Yield the ids in sorted slices that fit into one IN list."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def refresh(turn: Turn, conversation_ids: Iterable[int], counted: Iterable[Delta] = ()) -> None:
    """Derive standing, clock events and summary of these conversations from their messages, and note differences.

    `counted` is what else this turn adds to the counts; together it costs one statement per table.
    """
    turn.session.flush()
    deltas = list(counted)
    frame = _frame(turn)
    touched = False
    for ids in chunks(conversation_ids):
        touched = True
        deltas += _refresh(turn, ids, frame)
    tallies.apply(turn, deltas)
    if touched:
        # The rows were written past the session; whoever reads on sees them as they are now.
        turn.session.expire_all()


def empty(turn: Turn, one: Conversation, goes_on_in: int | None = None) -> None:
    """Take back the events of a conversation whose messages have gone, and what was counted of them.

    What closed months report stays, where the messages are now (`goes_on_in`) if they went to another conversation.
    """
    frame = _frame(turn)
    ledger = stops.ledger(turn, [one.id], frame.zone, months.closed(turn))
    kind = frame.windows[one.channel].kind
    ledger.settle(Place(one.id, one.account_id, one.channel, one.category, kind, frame.calendar_version), ())
    tallies.apply(turn, ledger.write(turn))
    if goes_on_in is not None and ledger.closed:
        stops.adopt(turn, one.id, goes_on_in)


def waited(turn: Turn, conversation_id: int, at: datetime) -> bool:
    """Say whether anything of a conversation waited for an answer at an instant that is past."""
    ids = [conversation_id]
    mine = [line for line in lines.of(turn, ids).get(conversation_id, ()) if line.received_at <= at]
    if not mine:
        return False
    frame = _frame(turn)
    ends = [
        one._replace(reopened_at=one.reopened_at if one.reopened_at and one.reopened_at <= at else None)
        for one in closures.of(turn, ids).get(conversation_id, ())
        if one.closed_at < at
    ]
    events = [event for event in chat_events.of(turn, ids).get(conversation_id, ()) if event.at <= at]
    return summaries.read(mine, frame, _acts(mine, ends, ()), events).stand.waiting_since is not None


def running(one: Conversation, now: datetime) -> tuple[Running, ...]:
    """Return every window that runs on a conversation, the tightest first: what pages and programs show of it."""
    return standing.running((one.clock, one.due_at), one.resolve_due_at, one.meta_until, now)


def due(turn: Turn, most: int = 2_000) -> list[int]:
    """Return conversations of which a window has been missed since it was looked at last."""
    return list(
        turn.session.scalars(
            select(Conversation.id)
            .where(Conversation.breaks_at <= turn.now)
            .order_by(Conversation.breaks_at)
            .limit(most)
        )
    )


def begin(
    turn: Turn, blanks: Mapping[int, dict[str, Any]], parties: Mapping[int, Party], new: Mapping[int, Sequence[Line]]
) -> list[Delta]:
    """Insert new conversations (id -> blank row) with what their first messages say; return what to count of that.

    The same as inserting them blank, with the company and person of each, and calling `refresh` once their messages
    are stored; only that nothing is read back. Chats have events beside messages and need `refresh` in any case.
    """
    frame = _frame(turn)
    ledger = stops.Ledger(frame.zone)
    rows = []
    for number, blank in blanks.items():
        mine = new[number]
        found = summaries.read(mine, frame)
        row = blank | found.values
        row["id"] = number
        row["company_id"], row["person_id"] = parties.get(number, (None, None))
        if found.face is not None:
            row["peer"], row["peer_name"], row["peer_domain"] = found.face
        rows.append(row)
        if found.stand.events:
            ledger.settle(_place(number, mine, frame), found.stand.events)
    bulk.add(turn, Conversation, rows)
    return ledger.write(turn)


def _frame(turn: Turn) -> Frame:
    return Frame(settings.windows(turn), ZoneInfo(settings.zone(turn)), settings.calendar_version(turn), turn.now)


def _refresh(turn: Turn, ids: Sequence[int], frame: Frame) -> list[Delta]:
    ledger = stops.ledger(turn, ids, frame.zone, months.closed(turn))
    closings = closures.of(turn, ids)
    written = lines.of(turn, ids)
    chats = [number for number, mine in written.items() if mine[0].channel is not Channel.EMAIL]
    events = chat_events.of(turn, chats) if chats else {}
    found: dict[int, Summary] = {}
    for number, mine in written.items():
        acts = _acts(mine, closings.get(number, ()), ledger.pauses(number))
        found[number] = summaries.read(mine, frame, acts, events.get(number, ()))
        ledger.settle(_place(number, mine, frame), found[number].stand.events)
    closures.follow(turn, closings, written, ledger.closed)
    _write(turn, found)
    return ledger.write(turn)


def _acts(mine: Sequence[Line], closings: Sequence[Closing], pauses: Sequence[tuple[datetime, datetime]]) -> Acts:
    """Return what people did with a conversation: a closing that somebody took back by hand ended nothing."""
    if not closings and not pauses:
        return NO_ACTS
    came = [line.received_at for line in mine if line.direction is Direction.EINGANG and line.opens_clock]
    closed, opened = set(), []
    for one in closings:
        if one.reopened_at is None or any(one.closed_at < at <= one.reopened_at for at in came):
            closed.add(one.closed_at)
        else:
            opened.append(one.reopened_at)
    return Acts(sorted(closed), opened, pauses)


def _place(conversation_id: int, mine: Sequence[Line], frame: Frame) -> Place:
    channel = mine[0].channel
    kind = frame.windows[channel].kind
    return Place(conversation_id, mine[0].account_id, channel, summaries.last_class(mine), kind, frame.calendar_version)


def _write(turn: Turn, found: Mapping[int, Summary]) -> None:
    """Write the summaries; one without a face (only outbound) keeps peer and suggestion."""
    with_face, without = [], []
    for number, summary in found.items():
        values = summary.values | {"b_id": number}
        if summary.face is None:
            without.append(values)
        else:
            values["peer"], values["peer_name"], values["peer_domain"] = summary.face
            with_face.append(values)
    bulk.change(turn, Conversation, with_face)
    bulk.change(turn, Conversation, without)
    reopened = [number for number, summary in found.items() if summary.reopened]
    if reopened:
        closures.reopen(turn, reopened)
        # `closed_at` stays: what came before it was done with and must not hold the clock again.
        turn.session.execute(
            update(Conversation).where(Conversation.id.in_(reopened)).values(state=ConversationState.OFFEN),
            execution_options={"synchronize_session": False},
        )
