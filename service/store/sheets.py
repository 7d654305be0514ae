"""Sheets: how counts lie in their tables, how signed changes are added to them, and how they are compared."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, cast

from sqlalchemy import BigInteger, ColumnElement, Insert, Table, bindparam, func, select, tuple_
from sqlalchemy import cast as as_type
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.base import Base
from models.tally import Histogram, Tally, WorkTally
from service.domain import histogram
from service.store import bulk
from service.turn import Turn

Key = tuple[str | int, ...]
Pile = dict[Key, list[int]]
Spread = dict[Key, dict[int, int]]

REACTION, HOUR = "reaction", "hour"
_KEYS = ("day", "account_id", "category")
_CHUNK = 200
# From so many rows on, PostgreSQL takes them as arrays.
_MANY = 200
HISTOGRAM = cast("Table", Histogram.__table__)
# SQLite has one writer at a time and knows no locks of rows. Built once: every page that is taken in asks this.
_LOCKED = (
    select(Histogram.day, Histogram.account_id, Histogram.kind, Histogram.counts)
    .where(tuple_(Histogram.day, Histogram.account_id, Histogram.kind).in_(bindparam("keys", expanding=True)))
    .order_by(Histogram.day, Histogram.account_id, Histogram.kind)
    .with_for_update()
)


def whole_sum(column: Any) -> ColumnElement[int]:
    """Return the sum of a column of counts as a whole number; PostgreSQL would make a decimal of it, which is slow."""
    return as_type(func.sum(column), BigInteger)


@dataclass(frozen=True, eq=False)
class Sheet:
    """A table of counts: its keys, and the columns that add up."""

    entity: type[Base]

    @property
    def table(self) -> Table:
        """Return the table."""
        return cast("Table", self.entity.__table__)

    @cached_property
    def counts(self) -> tuple[str, ...]:
        """Return the names of the columns that add up, in the order of the model, which alone defines them."""
        return tuple(column.name for column in self.table.columns if not column.primary_key)


TALLY = Sheet(Tally)
WORK = Sheet(WorkTally)
SHEETS = (TALLY, WORK)
# In which sheet a count stands, and in which place of its rows.
_PLACES = {name: (sheet, place) for sheet in SHEETS for place, name in enumerate(sheet.counts)}


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored count that was not what the rows say; of a histogram `column` names its kind."""

    table: str
    key: Key
    column: str
    stored: int
    counted: int


class Counts:
    """Counts that are being gathered: numbers by sheet and key, and histograms by day, account and kind."""

    def __init__(self) -> None:
        self.piles: dict[Sheet, Pile] = {sheet: zeros(sheet) for sheet in SHEETS}
        self.spread: Spread = defaultdict(lambda: defaultdict(int))

    def add(self, key: Key, counts: Mapping[str, int]) -> None:
        """Add numbers to what stands under a key; the name of each says in which sheet. Raises KeyError for others."""
        for name, value in counts.items():
            if value:
                sheet, place = _PLACES[name]
                self.piles[sheet][key][place] += value

    def days(self) -> set[str]:
        """Return the local days (ISO dates) about which something was gathered."""
        counted = {str(key[0]) for pile in self.piles.values() for key in pile}
        return counted | {str(key[0]) for key in self.spread}

    def write(self, turn: Turn) -> None:
        """Add everything to what is stored: one statement per table, in key order so that two writers never block."""
        for sheet, pile in self.piles.items():
            _upsert(turn, sheet, pile)
        _merge(turn, self.spread)

    def put_right(self, turn: Turn, since: str) -> Iterator[Difference]:
        """Make the stored counts of `since` and later days what was gathered here; yield what was different."""
        for sheet, counted in self.piles.items():
            stored = _stored(turn.session, sheet, since)
            yield from _compare(sheet, stored, counted)
            _upsert(turn, sheet, _corrections(stored, counted))
        known = _histograms(turn.session, since)
        yield from _compare_histograms(known, self.spread)
        wrong = [key for key in known.keys() | self.spread.keys() if known.get(key, {}) != self.spread.get(key, {})]
        _store(turn, {key: self.spread.get(key, {}) for key in sorted(wrong)})


def zeros(sheet: Sheet) -> Pile:
    """Return no counts at all."""
    return defaultdict(lambda: [0] * len(sheet.counts))


def _upsert(turn: Turn, sheet: Sheet, pile: Mapping[Key, Sequence[int]]) -> None:
    names = (*_KEYS, *sheet.counts)
    counted = [(*key, *pile[key]) for key in sorted(pile) if any(pile[key])]
    if len(counted) > _MANY and not _is_sqlite(turn):
        added = ", ".join(f"{name} = {sheet.table.name}.{name} + excluded.{name}" for name in sheet.counts)
        _pour(turn, sheet.table, names, counted, added)
        return
    bulk.count(turn, sheet.entity, _KEYS, [dict(zip(names, row, strict=True)) for row in counted])


def _pour(turn: Turn, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]], change: str) -> None:
    """Add many rows on PostgreSQL as arrays, one per column: a tenth of the time of one statement per row."""
    kinds = {"day": "text", "category": "text", "kind": "text", "counts": "bytea"}
    arrays = ", ".join(f"%s::{kinds.get(name, 'bigint')}[]" for name in names)
    statement = (
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM unnest({arrays}) "  # noqa: S608  own names only
        f"ON CONFLICT ({', '.join(names[:3])}) DO UPDATE SET {change}"
    )
    for start in range(0, len(rows), 10_000):
        columns = zip(*rows[start : start + 10_000], strict=True)
        turn.session.connection().exec_driver_sql(statement, tuple(list(column) for column in columns))


def _merge(turn: Turn, spread: Mapping[Key, Mapping[int, int]]) -> None:
    """Add to packed histograms: read, add, write back; on PostgreSQL the rows are locked meanwhile, in key order."""
    keys = sorted(key for key, counts in spread.items() if any(counts.values()))
    for start in range(0, len(keys), _CHUNK):
        some = keys[start : start + _CHUNK]
        found = _locked(turn, some)
        merged: Spread = {}
        for key in some:
            counts = histogram.unpack([found[key]] if key in found else [])
            for place, count in spread[key].items():
                counts[place] = counts.get(place, 0) + count
            merged[key] = counts
        _store(turn, merged)


def _locked(turn: Turn, keys: Sequence[Key]) -> dict[Key, bytes]:
    if not _is_sqlite(turn):
        blank = [dict(zip(("day", "account_id", "kind"), key, strict=True), counts=b"") for key in keys]
        turn.session.connection().execute(postgresql.insert(Histogram).on_conflict_do_nothing(), blank)
    found = turn.session.execute(_LOCKED, {"keys": keys})
    return {(day, account_id, kind): packed for day, account_id, kind, packed in found}


def _store(turn: Turn, merged: Mapping[Key, Mapping[int, int]]) -> None:
    if not merged:
        return
    if len(merged) > _MANY and not _is_sqlite(turn):
        packed = [(*key, histogram.pack(counts)) for key, counts in merged.items()]
        _pour(turn, HISTOGRAM, ("day", "account_id", "kind", "counts"), packed, "counts = excluded.counts")
        return
    rows = [
        {"day": day, "account_id": account_id, "kind": kind, "counts": histogram.pack(counts)}
        for (day, account_id, kind), counts in merged.items()
    ]
    turn.session.connection().execute(_putting(is_sqlite=_is_sqlite(turn)), rows)


@lru_cache(maxsize=2)
def _putting(*, is_sqlite: bool) -> Insert:
    statement: Any = sqlite.insert(Histogram) if is_sqlite else postgresql.insert(Histogram)
    return cast(
        "Insert",
        statement.on_conflict_do_update(
            index_elements=["day", "account_id", "kind"], set_={"counts": statement.excluded.counts}
        ),
    )


def _is_sqlite(turn: Turn) -> bool:
    return turn.session.get_bind().dialect.name == "sqlite"


def _stored(session: Session, sheet: Sheet, since: str) -> Pile:
    columns = [sheet.table.c[name] for name in (*_KEYS, *sheet.counts)]
    stored = zeros(sheet)
    for row in session.execute(select(*columns).where(sheet.table.c.day >= since)):
        stored[tuple(row[:3])] = list(row[3:])
    return stored


def _compare(sheet: Sheet, stored: Pile, counted: Pile) -> Iterator[Difference]:
    nothing = [0] * len(sheet.counts)
    table = sheet.table.name
    for key in sorted(stored.keys() | counted.keys()):
        past, present = stored.get(key, nothing), counted.get(key, nothing)
        if past != present:
            for name, had, has in zip(sheet.counts, past, present, strict=True):
                if had != has:
                    yield Difference(table, key, name, had, has)


def _corrections(stored: Pile, counted: Pile) -> Pile:
    nothing = [0] * len(next(iter(counted.values()), next(iter(stored.values()), [])))
    found: Pile = {}
    for key in stored.keys() | counted.keys():
        past, present = stored.get(key, nothing), counted.get(key, nothing)
        if past != present:
            found[key] = [has - had for had, has in zip(past, present, strict=True)]
    return found


def _histograms(session: Session, since: str) -> Spread:
    rows = session.execute(
        select(Histogram.day, Histogram.account_id, Histogram.kind, Histogram.counts).where(Histogram.day >= since)
    )
    return {(day, account_id, kind): histogram.unpack([packed]) for day, account_id, kind, packed in rows if packed}


def _compare_histograms(stored: Spread, counted: Spread) -> Iterable[Difference]:
    for key in sorted(stored.keys() | counted.keys()):
        had, has = stored.get(key, {}), counted.get(key, {})
        if had == has:
            continue
        for place in sorted(had.keys() | has.keys()):
            if had.get(place, 0) != has.get(place, 0):
                name = f"{key[2]} {place}"
                yield Difference("histogram", key, name, had.get(place, 0), has.get(place, 0))
