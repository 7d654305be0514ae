"""Keeps the counts per local day: signed deltas in the transaction that causes them, and a recount from the rows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Table, func, literal_column, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.base import Base
from models.clock_event import ClockEvent
from models.message import Message
from models.tally import HourTally, ReactionBucket, Tally
from models.terms import Category, ClockKind, Direction
from service.domain import kpi
from service.domain.days import LOCAL, midnight
from service.store import bulk, settings
from service.turn import Turn

# Microseconds of a quarter of an hour: every zone's offset is a multiple of it.
_QUARTER = 900_000_000


@dataclass(frozen=True, slots=True)
class Delta:
    """A signed change of the counts of one local day, account and class ("" = unclassified).

    `hour` set: `received` and `copied` also count for that hour. `bucket` set: `stops` also counts in the histogram.
    """

    day: str
    account_id: int
    category: str
    received: int = 0
    final: int = 0
    sent: int = 0
    stops: int = 0
    open_seconds: int = 0
    wall_seconds: int = 0
    in_goal: int = 0
    copied: int = 0
    copied_final: int = 0
    copied_sent: int = 0
    bucket: int | None = None
    hour: int | None = None


_COUNTS = (
    "received",
    "final",
    "sent",
    "stops",
    "open_seconds",
    "wall_seconds",
    "in_goal",
    "copied",
    "copied_final",
    "copied_sent",
)
_counts = attrgetter(*_COUNTS)


def bucket(open_seconds: int) -> int:
    """Return the histogram bucket of a reaction time; defined in domain/kpi."""
    return kpi.bucket(open_seconds)


def arrived(
    account_id: int, direction: Direction, at: datetime, category: Category | None, zone: ZoneInfo = LOCAL
) -> Delta:
    """Return what one message adds to the counts; on a new class apply the old one `times` -1 too."""
    return _arrived((account_id, direction, category), _local(_quarter(at), zone), 1)


def of_new(rows: Iterable[Mapping[str, Any]], zone: ZoneInfo = LOCAL) -> Iterator[Delta]:
    """Yield what new message rows add to the counts, equal ones together."""
    names = itemgetter("account_id", "direction", "category", "copied")
    for (what, quarter), count in Counter((names(row), _quarter(row["received_at"])) for row in rows).items():
        delta = _arrived(what[:3], _local(quarter, zone), count)
        yield as_copy(delta) if what[3] else delta


def _quarter(at: datetime) -> int:
    return int(at.timestamp()) // 900


@lru_cache(maxsize=20_000)
def _local(quarter: int, zone: ZoneInfo) -> tuple[str, int]:
    """Return local day (ISO date) and hour of a quarter of an hour, counted since 1970."""
    local = datetime.fromtimestamp(quarter * 900, zone)
    return local.date().isoformat(), local.hour


def as_copy(delta: Delta) -> Delta:
    """Return what a message adds that is a copy: its mail counts under this account too, but not again for the firm."""
    return replace(delta, copied=delta.received, copied_final=delta.final, copied_sent=delta.sent)


def of_row(row: Any, zone: ZoneInfo = LOCAL) -> Delta:
    """Return what a stored message (or columns of it) adds to the counts in its present class."""
    delta = arrived(row.account_id, row.direction, row.received_at, row.category, zone)
    return as_copy(delta) if row.copied else delta


def keeps(row: Any) -> bool:
    """Say whether a message counts even when it is gone from its mailbox: everything but unclassified inbound.

    What was answered, sent or classified has happened. What was thrown away unread by the firm's classes is noise, and
    nobody could bring its share of classified messages up again.
    """
    return row.direction is Direction.AUSGANG or row.category is not None


def _arrived(what: tuple[int, Direction, Category | None], local: tuple[str, int], count: int) -> Delta:
    account_id, direction, category = what
    day, hour = local
    if direction is Direction.AUSGANG:
        return Delta(day, account_id, "", sent=count)
    final = 0 if category is None else count
    return Delta(day, account_id, category or "", received=count, final=final, hour=hour)


def answered(event: Any, zone: ZoneInfo = LOCAL) -> Delta:
    """Return what a stop (a ClockEvent or its columns) adds to the counts, on the local day of the answer."""
    open_s = event.open_s or 0
    return Delta(
        _local(_quarter(event.at), zone)[0],
        event.account_id,
        event.category or "",
        stops=1,
        open_seconds=open_s,
        wall_seconds=event.wall_s or 0,
        in_goal=int(bool(event.in_goal)),
        bucket=kpi.bucket(open_s),
    )


def times(delta: Delta, count: int) -> Delta:
    """Return a delta `count` times over; -1 takes it back."""
    return replace(delta, **{name: count * getattr(delta, name) for name in _COUNTS})


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored count that was not what the rows say."""

    table: str
    key: tuple[str | int, ...]
    column: str
    stored: int
    counted: int


Key = tuple[str | int, ...]
Pile = dict[Key, list[int]]


@dataclass(frozen=True)
class _Sheet:
    entity: type[Base]
    keys: tuple[str, ...]
    counts: tuple[str, ...]

    @property
    def table(self) -> Table:
        return cast("Table", self.entity.__table__)


_TALLY = _Sheet(Tally, ("day", "account_id", "category"), _COUNTS)
_BUCKETS = _Sheet(ReactionBucket, ("day", "account_id", "bucket"), ("stops",))
_HOURS = _Sheet(HourTally, ("day", "account_id", "hour"), ("received", "copied"))
_SHEETS = (_TALLY, _BUCKETS, _HOURS)


def apply(turn: Turn, deltas: Iterable[Delta]) -> None:
    """Add deltas to the counts: one upsert per table, in key order so that two writers never block."""
    for sheet, pile in _piles(deltas).items():
        _upsert(turn, sheet, pile)


def recount(turn: Turn, since: str = "") -> tuple[Difference, ...]:
    """Count again from messages and clock events, set the stored counts right, and return what was wrong.

    `since` (ISO date) leaves earlier days alone: rows that retention has erased cannot be counted again.
    """
    turn.session.flush()
    zone = ZoneInfo(settings.zone(turn))
    counted = _piles(chain(_from_messages(turn.session, since, zone), _from_stops(turn.session, since, zone)))
    differences: list[Difference] = []
    for sheet in _SHEETS:
        stored = _stored(turn.session, sheet, since)
        differences += _compare(sheet, stored, counted[sheet])
        _upsert(turn, sheet, _corrections(stored, counted[sheet]))
    return tuple(differences)


def _zeros(sheet: _Sheet) -> Pile:
    return defaultdict(lambda: [0] * len(sheet.counts))


def _piles(deltas: Iterable[Delta]) -> dict[_Sheet, Pile]:
    piles = {sheet: _zeros(sheet) for sheet in _SHEETS}
    for delta in deltas:
        _add(piles[_TALLY][delta.day, delta.account_id, delta.category], _counts(delta))
        if delta.bucket is not None:
            _add(piles[_BUCKETS][delta.day, delta.account_id, delta.bucket], [delta.stops])
        if delta.hour is not None:
            _add(piles[_HOURS][delta.day, delta.account_id, delta.hour], [delta.received, delta.copied])
    return piles


def _add(values: list[int], more: Sequence[int]) -> None:
    for index, value in enumerate(more):
        values[index] += value


def _upsert(turn: Turn, sheet: _Sheet, pile: Mapping[Key, Sequence[int]]) -> None:
    names = (*sheet.keys, *sheet.counts)
    rows = [dict(zip(names, (*key, *pile[key]), strict=True)) for key in sorted(pile) if any(pile[key])]
    bulk.count(turn, sheet.entity, sheet.keys, rows)


def _from_messages(session: Session, since: str, zone: ZoneInfo) -> Iterator[Delta]:
    """Count messages by quarter of an hour in the database; the local day and hour of each follow here."""
    quarter = type_coerce(Message.received_at, BigInteger).op("/")(literal_column(str(_QUARTER))).label("quarter")
    columns = (Message.account_id, Message.direction, Message.category, Message.copied, quarter)
    there = or_(Message.removed_at.is_(None), Message.category.is_not(None), Message.direction == Direction.AUSGANG)
    counted = select(*columns, func.count()).where(there, *_since(Message.received_at, since, zone)).group_by(*columns)
    for account_id, direction, category, copied, number, count in session.execute(counted):
        delta = _arrived((account_id, direction, category), _local(number, zone), count)
        yield as_copy(delta) if copied else delta


def _from_stops(session: Session, since: str, zone: ZoneInfo) -> Iterator[Delta]:
    columns = (
        ClockEvent.at,
        ClockEvent.account_id,
        ClockEvent.category,
        ClockEvent.open_s,
        ClockEvent.wall_s,
        ClockEvent.in_goal,
    )
    stops = select(*columns).where(ClockEvent.kind == ClockKind.STOPP, *_since(ClockEvent.at, since, zone))
    for event in session.execute(stops.execution_options(yield_per=5_000)):
        yield answered(event, zone)


def _since(column: InstrumentedAttribute[datetime], since: str, zone: ZoneInfo) -> tuple[ColumnElement[bool], ...]:
    return (column >= midnight(date.fromisoformat(since), zone),) if since else ()


def _stored(session: Session, sheet: _Sheet, since: str) -> Pile:
    table = sheet.table
    columns = [table.c[name] for name in (*sheet.keys, *sheet.counts)]
    width = len(sheet.keys)
    stored = _zeros(sheet)
    for row in session.execute(select(*columns).where(table.c.day >= since)):
        stored[tuple(row[:width])] = list(row[width:])
    return stored


def _compare(sheet: _Sheet, stored: Pile, counted: Pile) -> Iterator[Difference]:
    for key in sorted(stored.keys() | counted.keys()):
        for name, had, has in zip(sheet.counts, stored[key], counted[key], strict=True):
            if had != has:
                yield Difference(sheet.table.name, key, name, had, has)


def _corrections(stored: Pile, counted: Pile) -> Pile:
    keys = stored.keys() | counted.keys()
    return {key: [has - had for had, has in zip(stored[key], counted[key], strict=True)] for key in keys}
