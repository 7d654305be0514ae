"""The database: connections, pragmas, transactions. The only module that commits."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from select import POLLIN, poll
from typing import Any

import psycopg
from psycopg import pq
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import PoolProxiedConnection

from service.errors import Collision, Damaged, Rejected, Unavailable
from service.store import identity
from service.store.identity import Identity

# Marks a session in which nothing changes: what was worked out in it once holds until it ends.
READING = "reading"

# Milliseconds a SQLite connection waits for the one writer before the person gets a clear error.
_BUSY_MS = 10_000

# FULL survives a power cut, secure_delete leaves no erased address in the file.
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={_BUSY_MS}",
    "PRAGMA cache_size=-64000",
    "PRAGMA temp_store=MEMORY",
)


def _open_sqlite(raw: Any, _record: Any) -> None:
    raw.isolation_level = None
    cursor = raw.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


# Statements that a connection to PostgreSQL keeps prepared: a page has some forty, and each asks for them again.
_PREPARED = 300


def _open_postgres(raw: Any, _record: Any) -> None:
    raw.prepared_max = _PREPARED
    # Making machine code of a statement takes longer than any of ours may run, and large tables seem to call for it.
    raw.execute("SET jit TO off")
    raw.commit()


# Seconds without a word, then between tries, and how many: after these the system closes a connection nobody answers.
_KEPT_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


def _look(raw: Any, _record: Any, _proxy: Any) -> None:
    """Refuse a connection that the server has closed while nobody used it, without asking the server.

    Its last words, or that there are none any more, wait to be read: only then an empty statement tells. Asking at
    every checkout took as long as a statement of a page, twice per page.
    """
    waits = poll()
    try:
        waits.register(raw.pgconn.socket, POLLIN)
        gone = bool(waits.poll(0)) and raw.pgconn.exec_(b"").status != pq.ExecStatus.EMPTY_QUERY
    except psycopg.Error:
        gone = True
    if gone:
        raise InvalidatePoolError


def _roll_back(raw: Any) -> None:
    """Roll back past the driver, which would forget every statement that it has prepared.

    It does so because a table that they name may have been made in what is rolled back. No reader makes one.
    """
    raw.pgconn.exec_(b"ROLLBACK")


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("postlotse_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def make_engine(url: str) -> Engine:
    """Make the engine for `url` (sqlite:///FILE or postgresql+psycopg://...). Parameters never reach logs or errors."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        engine = create_engine(parsed, hide_parameters=True, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(parsed, hide_parameters=True, pool_size=10, max_overflow=20, connect_args=_KEPT_ALIVE)
    event.listen(engine, "connect", _open_postgres)
    event.listen(engine, "checkout", _look)
    return engine


# What SQLite says (https://www.sqlite.org/rescode.html) when a file is broken inside or something else altogether.
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@contextmanager
def reached() -> Iterator[None]:
    """Turn what a driver says about a database that cannot be worked with into an error of the house.

    Raises Damaged for a broken or foreign file, Unavailable for a missing, locked or full one; neither quotes a value.
    """
    try:
        yield
    except DBAPIError as error:
        if (getattr(error.orig, "sqlite_errorcode", 0) & 0xFF) in _BROKEN:
            text = "Die Datenbankdatei ist beschädigt oder keine Datenbank."
            raise Damaged(f"{text} Postlotse anhalten und eine Sicherung zurückspielen.") from error
        if isinstance(error, OperationalError):
            raise Unavailable("Die Datenbank ist gerade nicht erreichbar oder gesperrt.") from error
        raise


@contextmanager
def refused() -> Iterator[None]:
    """Turn what a driver says about a value or a transaction into an error of the house, and all that `reached` turns.

    Raises Collision for a key that is there already, Rejected for a value that the database does not take.
    """
    try:
        with reached():
            yield
    except IntegrityError as error:
        raise Collision("Jemand hat gerade dasselbe gespeichert. Bitte noch einmal versuchen.") from error
    except (DBAPIError, OverflowError) as error:
        # SQLite's driver refuses too large a number before the database sees it.
        raise Rejected("Die Datenbank nimmt einen der Werte nicht an.") from error


class Lane:
    """A connection that one thread keeps for itself, to append: what it is given at once is one transaction.

    A transaction of one statement is one call of the driver. The sessions of `Database.write` ask the pool, begin and
    commit in calls of their own; where webhooks come by the thousand, those calls cost more than the rows.
    """

    def __init__(self, engine: Engine, file: Identity) -> None:
        self._engine = engine
        self._file = file
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._held: PoolProxiedConnection | None = None
        self._cursor: Any = None

    def append(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> None:
        """Store durably, all or nothing: `statements` in the language of the driver, each with its values.

        They must change nothing when they run twice: after a lost connection they are tried once more on a new one,
        and nobody knows whether the lost one had stored them. Raises like `Database.write`.
        """
        error_of_driver = self._engine.dialect.loaded_dbapi.Error
        stored = False
        with refused():
            try:
                # This connection is kept, so that the pool never looks.
                self._file.check()
                self._twice(statements, error_of_driver)
                stored = True
            except error_of_driver as error:
                raise DBAPIError.instance(None, None, error, error_of_driver, hide_parameters=True) from error
            finally:
                # Whatever was under way ends with the connection.
                if not stored:
                    self.close()

    def _twice(self, statements: Sequence[tuple[str, Sequence[Any]]], error_of_driver: type[Exception]) -> None:
        try:
            self._run(statements)
        except error_of_driver as error:
            if not self._lost(error):
                raise
            self.close()
            self._run(statements)

    def close(self) -> None:
        """Close the connection; the next `append` opens another."""
        held, self._held, self._cursor = self._held, None, None
        if held is not None:
            held.close()

    def _run(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> None:
        if self._cursor is None:
            self._open()
        if len(statements) == 1:
            self._cursor.execute(*statements[0])
            return
        self._cursor.execute("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
        for statement in statements:
            self._cursor.execute(*statement)
        self._cursor.execute("COMMIT")

    def _open(self) -> None:
        self._held = held = self._engine.raw_connection()
        held.detach()
        raw: Any = held.dbapi_connection
        self._engine.dialect.set_isolation_level(raw, "AUTOCOMMIT")
        self._cursor = held.cursor()

    def _lost(self, error: Any) -> bool:
        """Whether the connection has gone away under us, as it does when the server of the database starts again."""
        return self._held is not None and self._engine.dialect.is_disconnect(error, self._held.dbapi_connection, None)


class Database:
    """The database of one firm: a SQLite file or a PostgreSQL schema."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._file = identity.watch(self.engine)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        writer = self.engine.execution_options(postlotse_begin="IMMEDIATE") if self.is_sqlite else self.engine
        self._writers = sessionmaker(writer, expire_on_commit=False)
        # All that is read in one look is of one instant, as SQLite has it by itself.
        reader = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._readers = sessionmaker(reader, expire_on_commit=False, info={READING: True})

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session in a writing transaction; commit at the end, roll back on error.

        On SQLite the write lock is taken at the start, so that two people who confirm at once queue up instead of
        failing late. Raises Unavailable when the database is missing, locked for too long, or full; Rejected when
        it refuses a value. Neither quotes the value.
        """
        with refused(), self._writers() as session, session.begin():
            session.connection()
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session for reading; whatever it did is rolled back. Raises Unavailable like `write`."""
        with reached(), self._readers() as session:
            yield session
            if not self.is_sqlite and session.in_transaction():
                _roll_back(session.connection().connection.dbapi_connection)

    def lane(self) -> Lane:
        """Return a connection for one thread that appends; whoever asks for it closes it."""
        return Lane(self.engine, self._file)

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()
