"""Bulk writing: many rows through one prepared statement, each value encoded once, column by column.

SQLAlchemy compiles the statement and knows how each column stores its values; what it would do again for every row
(collect parameters, look up types) is done once per statement here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

import msgspec
from sqlalchemy import (
    JSON,
    BindParameter,
    Boolean,
    Connection,
    Dialect,
    Enum,
    Integer,
    Select,
    String,
    Table,
    bindparam,
    insert,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase

from models.base import Base, Instant
from service.turn import Turn

Encoder = Callable[[Any], Any]
# Stands in a statement for the numbers that `select_by` is given.
IDS: BindParameter[Any] = bindparam("ids", expanding=True)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement as the driver takes it, its parameters in order with what encodes them, and its fixed values."""

    text: str
    names: tuple[str, ...]
    encoders: tuple[Encoder | None, ...]
    fixed: Mapping[str, Any]
    positional: bool


def add(turn: Turn, entity: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns; the others get their defaults."""
    if rows:
        connection = turn.session.connection()
        _run(connection, _insertion(connection.dialect, _table(entity), tuple(rows[0])), rows)


def change(turn: Turn, entity: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Update rows by primary key `b_id`; all name the same columns."""
    if rows:
        connection = turn.session.connection()
        _run(connection, _change(connection.dialect, _table(entity), tuple(rows[0])), rows)


def count(turn: Turn, entity: type[Base], keys: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add every column that is no key to the row of its keys, or make that row."""
    if rows:
        connection = turn.session.connection()
        _run(connection, _counting(connection.dialect, _table(entity), tuple(keys), tuple(rows[0])), rows)


def select_by(turn: Turn, statement: Select[*tuple[Any, ...]], numbers: Sequence[int]) -> list[tuple[Any, ...]]:
    """Return the rows of a select of columns that asks for `IDS`, decoded: terms, instants, flags, numbers, text.

    `statement` names no other value, and is built once for the whole process: it is translated once a database.
    """
    if not numbers:
        return []
    connection = turn.session.connection()
    before, after, decoders = _asking(connection.dialect, statement)
    # Whole numbers may stand in the text as they are; as parameters, each costs more than its look-up.
    with connection.exec_driver_sql(f"{before}{','.join([str(int(one)) for one in numbers])}{after}") as result:
        rows = result.cursor.fetchall() if result.cursor else []
    return _decoded(rows, decoders)


@lru_cache(maxsize=64)
def _asking(dialect: Dialect, statement: Select[*tuple[Any, ...]]) -> tuple[str, str, Sequence[Encoder | None]]:
    compiled = statement.compile(dialect=dialect)
    before, after = compiled.string.split(f"__[POSTCOMPILE_{IDS.key}]")
    return before, after, [_decoder(column.type, dialect) for column in statement.selected_columns]


def _decoded(rows: Sequence[tuple[Any, ...]], decoders: Sequence[Encoder | None]) -> list[tuple[Any, ...]]:
    if not rows:
        return []
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for place, decode in enumerate(decoders):
        if decode is not None:
            columns[place] = list(map(decode, columns[place]))
    return list(zip(*columns, strict=True))


def _table(entity: type[Base]) -> Table:
    return cast("Table", entity.__table__)


@lru_cache(maxsize=64)
def _insertion(dialect: Dialect, table: Table, names: tuple[str, ...]) -> _Prepared:
    return _prepare(dialect, insert(table), names)


@lru_cache(maxsize=64)
def _change(dialect: Dialect, table: Table, names: tuple[str, ...]) -> _Prepared:
    changed: dict[str, Any] = {name: bindparam(name) for name in names if name != "b_id"}
    return _prepare(dialect, update(table).where(table.c.id == bindparam("b_id")).values(changed), names)


@lru_cache(maxsize=64)
def _counting(dialect: Dialect, table: Table, keys: tuple[str, ...], names: tuple[str, ...]) -> _Prepared:
    statement: Any = postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)
    added = {name: table.c[name] + statement.excluded[name] for name in names if name not in keys}
    return _prepare(dialect, statement.on_conflict_do_update(index_elements=list(keys), set_=added), names)


def _prepare(dialect: Dialect, statement: UpdateBase, names: tuple[str, ...]) -> _Prepared:
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    fixed = {column.key: cast("Any", column.default).arg for column in compiled.insert_prefetch}
    order = tuple(compiled.positiontup or compiled.binds)
    encoders = tuple(_encoder(compiled.binds[name].type, dialect) for name in order)
    return _Prepared(compiled.string, order, encoders, fixed, compiled.positional)


def _encoder(kind: Any, dialect: Dialect) -> Encoder | None:
    if isinstance(kind, Enum) and kind.enum_class is not None:
        stored: dict[Any, Any] = {member: str(member.value) for member in kind.enum_class}
        return (stored | {None: None}).__getitem__
    if isinstance(kind, Instant):
        return Instant.stored
    if isinstance(kind, JSON):
        return _json
    if isinstance(kind, Boolean | String | Integer):
        # Both drivers store these as they are; SQLAlchemy would look at every single one.
        return None
    return cast("Encoder | None", kind.dialect_impl(dialect).bind_processor(dialect))


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _decoder(kind: Any, dialect: Dialect) -> Encoder | None:
    if isinstance(kind, Enum) and kind.enum_class is not None:
        read: dict[Any, Any] = {str(member.value): member for member in kind.enum_class}
        return (read | {None: None}).__getitem__
    if isinstance(kind, Instant):
        return Instant.read
    if isinstance(kind, Boolean) and dialect.name == "sqlite":
        return {0: False, 1: True, None: None}.__getitem__
    return None


def _run(connection: Connection, prepared: _Prepared, rows: Sequence[Mapping[str, Any]]) -> None:
    given = tuple(rows[0])
    # The first one twice, so that a single column, too, makes tuples.
    pick = itemgetter(*given, given[0])
    told: dict[str, Sequence[Any]] = dict(zip(given, zip(*map(pick, rows), strict=True), strict=False))
    columns: list[Sequence[Any]] = []
    for name, encode in zip(prepared.names, prepared.encoders, strict=True):
        fixed = name in prepared.fixed
        values = [prepared.fixed[name]] if fixed else told[name]
        if encode is not None:
            values = list(map(encode, values))
        columns.append([values[0]] * len(rows) if fixed else values)
    values_of: list[Any] = list(zip(*columns, strict=True))
    if not prepared.positional:
        values_of = [dict(zip(prepared.names, values, strict=True)) for values in values_of]
    connection.exec_driver_sql(prepared.text, values_of)
