"""Conversations one after the other for other programs: the newest change first, page after page, none twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select

from models.account import Account
from models.message import Conversation
from models.terms import Channel, ConversationState
from service.domain.duty import Duty
from service.store import duty, listing, lookup, reach
from service.store.behind import OPEN, WAITING
from service.store.listing import Filter
from service.turn import Turn

MOST = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which conversations, and where to go on: `after` is the place (last_at, id) of the last one that was given.

    `snoozed` are those that somebody put aside until an instant to come. `figure` are the rows behind a key figure;
    its scope then names mailboxes and channel.
    """

    channel: Channel | None = None
    state: ConversationState | None = None
    waiting: bool = False
    snoozed: bool = False
    account_ids: tuple[int, ...] | None = None
    figure: Filter | None = None
    after: tuple[datetime, int] | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A conversation with the name of its mailbox or number, and who is responsible for it."""

    conversation: Conversation
    account: str
    duty: Duty
    responsible: str


def page(turn: Turn, asked: Asked) -> tuple[tuple[Line, ...], str]:
    """Return the next conversations in reach, and the mark from which the page after them goes on ("" at the end).

    A conversation that gets a message meanwhile moves to the front: it comes again with a new reading, never missed.
    """
    query = select(Conversation).where(*reach.mine(turn)) if asked.figure is None else listing.query(turn, asked.figure)
    if asked.channel is not None:
        query = query.where(Conversation.channel == asked.channel)
    if asked.state is not None:
        query = query.where(Conversation.state == asked.state)
    if asked.waiting:
        query = query.where(OPEN, WAITING)
    if asked.snoozed:
        query = query.where(Conversation.snoozed_until > turn.now)
    if asked.account_ids is not None:
        query = query.where(Conversation.account_id.in_(asked.account_ids))
    if asked.after is not None:
        at, number = asked.after
        query = query.where(Conversation.last_at <= at, or_(Conversation.last_at < at, Conversation.id < number))
    query = query.order_by(Conversation.last_at.desc(), Conversation.id.desc()).limit(asked.limit + 1)
    found = turn.session.scalars(query).all()
    shown = found[: asked.limit]
    return lines(turn, shown), mark(shown[-1]) if len(found) > len(shown) else ""


def one(turn: Turn, conversation_id: int) -> Line:
    """Return one conversation. Raises NotFound, also when it is out of reach."""
    return lines(turn, [lookup.conversation(turn, conversation_id)])[0]


def lines(turn: Turn, found: Sequence[Conversation]) -> tuple[Line, ...]:
    """Return conversations with mailbox and responsible person, in the same order."""
    accounts: Mapping[int, str] = dict(turn.session.execute(select(Account.id, Account.name)).all())
    duties, names = duty.responsible(turn, found), duty.names(turn)
    return tuple(
        Line(c, accounts.get(c.account_id, ""), duties[c.id], names.get(duties[c.id].member_id or 0, "")) for c in found
    )


def mark(conversation: Conversation) -> str:
    """Return the place of a conversation in the stream as text for an address."""
    return f"{(conversation.last_at - _EPOCH) // timedelta(microseconds=1)}-{conversation.id}"


def place(text: str) -> tuple[datetime, int]:
    """Return what a mark says. Raises ValueError for one that nobody gave out."""
    micros, _, number = text.partition("-")
    if not (micros.isascii() and micros.isdigit() and number.isascii() and number.isdigit()) or len(text) > 40:
        raise ValueError("no mark")
    try:
        return _EPOCH + timedelta(microseconds=int(micros)), int(number)
    except OverflowError as error:
        raise ValueError("no mark") from error
