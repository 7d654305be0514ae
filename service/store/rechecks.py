"""Blind questions: a twentieth of the automatic answers is asked again of people who do not see the first answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import object_session

from models.learning import Recheck
from models.message import Conversation, Message
from models.terms import Category, Direction, Origin, Step
from service.store.ids import first_of
from service.turn import Turn

_SHARE = 0.05
# One sender is asked about once a month at most, and so many questions wait at a time: nobody shall be kept busy.
_AGAIN = timedelta(days=30)
_OPEN = 20
_LOOKED_AT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many blind questions wait, how many were answered, and how many answers were the same."""

    waiting: int
    answered: int
    same: int


def chosen(message_id: bytes) -> bool:
    """Say whether an automatic answer is one of the twentieth that is asked again: by its id alone."""
    return int.from_bytes(sha256(message_id).digest()[:4], "big") < _SHARE * (1 << 32)


def draw(turn: Turn) -> int:
    """Ask again about automatic answers of the last two days; returns how many questions are new."""
    room = _OPEN - (turn.session.scalar(select(func.count()).select_from(_open().subquery())) or 0)
    found = turn.session.execute(
        select(Message.id, Message.conversation_id, Message.category, Message.step, Conversation.peer)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.id >= first_of(turn.now - _LOOKED_AT),
            Message.origin == Origin.REGEL,
            Message.direction == Direction.EINGANG,
            Message.removed_at.is_(None),
            Message.sender == Conversation.peer,
        )
        .order_by(Message.id)
    ).all()
    asked = _asked(turn)
    new = 0
    for message_id, conversation_id, category, step, peer in found:
        if new >= room or category is None or peer in asked or not chosen(message_id):
            continue
        asked.add(peer)
        new += 1
        turn.session.add(
            Recheck(
                conversation_id=conversation_id, message_id=message_id, asked_at=turn.now, category=category, step=step
            )
        )
    turn.session.flush()
    return new


def _open() -> Select[int]:
    return select(Recheck.conversation_id).where(Recheck.answered_at.is_(None))


def _asked(turn: Turn) -> set[str]:
    return set(
        turn.session.scalars(
            select(Conversation.peer)
            .join(Recheck, Recheck.conversation_id == Conversation.id)
            .where(Recheck.asked_at > turn.now - _AGAIN)
        )
    )


def waiting() -> Select[int]:
    """Return the query for conversations with an unanswered blind question."""
    return _open()


def open_of(turn: Turn, conversation_ids: Iterable[int]) -> frozenset[int]:
    """Return which of these conversations have an unanswered blind question."""
    wanted, found = list(conversation_ids), set[int]()
    for start in range(0, len(wanted), 500):
        found.update(turn.session.scalars(_open().where(Recheck.conversation_id.in_(wanted[start : start + 500]))))
    return frozenset(found)


def masked(turn: Turn, found: Sequence[Conversation]) -> frozenset[int]:
    """Blank the earlier answer on conversations with a blind question, in memory alone; return which these are."""
    blind = open_of(turn, (conversation.id for conversation in found))
    for conversation in found:
        if conversation.id in blind:
            # Out of the session, so that nothing of this is ever written.
            turn.session.expunge(conversation)
            conversation.category = conversation.suggested = None
            conversation.company_id = conversation.person_id = None
            conversation.confidence, conversation.step, conversation.reason = 0.0, Step.KEINER, ""
    return blind


def is_masked(conversation: Conversation) -> bool:
    """Say whether a conversation was blanked by `masked`: only then it belongs to no session any more."""
    return object_session(conversation) is None


def answer(turn: Turn, conversation_ids: Sequence[int], category: Category) -> None:
    """Note what a person said to the blind questions of these conversations."""
    for start in range(0, len(conversation_ids), 500):
        turn.session.execute(
            update(Recheck)
            .where(Recheck.conversation_id.in_(conversation_ids[start : start + 500]), Recheck.answered_at.is_(None))
            .values(answer=category, answered_at=turn.now, member_id=turn.actor.member_id)
        )


def reopen(turn: Turn, conversation_ids: Sequence[int], answered_at: datetime) -> None:
    """Ask again what was answered by an act that was taken back."""
    turn.session.execute(
        update(Recheck)
        .where(Recheck.conversation_id.in_(conversation_ids), Recheck.answered_at == answered_at)
        .values(answer=None, answered_at=None, member_id=None)
    )


def tally(turn: Turn, since: datetime) -> Tally:
    """Return how blind questions asked since then were answered."""
    rows = turn.session.execute(
        select(Recheck.category, Recheck.answer, func.count())
        .where(Recheck.asked_at >= since)
        .group_by(Recheck.category, Recheck.answer)
    ).all()
    waiting_ = sum(count for _, answered, count in rows if answered is None)
    answered_ = sum(count for _, answered, count in rows if answered is not None)
    return Tally(waiting_, answered_, sum(count for before, answered, count in rows if answered is before))
