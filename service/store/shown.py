"""Which lists may be opened: what happened over a time never for a small group, nor for one colleague.

How many rows such a list has is a count, and two of them are a share: those of a group whose averages are not shown
would give these away. The rows within reach count: who reaches only a small mailbox would see its lists under any
choice. What is open now is always listed, because otherwise nobody could do it; one's own, too.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, or_

from models.message import Conversation
from models.terms import ConversationState
from service.domain import kpi
from service.domain.reading import Span
from service.errors import Invalid
from service.store.behind import OPEN, UNCLASSIFIED, WAITING
from service.store.scope import Scope, frame, in_team
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
