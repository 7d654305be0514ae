"""Messages to which people gave a class in the last days: whether their senders have one class, how long they waited.

Reading them all takes several times as long as a page may. What was read is kept in memory with the mark of the
decisions that it came from. New ones are read after it; whatever else differs (a day began, one was erased) has
everything read again. It is exact, because no class changes without a new decision.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, ColumnElement, Select, String, func, literal_column, select, type_coerce
from sqlalchemy.pool import Pool

from models.base import Instant
from models.decision import Decision
from models.message import Message
from models.terms import Direction, Origin
from service.store import taken_back
from service.store.engine import READING
from service.store.scope import Frame
from service.turn import Turn

_MICROSECONDS = 1_000_000
_SECOND = literal_column(str(_MICROSECONDS), BigInteger)
# More new decisions than these (a rule for thousands) are read with all the others.
_FEW = 500


class Mark(NamedTuple):
    """What tells the decisions of some days from others: how many there are, and the sum of their instants (s)."""

    decisions: int
    seconds: int


class Seen(NamedTuple):
    """One message: its sender as a number (None without), its class now, when it came, its first decision (µs)."""

    sender: int | None
    category: str | None
    came: int
    first: int


@dataclass(frozen=True, eq=False)
class Lately:
    """Messages that people classified since an instant, by id; `mark` and `newest` are of the decisions until now."""

    since: datetime
    later: datetime
    mark: Mark
    newest: int
    messages: Mapping[bytes, Seen]

    @cached_property
    def senders(self) -> tuple[int, int]:
        """How many senders these messages have, and how many of them have one class only."""
        classes: dict[int, str] = {}
        mixed: set[int] = set()
        for one in self.messages.values():
            if one.sender is not None and one.category and classes.setdefault(one.sender, one.category) != one.category:
                mixed.add(one.sender)
        return len(classes), len(classes) - len(mixed)

    @cached_property
    def waits(self) -> list[int]:
        """How long the messages that came since `later` waited for their first decision, in microseconds, sorted."""
        later = round(self.later.timestamp() * _MICROSECONDS)
        return sorted(one.first - one.came for one in self.messages.values() if one.came >= later)


# By pool, because that is what all sessions of one opened database share, and nobody else.
_KNOWN: WeakKeyDictionary[Pool, Lately] = WeakKeyDictionary()


def mark(turn: Turn, since: datetime, until: datetime | None = None) -> Mark:
    """Return the mark of the decisions of a stretch of time (half-open; without `until` it has no end)."""
    ends = () if until is None else (Decision.at < until,)
    count, seconds = turn.session.execute(_marks().where(Decision.at >= since, *ends)).one()
    return Mark(int(count), int(seconds or 0))


def _marks() -> Select[int, int]:
    return select(func.count(), func.sum(type_coerce(Decision.at, BigInteger).op("/")(_SECOND)))


def lately(at: Frame, days: int, waited: int) -> Lately:
    """Return the messages that people classified in the last `days` local days, without what was taken back.

    Its waits are of those that came in the last `waited` local days.
    """
    turn, since, later = at.turn, at.since(days), at.since(waited)
    if not turn.session.info.get(READING):
        return _read(turn, since, later)
    pool = turn.session.connection().engine.pool
    found = _KNOWN.get(pool)
    if found is None or (found.since, found.later) != (since, later):
        found = _KNOWN[pool] = _read(turn, since, later)
    elif _KEY not in at.memo and (now := mark(turn, since)) != found.mark:
        found = _KNOWN[pool] = _after(turn, found, now) or _read(turn, since, later)
    at.memo[_KEY] = True
    return found


_KEY = "decided"


def _read(turn: Turn, since: datetime, later: datetime) -> Lately:
    newest = turn.session.scalar(select(func.max(Decision.id))) or 0
    # The mark first: what is decided meanwhile (PostgreSQL) then makes it an old one.
    now = mark(turn, since)
    return Lately(since, later, now, newest, _messages(turn, Decision.at >= since))


def _after(turn: Turn, before: Lately, now: Mark) -> Lately | None:
    """Return what is known together with new decisions; None where they do not explain how the mark has changed."""
    fresh = turn.session.execute(
        select(Decision.id, Decision.message_id, type_coerce(Decision.at, BigInteger))
        .where(Decision.id > before.newest)
        .order_by(Decision.id)
        .limit(_FEW + 1)
    ).all()
    count, seconds = before.mark
    if len(fresh) > _FEW or now != (count + len(fresh), seconds + sum(at // _MICROSECONDS for _, _, at in fresh)):
        return None
    touched = {message_id for _, message_id, _ in fresh}
    # The addition keeps SQLite from walking through all decisions of these days.
    since = type_coerce(type_coerce(Decision.at, BigInteger) + literal_column("0"), Instant) >= before.since
    again = _messages(turn, since, Decision.message_id.in_(touched))
    kept = {number: one for number, one in before.messages.items() if number not in touched}
    newest = max((number for number, *_ in fresh), default=before.newest)
    return Lately(before.since, before.later, now, newest, kept | again)


def _messages(turn: Turn, *which: ColumnElement[bool]) -> dict[bytes, Seen]:
    made = (
        select(
            Message.id,
            Message.sender,
            type_coerce(Message.category, String),
            type_coerce(Message.received_at, BigInteger),
            type_coerce(Decision.at, BigInteger),
        )
        .join(Decision, Decision.message_id == Message.id)
        .where(
            Decision.origin == Origin.PERSON,
            ~taken_back.condition(),
            Message.direction == Direction.EINGANG,
            *which,
        )
    )
    found: dict[bytes, Seen] = {}
    for number, sender, category, came, first in turn.session.connection().execute(made):
        known = found.get(number)
        if known is None or first < known.first:
            found[number] = Seen(hash(sender) if sender else None, category, came, first)
    return found
