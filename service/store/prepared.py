"""Statements that pages ask all the time: put into words once per kind of database, then told to its driver directly.

SQLAlchemy looks at a statement anew whenever it is executed, which takes longer than most of those of a page run.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.selectable import CompoundSelect, Select

from service.turn import Turn


class _Words:
    """A statement in the words of one driver: its text, its values, and how columns are read."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
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


# As these listeners are told of it: one execution, not one for each of many values.
_MANY = False


class Prepared:
    """A statement that is built once, for values that change."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._known: dict[str, _Words] = {}

    def rows(self, turn: Turn, values: Mapping[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        """Return all rows, what was changed in this transaction included; `values` are those of the named parameters.

        Raises like the session's own execute.
        """
        turn.session.flush()
        connection = turn.session.connection()
        words = self._words(connection)
        told = words.values(values or {})
        # Whoever listens to what this connection is told hears of these statements as well.
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, None, words.text, told, None, _MANY)
        with _told(connection) as driver:
            found = driver.execute(words.text, told).fetchall()
        return words.read(found)

    def row(self, turn: Turn, values: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """Return the one row of a statement that always has one."""
        (found,) = self.rows(turn, values)
        return found

    def _words(self, connection: Connection) -> _Words:
        name = connection.dialect.name
        if name not in self._known:
            self._known[name] = _Words(self._statement, connection.dialect)
        return self._known[name]


@contextmanager
def _told(connection: Connection) -> Iterator[Any]:
    error_of_driver = connection.dialect.loaded_dbapi.Error
    try:
        yield connection.connection.driver_connection
    except error_of_driver as error:
        raise DBAPIError.instance(None, None, error, error_of_driver, hide_parameters=True) from error
