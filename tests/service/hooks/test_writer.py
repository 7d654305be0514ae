"""The writer stores what was accepted, also at the end, and refuses what comes later."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.errors import Unavailable
from service.hooks.writer import Writer, _Ticket
from service.store.engine import Database
from service.store.inbox import Row

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def count(database: Database) -> int:
    with database.read() as session:
        return int(session.connection().exec_driver_sql("SELECT count(*) FROM inbox").scalar_one())


def test_rows_are_there_when_store_returns_and_the_worker_is_woken(database: Database) -> None:
    woken: list[int] = []
    writer = Writer(database, lambda: woken.append(count(database)))

    writer.store([Row("a", "1", "{}", NOW), Row("a", "1", "{}", NOW), Row("b", "1", "{}", NOW)])
    writer.close()

    assert count(database) == 2
    assert woken == [2]


def test_nothing_to_store_needs_no_database(tmp_path: Path) -> None:
    writer = Writer(Database(f"sqlite:///{tmp_path / 'leer.db'}"))

    writer.store([])

    writer.close()


def test_after_closing_callers_are_refused(database: Database) -> None:
    writer = Writer(database)
    writer.store([Row("a", "1", "{}", NOW)])
    writer.close()
    writer.close()

    with pytest.raises(Unavailable):
        writer.store([Row("b", "1", "{}", NOW)])

    assert count(database) == 1


def test_a_failing_database_is_reported_to_every_caller(tmp_path: Path) -> None:
    writer = Writer(Database(f"sqlite:///{tmp_path / 'ohne_tabellen.db'}"))

    for _ in range(2):
        with pytest.raises(Unavailable):
            writer.store([Row("a", "1", "{}", NOW)])

    writer.close()


def test_a_row_that_cannot_be_stored_does_not_take_others_of_its_group_with_it(database: Database) -> None:
    writer = Writer(database)
    poison = _Ticket([Row("a", None, "{}", NOW)])  # type: ignore[arg-type]
    good = _Ticket([Row("b", "1", "{}", NOW)])

    writer._commit([poison, good])
    writer.close()

    assert (poison.failed, good.failed) == (True, False)
    assert count(database) == 1
