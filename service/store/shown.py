"""Which lists may be opened: what happened over a time never for a small group, nor for one colleague.

How many rows such a list has is a count, and two of them are a share: those of a group whose averages are not shown
would give these away. The rows within reach count: who reaches only a small mailbox would see its lists under any
choice. Who reaches whole groups and parts of others beside them, as a lead with a mailbox of his own does, sees the
rows of the whole ones. What is open now is always listed, because otherwise nobody could do it; one's own, too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, or_

from models.message import Conversation
from models.terms import ConversationState
from service.domain import kpi
from service.domain.reading import Span
from service.errors import Invalid
from service.store.behind import OPEN, UNCLASSIFIED, WAITING
from service.store.scope import Scope, frame, in_team, whole
from service.turn import Turn

_NOW: Mapping[str, bool] = {figure.key: figure.span is Span.JETZT for figure in kpi.EVERY}


def over_time(figure: str, *days: str) -> bool:
    """Say whether a list is about what happened: behind a figure that covers a time, or on chosen days."""
    return any(days) or (bool(figure) and not _NOW[figure])


def within_reach(turn: Turn, scope: Scope) -> Scope:
    """Return the scope as far as who asks reaches: the rows of a list are those alone."""
    reached = turn.actor.reach
    if reached is None:
        return scope
    of_team = in_team(turn, scope)
    wanted = reached if of_team.account_ids is None else reached.intersection(of_team.account_ids)
    return replace(of_team, account_ids=tuple(sorted(wanted)))


def why_not(turn: Turn, scope: Scope) -> str:
    """Return why what happened over the time of this scope is not listed for who asks; "" where it is."""
    return frame(turn, within_reach(turn, scope)).withheld


def narrowed(turn: Turn, scope: Scope, times: Iterable[Scope]) -> Scope:
    """Return the scope of a list over all of these times: where the rows within reach are not those of whole groups,
    only the whole groups among them.

    What somebody has chosen stays what it is. A scope without any whole group is given back as it came (`check`).
    """
    reached, over = turn.actor.reach, tuple(times)
    chosen = scope.account_ids is not None or scope.team is not None
    if reached is None or chosen or not any(why_not(turn, during) for during in over):
        return scope
    found = reached
    for during in over:
        found &= whole(turn, during, reached)
    return replace(scope, account_ids=tuple(sorted(found))) if found else scope


def why_closed(turn: Turn, scope: Scope) -> str:
    """Return why no list opens behind a figure over the time of this scope; "" where one does. Once for a page."""
    memo = frame(turn, scope).memo
    if _CLOSED not in memo:
        memo[_CLOSED] = why_not(turn, narrowed(turn, scope, (scope,)))
    found: str = memo[_CLOSED]
    return found


_CLOSED = "closed"


def check(turn: Turn, scope: Scope) -> None:
    """Raise Invalid where what happened over a time is not listed for this scope: its averages are not shown."""
    why = why_not(turn, scope)
    if why:
        raise Invalid(why, {"postfach": "Bitte ohne diese Auswahl; was jetzt offen ist, steht immer da."})


def work(turn: Turn) -> tuple[ColumnElement[bool], ...]:
    """Return the condition of what a colleague has to do: it waits, needs a class, or was put aside for later."""
    return OPEN, or_(WAITING, UNCLASSIFIED, Conversation.snoozed_until > turn.now)


def is_work(one: Conversation, now: datetime) -> bool:
    """Say the same of one conversation."""
    aside = one.snoozed_until is not None and one.snoozed_until > now
    return one.state is ConversationState.OFFEN and (one.due_at is not None or one.unclassified > 0 or aside)
