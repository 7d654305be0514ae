"""How much stands behind the figures of how things are now: counted from small indexes, by statements built once."""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, false, func, select

from models.message import Conversation, Message
from service.domain import kpi
from service.store.behind import INBOUND, OPEN, QUOTE_DAYS, UNCLASSIFIED, WAITING
from service.store.scope import Frame, Scope, classed, conversations, limits, placed


def old_open(at: Frame) -> tuple[int, datetime | None]:
    """Return how many conversations stand behind that figure, and since when the oldest of them waits.

    Counted in two halves, each of which an index of its own answers alone.
    """
    connection, border = at.turn.session.connection(), {"border": at.turn.now - kpi.OLD_AFTER}
    found = [connection.execute(half, border).one() for half in _old_halves(at.place)]
    return sum(int(count_) for count_, _ in found), min((since for _, since in found if since), default=None)


@lru_cache(maxsize=256)
def _old_halves(place: Scope) -> tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]:
    counted = select(func.count(), func.min(Conversation.waiting_since)).where(*conversations(place), OPEN)
    late = and_(WAITING, Conversation.waiting_since < bindparam("border"))
    untold = and_(UNCLASSIFIED, Conversation.last_inbound_at < bindparam("border"))
    return counted.where(late), counted.where(untold, ~func.coalesce(late, false()))


def unclassified(at: Frame) -> tuple[int, int]:
    """Return how many conversations wait for a class, and how many messages of them."""
    found, messages = at.turn.session.connection().execute(_without_class(at.place)).one()
    return int(found), int(messages or 0)


@lru_cache(maxsize=256)
def _without_class(place: Scope) -> Select[*tuple[Any, ...]]:
    counted = select(func.count(), func.sum(Conversation.unclassified))
    return counted.where(*placed(place), UNCLASSIFIED, *classed(place, Conversation.suggested))


def missing(at: Frame) -> int:
    """Return how many conversations the quote lacks: those with a message of its days that has no class."""
    days = {"since": at.since(QUOTE_DAYS), "until": at.tomorrow}
    return int(at.turn.session.connection().scalar(_missing(replace(at.place, category=None)), days) or 0)


@lru_cache(maxsize=256)
def _missing(place: Scope) -> Select[*tuple[Any, ...]]:
    # A message always has its conversation, so that there is no need to look at these.
    return select(func.count(Message.conversation_id.distinct())).where(
        INBOUND,
        Message.category.is_(None),
        Message.removed_at.is_(None),
        Message.received_at >= bindparam("since"),
        Message.received_at < bindparam("until"),
        *limits(place, Message.account_id, Message.channel),
    )
