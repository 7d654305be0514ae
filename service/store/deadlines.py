"""The next deadlines: conversations that wait, the one whose window ends first before all others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, select, union_all

from models.account import Account
from models.message import Conversation
from models.terms import Category, Channel
from service.domain.standing import Running
from service.store import clocks, reach
from service.store.behind import OPEN, WAITING
from service.store.prepared import Ask, Prepared
from service.store.scope import WHOLE_FIRM, Frame, Scope, conversations, frame
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Deadline:
    """A conversation that waits: until when by the target's calendar, by the clock, at Meta, and for free there.

    `windows` are all that run on it, the tightest first.
    """

    conversation_id: int
    channel: Channel
    peer: str
    peer_name: str
    account: str
    category: Category | None
    suggested: Category | None
    waiting_since: datetime
    due_at: datetime
    strict_due_at: datetime
    meta_until: datetime | None
    free_until: datetime | None
    breached: bool
    windows: tuple[Running, ...] = ()


# What a deadline shows; a whole conversation costs three times as much.
_OF_CONVERSATION = (
    *("id", "channel", "peer", "peer_name", "category", "suggested", "opened_at", "waiting_since", "clock"),
    *("due_at", "strict_due_at", "resolve_due_at", "meta_until", "free_until"),
)
_SHOWN = (*_OF_CONVERSATION, "account")


def next_deadlines(turn: Turn, scope: Scope = WHOLE_FIRM, limit: int = 8) -> tuple[Deadline, ...]:
    """Return the open conversations in reach whose windows end first, breached ones before all others."""
    at = frame(turn, scope)
    edges = {channel: at.edge(channel) for channel in Channel}
    mine = reach.mine(turn)
    # What a single member reaches is a condition of its own, built as often as it is asked for.
    asked = ask(at, limit) if not mine else Ask(_soonest(at.place, mine, limit))
    return tuple(
        _deadline(SimpleNamespace(**dict(zip(_SHOWN, one, strict=True))), edges, turn.now) for one in asked.rows(turn)
    )


def ask(at: Frame, limit: int) -> Ask:
    """Return what `next_deadlines` asks for who reaches all."""
    return Ask(_next(at.place, limit))


@lru_cache(maxsize=256)
def _next(place: Scope, limit: int) -> Prepared:
    return _soonest(place, (), limit)


def _soonest(place: Scope, mine: Sequence[ColumnElement[bool]], limit: int) -> Prepared:
    asked = (
        select(*(getattr(Conversation, name) for name in _OF_CONVERSATION), Account.name)
        .join(Account, Account.id == Conversation.account_id)
        .where(Conversation.id.in_(_first(place, mine, limit)))
        .order_by(Conversation.due_at, Conversation.id)
        .limit(limit)
    )
    return Prepared(asked)


def _first(place: Scope, mine: Sequence[ColumnElement[bool]], limit: int) -> CompoundSelect[int]:
    """Return the numbers of the first ones of each channel, which stand in this order in the index."""
    within = (OPEN, WAITING, *conversations(place), *mine)
    order = (Conversation.due_at, Conversation.id)
    channels = tuple(Channel) if place.channel is None else (place.channel,)
    each = (
        select(Conversation.id).where(Conversation.channel == one, *within).order_by(*order).limit(limit).subquery()
        for one in channels
    )
    return union_all(*(select(some.c.id) for some in each))


def _deadline(one: Any, edges: Mapping[Channel, datetime], now: datetime) -> Deadline:
    due_at = one.due_at or one.opened_at
    return Deadline(
        conversation_id=one.id,
        channel=one.channel,
        peer=one.peer,
        peer_name=one.peer_name,
        account=one.account,
        category=one.category,
        suggested=one.suggested,
        waiting_since=one.waiting_since or one.opened_at,
        due_at=due_at,
        strict_due_at=one.strict_due_at or due_at,
        meta_until=one.meta_until,
        free_until=one.free_until,
        breached=due_at < edges[one.channel],
        windows=clocks.running(one, now),
    )
