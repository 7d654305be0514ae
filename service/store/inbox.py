"""Stripped webhook updates on their way to intake: added once, taken in order, set aside when they fail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.orm import Session

from models.base import Instant
from models.inbox import Inbox
from service.store.engine import Lane
from service.turn import Turn

_SQLITE = "INSERT INTO inbox (dedup, account, payload, received_at, state, error) VALUES "
_ONCE = " ON CONFLICT (dedup) DO NOTHING"
# Rows of one statement on SQLite: four values each, and older versions take no more than 32,766 (SQLITE_LIMIT).
_ROWS = 1_000
# One value whatever the number of rows: the server prepares the statement once, and nothing is taken apart by Python.
_POSTGRES = (
    "INSERT INTO inbox (dedup, account, payload, received_at, state, error) SELECT d, a, p, r, 0, '' "
    "FROM json_to_recordset(%s::json) AS t (d text, a text, p text, r bigint) ON CONFLICT (dedup) DO NOTHING"
)
_INSTANT = Instant()
_ANY = DefaultDialect()

WAITING = 0
DONE = 1
SET_ASIDE = 2


class Row(NamedTuple):
    """One update to be stored: `dedup` is unique for good, `payload` holds metadata only, `account` is the number."""

    dedup: str
    account: str
    payload: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """One stored update that waits for intake."""

    id: int
    account: str
    payload: str
    received_at: datetime


def _values(row: Row) -> tuple[str, str, str, int | None]:
    return row.dedup, row.account, row.payload, _micros(row.received_at)


# The rows of a body came at the same moment, and so did most of a group.
@lru_cache(maxsize=64)
def _micros(at: datetime) -> int | None:
    return _INSTANT.process_bind_param(at, _ANY)


@lru_cache(maxsize=_ROWS)
def _sqlite(number: int) -> str:
    """Return the statement that stores `number` rows; groups are small and of few sizes."""
    return _SQLITE + ", ".join(["(?, ?, ?, ?, 0, '')"] * number) + _ONCE


def _statements(rows: Sequence[Row], *, is_sqlite: bool) -> list[tuple[str, tuple[Any, ...]]]:
    """Return what stores rows whose keys are not there yet, in the language of the driver, and the values.

    Written by hand for both databases, as few statements as there can be: this is the hot path of webhooks, and each
    call of a driver makes the thread wait for its turn among all the others.
    """
    if is_sqlite:
        parts = [rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS)]
        return [(_sqlite(len(part)), tuple(chain.from_iterable(map(_values, part)))) for part in parts]
    named = [dict(zip("dapr", _values(row), strict=True)) for row in rows]
    return [(_POSTGRES, (msgspec.json.encode(named).decode(),))]


def add(session: Session, rows: Sequence[Row]) -> None:
    """Store rows whose keys are not there yet; the transaction is the caller's."""
    if not rows:
        return
    connection = session.connection()
    for statement, values in _statements(rows, is_sqlite=connection.dialect.name == "sqlite"):
        connection.exec_driver_sql(statement, values)


def store(lane: Lane, rows: Sequence[Row]) -> None:
    """Store rows whose keys are not there yet in a transaction of their own, for webhooks.

    Raises Unavailable (try again) and Rejected (one of the rows cannot be stored); nothing was stored then.
    """
    lane.append(_statements(rows, is_sqlite=lane.is_sqlite))


def waiting(turn: Turn, limit: int = 500) -> list[Waiting]:
    """Return the oldest updates that wait for intake, at most `limit`."""
    query = (
        select(Inbox.id, Inbox.account, Inbox.payload, Inbox.received_at)
        .where(Inbox.state == WAITING)
        .order_by(Inbox.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in turn.session.execute(query)]


def waits_for(turn: Turn, account: str) -> bool:
    """Say whether an update of this number still waits for intake."""
    query = select(Inbox.id).where(Inbox.state == WAITING, Inbox.account == account).limit(1)
    return turn.session.scalars(query).first() is not None


def done(turn: Turn, ids: Iterable[int]) -> None:
    """Mark updates as taken in and forget what they said; the key stays, so that a late retry changes nothing."""
    turn.session.execute(
        update(Inbox).where(Inbox.id.in_(list(ids))).values(state=DONE, payload=""),
        execution_options={"synchronize_session": False},
    )


def forget(turn: Turn, ids: Iterable[int]) -> None:
    """Delete updates together with their keys: those of numbers that the firm does not read."""
    turn.session.execute(delete(Inbox).where(Inbox.id.in_(list(ids))), execution_options={"synchronize_session": False})


def quarantine(turn: Turn, row_id: int, error: str) -> None:
    """Set one update aside with the class of its error (never its text), so that the others go on."""
    turn.session.execute(
        update(Inbox).where(Inbox.id == row_id).values(state=SET_ASIDE, error=error[:80]),
        execution_options={"synchronize_session": False},
    )


def counts(turn: Turn) -> dict[int, int]:
    """Return how many updates stand in each state (WAITING, DONE, SET_ASIDE)."""
    rows = turn.session.execute(select(Inbox.state, func.count()).group_by(Inbox.state))
    return {int(state): int(number) for state, number in rows}


def sweep(turn: Turn, before: datetime) -> int:
    """Delete updates that were taken in and arrived before `before`; return how many.

    Meta repeats a webhook for up to 7 days, so `before` should lie at least 14 days back.
    """
    result = turn.session.execute(
        delete(Inbox).where(Inbox.state == DONE, Inbox.received_at < before),
        execution_options={"synchronize_session": False},
    )
    return int(getattr(result, "rowcount", 0))
