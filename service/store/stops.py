"""Stops: brings the stored events of response windows in line with what the messages say, and notes the difference."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

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
# Members of an enumeration are slow to look up (Python 3.11); these are asked for with every message.
_PAUSE = ClockKind.PAUSE


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

    def settle(self, place: Place, events: Iterable[Happened]) -> None:
        """Compare one conversation's stored events with those that follow from its messages; pauses are people's."""
        left = dict(self.stored.get(place.conversation_id, {}))
        met: set[_Key] = set()
        for event in events:
            key = (event.kind, event.at)
            if key in met:
                continue
            met.add(key)
            values = _values(place, event)
            known = left.pop(key, None)
            if known is None:
                self._add(place, values)
            elif known[: len(values)] != values and not self._is_reported(known.at):
                self._drop(known)
                self._add(place, values)
        for known in left.values():
            if known.kind is not _PAUSE and not self._is_reported(known.at):
                self._drop(known)

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
        for start in range(0, len(self.gone), 500):
            turn.session.execute(
                delete(ClockEvent).where(ClockEvent.id.in_(self.gone[start : start + 500])),
                execution_options={"synchronize_session": False},
            )
        bulk.add(turn, ClockEvent, self.fresh)
        return self.deltas


def ledger(turn: Turn, conversation_ids: Sequence[int], zone: ZoneInfo, closed: frozenset[str]) -> Ledger:
    """Return the events of these conversations as they are stored; `zone` gives the local day of each."""
    stored: dict[int, dict[_Key, _Stored]] = defaultdict(dict)
    for row in bulk.select_by(turn, _OF, conversation_ids):
        event = _Stored._make(row)
        stored[event.conversation_id][event.kind, event.at] = event
    return Ledger(zone, closed, stored)


@lru_cache(maxsize=4096)
def _month(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m")


def _values(place: Place, event: Happened) -> tuple[Any, ...]:
    measured = event.measured
    spans: tuple[int | None, int | None, bool | None] = (None, None, None)
    if measured is not None:
        spans = (int(measured.open.total_seconds()), int(measured.wall.total_seconds()), measured.in_goal)
    return (
        place.conversation_id,
        place.account_id,
        place.channel,
        event.kind,
        event.at,
        event.started_at,
        *spans,
        place.category,
        event.clock,
        place.calendar,
    )
