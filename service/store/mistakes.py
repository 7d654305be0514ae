"""Which classes people corrected into which others in a month, and from which sender domains most.

Reading ten thousand decisions with their messages takes longer than the rest of a page. What was found is kept in
memory as long as the month has the same decisions: one that is over gets no new ones, and an erased one is missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.pool import Pool

from models.decision import Decision
from models.message import Message
from models.terms import Category, Origin
from service.store import decided, samples
from service.store.decided import Mark
from service.store.engine import READING
from service.turn import Turn

Bounds = tuple[datetime, datetime]
_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Mistake:
    """How often a class was corrected into another, and from which sender domains most."""

    previous: Category
    category: Category
    count: int
    domains: tuple[tuple[str, int], ...] = ()


# By pool, because that is what all sessions of one opened database share, and nobody else.
_FOUND: WeakKeyDictionary[Pool, dict[Bounds, tuple[Mark, tuple[Mistake, ...]]]] = WeakKeyDictionary()


def of_month(turn: Turn, month: str, most: int = 8) -> tuple[Mistake, ...]:
    """Return which class a person corrected into which other in a month, the most frequent first (S4.94).

    What is corrected is the final class a message had, or where it had none, the suggestion that was shown. Only the
    newest decision on a message counts, so that one that was taken back is no error.
    """
    bounds = samples.bounds(turn, month)
    if not turn.session.info.get(READING):
        return _found(turn, bounds)[:most]
    # A page asks twice: in its report and beside it.
    key = ("mistakes", bounds, turn.now)
    if key not in turn.session.info:
        turn.session.info[key] = _known(turn, bounds)
    found: tuple[Mistake, ...] = turn.session.info[key]
    return found[:most]


def _known(turn: Turn, bounds: Bounds) -> tuple[Mistake, ...]:
    months = _FOUND.setdefault(turn.session.connection().engine.pool, {})
    mark = decided.mark(turn, *bounds)
    found = months.get(bounds)
    if found is None or found[0] != mark:
        found = months[bounds] = mark, _found(turn, bounds)
        for month in list(months)[:-_MONTHS]:
            months.pop(month, None)
    return found[1]


def _found(turn: Turn, bounds: Bounds) -> tuple[Mistake, ...]:
    since, until = bounds
    within = (Decision.at >= since, Decision.at < until)
    newest = select(func.max(Decision.id)).where(*within).group_by(Decision.message_id)
    before = func.coalesce(Decision.previous, Decision.suggested)
    counted = turn.session.execute(
        select(before, Decision.category, Message.sender_domain, func.count())
        .join(Message, Message.id == Decision.message_id)
        .where(
            *within,
            Decision.origin == Origin.PERSON,
            Decision.category.is_not(None),
            before != Decision.category,
            Decision.id.in_(newest),
        )
        .group_by(before, Decision.category, Message.sender_domain)
    ).all()
    return _grouped([(Category(p), c, domain, count) for p, c, domain, count in counted if c])


def _grouped(counted: Sequence[tuple[Category, Category, str, int]]) -> tuple[Mistake, ...]:
    pairs: dict[tuple[Category, Category], dict[str, int]] = {}
    for previous, category, domain, count in counted:
        pairs.setdefault((previous, category), {})[domain] = int(count)
    made = [
        Mistake(
            previous,
            category,
            sum(domains.values()),
            tuple(sorted(((d, n) for d, n in domains.items() if d), key=lambda one: (-one[1], one[0]))[:3]),
        )
        for (previous, category), domains in pairs.items()
    ]
    return tuple(sorted(made, key=lambda one: (-one.count, one.previous, one.category)))
