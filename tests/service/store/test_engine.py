"""Transactions: all or nothing, a locked database is a clear error, people who write at once queue up."""

from threading import Thread

import pytest
from sqlalchemy import func, select, text

from models.trail import Trail
from service.errors import Unavailable
from service.store import trail
from service.store.engine import Database
from service.turn import Actor, Turn
from tests.conftest import NOW


def note(database: Database, about: str) -> None:
    with database.write() as session:
        trail.note(Turn(session, NOW, Actor()), "Probe", about)


def lines(database: Database) -> int:
    with database.read() as session:
        return int(session.execute(select(func.count()).select_from(Trail)).scalar_one())


def test_an_error_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:  # noqa: PT012  the error must come from inside the turn
        trail.note(Turn(session, NOW, Actor()), "Probe", "x")
        session.flush()
        raise ZeroDivisionError

    assert lines(database) == 0


def test_reading_never_commits(database: Database) -> None:
    with database.read() as session:
        trail.note(Turn(session, NOW, Actor()), "Probe", "x")
        session.flush()

    assert lines(database) == 0


def test_many_writers_queue_up_and_none_is_lost(database: Database) -> None:
    threads = [Thread(target=note, args=(database, f"probe:{number}")) for number in range(12)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert lines(database) == 12


@pytest.mark.slow
def test_a_locked_database_is_a_clear_german_error(sqlite_database: Database) -> None:
    with sqlite_database.write() as holder:
        holder.execute(text("SELECT 1"))
        impatient = Database(str(sqlite_database.engine.url))
        with impatient.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=50")
            connection.rollback()
            with pytest.raises(Unavailable, match="gesperrt"), impatient.write():
                pass
        impatient.dispose()

    assert lines(sqlite_database) == 0
