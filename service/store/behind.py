"""The rows behind each key figure: one condition per figure, used for its number and for the list it opens."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    false,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    union,
)

from models.clock_event import ClockEvent
from models.decision import Decision
from models.message import Conversation, Message
from models.tally import Closure
from models.terms import Channel, ClockKind, ConversationState, Direction, Origin, WindowKind
from service.domain import kpi
from service.store import ids, reach, taken_back, tallies
from service.store.scope import Frame, Scope, frame
from service.turn import Turn

QUOTE_DAYS = 7

# Written out, because a partial index is only used when the planner sees the same constant.
INBOUND = Message.direction == literal_column(f"'{Direction.EINGANG.value}'")
UNCLASSIFIED = Conversation.unclassified > literal_column("0")
# Most conversations are open, few wait: the function keeps the planner from walking through all open ones.
OPEN = func.coalesce(Conversation.state, ConversationState.OFFEN) == ConversationState.OFFEN
WAITING = Conversation.due_at.is_not(None)

Conditions = list[ColumnElement[bool]]


def headline(scope: Scope) -> Channel:
    """Return the channel whose reaction time stands large on the tile: the chosen one, else e-mail."""
    return scope.channel or Channel.EMAIL


def waiting(at: Frame, channel: Channel) -> Conditions:
    """Return the condition of open conversations of a channel that wait for an answer."""
    return [*at.conversations(), OPEN, WAITING, Conversation.channel == channel]


def breached(at: Frame, channel: Channel) -> Conditions:
    """Return the condition of those that wait longer than the target allows."""
    return [*waiting(at, channel), Conversation.due_at < at.edge(channel)]


def _whatsapp_unanswered(at: Frame) -> Conditions:
    return breached(at, Channel.WHATSAPP)


def _received(at: Frame, days: int, *conditions: ColumnElement[bool]) -> Conditions:
    """Return the condition of conversations with inbound messages of the last days; the id leads to their time."""
    since, until = at.since(days), at.tomorrow
    found = select(Message.conversation_id).where(
        INBOUND,
        # What was thrown away unclassified is in no figure (tallies.keeps).
        or_(Message.category.is_not(None), Message.removed_at.is_(None)),
        Message.received_at >= since,
        Message.received_at < until,
        *conditions,
        *at.limits(Message.account_id, Message.channel),
        *at.classed(Message.category),
    )
    return _with(at, found)


def _with(at: Frame, ids_: Select[Any], channel: Channel | None = None) -> Conditions:
    """Return the condition that a query names a conversation; where most of the newest are named, each is asked."""
    if not at.memo.get(_NEAR):
        return [Conversation.id.in_(ids_)]
    (named,) = ids_.selected_columns
    # With an offset PostgreSQL asks row by row instead of joining all that there is.
    there = ids_.where(named == Conversation.id).correlate(Conversation).offset(0).exists()
    # Whatever lies in a conversation has its channel: on the other one there is nothing to ask for.
    only = channel or at.scope.channel
    return [there] if only is None else [func.coalesce(Conversation.channel, only) == only, there]


_NEAR = "near"


def _in_time(at: Frame) -> tuple[ColumnElement[bool], ...]:
    return _by_number(at, at.scope.days)


def _by_number(at: Frame, days: int) -> tuple[ColumnElement[bool], ...]:
    """Return the condition of messages of the last days by their numbers, which begin with the time they came."""
    number = func.coalesce(Message.id, Message.id) if at.memo.get(_NEAR) else Message.id
    return (number >= ids.first_of(at.since(days)), number < ids.first_of(at.tomorrow))


def _quote(at: Frame) -> Conditions:
    return _received(at, QUOTE_DAYS, Message.category.is_(None))


def _classes(at: Frame) -> Conditions:
    return _received(at, QUOTE_DAYS, Message.category.is_not(None), *_by_number(at, QUOTE_DAYS))


def _inbound(at: Frame) -> Conditions:
    return _received(at, at.scope.days, *_in_time(at))


def _chat_volume(at: Frame) -> Conditions:
    written = select(Message.conversation_id).where(
        Message.channel == Channel.WHATSAPP,
        or_(Message.category.is_not(None), Message.removed_at.is_(None), ~INBOUND),
        *_in_time(at),
        *at.limits(Message.account_id, Message.channel),
        *at.classed(Message.category),
    )
    return _with(at, written, Channel.WHATSAPP)


def _unclassified(at: Frame) -> Conditions:
    # What has no class yet is found under the class that it looks like.
    return [*at.placed(), UNCLASSIFIED, *at.classed(Conversation.suggested)]


def _old_open(at: Frame) -> Conditions:
    border = at.turn.now - kpi.OLD_AFTER
    # Two partial indexes instead of one walk through everything that is open.
    old = union(
        select(Conversation.id).where(WAITING, Conversation.waiting_since < border),
        select(Conversation.id).where(UNCLASSIFIED, Conversation.last_inbound_at < border),
    )
    return [*at.conversations(), OPEN, Conversation.id.in_(old)]


def _unhandled(at: Frame) -> Conditions:
    return waiting(at, Channel.EMAIL)


def answered(at: Frame, channel: Channel, *conditions: ColumnElement[bool]) -> Conditions:
    """Return which conversations have an answer on a channel in the period, under more conditions of its event."""
    answers = select(ClockEvent.conversation_id).where(
        ClockEvent.kind == ClockKind.STOPP,
        or_(ClockEvent.clock.is_(None), ClockEvent.clock != WindowKind.ERLEDIGUNG),
        ClockEvent.channel == channel,
        ClockEvent.at >= at.since(at.scope.days),
        ClockEvent.at < at.tomorrow,
        *conditions,
        *at.limits(ClockEvent.account_id, ClockEvent.channel),
        *at.classed(ClockEvent.category),
    )
    return _with(at, answers, channel)


def _closed(at: Frame, *conditions: ColumnElement[bool]) -> Conditions:
    closings = select(Closure.conversation_id).where(
        Closure.closed_at >= at.since(at.scope.days),
        Closure.closed_at < at.tomorrow,
        *conditions,
        *at.limits(Closure.account_id, Closure.channel),
        *at.classed(Closure.category),
    )
    return _with(at, closings)


def _stayed(at: Frame) -> Conditions:
    return _closed(at, ~_back())


def _reopened(at: Frame) -> Conditions:
    return _closed(at, _back())


def _back() -> ColumnElement[bool]:
    within = literal_column(str(tallies.REOPENED_WITHIN // timedelta(microseconds=1)), BigInteger)
    lasted = type_coerce(Closure.reopened_at, BigInteger) - type_coerce(Closure.closed_at, BigInteger)
    return and_(Closure.reopened_at.is_not(None), lasted <= within)


def _decided(at: Frame, *conditions: ColumnElement[bool]) -> Conditions:
    made = (
        select(Message.conversation_id)
        .join(Decision, Decision.message_id == Message.id)
        .where(
            Decision.origin == Origin.PERSON,
            ~taken_back.condition(),
            Decision.at >= at.since(at.scope.days),
            Decision.at < at.tomorrow,
            *conditions,
            *at.limits(Message.account_id, Message.channel),
            *at.classed(Decision.category),
        )
    )
    return _with(at, made)


def _hinted(at: Frame) -> Conditions:
    return _decided(at, Decision.suggested.is_not(None))


def _changed(at: Frame) -> Conditions:
    return _decided(at, Decision.suggested.is_not(None), Decision.suggested != Decision.category)


_BEHIND: Mapping[str, Callable[[Frame], Conditions]] = {
    kpi.WHATSAPP_UNANSWERED.key: _whatsapp_unanswered,
    kpi.QUOTE.key: _quote,
    kpi.UNCLASSIFIED.key: _unclassified,
    kpi.OLD_OPEN.key: _old_open,
    kpi.UNHANDLED.key: _unhandled,
    kpi.REACTION.key: lambda at: answered(at, headline(at.scope)),
    kpi.MAIL_REACTION.key: lambda at: answered(at, Channel.EMAIL),
    kpi.CHAT_REACTION.key: lambda at: answered(at, Channel.WHATSAPP),
    kpi.RESOLVED.key: _stayed,
    kpi.RESOLUTION_TIME.key: _closed,
    kpi.REOPENED.key: _reopened,
    kpi.INBOUND_HOUR.key: _inbound,
    kpi.CLASSES.key: _classes,
    kpi.SUGGESTED.key: _hinted,
    kpi.CORRECTION.key: _changed,
    kpi.CHAT_VOLUME.key: _chat_volume,
    # A notice is about a member, not about a conversation: nothing to open.
    kpi.NOTICES.key: lambda _at: [false()],
}
_BY_DEADLINE = frozenset({kpi.WHATSAPP_UNANSWERED.key, kpi.UNHANDLED.key})


def conditions(at: Frame, key: str, *, near: bool = False) -> Conditions:
    """Return which conversations a figure counts. Raises KeyError for an unknown figure.

    `near` is for who reads only a page of the newest and knows that there are many.
    """
    at.memo[_NEAR] = near
    try:
        return _BEHIND[key](at)
    finally:
        del at.memo[_NEAR]


def number(at: Frame, key: str) -> int:
    """Return how many conversations stand behind a figure."""
    connection = at.turn.session.connection()
    return int(connection.scalar(select(func.count()).select_from(Conversation).where(*conditions(at, key))) or 0)


def count(turn: Turn, key: str, scope: Scope) -> int:
    """Return how many conversations stand behind a figure. Raises KeyError for an unknown figure."""
    return number(frame(turn, scope), key)


def rows(turn: Turn, key: str, scope: Scope, limit: int = 50, offset: int = 0) -> tuple[int, ...]:
    """Return the conversation ids in reach behind a figure: by deadline where there is one, else by time.

    Raises KeyError for an unknown figure.
    """
    found = select(Conversation.id).where(*conditions(frame(turn, scope), key), *reach.mine(turn))
    if key in _BY_DEADLINE:
        found = found.order_by(Conversation.due_at, Conversation.id)
    elif key == kpi.OLD_OPEN.key:
        found = found.order_by(Conversation.last_at, Conversation.id)
    else:
        found = found.order_by(Conversation.last_at.desc(), Conversation.id)
    return tuple(turn.session.scalars(found.limit(limit).offset(offset)))


def stream(turn: Turn, key: str, scope: Scope, size: int = 1_000) -> Iterator[Sequence[Conversation]]:
    """Yield every conversation in reach behind a figure, `size` at a time by number: for exports of any length.

    Each piece is a query of its own after the last number, so that no page has to be counted past and nothing is held
    in memory. Raises KeyError for an unknown figure.
    """
    wanted = [*conditions(frame(turn, scope), key), *reach.mine(turn)]
    last = 0
    while True:
        some = select(Conversation).where(Conversation.id > last, *wanted).order_by(Conversation.id).limit(size)
        piece = turn.session.scalars(some).all()
        if not piece:
            return
        last = piece[-1].id
        yield piece
