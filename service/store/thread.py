"""Everything that one conversation's page shows: its messages, decisions, clocks, and what is known of its sender."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from models.account import Account
from models.address import registrable
from models.clock_event import ClockEvent
from models.decision import Decision
from models.key import SenderKey
from models.message import Conversation, Message
from models.staff import Member
from models.terms import Category, Direction, Origin, Step
from service.store import reach
from service.turn import Turn

MOST = 200


@dataclass(frozen=True, slots=True)
class Word:
    """One decision as people read it: when, by whom, from what to what, and what was suggested then."""

    at: datetime
    who: str
    origin: Origin
    previous: Category | None
    category: Category | None
    suggested: Category | None
    confidence: float
    step: Step
    confirmation_id: str | None


def messages(turn: Turn, conversation_id: int, most: int = MOST) -> Sequence[Message]:
    """Return the messages of a conversation, newest first; those among them that were deleted in the mailbox."""
    return turn.session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            *reach.within(turn, Message.conversation_id),
        )
        .order_by(Message.received_at.desc(), Message.id.desc())
        .limit(most)
    ).all()


def decisions(turn: Turn, conversation_id: int, most: int = MOST) -> tuple[Word, ...]:
    """Return the decisions on a conversation, newest first; many messages decided in one act count once."""
    rows = turn.session.execute(
        select(Decision, Member.name)
        .join(Message, Message.id == Decision.message_id)
        .outerjoin(Member, Member.id == Decision.member_id)
        .where(Message.conversation_id == conversation_id, *reach.within(turn, Message.conversation_id))
        .order_by(Decision.id.desc())
        .limit(most)
    )
    seen: set[tuple[datetime, Origin, Category | None]] = set()
    found: list[Word] = []
    for row, name in rows:
        same = (row.at, row.origin, row.category)
        if same not in seen:
            seen.add(same)
            found.append(_word(row, name))
    return tuple(found)


def _word(row: Decision, name: str | None) -> Word:
    return Word(
        at=row.at,
        who=name or ("Regel" if row.origin is Origin.REGEL else "Postlotse"),
        origin=row.origin,
        previous=row.previous,
        category=row.category,
        suggested=row.suggested,
        confidence=row.confidence,
        step=row.step,
        confirmation_id=row.confirmation_id,
    )


def keys(turn: Turn, conversation: Conversation) -> Sequence[SenderKey]:
    """Return what the address book knows of the sender: the address first, then its domain."""
    values = [v for v in (conversation.peer, conversation.peer_domain, registrable(conversation.peer)) if v]
    found = turn.session.scalars(select(SenderKey).where(SenderKey.value.in_(values), SenderKey.active)).all()
    return sorted(found, key=lambda key: (-len(key.value), key.source.value))


def last_inbound(turn: Turn, conversation_id: int) -> Message | None:
    """Return the newest inbound message; None in a conversation that only we wrote in."""
    return turn.session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.direction == Direction.EINGANG,
            Message.removed_at.is_(None),
            *reach.within(turn, Message.conversation_id),
        )
        .order_by(Message.received_at.desc(), Message.id.desc())
        .limit(1)
    ).first()


def clock_events(turn: Turn, conversation_id: int, most: int = 50) -> Sequence[ClockEvent]:
    """Return the clock's events, newest first."""
    return turn.session.scalars(
        select(ClockEvent)
        .where(ClockEvent.conversation_id == conversation_id, *reach.within(turn, ClockEvent.conversation_id))
        .order_by(ClockEvent.at.desc())
        .limit(most)
    ).all()


def accounts(turn: Turn, conversation: Conversation) -> tuple[str, ...]:
    """Return the names of the mailboxes in which a conversation lies, that of its first message first."""
    there = select(Message.account_id).where(Message.conversation_id == conversation.id)
    found = turn.session.scalars(
        select(Account)
        .where(or_(Account.id == conversation.account_id, Account.id.in_(there)))
        .order_by(Account.id != conversation.account_id, Account.name)
    )
    return tuple(one.name for one in found)
