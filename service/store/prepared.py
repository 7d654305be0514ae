"""Statements that pages ask all the time: put into words once per kind of database, then told to its driver directly.

SQLAlchemy looks at a statement anew whenever it is executed, which takes longer than most of those of a page run.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.selectable import CompoundSelect, Select

from service.store.engine import READING
from service.turn import Turn

_POSTGRES = "postgresql"
# As listeners are told of it: one execution, not one for each of many values.
_MANY = False


class _Words:
    """A statement in the words of one driver: its text, its values, and how columns are read."""

    def __init__(self, statement: Any, dialect: Dialect, *, as_bytes: bool) -> None:
        self._as_bytes = as_bytes and dialect.name == _POSTGRES
        compiled = statement.compile(dialect=dialect)
        asked = {name for bind, name in compiled.bind_names.items() if bind.required}
        into = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for bind, name in compiled.bind_names.items()
        }
        # Lists are written out, for which every parameter has to have some value.
        state = compiled.construct_expanded_state(dict.fromkeys(asked))
        for name, parts in state.parameter_expansion.items():
            into |= dict.fromkeys(parts, into[name])
        self.text: str = state.statement
        self._order = state.positiontup
        self._into = {name: into[name] for name in asked}
        self._fixed = {name: _as(into[name], value) for name, value in state.parameters.items() if name not in asked}
        readers = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in statement.selected_columns
        ]
        self._readers = [(place, reader) for place, reader in enumerate(readers) if reader is not None]

    def values(self, told: Mapping[str, Any]) -> Any:
        """Return the values as the driver takes them."""
        found = dict(self._fixed)
        for name, into in self._into.items():
            found[name] = _as(into, told[name])
        return found if self._order is None else [found[name] for name in self._order]

    def tell(self, connection: Connection, driver: Any, told: Any) -> Any:
        """Give it to the driver with such values; returns its cursor."""
        # Whoever listens to what this connection is told hears of these statements as well.
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, None, self.text, told, None, _MANY)
        return (driver.cursor(binary=True) if self._as_bytes else driver).execute(self.text, told)

    def read(self, rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """Return rows with instants, terms and the like in the place of what is stored."""
        if not self._readers:
            return rows
        read = [list(row) for row in rows]
        for place, reader in self._readers:
            for row in read:
                row[place] = reader(row[place])
        return read


def _as(into: Any, value: Any) -> Any:
    return value if into is None else into(value)


_NO_VALUES: Mapping[str, Any] = MappingProxyType({})


class Prepared:
    """A statement that is built once, for values that change.

    With `as_bytes` PostgreSQL gives its rows as it keeps them: what is bytes does not come as text twice as long.
    """

    def __init__(
        self, statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]], *, as_bytes: bool = False
    ) -> None:
        self._statement = statement
        self._as_bytes = as_bytes
        self._known: dict[str, _Words] = {}

    def rows(self, turn: Turn, values: Mapping[str, Any] = _NO_VALUES) -> Sequence[Sequence[Any]]:
        """Return all rows, what was changed in this transaction included; `values` are those of the named parameters.

        A turn that only reads is of one instant: it asks once, whoever asks again.
        Raises like the session's own execute.
        """
        turn.session.flush()
        connection = turn.session.connection()
        words = self.words(connection.dialect)
        told = words.values(values)
        known, key = _known(turn), _key(words, told)
        if key not in known:
            with _heard(connection) as driver:
                known[key] = words.tell(connection, driver, told).fetchall()
        return words.read(known[key])

    def row(self, turn: Turn, values: Mapping[str, Any] = _NO_VALUES) -> Sequence[Any]:
        """Return the one row of a statement that always has one."""
        (found,) = self.rows(turn, values)
        return found

    def words(self, dialect: Dialect) -> _Words:
        """Return the statement in the words of a driver."""
        if dialect.name not in self._known:
            self._known[dialect.name] = _Words(self._statement, dialect, as_bytes=self._as_bytes)
        return self._known[dialect.name]


class Ask(NamedTuple):
    """A statement with the values that it is asked with."""

    statement: Prepared
    values: Mapping[str, Any] = _NO_VALUES

    def rows(self, turn: Turn) -> Sequence[Sequence[Any]]:
        """Return its rows, like Prepared.rows."""
        return self.statement.rows(turn, self.values)

    def row(self, turn: Turn) -> Sequence[Any]:
        """Return its one row, like Prepared.row."""
        return self.statement.row(turn, self.values)


Answers = dict[tuple[Any, ...], Sequence[Sequence[Any]]]
# Where a session that only reads keeps what it was answered.
_ANSWERS = "answers"


def _known(turn: Turn) -> Answers:
    """Return what this turn was answered; nothing to one that may change what it asked for."""
    if not turn.session.info.get(READING):
        return {}
    known: Answers = turn.session.info.setdefault(_ANSWERS, {})
    return known


def together(turn: Turn, asks: Iterable[Ask]) -> None:
    """Ask at once what will be asked for one by one, where the database is a server and this turn only reads.

    A server sleeps between two statements and has to be woken for each, which takes longer than most of them. What
    comes of it changes nothing but the time: `rows` finds its answer here, or asks. Raises like `rows`.
    """
    if not turn.session.info.get(READING):
        return
    connection = turn.session.connection()
    if connection.dialect.name != _POSTGRES:
        return
    known = _known(turn)
    new: dict[tuple[Any, ...], tuple[_Words, Any]] = {}
    for statement, values in asks:
        words = statement.words(connection.dialect)
        told = words.values(values)
        key = _key(words, told)
        if key not in known:
            new[key] = words, told
    if not new:
        return
    with _heard(connection) as driver:
        with driver.pipeline():
            answers = {key: words.tell(connection, driver, told) for key, (words, told) in new.items()}
        known |= {key: answer.fetchall() for key, answer in answers.items()}


def _key(words: _Words, told: Any) -> tuple[Any, ...]:
    return (words, *(told.values() if isinstance(told, dict) else told))


@contextmanager
def _heard(connection: Connection) -> Iterator[Any]:
    """Yield the driver's own connection; what it refuses is raised as SQLAlchemy would."""
    error_of_driver = connection.dialect.loaded_dbapi.Error
    try:
        yield connection.connection.driver_connection
    except error_of_driver as error:
        raise DBAPIError.instance(None, None, error, error_of_driver, hide_parameters=True) from error
