"""Where a conversation stands: since when somebody waits, until when we have to answer, every event of its clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple

from models.terms import ClockKind, Direction, WindowKind
from service.domain.business_time import Pauses
from service.domain.windows import Window

# The smallest step of time: what is due at an instant is missed from this much later on (D10).
_TICK = timedelta(microseconds=1)
# Members of an enumeration are slow to look up (Python 3.11); these are asked for with every message.
_EINGANG = Direction.EINGANG
_START, _STOPP, _FRISTBRUCH = ClockKind.START, ClockKind.STOPP, ClockKind.FRISTBRUCH
_ERSTE_ANTWORT, _NAECHSTE_ANTWORT = WindowKind.ERSTE_ANTWORT, WindowKind.NAECHSTE_ANTWORT


class Move(NamedTuple):
    """One message as the clock sees it.

    `counts`: an inbound one opens or keeps the clock, an outbound one is a person's answer that stops it. What does
    not count neither starts nor stops nor reopens anything. `key` orders messages of the same instant. `gone_at`: when
    it had left our mailboxes; from then on nobody waits for it any more, but what happened before has happened.
    `holding`: an outbound one that only says that an answer will come; it is shown and stops nothing.
    """

    at: datetime
    direction: Direction
    counts: bool
    key: bytes
    gone_at: datetime | None = None
    holding: bool = False


@dataclass(frozen=True, slots=True)
class Acts:
    """What people did: when they closed the conversation (in order), when they opened it again by hand, and from when
    until when they put it aside. A closing that was taken back by hand is not among the closings."""

    closed: Sequence[datetime] = ()
    opened: Sequence[datetime] = ()
    pauses: Sequence[tuple[datetime, datetime]] = ()


NO_ACTS = Acts()
_order = itemgetter(Move._fields.index("at"), Move._fields.index("key"))


class Reaction(NamedTuple):
    """An ended window: `open` is measured in the target's calendar, `wall` by the clock on the wall."""

    started_at: datetime
    stopped_at: datetime
    open: timedelta
    wall: timedelta
    in_goal: bool


class Happened(NamedTuple):
    """One event of a clock. `measured` where it ends a window, `started_at` where that began."""

    kind: ClockKind
    at: datetime
    clock: WindowKind | None = None
    started_at: datetime | None = None
    measured: Reaction | None = None


class Standing(NamedTuple):
    """The present state, every answered window, and every event, in order.

    `ended_since` is the start of the window that the last closing ended without an answer (D6), if any. `clock` says
    whether the answer that is waited for is the first. `breaks_at` is the next instant from which a window is missed
    that is not yet, or a pause is over; `holding_at` when the present wait got a holding reply; `snoozed_until` until
    when it is put aside.
    """

    waiting_since: datetime | None = None
    due_at: datetime | None = None
    strict_due_at: datetime | None = None
    reactions: tuple[Reaction, ...] = ()
    ended_since: datetime | None = None
    clock: WindowKind | None = None
    resolve_due_at: datetime | None = None
    breaks_at: datetime | None = None
    holding_at: datetime | None = None
    snoozed_until: datetime | None = None
    events: tuple[Happened, ...] = ()


# Where nobody ever waited: the standing of every newsletter.
NOTHING = Standing()


def read(moves: Iterable[Move], window: Window, closed_at: datetime | None = None) -> Standing:
    """Return the standing after `moves` and at most one closing; what is running is not looked at for breaches."""
    return history(moves, window, None, Acts(closed=(closed_at,) if closed_at else ()))


def history(moves: Iterable[Move], window: Window, now: datetime | None, acts: Acts = NO_ACTS) -> Standing:
    """Return the standing after `moves`, in whatever order they came in (D19); nothing is ever negative.

    The oldest unanswered inbound message keeps the clock (D3), the first answer after it stops it (D4). Closing ends
    what waits up to and including its instant; an inbound message after it starts anew (D8). At `now` a running window
    may be missed. Raises ValueError when the window's calendar never opens.
    """
    ordered = sorted([move for move in moves if move.counts or move.holding], key=_order)
    if not ordered and acts is NO_ACTS:
        return NOTHING
    acts = replace(acts, pauses=_ended(acts, ordered)) if acts.pauses else acts
    course = _Course(window, list(acts.closed), acts.pauses)
    for move in ordered:
        course.take(move)
    course.close_until(None)
    if acts.opened:
        course.events += [Happened(ClockKind.WIEDEROEFFNUNG, at) for at in acts.opened]
    return _standing(course, now, acts)


@dataclass(slots=True)
class _Course:
    """The walk through the messages of a conversation, in order of time."""

    window: Window
    pending: list[datetime]
    pauses: Pauses = ()
    asking: list[Move] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    events: list[Happened] = field(default_factory=list)
    ended: datetime | None = None
    clock: WindowKind = _ERSTE_ANTWORT
    is_closed: bool = False
    holding_at: datetime | None = None
    matter_since: datetime | None = None

    def take(self, move: Move) -> None:
        self.close_until(move.at)
        if move.holding:
            if _oldest(self.asking, move.at) is not None:
                self.holding_at = move.at
                self.events.append(Happened(ClockKind.ZWISCHENBESCHEID, move.at, self.clock))
        elif move.direction is _EINGANG:
            self._ask(move)
        else:
            self._answer(move.at)

    def _ask(self, move: Move) -> None:
        if self.is_closed:
            self.events.append(Happened(ClockKind.WIEDEROEFFNUNG, move.at))
            self.is_closed = False
        if self.matter_since is None:
            self.matter_since = move.at
        self.asking.append(move)

    def _answer(self, at: datetime) -> None:
        waiting = _oldest(self.asking, at)
        # One answer an instant, the first, which ended the longest wait: what came between two of them is answered too.
        if waiting is not None and not (self.reactions and self.reactions[-1].stopped_at == at):
            found = reaction(waiting, at, self.window)
            self.reactions.append(found)
            self._end(_STOPP, found)
        self.asking, self.holding_at = [], None

    def close_until(self, at: datetime | None) -> None:
        """Let every closing before `at` (None = all) end what waits up to it."""
        while self.pending and (at is None or at > self.pending[0]):
            closing = self.pending.pop(0)
            self.ended = _oldest(self.asking, closing)
            if self.ended is not None:
                self._end(ClockKind.ENDE_OHNE_ANTWORT, reaction(self.ended, closing, self.window))
            self.asking, self.holding_at, self.is_closed = [], None, True
            self._settle(closing)

    def _settle(self, closing: datetime) -> None:
        """Note that the matter is settled, measured against the firm's target for that, where it has one."""
        since, self.matter_since = self.matter_since, None
        limit, calendar = self.window.resolve, self.window.calendar
        measured = None
        if since is not None and limit is not None:
            took = calendar.elapsed(since, closing, self.pauses)
            measured = Reaction(since, closing, took, closing - since, took <= limit)
            if not measured.in_goal:
                due_at = calendar.add(since, limit, self.pauses)
                self.events.append(Happened(_FRISTBRUCH, due_at, WindowKind.ERLEDIGUNG, since))
        self.events.append(Happened(ClockKind.ERLEDIGT, closing, WindowKind.ERLEDIGUNG, since, measured))

    def _end(self, kind: ClockKind, found: Reaction) -> None:
        self.events.append(Happened(_START, found.started_at, self.clock))
        if not found.in_goal:
            due_at = self.window.calendar.add(found.started_at, self.window.limit)
            self.events.append(Happened(_FRISTBRUCH, due_at, self.clock, found.started_at))
        self.events.append(Happened(kind, found.stopped_at, self.clock, found.started_at, found))
        self.clock = _NAECHSTE_ANTWORT


def _standing(course: _Course, now: datetime | None, acts: Acts) -> Standing:
    window, waiting = course.window, _oldest(course.asking, None)
    due_at = strict = breaks_at = resolve_due_at = None
    if waiting is not None:
        due_at, strict = window.calendar.add(waiting, window.limit), waiting + window.limit
        course.events.append(Happened(_START, waiting, course.clock))
        breaks_at = _breaks_at(window, (waiting, window.limit, due_at), now, ())
        if breaks_at is None:
            course.events.append(Happened(_FRISTBRUCH, due_at, course.clock, waiting))
    if window.resolve is not None and course.matter_since is not None:
        since = course.matter_since
        resolve_due_at = window.calendar.add(since, window.resolve, acts.pauses)
        later = _breaks_at(window, (since, window.resolve, resolve_due_at), now, acts.pauses)
        if later is None:
            course.events.append(Happened(_FRISTBRUCH, resolve_due_at, WindowKind.ERLEDIGUNG, since))
        breaks_at = min(filter(None, (breaks_at, later)), default=None)
    aside = acts.pauses[-1][1] if acts.pauses and now is not None and acts.pauses[-1][1] > now else None
    if now is not None:
        course.events += [Happened(ClockKind.WEITER, until) for _, until in acts.pauses if until <= now]
    return Standing(
        waiting,
        due_at,
        strict,
        tuple(course.reactions),
        course.ended,
        course.clock if waiting is not None else None,
        resolve_due_at,
        # That a pause is over is noted when it is, too.
        min(filter(None, (breaks_at, aside)), default=None),
        course.holding_at if waiting is not None else None,
        aside,
        tuple(course.events),
    )


def _breaks_at(
    window: Window, running: tuple[datetime, timedelta, datetime], now: datetime | None, pauses: Pauses
) -> datetime | None:
    """Return from when on a running window (its start, limit and end) is missed; None when it is at `now`.

    Missed is only what took longer than the limit (D10): in closed hours behind its end nothing has run yet.
    """
    started_at, limit, due_at = running
    if now is None or now <= due_at:
        return due_at + _TICK
    if window.calendar.elapsed(started_at, now, pauses) > limit:
        return None
    return window.calendar.clock_start(now) + _TICK


def _ended(acts: Acts, moves: Sequence[Move]) -> Pauses:
    """Return pauses that end where the other side writes again or somebody is done: nothing is put aside any more."""
    over = [*acts.closed, *(move.at for move in moves if move.direction is _EINGANG)]
    return [(at, min((one for one in over if at < one < until), default=until)) for at, until in acts.pauses]


def _oldest(asking: Sequence[Move], at: datetime | None) -> datetime | None:
    """Return since when somebody waits at `at` (None = now): the oldest that was still there then; None for nobody."""
    for move in asking:
        if move.gone_at is None or (at is not None and move.gone_at > at):
            return move.at
    return None


def reaction(started_at: datetime, stopped_at: datetime, window: Window) -> Reaction:
    """Return the measured answer to what came in at `started_at`; exactly the limit still keeps the goal (D10)."""
    open_time = window.calendar.elapsed(started_at, stopped_at)
    return Reaction(started_at, stopped_at, open_time, stopped_at - started_at, open_time <= window.limit)


@dataclass(frozen=True, slots=True)
class Running:
    """A window that runs on a conversation, and until when."""

    clock: WindowKind
    due_at: datetime


def running(
    answer: tuple[WindowKind | None, datetime | None], resolve: datetime | None, meta: datetime | None, now: datetime
) -> tuple[Running, ...]:
    """Return every window that runs, the tightest first: the answer's, settling, and Meta's while somebody waits.

    `meta` is until when Meta allows free text. Once that is over nothing runs: the others still have to be kept.
    """
    clock, due_at = answer
    found = []
    if due_at is not None:
        found.append(Running(clock or _NAECHSTE_ANTWORT, due_at))
        if meta is not None and meta > now:
            found.append(Running(WindowKind.META, meta))
    if resolve is not None:
        found.append(Running(WindowKind.ERLEDIGUNG, resolve))
    return tuple(sorted(found, key=lambda one: one.due_at))
