"""What the doctor asks the database: settings, integrity, accounts, what waits too long. Reads only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from models.account import Account
from models.inbox import Inbox
from models.job import Job, Schedule
from models.message import Message
from models.terms import AccountState, Channel
from service.errors import ConfigInvalid, Unavailable
from service.store import schema
from service.store.engine import Database, reached
from service.store.jobs import MOST_ATTEMPTS
from service.turn import Turn

_SQLITE = ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
_POSTGRESQL = ("log_error_verbosity", "log_min_error_statement")


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """How reading of one account stands; without its address, so that the answer may be passed on to support."""

    id: int
    channel: Channel
    state: AccountState
    error_code: str
    last_ok_at: datetime | None
    sample: bool
    warning_code: str = ""
    incomplete_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Webhook updates that could not be read, those waiting since before a limit, and background work overdue."""

    damaged: int
    waiting: int
    jobs: int
    failing: int
    schedules: int


def open_database(url: str) -> Database:
    """Return the database that `url` names, without connecting. Raises ConfigInvalid when the URL cannot be read."""
    try:
        return Database(url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigInvalid(("POSTLOTSE_DATABASE_URL ist keine Adresse einer Datenbank.",)) from error
    except OSError as error:
        raise Unavailable("Der Ordner der Datenbank lässt sich nicht anlegen.") from error


@contextmanager
def _reached() -> Iterator[None]:
    try:
        with reached():
            yield
    except DBAPIError as error:
        raise Unavailable("Die Datenbank ist nicht erreichbar oder keine Datenbank.") from error


def version(database: Database) -> str:
    """Return the schema version; "" for an empty or missing database, which is not created by asking."""
    name = database.engine.url.database or ""
    if database.is_sqlite and not Path(name).exists():
        return ""
    with _reached():
        return schema.current(database)


def alive(turn: Turn) -> None:
    """Ask the database the cheapest question there is. Raises Unavailable through the turn when it does not answer."""
    turn.session.execute(select(1))


def settings(database: Database) -> dict[str, str]:
    """Return the settings of this connection that losing or leaking data depends on, as text by name."""
    names, verb = (_SQLITE, "PRAGMA") if database.is_sqlite else (_POSTGRESQL, "SHOW")
    with _reached(), database.engine.connect() as connection:
        return {name: str(connection.exec_driver_sql(f"{verb} {name}").scalar_one()) for name in names}


def integrity(database: Database) -> str:
    """Return "ok" or what SQLite finds wrong (page numbers, no rows); "ok" on PostgreSQL, which checks itself."""
    if not database.is_sqlite:
        return "ok"
    with _reached(), database.engine.connect() as connection:
        return str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())


def accounts(turn: Turn) -> tuple[AccountHealth, ...]:
    """Return every account, oldest first."""
    rows = turn.session.scalars(select(Account).order_by(Account.id))
    return tuple(
        AccountHealth(
            r.id, r.channel, r.state, r.error_code, r.last_ok_at, r.sample, r.warning_code, r.incomplete_since
        )
        for r in rows
    )


def newest_message(turn: Turn) -> datetime | None:
    """Return when the youngest message came."""
    newest: datetime | None = turn.session.scalar(select(func.max(Message.received_at)))
    return newest


def waiting(turn: Turn, before: datetime) -> Waiting:
    """Count what is damaged and what should have been done `before` that instant."""

    def count(table: type, *conditions: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(table)
        for condition in conditions:
            query = query.where(condition)
        return turn.session.scalar(query) or 0

    free = Job.lease_until.is_(None) | (Job.lease_until < before)
    return Waiting(
        damaged=count(Inbox, Inbox.error != ""),
        waiting=count(Inbox, Inbox.state == 0, Inbox.error == "", Inbox.received_at < before),
        jobs=count(Job, Job.run_at < before, free, Job.attempt < MOST_ATTEMPTS),
        failing=count(Job, Job.error != "", Job.attempt >= 3),
        schedules=count(Schedule, Schedule.next_run_at < before),
    )
