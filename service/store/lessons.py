"""What people confirmed, as examples to learn from and as reserved decisions to check with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from models.account import Account
from models.decision import Confirmation, Decision
from models.message import Message
from models.record import MessageRecord
from models.terms import Category, Channel, Direction, Origin
from service.store import rows, settings
from service.turn import Turn

# The newest confirmed messages are enough: a model forgets what a firm no longer gets.
MOST = 20_000
# One person's changes of earlier decisions that count for the reserved set, as a share of it, each local day.
_MOST_CHANGED = 0.01


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One confirmed mail: its class, who said so last and when, and what it had been before (None: nothing)."""

    record: MessageRecord
    category: Category
    previous: Category | None
    member: int
    at: datetime


def confirmed(turn: Turn) -> tuple[Confirmed, ...]:
    """Return the mails whose class a person gave and nobody took back, in the order in which that was said."""
    last = (
        select(Decision.message_id, func.max(Decision.id).label("id"))
        .where(Decision.origin != Origin.REGEL)
        .group_by(Decision.message_id)
        .subquery()
    )
    found = turn.session.execute(
        select(Message, Account.address, Decision)
        .join(last, last.c.message_id == Message.id)
        .join(Decision, Decision.id == last.c.id)
        .join(Account, Account.id == Message.account_id)
        .where(
            Decision.origin == Origin.PERSON,
            Decision.category.is_not(None),
            Message.channel == Channel.EMAIL,
            Message.direction == Direction.EINGANG,
        )
        .order_by(Decision.id.desc())
        .limit(MOST)
    ).all()
    return tuple(
        Confirmed(rows.record(message, address), said.category, said.previous, said.member_id or 0, said.at)
        for message, address, said in reversed(found)
        if said.category is not None
    )


def fair(turn: Turn, reserved: Sequence[Confirmed]) -> list[tuple[MessageRecord, Category]]:
    """Return reserved decisions as they are believed: of what one person changed on one day, only a hundredth counts.

    The rest keeps the class that it had before, so that nobody turns the set that checks models over alone.
    """
    zone = ZoneInfo(settings.zone(turn))
    allowed = max(1, int(len(reserved) * _MOST_CHANGED))
    changed: dict[tuple[int, str], int] = {}
    believed = []
    for each in reserved:
        category = each.category
        if each.previous is not None and each.previous is not each.category:
            day = (each.member, each.at.astimezone(zone).date().isoformat())
            changed[day] = changed.get(day, 0) + 1
            category = each.category if changed[day] <= allowed else each.previous
        believed.append((each.record, category))
    return believed


def acts(turn: Turn) -> int:
    """Return how many acts of confirming stand: what a new model could have learned from."""
    return int(
        turn.session.scalar(select(func.count()).select_from(Confirmation).where(Confirmation.undone_at.is_(None))) or 0
    )
