"""Forecasts from the firm's own history: the turns of a channel, and what they say about a question."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import func, or_, select

from models.clock_event import ClockEvent
from models.message import Conversation
from models.terms import Channel, ClockKind, WindowKind
from service.domain import forecast
from service.domain.business_time import Calendar
from service.domain.forecast import Experience, Forecast, Wait
from service.store import settings
from service.store.behind import OPEN, WAITING
from service.turn import Turn

# A question that nobody asked yet belongs to no mailbox; the forecast then speaks of the smaller ones together.
NO_ACCOUNT = 0
_SOON = timedelta(days=60)


def waits(turn: Turn, channel: Channel, most: int = forecast.MOST) -> tuple[Wait, ...]:
    """Return the newest turns of a channel: answered ones, those that ended otherwise, and those that still wait."""
    over = turn.session.execute(
        select(ClockEvent.started_at, ClockEvent.at, ClockEvent.account_id, ClockEvent.kind)
        .where(
            ClockEvent.channel == channel,
            ClockEvent.kind.in_((ClockKind.STOPP, ClockKind.ENDE_OHNE_ANTWORT)),
            ClockEvent.started_at.is_not(None),
            or_(ClockEvent.clock.is_(None), ClockEvent.clock != WindowKind.ERLEDIGUNG),
            ClockEvent.at <= turn.now,
        )
        .order_by(ClockEvent.at.desc())
        .limit(most)
    )
    running = turn.session.execute(
        select(Conversation.waiting_since, Conversation.account_id)
        .where(OPEN, WAITING, Conversation.channel == channel)
        .order_by(Conversation.due_at.desc())
        .limit(most)
    )
    return (
        *(Wait(since, at, account_id, kind is ClockKind.STOPP) for since, at, account_id, kind in over if since),
        *(Wait(since, None, account_id) for since, account_id in running if since),
    )


def experience(turn: Turn, channel: Channel) -> Experience:
    """Return what the firm's turns on a channel say now. Raises ValueError when its opening hours never open.

    Learning from a thousand turns takes longer than the rest of a page, and a few more change little: it is done anew
    after `_FEW` events of clocks, at the latest a minute later, and whenever hours or targets change.
    """
    newest = turn.session.scalar(select(func.max(ClockEvent.id))) or 0
    minute = turn.now.replace(second=0, microsecond=0)
    mark = (settings.calendar_version(turn), minute, newest // _FEW)
    known = _LEARNED.setdefault(turn.session.get_bind(), {})
    if channel not in known or known[channel][0] != mark:
        known[channel] = (mark, Experience(waits(turn, channel), settings.opening(turn), turn.now))
    return known[channel][1]


_FEW = 16
_LEARNED: WeakKeyDictionary[Any, dict[Channel, tuple[tuple[int, datetime, int], Experience]]] = WeakKeyDictionary()


def now(turn: Turn, channel: Channel, account_id: int = NO_ACCOUNT) -> Forecast:
    """Return when somebody who writes now is likely to get an answer."""
    goal = settings.windows(turn)[channel]
    return experience(turn, channel).ask(turn.now, account_id, goal.calendar.add(turn.now, goal.limit))


def of(turn: Turn, conversations: Sequence[Conversation]) -> Mapping[int, Forecast]:
    """Return the forecast of every conversation that waits, by its id; nothing for the others.

    A firm whose opening hours never open has no forecast.
    """
    found: dict[int, Forecast] = {}
    known: dict[Channel, Experience] = {}
    if not settings.opening(turn).spans(turn.now, turn.now + _SOON):
        return found
    for one in conversations:
        if one.waiting_since is None or one.due_at is None:
            continue
        if one.channel not in known:
            known[one.channel] = experience(turn, one.channel)
        found[one.id] = known[one.channel].ask(one.waiting_since, one.account_id, one.due_at)
    return found


def history(turn: Turn, channel: Channel) -> tuple[tuple[Wait, ...], Calendar, datetime | None]:
    """Return all turns of a channel, the opening hours, and when the first of them began, for a look back."""
    found = waits(turn, channel, 20_000)
    return found, settings.opening(turn), min((wait.started_at for wait in found), default=None)
