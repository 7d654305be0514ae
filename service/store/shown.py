"""Which lists may be opened: what happened over a time never for a small group, nor for one colleague.

How many rows such a list has is a count, and two of them are a share: those of a group whose averages are not shown
would give these away. What is open now is always listed, because otherwise nobody could do it; one's own, too.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, or_

from models.message import Conversation
from models.terms import ConversationState
from service.domain import kpi
from service.domain.reading import Span
from service.errors import Invalid
from service.store.behind import OPEN, UNCLASSIFIED, WAITING
from service.store.scope import Scope, frame
from service.turn import Turn

_NOW: Mapping[str, bool] = {figure.key: figure.span is Span.JETZT for figure in kpi.EVERY}


def over_time(figure: str, *days: str) -> bool:
    """Say whether a list is about what happened: behind a figure that covers a time, or on chosen days."""
    return any(days) or (bool(figure) and not _NOW[figure])


def check(turn: Turn, scope: Scope) -> None:
    """Raise Invalid where what happened over a time is not listed for this scope: its averages are not shown."""
    why = frame(turn, scope).withheld
    if why:
        raise Invalid(why, {"postfach": "Bitte ohne diese Auswahl; was jetzt offen ist, steht immer da."})


def work(turn: Turn) -> tuple[ColumnElement[bool], ...]:
    """Return the condition of what a colleague has to do: it waits, needs a class, or was put aside for later."""
    return OPEN, or_(WAITING, UNCLASSIFIED, Conversation.snoozed_until > turn.now)


def is_work(one: Conversation, now: datetime) -> bool:
    """Say the same of one conversation."""
    aside = one.snoozed_until is not None and one.snoozed_until > now
    return one.state is ConversationState.OFFEN and (one.due_at is not None or one.unclassified > 0 or aside)
