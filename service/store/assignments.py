"""Who was made responsible by hand: the state of a conversation, the act that changed it, and the receiver's notice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, case, delete, or_, select, update

from models.duty import Notice
from models.message import Conversation
from models.staff import Member
from models.terms import ConversationState, NoticeKind
from models.trail import Trail
from service.domain.duty import WORKING
from service.errors import Conflict, NotFound
from service.store import latest, notices, reach, trail
from service.store.notices import Told
from service.store.prepared import Prepared
from service.turn import Turn

_ABOUT = "assignment:"


@dataclass(frozen=True, slots=True)
class Held:
    """Who is responsible by hand, until when, made so by whom and when; all empty = nobody by hand."""

    assignee_id: int | None = None
    due_at: datetime | None = None
    by_id: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One act as the trail keeps it: what was before, by conversation, and what it made."""

    id: str
    before: dict[int, Held]
    after: Held


def held(conversation: Conversation) -> Held:
    """Return the hand assignment of a conversation."""
    return Held(
        conversation.assignee_id,
        conversation.assignee_due_at,
        conversation.assigned_by_id,
        conversation.assigned_at,
    )


def those(turn: Turn, conversation_ids: Sequence[int]) -> list[Conversation]:
    """Return these conversations, in reach or not: what the caller has just changed."""
    turn.session.flush()
    found: list[Conversation] = []
    for start in range(0, len(conversation_ids), 500):
        some = Conversation.id.in_(conversation_ids[start : start + 500])
        found += turn.session.scalars(select(Conversation).where(some))
    return found


def reached(turn: Turn, conversation_ids: Sequence[int]) -> list[Conversation]:
    """Return those of these conversations that are in reach."""
    if not conversation_ids:
        return []
    found = select(Conversation).where(Conversation.id.in_(conversation_ids[:500]), *reach.mine(turn))
    return list(turn.session.scalars(found))


def put(turn: Turn, conversation: Conversation, after: Held, verb: str) -> None:
    """Change the hand assignment of a held conversation and note it in the trail."""
    trail.note(turn, verb, f"conversation:{conversation.id}", _plain(held(conversation)), _plain(after))
    conversation.assignee_id, conversation.assignee_due_at = after.assignee_id, after.due_at
    conversation.assigned_by_id, conversation.assigned_at = after.by_id, after.at
    conversation.version += 1


def keep(turn: Turn, verb: str, before: dict[int, Held], after: Held) -> str:
    """Note an act as a whole, so that it can be taken back; returns its id."""
    act = uuid4().hex
    trail.note(
        turn, verb, _ABOUT + act, [{"id": number} | _plain(one) for number, one in before.items()], _plain(after)
    )
    return act


def act(turn: Turn, act_id: str) -> Act:
    """Return an act of this person. Raises NotFound, and Conflict when it was taken back already."""
    lines = turn.session.scalars(select(Trail).where(Trail.about == _ABOUT + act_id).order_by(Trail.id)).all()
    if not lines or lines[0].member_id != turn.actor.member_id:
        raise NotFound("Diese Zuweisung gibt es nicht.")
    if len(lines) > 1:
        raise Conflict("Diese Zuweisung wurde schon zurückgenommen.")
    return Act(act_id, {row["id"]: _read(row) for row in lines[0].before or []}, _read(lines[0].after or {}))


def taken_back(turn: Turn, act_id: str, count: int) -> None:
    """Note that an act was taken back for `count` conversations."""
    trail.note(turn, latest.WITHDRAWN, _ABOUT + act_id, None, {"conversations": count})


def tell(turn: Turn, member_id: int, act_id: str, conversations: Sequence[int]) -> None:
    """Tell the receiver of an act, in one notice however many conversations it has."""
    only = conversations[0] if len(conversations) == 1 else None
    notices.tell(
        turn,
        [
            Told(
                member_id,
                NoticeKind.UEBERGEBEN,
                _dedup(act_id),
                conversation_id=only,
                about_member_id=turn.actor.member_id,
                amount=len(conversations),
            )
        ],
    )


def untell(turn: Turn, act_id: str, left: int) -> None:
    """Lower a notice that nobody has seen to what is `left` of its act; nothing left removes it."""
    mine = (Notice.dedup == _dedup(act_id), Notice.seen_at.is_(None))
    if left:
        turn.session.execute(update(Notice).where(*mine).values(amount=left))
    else:
        turn.session.execute(delete(Notice).where(*mine))


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who can be made responsible."""

    id: int
    name: str


# Built once: every list asks this.
COLLEAGUES = Prepared(
    select(Member.id, Member.name).where(Member.active, Member.role.in_(WORKING)).order_by(Member.name)
)


def colleagues(turn: Turn) -> tuple[Colleague, ...]:
    """Return the active members who can be made responsible, by name."""
    return tuple(Colleague(number, name) for number, name in COLLEAGUES.rows(turn))


def _dedup(act_id: str) -> str:
    return f"{NoticeKind.UEBERGEBEN}:{act_id}"


def _plain(one: Held) -> dict[str, Any]:
    return {
        "assignee": one.assignee_id,
        "due": one.due_at.isoformat() if one.due_at else None,
        "by": one.by_id,
        "at": one.at.isoformat() if one.at else None,
    }


def _read(row: dict[str, Any]) -> Held:
    due, at = row["due"], row["at"]
    return Held(
        row["assignee"],
        datetime.fromisoformat(due) if due else None,
        row["by"],
        datetime.fromisoformat(at) if at else None,
    )


def due(conversation: Conversation) -> datetime | None:
    """Return until when the responsible person was asked to see to it; None when it is closed or was answered since."""
    asked, answered = conversation.assigned_at, conversation.last_outbound_at
    if conversation.state is not ConversationState.OFFEN or asked is None:
        return None
    return None if answered is not None and answered > asked else conversation.assignee_due_at


def tightest() -> ColumnElement[Any]:
    """Return the nearer of answer deadline and the day asked for at hand-over, as SQL; NULL without either."""
    asked = case(
        (
            and_(
                Conversation.state == ConversationState.OFFEN,
                or_(
                    Conversation.last_outbound_at.is_(None),
                    Conversation.last_outbound_at <= Conversation.assigned_at,
                ),
            ),
            Conversation.assignee_due_at,
        ),
        else_=None,
    )
    return case(
        (or_(asked.is_(None), Conversation.due_at <= asked), Conversation.due_at),
        else_=asked,
    )
