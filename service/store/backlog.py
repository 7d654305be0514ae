"""How much stands behind the figures of how things are now: counted from small indexes, by statements built once."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, case, false, func, select, true

from models.message import Conversation, Message
from service.domain import kpi
from service.store.behind import INBOUND, OPEN, QUOTE_DAYS, UNCLASSIFIED, WAITING
from service.store.prepared import Ask, Prepared
from service.store.scope import Frame, Scope, classed, limits, placed


@dataclass(frozen=True, slots=True)
class Untold:
    """Conversations that wait for a class, and their messages; how many neither have an answer for over seven days.

    Those that are counted among what waits for an answer so long are not counted again.
    """

    conversations: int
    messages: int
    old: int
    oldest_old: datetime | None


def untold(at: Frame) -> Untold:
    """Return what has no class, from an index of its own alone."""
    known = at.memo.get(BY_ACCOUNT)
    found = [ask(at).row(at.turn)] if known is None else [counted for _, *counted in known]
    conversations, messages, old = (sum(int(one[place] or 0) for one in found) for place in range(3))
    return Untold(conversations, messages, old, min((one[3] for one in found if one[3]), default=None))


def ask(at: Frame) -> Ask:
    """Return what `untold` asks where the frame does not keep it by account."""
    return Ask(_without_class(at.place), {"border": at.turn.now - kpi.OLD_AFTER})


# Where a frame keeps the same by account, once a page has read it (store/mailboxes.py).
BY_ACCOUNT = "without class by account"


def counted(place: Scope) -> tuple[Any, ...]:
    """Return what is counted of what has no class: conversations and messages, old ones, since when these."""
    late = and_(WAITING, Conversation.waiting_since < bindparam("border"))
    suggested = and_(true(), *classed(place, Conversation.suggested))
    old = and_(
        OPEN,
        Conversation.last_inbound_at < bindparam("border"),
        ~func.coalesce(late, false()),
        *classed(place, Conversation.category),
    )
    return (
        func.sum(case((suggested, 1), else_=0)),
        func.sum(case((suggested, Conversation.unclassified), else_=0)),
        func.sum(case((old, 1), else_=0)),
        func.min(case((old, Conversation.waiting_since))),
    )


@lru_cache(maxsize=256)
def _without_class(place: Scope) -> Prepared:
    return Prepared(select(*counted(place)).where(*placed(place), UNCLASSIFIED))


def missing(at: Frame) -> int:
    """Return how many conversations the quote lacks: those with a message of its days that has no class."""
    return int(ask_missing(at).row(at.turn)[0])


def ask_missing(at: Frame) -> Ask:
    """Return what `missing` asks."""
    days = {"since": at.since(QUOTE_DAYS), "until": at.tomorrow}
    return Ask(_missing(replace(at.place, category=None)), days)


@lru_cache(maxsize=256)
def _missing(place: Scope) -> Prepared:
    # A message always has its conversation, so that there is no need to look at these.
    return Prepared(
        select(func.count(Message.conversation_id.distinct())).where(
            INBOUND,
            Message.category.is_(None),
            Message.removed_at.is_(None),
            Message.received_at >= bindparam("since"),
            Message.received_at < bindparam("until"),
            *limits(place, Message.account_id, Message.channel),
        )
    )
