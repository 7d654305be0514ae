"""Outreach: how often the firm wrote to each outside address and domain, counted once and kept up while mail comes in.

Counting anew for every page would read every recipient of every mail sent. What is in memory here is exact for the
process that takes mail in; erasures and the mail of other processes follow with the next count, at most an hour later.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.pool import Pool

from models.address import registrable
from models.message import Message, Recipient
from models.terms import Direction
from service.turn import Turn

_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Counted:
    at: datetime
    counts: Counter[str]


# By pool, because that is what all sessions of one opened database share, and nobody else.
_KNOWN: WeakKeyDictionary[Pool, _Counted] = WeakKeyDictionary()


def written_to(turn: Turn) -> Mapping[str, int]:
    """Return how often the firm wrote to each outside address, host and registrable domain. It goes on counting."""
    pool = turn.session.connection().engine.pool
    known = _KNOWN.get(pool)
    if known is None or not timedelta(0) <= turn.now - known.at < _LIFE:
        known = _KNOWN[pool] = _Counted(turn.now, _count(turn))
    return known.counts


def note(turn: Turn, addresses: Iterable[str]) -> None:
    """Count addresses that the firm has just written to."""
    known = _KNOWN.get(turn.session.connection().engine.pool)
    if known is not None:
        for address in addresses:
            known.counts.update(_names(address))


def _count(turn: Turn) -> Counter[str]:
    counts: Counter[str] = Counter()
    rows = turn.session.connection().execute(
        select(Recipient.address, func.count())
        .join(Message, Message.id == Recipient.message_id)
        .where(Message.direction == Direction.AUSGANG)
        .group_by(Recipient.address)
    )
    for address, count in rows:
        for name in _names(address):
            counts[name] += count
    return counts


def _names(address: str) -> set[str]:
    """Return an address with its host and registrable domain; a number alone."""
    host = address.rpartition("@")[2]
    return {address} if host == address else {address, host, registrable(host)} - {""}
