"""Forecasts from the firm's own history: the turns of a channel, and what they say about a question."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from models.clock_event import ClockEvent
from models.message import Conversation
from models.terms import Channel, ClockKind, WindowKind
from service.domain import forecast
from service.domain.business_time import Calendar
from service.domain.days import local_day
from service.domain.forecast import Experience, Forecast, Question, Wait
from service.store import groups, settings
from service.store.behind import OPEN, WAITING
from service.store.prepared import Ask, Prepared, together
from service.turn import Turn

# A question that nobody asked yet belongs to no mailbox; the forecast then speaks of the smaller ones together. So it
# does of mailboxes of few people: a median of their own would be a figure about single persons (domain/protection).
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


class _Learned(NamedTuple):
    """What was learned of a channel, of what, and which mailboxes it tells apart from the others."""

    mark: tuple[Any, ...]
    experience: Experience
    alone: frozenset[int]

    def ask(self, questions: Sequence[Question]) -> list[Forecast]:
        told = [one if one.account_id in self.alone else one._replace(account_id=NO_ACCOUNT) for one in questions]
        return self.experience.ask_all(told)


_FEW = 16
_LEARNED: WeakKeyDictionary[Any, dict[Channel, _Learned]] = WeakKeyDictionary()


def _learned(turn: Turn, channel: Channel) -> _Learned:
    """Return what the firm's turns on a channel say now. Raises ValueError when its opening hours never open.

    Learning from a thousand turns takes longer than the rest of a page, and a few more change little: it is done anew
    after `_FEW` events of clocks, at the latest a minute later, and whenever hours, targets or people change.
    """
    newest = int(_LAST.row(turn)[0] or 0)
    minute = turn.now.replace(second=0, microsecond=0)
    mark = (settings.calendar_version(turn), minute, newest // _FEW, groups.holders(turn), groups.in_force(turn))
    known = _LEARNED.setdefault(turn.session.get_bind(), {})
    if channel not in known or known[channel].mark != mark:
        found = waits(turn, channel)
        alone = _alone(turn, found)
        told = [wait if wait.account_id in alone else replace(wait, account_id=NO_ACCOUNT) for wait in found]
        known[channel] = _Learned(mark, Experience(told, settings.opening(turn), turn.now), alone)
    return known[channel]


# Built once: every list asks this.
_LAST = Ask(Prepared(select(func.max(ClockEvent.id))))


def _alone(turn: Turn, found: Sequence[Wait]) -> frozenset[int]:
    """Return the mailboxes and numbers whose own averages may be shown over all that is learned from."""
    zone = ZoneInfo(settings.zone(turn))
    first = min((wait.started_at for wait in found), default=turn.now)
    why = groups.alone(turn, local_day(first, zone), local_day(turn.now, zone))
    return frozenset(number for number, hidden in why.items() if not hidden)


def now(turn: Turn, channel: Channel, account_id: int = NO_ACCOUNT) -> Forecast:
    """Return when somebody who writes now is likely to get an answer."""
    goal = settings.windows(turn)[channel]
    question = Question(turn.now, account_id, goal.calendar.add(turn.now, goal.limit))
    return _learned(turn, channel).ask([question])[0]


def of(turn: Turn, conversations: Sequence[Conversation]) -> Mapping[int, Forecast]:
    """Return the forecast of every conversation that waits, by its id; nothing for the others.

    A firm whose opening hours never open has no forecast.
    """
    asked: dict[Channel, dict[int, Question]] = defaultdict(dict)
    if not settings.opening(turn).spans(turn.now, turn.now + _SOON):
        return {}
    for one in conversations:
        if one.waiting_since is not None and one.due_at is not None:
            asked[one.channel][one.id] = Question(one.waiting_since, one.account_id, one.due_at)
    if asked:
        together(turn, (_LAST, groups.PEOPLE))
    return {
        number: told
        for channel, of_channel in asked.items()
        for number, told in zip(of_channel, _learned(turn, channel).ask(list(of_channel.values())), strict=True)
    }


def history(turn: Turn, channel: Channel) -> tuple[tuple[Wait, ...], Calendar, datetime | None]:
    """Return all turns of a channel, the opening hours, and when the first of them began, for a look back."""
    found = waits(turn, channel, 20_000)
    return found, settings.opening(turn), min((wait.started_at for wait in found), default=None)
