"""How densely the rows of a figure lie: where there are many, the newest are found by walking back from now.

It decides how the database looks for rows, never which it finds.
"""

from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from service.domain import kpi
from service.domain.reading import Span
from service.store import backlog, figures
from service.store.scope import Scope, frame
from service.turn import Turn

# From so many on, walking is quicker than looking up all that there are.
LONG = 2_000
# What happened in a time does not become undone by the hundred, but a reading of years of mail arrives in minutes.
_KEPT_LONG, _KEPT_SHORT = timedelta(hours=1), timedelta(minutes=1)
_MOST = 1_024

Kept = dict[tuple[str, Scope], tuple[bool, datetime]]
_KNOWN: WeakKeyDictionary[Any, Kept] = WeakKeyDictionary()


def is_long(turn: Turn, key: str, scope: Scope) -> bool:
    """Say whether a figure counts so much that its newest rows are found sooner by looking at the newest of all.

    No figure ("") counts nothing, and those of how things stand now have small indexes of their own.
    """
    figure, at = _BY_KEY.get(key), frame(turn, scope)
    if figure is None or figure.span is Span.JETZT or at.is_past:
        return False
    if key == kpi.QUOTE.key:
        # The one of them that gets shorter while people work: hundreds may get a class at once.
        return not scope.category and backlog.missing(at) > LONG
    return _of_days(turn, key, scope)


_BY_KEY = {figure.key: figure for figure in kpi.EVERY}


def _of_days(turn: Turn, key: str, scope: Scope) -> bool:
    known = _KNOWN.setdefault(turn.session.get_bind(), {})
    found, until = known.get((key, scope), (False, turn.now))
    # A clock that was set back must not keep an answer for longer than one that goes on.
    if not turn.now < until <= turn.now + _KEPT_LONG:
        found = figures.one(turn, key, scope).rows_count > LONG
        if len(known) >= _MOST:
            known.clear()
        known[key, scope] = found, turn.now + (_KEPT_LONG if found else _KEPT_SHORT)
    return found
