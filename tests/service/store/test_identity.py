"""A database file that is deleted or exchanged under the running service is noticed before anything is written into it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from models.trail import Trail
from service.errors import Replaced
from service.store.engine import Database
from tests.service.store.test_engine import lines, note

APPEND = "INSERT INTO trail (at, verb, about) VALUES (1, 'Probe', 'lane')"


def delete(path: Path) -> None:
    path.unlink()


def exchange(path: Path) -> None:
    shutil.copy(path, path.with_suffix(".neu"))
    path.with_suffix(".neu").replace(path)


@pytest.fixture
def path(sqlite_database: Database) -> Path:
    note(sqlite_database, "davor")
    return Path(str(sqlite_database.engine.url.database))


@pytest.mark.parametrize(("harm", "how"), [(delete, "gelöscht"), (exchange, "ersetzt")])
def test_nothing_is_written_into_a_file_that_is_gone(
    sqlite_database: Database, path: Path, harm: Callable[[Path], None], how: str
) -> None:
    lane = sqlite_database.lane()
    lane.append([(APPEND, ())])
    harm(path)

    with pytest.raises(Replaced, match=how):
        note(sqlite_database, "danach")
    with pytest.raises(Replaced, match=how):
        lines(sqlite_database)
    with pytest.raises(Replaced, match=how):
        lane.append([(APPEND, ())])

    assert path.exists() == (harm is exchange)


def test_a_file_that_is_put_back_is_good_again(sqlite_database: Database, path: Path) -> None:
    aside = path.with_suffix(".weg")
    path.rename(aside)
    with pytest.raises(Replaced):
        lines(sqlite_database)

    aside.rename(path)

    note(sqlite_database, "danach")
    assert lines(sqlite_database) == 2


def test_once_all_connections_are_closed_another_file_may_lie_there(sqlite_database: Database, path: Path) -> None:
    sqlite_database.dispose()

    exchange(path)

    assert lines(sqlite_database) == 1


def test_a_database_in_memory_has_no_file_to_look_at() -> None:
    database = Database("sqlite://")

    with database.write() as session:
        Trail.__table__.create(session.connection())  # type: ignore[attr-defined]  # a Table

    assert lines(database) == 0
