"""Stops: brings the stored events of response windows in line with what the messages say, and notes the difference."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update

from models.clock_event import ClockEvent
from models.terms import CalendarKind, Category, Channel, ClockKind, WindowKind
from service.domain.standing import Happened
from service.store import bulk, tallies
from service.store.tallies import Delta
from service.turn import Turn


class Place(NamedTuple):
    """Where an event counts: conversation, account, channel, the class of its last inbound message, and the calendar
    in which its windows run, with its version."""

    conversation_id: int
    account_id: int
    channel: Channel
    category: Category | None
    calendar: CalendarKind
    calendar_version: int


class _Stored(NamedTuple):
    """An event as it is stored; what is compared comes first, in the order in which `_row` names it."""

    conversation_id: int
    account_id: int
    channel: Channel
    kind: ClockKind
    at: datetime
    started_at: datetime | None
    open_s: int | None
    wall_s: int | None
    in_goal: bool | None
    category: Category | None
    clock: WindowKind | None
    calendar: CalendarKind
    id: int
    until: datetime | None


_COLUMNS = tuple(getattr(ClockEvent, name) for name in _Stored._fields)
_OF = select(*_COLUMNS).where(ClockEvent.conversation_id.in_(bulk.IDS))
_NAMES = _Stored._fields[:-2]
_KIND = _NAMES.index("kind")
_Key = tuple[ClockKind, datetime]
_Window = tuple[datetime | None, bool]
# Members of an enumeration are slow to look up (Python 3.11); these are asked for with every message.
_PAUSE, _MISSED, _SETTLING = ClockKind.PAUSE, ClockKind.FRISTBRUCH, WindowKind.ERLEDIGUNG
_ENDS = frozenset({_MISSED, ClockKind.STOPP, ClockKind.ENDE_OHNE_ANTWORT, ClockKind.ERLEDIGT})
# The smallest step of time: two windows that end at one instant are missed one after the other.
_TICK = timedelta(microseconds=1)


@dataclass(slots=True)
class Ledger:
    """The events of some conversations, and what has to change so that they are right.

    What lies in a month that is closed ("2026-10", local) stays as it was reported, whatever is computed anew.
    """

    zone: ZoneInfo
    closed: frozenset[str] = frozenset()
    stored: Mapping[int, Mapping[_Key, _Stored]] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    fresh: list[dict[str, Any]] = field(default_factory=list)
    deltas: list[Delta] = field(default_factory=list)
    strays: dict[tuple[Any, ...], _Stored] = field(default_factory=dict)

    def settle(self, place: Place, events: Iterable[Happened]) -> None:
        """Compare one conversation's stored events with those that follow from its messages; pauses are people's."""
        left = dict(self.stored.get(place.conversation_id, {}))
        ended = self._reported_ends(left.values()) if self.closed else frozenset()
        met: dict[_Key, WindowKind | None] = {}
        for event in events:
            key = _free(met, event)
            if key is None:
                continue
            met[key] = event.clock
            values = _values(place, event, key[1])
            known = left.pop(key, None)
            if known is None:
                # Whether a window was missed is said once: what a closed month says of it stays.
                if event.kind is not _MISSED or _window(event) not in ended:
                    self._add(place, values)
            elif known[: len(values)] != values and not self._is_reported(known.at):
                self._drop(known)
                self._add(place, values)
        for known in left.values():
            if known.kind is not _PAUSE:
                self._let_go(known, ended)

    def _let_go(self, known: _Stored, ended: frozenset[_Window]) -> None:
        """Drop an event that no longer follows from the messages, unless a closed month reports it."""
        if not self._is_reported(known.at) and not (known.kind is _MISSED and _window(known) in ended):
            self._drop(known)
        else:
            # Its message may have gone to another conversation: it then follows, and is counted once.
            self.strays[known.account_id, known.kind, known.at, known.started_at] = known

    def _reported_ends(self, stored: Iterable[_Stored]) -> frozenset[_Window]:
        """Return the windows of which a closed month says how they ended, or that they were missed."""
        return frozenset(_window(one) for one in stored if one.kind in _ENDS and self._is_reported(one.at))

    def pauses(self, conversation_id: int) -> list[tuple[datetime, datetime]]:
        """Return from when until when people put this conversation aside, in order."""
        mine = self.stored.get(conversation_id, {}).values()
        return sorted((one.at, one.until) for one in mine if one.kind is ClockKind.PAUSE and one.until)

    def _is_reported(self, at: datetime) -> bool:
        return bool(self.closed) and _month(at, self.zone) in self.closed

    def _add(self, place: Place, values: tuple[Any, ...]) -> None:
        row = dict(zip(_NAMES, values, strict=True))
        row["calendar_version"] = place.calendar_version
        self.fresh.append(row)
        if values[_KIND] in tallies.COUNTED:
            self._count(_Stored._make((*values, 0, None)), 1)

    def _drop(self, event: _Stored) -> None:
        self.gone.append(event.id)
        self._count(event, -1)

    def _count(self, event: Any, count: int) -> None:
        found = tallies.of_event(event, self.zone)
        if found is not None:
            self.deltas.append(found if count == 1 else tallies.times(found, count))

    def write(self, turn: Turn) -> list[Delta]:
        """Store the differences; return what they add to the counts."""
        if self.strays:
            self.fresh = [row for row in self.fresh if not self._is_stray(turn, row)]
        for start in range(0, len(self.gone), 500):
            turn.session.execute(
                delete(ClockEvent).where(ClockEvent.id.in_(self.gone[start : start + 500])),
                execution_options={"synchronize_session": False},
            )
        bulk.add(turn, ClockEvent, self.fresh)
        return self.deltas

    def _is_stray(self, turn: Turn, row: Mapping[str, Any]) -> bool:
        """Say whether a closed month reports a new event elsewhere already; it then moves here, and stays as it is."""
        known = self.strays.pop((row["account_id"], row["kind"], row["at"], row["started_at"]), None)
        if known is None:
            return False
        turn.session.execute(
            update(ClockEvent).where(ClockEvent.id == known.id).values(conversation_id=row["conversation_id"]),
            execution_options={"synchronize_session": False},
        )
        if row["kind"] in tallies.COUNTED:
            self._count(_Stored._make((*(row[name] for name in _NAMES), 0, None)), -1)
        return True


def adopt(turn: Turn, old: int, new: int) -> None:
    """Give what a closed month reports of a conversation whose messages have gone to the one that has them now."""
    there = {(one.kind, one.at) for one in _stored(turn, [new])}
    some = [one.id for one in _stored(turn, [old]) if one.kind is not _PAUSE and (one.kind, one.at) not in there]
    turn.session.execute(
        update(ClockEvent).where(ClockEvent.id.in_(some)).values(conversation_id=new),
        execution_options={"synchronize_session": False},
    )


def ledger(turn: Turn, conversation_ids: Sequence[int], zone: ZoneInfo, closed: frozenset[str]) -> Ledger:
    """Return the events of these conversations as they are stored; `zone` gives the local day of each."""
    stored: dict[int, dict[_Key, _Stored]] = defaultdict(dict)
    for event in _stored(turn, conversation_ids):
        stored[event.conversation_id][event.kind, event.at] = event
    return Ledger(zone, closed, stored)


def _stored(turn: Turn, conversation_ids: Sequence[int]) -> Iterable[_Stored]:
    return map(_Stored._make, bulk.select_by(turn, _OF, conversation_ids))


@lru_cache(maxsize=4096)
def _month(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m")


def _window(event: Happened | _Stored) -> _Window:
    """Return what tells the windows of a conversation apart: when each began, and whether it is that for settling."""
    return event.started_at, event.clock is _SETTLING


def _free(met: Mapping[_Key, WindowKind | None], event: Happened) -> _Key | None:
    """Return under which key an event is stored; None where it stands there already."""
    key = (event.kind, event.at)
    if key not in met:
        return key
    if event.kind is not _MISSED or met[key] is event.clock:
        return None
    return event.kind, event.at + _TICK


def _values(place: Place, event: Happened, at: datetime) -> tuple[Any, ...]:
    measured = event.measured
    spans: tuple[int | None, int | None, bool | None] = (None, None, None)
    if measured is not None:
        spans = (int(measured.open.total_seconds()), int(measured.wall.total_seconds()), measured.in_goal)
    return (
        place.conversation_id,
        place.account_id,
        place.channel,
        event.kind,
        at,
        event.started_at,
        *spans,
        place.category,
        event.clock,
        place.calendar,
    )
