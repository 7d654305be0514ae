"""Everything that is stored about the bearer of an address, a number or a user id, found by the column registry."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, MetaData, Table, Text, cast, or_, select

from models.address import same_identifier
from models.column import Column, Entry, Whose
from models.message import Message
from models.party import Person
from models.registry import REGISTRY
from models.tables import METADATA
from models.terms import Channel, Direction
from service.turn import Turn

_CHUNK = 500
_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Found:
    """One row. `about` is False when it is only shown because a row of the person points at it; `why` says how it
    was found ("sender", "message.conversation_id")."""

    table: str
    key: tuple[Any, ...]
    values: Mapping[str, Any]
    about: bool
    why: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What was asked for, under which normal forms it was searched, and every row that was found."""

    asked: str
    forms: tuple[str, ...]
    rows: tuple[Found, ...]

    def of(self, table: str) -> tuple[Found, ...]:
        """Return the rows of one table."""
        return tuple(row for row in self.rows if row.table == table)


@dataclass
class _Search:
    turn: Turn
    forms: tuple[str, ...]
    registry: Mapping[str, Entry]
    metadata: MetaData
    found: dict[tuple[str, tuple[Any, ...]], Found] = field(default_factory=dict)

    def table(self, name: str) -> Table:
        return self.metadata.tables[name]


def collect(
    turn: Turn, identifier: str, registry: Mapping[str, Entry] = REGISTRY, metadata: MetaData = METADATA
) -> Subject:
    """Return everything stored about the bearer of `identifier`, in the order of the registry.

    Found are rows in which an identifier column holds it, rows that belong to them, the rows they point at, and lines
    of the trail about them. A table with an identifier column in the registry is searched without any change here.
    """
    forms = same_identifier(identifier)
    search = _Search(turn, forms, registry, metadata)
    if forms:
        _by_identifier(search)
        _by_ties(search)
        _by_reference(search)
    order = {name: number for number, name in enumerate(registry)}
    rows = sorted(search.found.values(), key=lambda row: (order[row.table], _sortable(row.key)))
    return Subject(identifier.strip(), forms, tuple(rows))


def siblings(turn: Turn, identifier: str) -> tuple[str, ...]:
    """Return under which other number or WhatsApp user id the bearer of `identifier` wrote, as messages show it.

    Each needs a question of its own: proof of identity is per identifier (Art. 12(6) GDPR).
    """
    forms = same_identifier(identifier)
    pairs = turn.session.execute(
        select(Message.sender, Message.user_id)
        .where(
            Message.channel == Channel.WHATSAPP,
            Message.direction == Direction.EINGANG,
            or_(Message.sender.in_(forms), Message.user_id.in_(forms)),
        )
        .distinct()
    )
    return tuple(sorted({name for pair in pairs for name in pair} - {"", *forms}))


def other_names(turn: Turn, found: Subject) -> tuple[str, ...]:
    """Return the names of all other persons, longest first: reasons may name the party of a whole domain."""
    own = [row.values["id"] for row in found.of("person")]
    names = turn.session.scalars(select(Person.display_name).where(Person.id.not_in(own), Person.display_name != ""))
    return tuple(sorted(set(names), key=len, reverse=True))


def holds(value: Any, forms: Iterable[str]) -> bool:
    """Say whether one of the forms stands in a value: itself, or as a leaf of JSON (also packed as text)."""
    wanted = frozenset(forms)
    return any(leaf in wanted for leaf in leaves(value))


def leaves(value: Any) -> Iterator[str]:
    """Yield the strings in a JSON value; text that is a JSON object or array is opened."""
    value = opened(value)
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield str(name)
            yield from leaves(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from leaves(part)


def speaks_of_other(entry: Entry, column: Column, values: Mapping[str, Any], forms: Sequence[str]) -> bool:
    """Say whether a value of a row is about somebody else: the bearer of an identifier that is not asked for."""
    of = column.speaks_of or (column.name if column.identifier and not column.packed else "")
    return bool(of) and bool(values.get(of)) and values[of] not in forms


def opened(value: Any) -> Any:
    """Return the JSON object or array that a text holds; every other value as it is."""
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _by_identifier(search: _Search) -> None:
    for entry in search.registry.values():
        table = search.table(entry.table)
        plain = [column for column in entry.columns.values() if column.identifier and not column.packed]
        packed = [column for column in entry.columns.values() if column.identifier and column.packed]
        for column in plain:
            _take(search, entry, table.c[column.name].in_(search.forms), (True, column.name))
        for column in packed:
            _take_packed(search, entry, column)


def _take_packed(search: _Search, entry: Entry, column: Column) -> None:
    # The text search is coarse (JSON escapes, substrings): what it finds is opened and compared leaf by leaf.
    cell = cast(search.table(entry.table).c[column.name], Text)
    wanted = {form for each in search.forms for form in (each, json.dumps(each)[1:-1])}
    rough = or_(*(cell.contains(form, autoescape=True) for form in sorted(wanted)))
    for row in _rows(search, entry.table, rough):
        if holds(row[column.name], search.forms):
            _keep(search, entry, row, (True, column.name))


def _by_ties(search: _Search) -> None:
    # Ties are few steps long; the bound only stops a registry that points in a circle.
    for _ in range(_ROUNDS):
        before = len(search.found)
        for entry in search.registry.values():
            for name in entry.belongs_to:
                _children(search, entry, name)
        for row in tuple(search.found.values()):
            _parents(search, row)
        if len(search.found) == before:
            return


def _children(search: _Search, entry: Entry, name: str) -> None:
    column = search.table(entry.table).c[name]
    parent = next(iter(column.foreign_keys)).column.table.name
    keys = [row.key[0] for row in search.found.values() if row.table == parent and row.about]
    for part in _chunks(keys):
        _take(search, entry, column.in_(part), (True, f"{entry.table}.{name}"))


def _parents(search: _Search, row: Found) -> None:
    entry = search.registry[row.table]
    for name in entry.brings:
        value = row.values[name]
        if value is None or speaks_of_other(entry, entry.columns[name], row.values, search.forms):
            continue
        target = next(iter(search.table(entry.table).c[name].foreign_keys)).column
        parent = search.registry[target.table.name]
        if (parent.table, (value,)) not in search.found:
            for values in _rows(search, parent.table, target == value):
                _keep(search, parent, values, (_about(parent, values, search.forms), f"{entry.table}.{name}"))


def _about(entry: Entry, values: Mapping[str, Any], forms: Sequence[str]) -> bool:
    """A row that is only pointed at is about the person unless it is the firm's or speaks of somebody else."""
    speakers = {column.speaks_of for column in entry.columns.values() if column.speaks_of}
    return entry.whose is not Whose.FIRMA and (not speakers or any(values[name] in forms for name in speakers))


def _by_reference(search: _Search) -> None:
    named = [f"{row.table}:{row.key[0]}" for row in search.found.values() if row.about]
    for entry in search.registry.values():
        if entry.refers:
            for part in _chunks(named):
                _take(search, entry, search.table(entry.table).c[entry.refers].in_(part), (True, entry.refers))


def _take(search: _Search, entry: Entry, condition: ColumnElement[bool], how: tuple[bool, str]) -> None:
    for row in _rows(search, entry.table, condition):
        _keep(search, entry, row, how)


def _keep(search: _Search, entry: Entry, row: Mapping[str, Any], how: tuple[bool, str]) -> None:
    key = tuple(row[column.name] for column in search.table(entry.table).primary_key.columns)
    known = search.found.get((entry.table, key))
    if known is None or (how[0] and not known.about):
        search.found[entry.table, key] = Found(entry.table, key, row, how[0], how[1])


def _rows(search: _Search, table: str, condition: ColumnElement[bool]) -> list[Mapping[str, Any]]:
    rows = search.turn.session.connection().execute(select(search.table(table)).where(condition)).mappings()
    return [dict(row) for row in rows]


def _chunks(items: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def _sortable(key: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(part.hex() if isinstance(part, bytes) else f"{part:>20}" for part in key)
