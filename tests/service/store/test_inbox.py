"""Webhook updates are kept once, taken in order, forgotten when done, and set aside when they fail."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.errors import Unavailable
from service.store import inbox
from service.store.engine import Database
from service.store.inbox import DONE, SET_ASIDE, WAITING, Row
from service.turn import Turn

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def row(key: str, at: datetime = NOW) -> Row:
    return Row(key, "1", f'{{"kind":"message","id":"{key}"}}', at)


def test_the_same_key_is_stored_once(turn: Turn) -> None:
    inbox.add(turn.session, [row("a"), row("b"), row("a")])
    inbox.add(turn.session, [row("b"), row("c")])

    assert [waiting.payload for waiting in inbox.waiting(turn)] == [row(key).payload for key in "abc"]


def test_many_rows_fit_into_one_transaction(turn: Turn) -> None:
    inbox.add(turn.session, [row(f"k{n}") for n in range(40_000)])

    assert inbox.counts(turn) == {WAITING: 40_000}


def test_done_rows_are_forgotten_and_their_keys_stay(turn: Turn) -> None:
    inbox.add(turn.session, [row("a"), row("b")])
    first, second = inbox.waiting(turn)

    inbox.done(turn, [first.id])

    inbox.add(turn.session, [row("a")])
    assert inbox.waiting(turn) == [second]
    payloads = turn.session.connection().exec_driver_sql("SELECT payload FROM inbox ORDER BY id").scalars().all()
    assert payloads[0] == ""


def test_a_row_that_fails_is_set_aside_with_the_class_of_its_error(turn: Turn) -> None:
    inbox.add(turn.session, [row("a"), row("b")])
    first, second = inbox.waiting(turn)

    inbox.quarantine(turn, first.id, "Malformed")

    assert inbox.waiting(turn) == [second]
    assert inbox.counts(turn) == {WAITING: 1, SET_ASIDE: 1}


def test_old_rows_are_swept_when_they_are_done_only(turn: Turn) -> None:
    old = NOW - timedelta(days=20)
    inbox.add(turn.session, [row("a", old), row("b", old), row("c")])
    first, _, third = inbox.waiting(turn)
    inbox.done(turn, [first.id, third.id])

    swept = inbox.sweep(turn, NOW - timedelta(days=14))

    assert swept == 1
    assert inbox.counts(turn) == {WAITING: 1, DONE: 1}


def test_a_database_without_tables_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        inbox.store(Database(f"sqlite:///{tmp_path / 'leer.db'}").lane(), [row("a")])
