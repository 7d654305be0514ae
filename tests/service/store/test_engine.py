"""Transactions: all or nothing, a locked database is a clear error, people who write at once queue up."""

from threading import Thread

import psycopg
import pytest
from sqlalchemy import event, func, select, text

from models.trail import Trail
from service.errors import Rejected, Unavailable
from service.store import trail
from service.store.engine import Database
from service.turn import Actor, Turn
from tests import postgres
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


def test_all_that_is_read_in_one_look_is_of_one_instant(database: Database) -> None:
    note(database, "before")

    with database.read() as session:
        first = session.execute(select(func.count()).select_from(Trail)).scalar_one()
        note(database, "meanwhile")
        second = session.execute(select(func.count()).select_from(Trail)).scalar_one()

    assert (first, second, lines(database)) == (1, 1, 2)


@pytest.mark.postgres
def test_connections_that_the_server_has_closed_are_not_used_again(copies: postgres.Copies) -> None:
    database = Database(url := copies.get())
    with database.read() as one, database.read() as other:
        own = [session.scalar(select(func.pg_backend_pid())) for session in (one, other)]

    with psycopg.connect(database.engine.url.set(drivername="postgresql").render_as_string(False)) as server:
        ended = [server.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone() for pid in own]
    with database.read() as one, database.read() as other:
        new = [session.scalar(select(func.pg_backend_pid())) for session in (one, other)]

    assert ended == [(True,), (True,)]
    assert not set(new) & set(own)
    database.dispose()
    copies.give_back(url)


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
        event.listen(impatient.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=50"))
        with pytest.raises(Unavailable, match="gesperrt"), impatient.write():
            pass
        impatient.dispose()

    assert lines(sqlite_database) == 0


def key(database: Database, word: str | None) -> tuple[str, tuple[str | None]]:
    """Return a statement of the driver that stores a row with this key, which may not be missing."""
    mark = "?" if database.is_sqlite else "%s"
    columns = "dedup, account, payload, received_at, state, error"
    return f"INSERT INTO inbox ({columns}) VALUES ({mark}, '', '', 0, 0, '') ON CONFLICT DO NOTHING", (word,)


def keys(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.connection().exec_driver_sql("SELECT dedup FROM inbox ORDER BY id").scalars())


def test_what_a_lane_is_given_at_once_is_stored_together_or_not_at_all(database: Database) -> None:
    lane = database.lane()

    lane.append([key(database, "a"), key(database, "b")])
    with pytest.raises(Rejected):
        lane.append([key(database, "c"), key(database, None)])
    with pytest.raises(Rejected):
        lane.append([key(database, None)])
    lane.append([key(database, "d")])
    lane.close()

    assert keys(database) == ["a", "b", "d"]


def test_a_lane_opens_another_connection_when_its_own_has_gone_away(database: Database) -> None:
    lane = database.lane()
    lane.append([key(database, "a")])
    assert lane._held is not None
    assert lane._held.dbapi_connection is not None

    lane._held.dbapi_connection.close()
    lane.append([key(database, "b")])
    lane.close()

    assert keys(database) == ["a", "b"]


def test_what_every_page_asks_stays_prepared_on_postgresql_and_no_machine_code_is_made_of_it(
    database: Database,
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite's driver keeps its statements by itself")

    for _ in range(8):
        lines(database)

    with database.read() as session:
        kept = session.connection().exec_driver_sql("SELECT statement FROM pg_prepared_statements").scalars().all()
        assert any("FROM trail" in one for one in kept)
        assert session.connection().exec_driver_sql("SHOW jit").scalar_one() == "off"
