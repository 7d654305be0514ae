"""Where a conversation stands: since when somebody waits, until when we have to answer, how long past answers took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from models.terms import Direction
from service.domain.windows import Window


class Move(NamedTuple):
    """One message as the clock sees it.

    `counts`: an inbound one opens or keeps the clock, an outbound one is a person's answer that stops it. What does
    not count neither starts nor stops nor reopens anything. `key` orders messages of the same instant. `gone_at`: when
    it had left our mailboxes; from then on nobody waits for it any more, but what happened before has happened.
    """

    at: datetime
    direction: Direction
    counts: bool
    key: bytes
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """An answered window: `open` is measured in the target's calendar, `wall` by the clock on the wall."""

    started_at: datetime
    stopped_at: datetime
    open: timedelta
    wall: timedelta
    in_goal: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """The present state, and every answered window in order.

    `ended_since` is the start of the window that closing the conversation ended without an answer (D6), if any.
    """

    waiting_since: datetime | None
    due_at: datetime | None
    strict_due_at: datetime | None
    reactions: tuple[Reaction, ...]
    ended_since: datetime | None = None


def read(moves: Sequence[Move], window: Window, closed_at: datetime | None = None) -> Standing:
    """Return the standing after `moves`, in whatever order they came in (D19); nothing is ever negative.

    The oldest unanswered inbound message keeps the clock (D3), the first answer after it stops it (D4). Closing ends
    what waits up to and including `closed_at`; an inbound message after it starts anew (D8). Raises ValueError when
    the window's calendar never opens.
    """
    asking: list[Move] = []
    ended: datetime | None = None
    reactions: list[Reaction] = []
    pending = closed_at
    for move in sorted((move for move in moves if move.counts), key=lambda move: (move.at, move.key)):
        if pending is not None and move.at > pending:
            ended, pending = _oldest(asking, pending), None
            asking = []
        if move.direction is Direction.EINGANG:
            asking.append(move)
            continue
        waiting = _oldest(asking, move.at)
        # One answer an instant, the first, which ended the longest wait: what came between two of them is answered too.
        if waiting is not None and not (reactions and reactions[-1].stopped_at == move.at):
            reactions.append(reaction(waiting, move.at, window))
        asking = []
    if pending is not None:
        ended, asking = _oldest(asking, pending), []
    waiting = _oldest(asking, None)
    if waiting is None:
        return Standing(None, None, None, tuple(reactions), ended)
    due_at = window.calendar.add(waiting, window.limit)
    return Standing(waiting, due_at, waiting + window.limit, tuple(reactions), ended)


def _oldest(asking: Sequence[Move], at: datetime | None) -> datetime | None:
    """Return since when somebody waits at `at` (None = now): the oldest that was still there then; None for nobody."""
    return next((m.at for m in asking if m.gone_at is None or (at is not None and m.gone_at > at)), None)


def reaction(started_at: datetime, stopped_at: datetime, window: Window) -> Reaction:
    """Return the measured answer to what came in at `started_at`; exactly the limit still keeps the goal (D10)."""
    open_time = window.calendar.elapsed(started_at, stopped_at)
    return Reaction(started_at, stopped_at, open_time, stopped_at - started_at, open_time <= window.limit)
