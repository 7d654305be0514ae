"""Decisions and the acts they belong to: adding, undoing, and who did what last."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select

from models.decision import Confirmation, Decision
from models.message import Conversation, Message
from models.terms import Category, Origin
from service.errors import NotFound
from service.store import reach, settings, tallies
from service.turn import Turn


def open_act(turn: Turn, category: Category, before: Mapping[str, Any]) -> Confirmation:
    """Start one act of a person; `before` holds the keys and conversations as they were."""
    act = Confirmation(
        id=uuid4().hex,
        at=turn.now,
        member_id=turn.actor.member_id,
        category=category,
        messages=0,
        conversations=len(before["conversations"]),
        keys_before=before["keys"],
        conversations_before=before["conversations"],
    )
    turn.session.add(act)
    turn.session.flush()
    return act


def add(turn: Turn, messages: Sequence[Message], category: Category, confirmation_id: str) -> None:
    """Add a person's decision for each message."""
    if messages:
        turn.session.connection().execute(
            insert(Decision),
            [
                {
                    "message_id": m.id,
                    "confirmation_id": confirmation_id,
                    "at": turn.now,
                    "member_id": turn.actor.member_id,
                    "origin": Origin.PERSON,
                    "previous": m.category,
                    "category": category,
                    "suggested": m.suggested,
                    "confidence": m.confidence,
                    "step": m.step,
                    "reason": m.reason,
                }
                for m in messages
            ],
        )
        zone = ZoneInfo(settings.zone(turn))
        deltas = []
        for m in messages:
            row = SimpleNamespace(at=turn.now, category=category, suggested=m.suggested, previous=m.category)
            deltas.append(tallies.decided(row, m.account_id, zone))
        tallies.apply(turn, deltas)


def act(turn: Turn, confirmation_id: str) -> Confirmation:
    """Return one act. Raises NotFound, the same for one that is missing and one on conversations out of reach."""
    found = turn.session.get(Confirmation, confirmation_id)
    if found is None or not _in_reach(turn, [row["id"] for row in found.conversations_before]):
        raise NotFound("Diese Einordnung gibt es nicht.")
    return found


def _in_reach(turn: Turn, conversation_ids: Sequence[int]) -> bool:
    conditions = reach.mine(turn)
    if not conditions:
        return True
    found = 0
    for start in range(0, len(conversation_ids), 500):
        some = Conversation.id.in_(conversation_ids[start : start + 500])
        found += turn.session.scalar(select(func.count()).select_from(Conversation).where(some, *conditions)) or 0
    return found == len(set(conversation_ids))


def of_act(turn: Turn, confirmation_id: str) -> Sequence[Decision]:
    """Return the decisions of one act that are still the newest of their message; acts taken back do not count."""
    mine = select(Decision.message_id).where(Decision.confirmation_id == confirmation_id)
    newest = (
        select(func.max(Decision.id))
        .outerjoin(Confirmation, Confirmation.id == Decision.confirmation_id)
        .where(Decision.message_id.in_(mine), Confirmation.undone_at.is_(None))
        .group_by(Decision.message_id)
    )
    return turn.session.scalars(
        select(Decision).where(Decision.confirmation_id == confirmation_id, Decision.id.in_(newest))
    ).all()


def withdraw(turn: Turn, decisions: Mapping[Decision, Category | None]) -> None:
    """Add the withdrawal of each decision: back to the class that is given beside it."""
    if decisions:
        turn.session.connection().execute(
            insert(Decision),
            [
                {
                    "message_id": d.message_id,
                    "confirmation_id": d.confirmation_id,
                    "at": turn.now,
                    "member_id": turn.actor.member_id,
                    "origin": Origin.RUECKNAHME,
                    "previous": d.category,
                    "category": earlier,
                    "suggested": d.suggested,
                    "confidence": d.confidence,
                    "step": d.step,
                    "reason": d.reason,
                }
                for d, earlier in decisions.items()
            ],
        )
        _uncount(turn, [d for d in decisions if d.origin is Origin.PERSON])


def _uncount(turn: Turn, made: Sequence[Decision]) -> None:
    """Take decisions of people out of the counts of the day on which they were made."""
    zone = ZoneInfo(settings.zone(turn))
    for start in range(0, len(made), 500):
        some = made[start : start + 500]
        places = select(Message.id, Message.account_id).where(Message.id.in_([d.message_id for d in some]))
        accounts = dict(turn.session.execute(places).all())
        tallies.apply(turn, [tallies.times(tallies.decided(d, accounts[d.message_id], zone), -1) for d in some])


def before(turn: Turn, decision: Decision) -> tuple[Category | None, Origin | None, datetime | None]:
    """Return the class before `decision`, by whom and when it was made, as if acts taken back had never been.

    (None, None, None) when there was none.
    """
    earlier = turn.session.execute(
        select(Decision, Confirmation.undone_at)
        .outerjoin(Confirmation, Confirmation.id == Decision.confirmation_id)
        .where(
            Decision.message_id == decision.message_id,
            Decision.id < decision.id,
            Decision.origin != Origin.RUECKNAHME,
        )
        .order_by(Decision.id.desc())
    )
    category = decision.previous
    for said, undone_at in earlier:
        if undone_at is None:
            return (category, said.origin, said.at) if category else (None, None, None)
        category = said.previous
    return category, Origin.REGEL if category else None, None
