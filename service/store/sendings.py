"""Sendings as rows: who sent when to whom and how it went, never what; how they become messages of conversations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from connectors.whatsapp import refusals
from connectors.whatsapp.refusals import Next
from connectors.whatsapp.told import Stated
from models.account import Account
from models.chat import ChatPerson, MessageStatus
from models.message import Conversation, Message
from models.record import MessageRecord
from models.sending import Sending, Template
from models.staff import Member
from models.terms import Channel, Direction, OptOutSource, SendKind, SendState
from service.domain import delivery
from service.store import chatters, halts, opt_outs
from service.store.rows import clean
from service.turn import Turn

# The setting by which an Admin switches sending on (X9).
SWITCH = "whatsapp_sending"
# After this long without an answer nobody waits for one any more: the process that sent has died, or the answer.
LOST_AFTER = timedelta(minutes=2)
_FAILED = delivery.FAILED


@dataclass(frozen=True, slots=True)
class Person:
    """Who is written to: key of conversations, number (digits) and user id, either of them may be missing."""

    key: str
    number: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A sending as people read it: by whom, which template, and what became of it (a word of domain/delivery)."""

    row: Sending
    who: str
    template: str
    status: str
    error_number: int | None


def person(turn: Turn, conversation: Conversation) -> Person | None:
    """Return who is at the other end of a chat; None for groups and for what is no chat."""
    if conversation.channel is not Channel.WHATSAPP:
        return None
    _, _, key = conversation.thread.partition("/")
    row = turn.session.scalars(select(ChatPerson).where(ChatPerson.thread == key)).first()
    if row is not None:
        row = chatters.root(turn, row)
        return Person(row.thread, row.number or "", row.user_id or "")
    return Person(key, key, "") if key and key == conversation.peer and key.isdigit() else None


def by_key(turn: Turn, key: str) -> Sending | None:
    """Return the sending with this mark, locked; None for a new one."""
    return turn.session.scalars(select(Sending).where(Sending.key == key).with_for_update()).one_or_none()


def expire(turn: Turn) -> int:
    """Call uncertain what was being sent when its process ended; return how many."""
    done = turn.session.connection().execute(
        update(Sending)
        .where(Sending.state == SendState.SENDET, Sending.tried_at <= turn.now - LOST_AFTER)
        .values(state=SendState.UNGEWISS, retry_at=turn.now)
    )
    return done.rowcount


def newest(turn: Turn, conversation_id: int) -> Sending | None:
    """Return the sending of a conversation that was begun last."""
    return turn.session.scalars(
        select(Sending).where(Sending.conversation_id == conversation_id).order_by(Sending.id.desc()).limit(1)
    ).first()


def held_until(turn: Turn, account_id: int, conversation_id: int, wide: Sequence[int]) -> datetime | None:
    """Return until when WhatsApp asked us to wait: this person, or our number as a whole for errors in `wide`."""
    return turn.session.scalar(
        select(Sending.retry_at)
        .where(
            Sending.account_id == account_id,
            Sending.state == SendState.FEHLGESCHLAGEN,
            Sending.retry_at > turn.now,
            (Sending.conversation_id == conversation_id) | Sending.error_number.in_(wide),
        )
        .order_by(Sending.retry_at.desc())
        .limit(1)
    )


def failures(turn: Turn, conversation_id: int, most: int = 10) -> Sequence[int | None]:
    """Return the error numbers of the last sendings of a conversation, newest first, up to one that was taken."""
    found = []
    for state, number in turn.session.execute(
        select(Sending.state, Sending.error_number)
        .where(Sending.conversation_id == conversation_id)
        .order_by(Sending.tried_at.desc(), Sending.id.desc())
        .limit(most)
    ):
        if state is SendState.ANGENOMMEN:
            break
        found.append(number)
    return found


def shown(turn: Turn, conversation_id: int, most: int = 10) -> tuple[Shown, ...]:
    """Return the last sendings of a conversation, newest first, with what became of each."""
    rows = turn.session.execute(
        select(Sending, Member.name, Template.title)
        .outerjoin(Member, Member.id == Sending.member_id)
        .outerjoin(Template, Template.id == Sending.template_id)
        .where(Sending.conversation_id == conversation_id)
        .order_by(Sending.id.desc())
        .limit(most)
    ).all()
    return tuple(Shown(row, name or "", title or "", *_fate(turn, row)) for row, name, title in rows)


def _fate(turn: Turn, row: Sending) -> tuple[str, int | None]:
    """Return the present status of a sending and the number of the error that ended it."""
    told = turn.session.execute(
        select(MessageStatus.status, MessageStatus.at, MessageStatus.error_code).where(
            MessageStatus.account_id == row.account_id,
            MessageStatus.source_id == row.source_id,
            MessageStatus.source_id != "",
        )
    ).all()
    status = delivery.present({status: at for status, at, _ in told})
    if status != _FAILED:
        return status, row.error_number
    code = next((code for status, _, code in told if status == _FAILED and code.isdigit()), "")
    return status, int(code) if code else row.error_number


def follow(turn: Turn, account: Account, told: Iterable[Stated]) -> list[MessageRecord]:
    """Find the sendings that statuses speak of by our mark; return those as messages that became known by that.

    So a message whose answer was lost is found again, and never sent twice for it.
    """
    found = []
    for status in told:
        row = by_key(turn, status.key) if status.key else None
        if row is None or row.account_id != account.id:
            continue
        if row.source_id in {"", status.source_id}:
            if not row.source_id:
                # Meta's seconds are whole: nothing was taken before it was sent.
                accepted(turn, row, status.source_id, max(status.at, row.tried_at))
            found.append(record(turn, account, row))
        if status.status == _FAILED and status.error_code.isdigit():
            _failed(turn, row, int(status.error_code))
    return found


def _failed(turn: Turn, row: Sending, number: int) -> None:
    """Do what a failure asks for that comes after a message was taken: obey an opt-out, stop sending altogether."""
    if refusals.refusal(number).next is Next.ABGEMELDET:
        objected(turn, row)
    elif refusals.halts(number):
        halts.halt(turn, number)


def accepted(turn: Turn, row: Sending, source_id: str, at: datetime) -> None:
    """Note that WhatsApp has taken a sending under this id."""
    row.state, row.source_id, row.accepted_at = SendState.ANGENOMMEN, clean(source_id, 1000), at
    row.error_number = row.retry_at = None


def objected(turn: Turn, row: Sending) -> None:
    """Note that WhatsApp says of the receiver of a sending that he wants none (error 131050)."""
    conversation = turn.session.get_one(Conversation, row.conversation_id)
    whom = person(turn, conversation)
    if whom is not None:
        opt_outs.note(turn, whom.key, wanted=False, source=OptOutSource.FEHLER, at=row.tried_at)


def record(turn: Turn, account: Account, row: Sending) -> MessageRecord:
    """Return a sending that was taken as a message of its conversation; of its words nothing is known here."""
    conversation = turn.session.get_one(Conversation, row.conversation_id)
    whom = person(turn, conversation) or Person("", conversation.peer, "")
    at = row.accepted_at or row.tried_at
    return MessageRecord(
        channel=Channel.WHATSAPP,
        account=account.address,
        source_id=row.source_id,
        direction=Direction.AUSGANG,
        received_at=at,
        sent_at=at,
        thread=whom.key,
        user_id=whom.user_id,
        to=tuple(filter(None, (whom.number,))),
        recipients_total=1,
        kind="text" if row.kind is SendKind.TEXT else "template",
    )


def bind(turn: Turn, account_id: int, source_ids: Iterable[str]) -> tuple[int, ...]:
    """Tie sendings to their messages and say of each whether it is an answer; return conversations whose clock moves.

    What a person wrote is one; a template is none unless the firm says so, and at most a holding reply (X6, D4). What
    failed has not arrived and stops nothing. Safe to repeat, in any order of statuses and messages.
    """
    wanted = sorted({clean(source_id, 1000) for source_id in source_ids})
    touched = set()
    rows = turn.session.execute(
        select(Sending, Message, Template)
        .join(Message, (Message.account_id == Sending.account_id) & (Message.source_id == Sending.source_id))
        .outerjoin(Template, Template.id == Sending.template_id)
        .where(Sending.account_id == account_id, Sending.source_id.in_(wanted), Sending.source_id != "")
    ).all()
    for row, message, template in rows:
        failed = _fate(turn, row)[0] == _FAILED
        answers = template is None or template.answers
        interim = template is not None and template.holding and not answers
        # Later a person may have said otherwise (actions/hold.py): statuses that come after that change nothing of it.
        holding = interim if row.message_id is None else message.holding
        row.message_id = message.id
        counts = not failed and (answers or interim)
        if (message.opens_clock, message.holding) != (counts, holding):
            message.opens_clock, message.holding = counts, holding
            touched.add(message.conversation_id)
    turn.session.flush()
    return tuple(sorted(touched))
