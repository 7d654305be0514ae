"""Who changed a conversation last, what and when: the sentence for the person who comes second."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from models.decision import Decision
from models.message import Conversation, Message
from models.staff import Member
from models.trail import Trail
from service.domain.days import LOCAL, local_day
from service.turn import Turn

# The verbs that the trail knows of a conversation; what else stands there is shown as it is.
STATE, TAKEN, HANDED, GIVEN_BACK, WITHDRAWN = (
    "Zustand geändert",
    "Übernommen",
    "Übergeben",
    "Zurückgegeben",
    "Zuweisung zurückgenommen",
)
# A statement names at most so many values at once.
_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that somebody did, as people read it."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class _Change:
    at: datetime
    member_id: int | None
    what: str


def word(turn: Turn, conversation: Conversation) -> str:
    """Return in German who changed a conversation last, what and when."""
    return words(turn, [conversation])[conversation.id]


def words(turn: Turn, conversations: Sequence[Conversation]) -> dict[int, str]:
    """Return by conversation id who changed it last, what and when; three queries, however many there are."""
    ids = [conversation.id for conversation in conversations]
    found = _decided(turn, ids)
    for number, change in _noted(turn, ids).items():
        if number not in found or change.at >= found[number].at:
            found[number] = change
    names = _names(turn, (change.member_id for change in found.values()))
    return {number: _sentence(turn, found.get(number), names) for number in ids}


def history(turn: Turn, conversation_id: int, most: int = 50) -> tuple[Change, ...]:
    """Return what people did with a conversation apart from classifying it, newest first."""
    lines = turn.session.scalars(
        select(Trail).where(Trail.about == f"conversation:{conversation_id}").order_by(Trail.id.desc()).limit(most)
    ).all()
    names = _names(turn, [number for line in lines for number in (line.member_id, _assignee(line.after))])
    return tuple(Change(line.at, names.get(line.member_id or 0, "Postlotse"), _what(line, names)) for line in lines)


def _decided(turn: Turn, ids: Sequence[int]) -> dict[int, _Change]:
    found: dict[int, _Change] = {}
    for start in range(0, len(ids), _AT_ONCE):
        newest = (
            select(func.max(Decision.id))
            .join(Message, Message.id == Decision.message_id)
            .where(Message.conversation_id.in_(ids[start : start + _AT_ONCE]))
            .group_by(Message.conversation_id)
        )
        rows = turn.session.execute(
            select(Message.conversation_id, Decision.at, Decision.member_id, Decision.category)
            .join(Message, Message.id == Decision.message_id)
            .where(Decision.id.in_(newest))
        )
        for number, at, member_id, category in rows:
            found[number] = _Change(at, member_id, category.value if category else "zurückgenommen")
    return found


def _noted(turn: Turn, ids: Sequence[int]) -> dict[int, _Change]:
    found: dict[int, _Change] = {}
    for start in range(0, len(ids), _AT_ONCE):
        abouts = {f"conversation:{number}": number for number in ids[start : start + _AT_ONCE]}
        newest = select(func.max(Trail.id)).where(Trail.about.in_(abouts)).group_by(Trail.about)
        lines = turn.session.scalars(select(Trail).where(Trail.id.in_(newest))).all()
        receivers = _names(turn, (_assignee(line.after) for line in lines))
        for line in lines:
            found[abouts[line.about]] = _Change(line.at, line.member_id, _what(line, receivers))
    return found


def _assignee(after: Any) -> int | None:
    return after.get("assignee") if isinstance(after, dict) else None


def _what(line: Trail, receivers: dict[int, str]) -> str:
    if line.verb == HANDED:
        return f"an {receivers.get(_assignee(line.after) or 0, 'jemand anderen')} übergeben"
    if line.verb == STATE:
        return f"Zustand „{line.after}“"
    return {TAKEN: "übernommen", GIVEN_BACK: "Zuweisung aufgehoben"}.get(line.verb, line.verb)


def _names(turn: Turn, member_ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {number for number in member_ids if number is not None}
    if not wanted:
        return {}
    return {number: name for number, name in turn.session.execute(select(Member.id, Member.name)) if number in wanted}


def _sentence(turn: Turn, change: _Change | None, names: dict[int, str]) -> str:
    if change is None:
        return "Diese Konversation hat sich inzwischen geändert."
    when = _when(change.at, turn.now)
    if change.member_id is not None and change.member_id == turn.actor.member_id:
        return f"Sie haben das inzwischen selbst geändert: {change.what} ({when})."
    return f"{names.get(change.member_id or 0, 'Eine Regel')} war schneller: {change.what} ({when})."


def _when(at: datetime, now: datetime) -> str:
    local, today = at.astimezone(LOCAL), local_day(now)
    if local.date() == today:
        return f"{local:%H:%M} Uhr"
    if local.date() == today - timedelta(days=1):
        return f"gestern, {local:%H:%M} Uhr"
    return f"{local:%d.%m.%Y, %H:%M} Uhr"
