"""The rows behind each key figure: one condition per figure, used for its number and for the list it opens."""

from collections.abc import Callable, Mapping

from sqlalchemy import ColumnElement, func, literal_column, select, union

from models.clock_event import ClockEvent
from models.message import Conversation, Message
from models.terms import Channel, ClockKind, ConversationState, Direction
from service.domain import kpi
from service.store import reach
from service.store.scope import Frame, Scope, frame
from service.turn import Turn

QUOTE_DAYS = 7

# Written out, because a partial index is only used when the planner sees the same constant.
_INBOUND = Message.direction == literal_column(f"'{Direction.EINGANG.value}'")
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


def _quote(at: Frame) -> Conditions:
    missing = select(Message.conversation_id).where(
        Message.category.is_(None),
        _INBOUND,
        # What was thrown away unclassified is in no figure (tallies.keeps).
        Message.removed_at.is_(None),
        Message.received_at >= at.since(QUOTE_DAYS),
        Message.received_at < at.tomorrow,
        *at.limits(Message.account_id, Message.channel),
    )
    return [Conversation.id.in_(missing)]


def _unclassified(at: Frame) -> Conditions:
    return [*at.conversations(), UNCLASSIFIED]


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


def _reaction(at: Frame) -> Conditions:
    answered = select(ClockEvent.conversation_id).where(
        ClockEvent.kind == ClockKind.STOPP,
        ClockEvent.channel == headline(at.scope),
        ClockEvent.at >= at.since(at.scope.days),
        ClockEvent.at < at.tomorrow,
        *at.limits(ClockEvent.account_id, ClockEvent.channel),
    )
    return [Conversation.id.in_(answered)]


_BEHIND: Mapping[str, Callable[[Frame], Conditions]] = {
    kpi.WHATSAPP_UNANSWERED.key: _whatsapp_unanswered,
    kpi.QUOTE.key: _quote,
    kpi.UNCLASSIFIED.key: _unclassified,
    kpi.OLD_OPEN.key: _old_open,
    kpi.UNHANDLED.key: _unhandled,
    kpi.REACTION.key: _reaction,
}
_BY_DEADLINE = frozenset({kpi.WHATSAPP_UNANSWERED.key, kpi.UNHANDLED.key})


def conditions(at: Frame, key: str) -> Conditions:
    """Return which conversations a figure counts. Raises KeyError for an unknown figure."""
    return _BEHIND[key](at)


def number(at: Frame, key: str) -> int:
    """Return how many conversations stand behind a figure."""
    return int(at.turn.session.scalar(select(func.count()).select_from(Conversation).where(*conditions(at, key))) or 0)


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
