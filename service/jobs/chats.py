"""Chats: what a number was told becomes messages, statuses, events and names, in whatever order it came."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.whatsapp import templates, told, webhook
from connectors.whatsapp.templates import News
from connectors.whatsapp.told import ADVERTISEMENT, Happened, Names, Renamed, Stated, Wish
from connectors.whatsapp.webhook import Update
from models.account import Account
from models.record import MessageRecord
from service.actions import intake
from service.actions.intake import Judge, Taken
from service.store import chat_events, chatters, clocks, gaps, opt_outs, sendings, statuses
from service.turn import Turn

# Notices of WhatsApp itself (a changed number or user id) are nobody's message.
_NOTICES = frozenset({"system"})


@dataclass(frozen=True, slots=True)
class Heard:
    """One update, read: what of it there is, by whom (`names`), and when the webhook came."""

    received_at: datetime
    names: Names | None
    record: MessageRecord | None
    status: Stated | None
    event: Happened | None
    change: Renamed | None
    wish: Wish | None = None
    news: News | None = None


def heard(update: Update, received_at: datetime) -> Heard:
    """Return what an update says. Raises ValueError for what no instant can be made of."""
    record = webhook.record(update, received_at)
    return Heard(
        received_at=received_at,
        names=told.names(update) if told.is_message(update) else None,
        record=record if record is not None and record.kind not in _NOTICES else None,
        status=told.stated(update, received_at),
        event=told.happened(update, received_at),
        change=told.renamed(update, received_at),
        wish=told.wished(update, received_at),
        news=templates.heard(update),
    )


def take_in(turn: Turn, found: Sequence[Heard], account: Account, judge: Judge) -> Taken:
    """Store what one of our numbers was told. The same updates again, or in another order, change nothing."""
    gaps.signed(turn, account.id, max(one.received_at for one in found))
    for one in found:
        if one.change is not None:
            chatters.follow(turn, one.change)
    ordered = sorted(found, key=_moment)
    records = [_placed(turn, one.record, one.names) for one in ordered if one.record is not None]
    opt_outs.hear(turn, [one.wish for one in found if one.wish is not None])
    told_of = [one.status for one in found if one.status is not None]
    records += sendings.follow(turn, account, told_of)
    events = [(_thread(turn, account, one.event), one.event) for one in found if one.event is not None]
    touched = chat_events.note(turn, account.id, events)
    taken = intake.take_in(turn, records, account.id, judge)
    # An event whose message came in just now was counted with it; the others have only now a place.
    started = [event for _, event in events if event.kind != ADVERTISEMENT]
    if touched and started:
        clocks.refresh(turn, touched)
    statuses.note(turn, account.id, told_of)
    known = [status.source_id for status in told_of] + [record.source_id for record in records]
    statuses.join(turn, account.id, known)
    corrected = sendings.bind(turn, account.id, known)
    if corrected:
        clocks.refresh(turn, corrected)
    return taken


def _moment(one: Heard) -> datetime:
    return one.record.received_at if one.record is not None else one.received_at


def _placed(turn: Turn, record: MessageRecord, names: Names | None) -> MessageRecord:
    """Return the record with the key of its person's conversation, under whatever name it was written."""
    return record if names is None else replace(record, thread=chatters.thread(turn, names, record.received_at))


def _thread(turn: Turn, account: Account, event: Happened) -> str:
    return f"{account.address}/{chatters.thread(turn, event.names, event.at)}"
