"""What the watch over the classifier counts: suggestions that people answered, automatic answers, shares of classes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from models.decision import Confirmation, Decision
from models.learning import Observation, Recheck
from models.message import Conversation, Message
from models.terms import Category, Direction, Origin, Step
from service.domain.days import local_day
from service.domain.watching import Case
from service.store import reach, settings
from service.store.ids import first_of
from service.turn import Turn

# How far back figures go, and the shorter period that drift compares with the time before it.
PAST = timedelta(days=90)
LATELY = timedelta(days=28)
_MOST = 50_000
# When a person let a step act alone again: only what came after counts against it.
ALLOWED = "steps_allowed"


def cases(turn: Turn, since: datetime) -> tuple[Case, ...]:
    """Return the suggestions that people answered since then, in that order; of one message the last answer counts."""
    rows = turn.session.execute(
        select(Decision, Message.conversation_id, Recheck.id)
        .join(Confirmation, Confirmation.id == Decision.confirmation_id)
        .join(Message, Message.id == Decision.message_id)
        .outerjoin(Recheck, (Recheck.message_id == Decision.message_id) & (Recheck.answered_at == Decision.at))
        .where(
            Confirmation.at >= since,
            Confirmation.undone_at.is_(None),
            Decision.origin == Origin.PERSON,
            Decision.suggested.is_not(None),
            Decision.category.is_not(None),
        )
        .order_by(Decision.id.desc())
        .limit(_MOST)
    ).all()
    last: dict[bytes, Case] = {}
    for said, conversation_id, blind in reversed(rows):
        last.pop(said.message_id, None)
        if said.suggested is not None and said.category is not None:
            automatic = said.previous is said.suggested
            last[said.message_id] = Case(
                said.step, said.suggested, said.confidence, said.category, automatic, blind is not None, conversation_id
            )
    return tuple(last.values())


def automatic(turn: Turn, since: datetime) -> dict[Step, int]:
    """Return how many messages since then each step settled alone (also those that a person changed later)."""
    rows = turn.session.execute(
        select(Message.step, func.count())
        .where(Message.id >= first_of(since), Message.direction == Direction.EINGANG, Message.origin == Origin.REGEL)
        .group_by(Message.step)
    )
    return {step: int(count) for step, count in rows}


def shares(turn: Turn, since: datetime, until: datetime) -> dict[str, int]:
    """Return how many inbound messages of a period are, or look like, each class ("" for neither)."""
    looks = func.coalesce(Message.category, Message.suggested)
    rows = turn.session.execute(
        select(looks, func.count())
        .where(Message.id >= first_of(since), Message.id < first_of(until), Message.direction == Direction.EINGANG)
        .group_by(looks)
    )
    return {Category(name).value if name else "": int(count) for name, count in rows}


def newcomers(turn: Turn, since: datetime) -> tuple[int, int]:
    """Return how many senders wrote since then, and how many of them never had before."""
    late = (
        select(Message.sender)
        .where(Message.id >= first_of(since), Message.direction == Direction.EINGANG, Message.sender != "")
        .group_by(Message.sender)
        .subquery()
    )
    earlier = aliased(Message)
    known = exists().where(earlier.sender == late.c.sender, earlier.received_at < since)
    whole = turn.session.scalar(select(func.count()).select_from(late)) or 0
    new = turn.session.scalar(select(func.count()).select_from(late).where(~known)) or 0
    return int(whole), int(new)


def put(turn: Turn, name: str, value: dict[str, Any]) -> None:
    """Store a figure of today; a second look on the same day replaces it."""
    day = local_day(turn.now).isoformat()
    found = turn.session.get(Observation, (day, name))
    if found is None:
        turn.session.add(Observation(day=day, name=name, value=value))
    else:
        found.value = value
    turn.session.flush()


def latest(turn: Turn, name: str) -> dict[str, Any]:
    """Return the newest value of a figure; empty before the first look."""
    found = turn.session.scalars(
        select(Observation.value).where(Observation.name == name).order_by(Observation.day.desc()).limit(1)
    ).first()
    return found or {}


def held(turn: Turn) -> frozenset[Step]:
    """Return the steps that only suggest, because too many of their answers were wrong."""
    return frozenset(Step(step) for step in settings.get(turn, settings.SUGGEST_ONLY, []))


def allowed(turn: Turn) -> Mapping[Step, datetime]:
    """Return since when steps may act alone again, of those that a person let do so."""
    stored = settings.get(turn, ALLOWED, {})
    return {Step(step): datetime.fromisoformat(at) for step, at in stored.items()}


def behind(turn: Turn, found: Sequence[Case], most: int) -> tuple[tuple[Case, Conversation], ...]:
    """Return cases with their conversations, as far as the member may open them, the newest first."""
    ids = [case.conversation_id for case in found]
    seen: dict[int, Conversation] = {}
    for start in range(0, len(ids), 500):
        some = Conversation.id.in_(ids[start : start + 500])
        seen.update((row.id, row) for row in turn.session.scalars(select(Conversation).where(some, *reach.mine(turn))))
    mine = [(case, seen[case.conversation_id]) for case in reversed(found) if case.conversation_id in seen]
    return tuple(mine[:most])
