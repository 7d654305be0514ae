"""Hand-back: what came in while a member was away, who answered it in which part, and what is open (S4.83)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from models.base import Instant
from models.clock_event import ClockEvent
from models.duty import Absence
from models.message import Conversation, Message
from models.staff import Member
from models.terms import ClockKind, ConversationState, Direction
from service.store import absences, duty, grants
from service.turn import Turn

PAGE = 50


@dataclass(frozen=True, slots=True)
class Answered:
    """How many windows ended by an answer, and from whom it came: in which part, never how fast each one was."""

    self: int = 0
    deputy: int = 0
    colleague: int = 0
    mailbox: int = 0

    @property
    def total(self) -> int:
        """Return all answers together."""
        return self.self + self.deputy + self.colleague + self.mailbox


@dataclass(frozen=True, slots=True)
class Summary:
    """What a member finds on return. `open` are waiting conversations, those due first, at most a page of them.

    `kept` were taken over by a deputy by hand and stay there; `without_answer` were closed as needing none.
    """

    from_at: datetime
    until_at: datetime
    messages: int
    conversations: int
    answered: Answered
    without_answer: int
    unclassified: int
    waiting: int
    kept: int
    deputies: tuple[str, ...]
    open: Sequence[Conversation]


def waiting(turn: Turn, member_id: int, *limits: ColumnElement[bool]) -> int:
    """Return how many conversations of a member wait for an answer, whoever stands in for him."""
    return _count(turn, duty.of_member(turn, member_id), *_waits(), *limits)


def open_items(turn: Turn, member_id: int, *limits: ColumnElement[bool]) -> Sequence[Conversation]:
    """Return a page of the conversations of a member that wait for an answer, those due first."""
    return turn.session.scalars(
        select(Conversation)
        .where(duty.of_member(turn, member_id), *_waits(), *limits)
        .order_by(Conversation.due_at, Conversation.id)
        .limit(PAGE)
    ).all()


def summary(turn: Turn, absence: Absence, limits: tuple[ColumnElement[bool], ...] = ()) -> Summary:
    """Return what happened in an absence up to now or to its end; absences handed back together count as one.

    `limits` are the conditions under which a reader may open a conversation of the list.
    """
    start, end = _period(turn, absence)
    own = duty.of_member(turn, absence.member_id)
    deputies = grants.holders(turn, absence.id)
    came = (
        Message.direction == Direction.EINGANG,
        Message.received_at >= start,
        Message.received_at < end,
        Message.removed_at.is_(None),
        ~Message.answers,
    )
    found = turn.session.execute(
        select(func.count(), func.count(Message.conversation_id.distinct()))
        .select_from(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(own, *came)
    ).one()
    names = dict(turn.session.execute(select(Member.id, Member.name).where(Member.id.in_(deputies))).all())
    return Summary(
        from_at=start,
        until_at=end,
        messages=found[0],
        conversations=found[1],
        answered=_answered(turn, own, (absence.member_id, deputies), (start, end)),
        without_answer=_ended(turn, own, (start, end)),
        unclassified=_count(turn, own, Conversation.unclassified > 0),
        waiting=_count(turn, own, *_waits()),
        kept=_count(turn, *_kept(deputies, (start, end))),
        deputies=tuple(names[number] for number in deputies),
        open=open_items(turn, absence.member_id, *limits),
    )


def _period(turn: Turn, absence: Absence) -> tuple[datetime, datetime]:
    end = min(absences.over_at(absence), turn.now)
    if absence.handed_back_at is None:
        return absence.from_at, max(end, absence.from_at)
    together = turn.session.execute(
        select(func.min(Absence.from_at, type_=Instant())).where(
            Absence.member_id == absence.member_id, Absence.handed_back_at == absence.handed_back_at
        )
    ).scalar_one()
    return together, end


def _waits() -> tuple[ColumnElement[bool], ...]:
    return (Conversation.state == ConversationState.OFFEN, Conversation.waiting_since.is_not(None))


def _count(turn: Turn, *conditions: ColumnElement[bool]) -> int:
    return int(turn.session.execute(select(func.count()).select_from(Conversation).where(*conditions)).scalar_one())


def _kept(deputies: Sequence[int], period: tuple[datetime, datetime]) -> tuple[ColumnElement[bool], ...]:
    return (
        *_waits(),
        Conversation.assignee_id.in_(deputies),
        Conversation.assigned_by_id == Conversation.assignee_id,
        Conversation.assigned_at >= period[0],
        Conversation.assigned_at < period[1],
    )


def _ended(turn: Turn, own: ColumnElement[bool], period: tuple[datetime, datetime]) -> int:
    return int(
        turn.session.execute(
            select(func.count())
            .select_from(ClockEvent)
            .join(Conversation, Conversation.id == ClockEvent.conversation_id)
            .where(
                own,
                ClockEvent.kind == ClockKind.ENDE_OHNE_ANTWORT,
                ClockEvent.at >= period[0],
                ClockEvent.at < period[1],
            )
        ).scalar_one()
    )


def _answered(
    turn: Turn, own: ColumnElement[bool], who: tuple[int, Sequence[int]], period: tuple[datetime, datetime]
) -> Answered:
    """Count the answers by the part of who wrote them, told by the address that a mail names; chats name nobody."""
    member_id, deputies = who
    parts: dict[str, str] = {}
    for number, address in turn.session.execute(select(Member.id, Member.address).where(Member.address != "")):
        parts[address.lower()] = "self" if number == member_id else "deputy" if number in deputies else "colleague"
    rows = turn.session.execute(
        select(ClockEvent.id, Message.submitter, Message.sender)
        .join(Conversation, Conversation.id == ClockEvent.conversation_id)
        .join(
            Message,
            (Message.conversation_id == ClockEvent.conversation_id)
            & (Message.received_at == ClockEvent.at)
            # Whoever wrote from a mailbox of his own is seen by the copy that came in.
            & ((Message.direction == Direction.AUSGANG) | Message.answers),
        )
        .where(own, ClockEvent.kind == ClockKind.STOPP, ClockEvent.at >= period[0], ClockEvent.at < period[1])
        .order_by(ClockEvent.id, Message.id)
    )
    found = {event: parts.get(submitter.lower()) or parts.get(sender.lower()) for event, submitter, sender in rows}
    said = [part or "mailbox" for part in found.values()]
    return Answered(*(said.count(part) for part in ("self", "deputy", "colleague", "mailbox")))
