"""Fixtures that many tests share: both databases, a clock that stands still, a turn."""

from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from hypothesis import is_hypothesis_test

from service.store import schema
from service.store.engine import Database
from service.turn import Actor, Turn
from tests import compiled, measured, postgres

compiled.share()

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Count no lines while tests are looked for. Who only hands out tests to others loads nothing."""
    if not session.config.getoption("numprocesses", None):
        measured.rest()
    return (yield)


def pytest_collection_finish() -> None:
    """Prepare in each process that runs tests, once everything is loaded."""
    measured.prepare()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest runs first: at the end one core would wait for them."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def repeats(item: pytest.Item) -> bool:
    """Return whether a test runs only what others run as well: it says so, is on SQLite the same, or draws examples.

    A property that alone reaches some lines says so by the mark `measured`.
    """
    callspec = getattr(item, "callspec", None)
    again = callspec is not None and callspec.params.get("database") == "postgresql"
    drawn = is_hypothesis_test(getattr(item, "obj", None)) and item.get_closest_marker("measured") is None
    return again or drawn or any(item.get_closest_marker(name) for name in ("unmeasured", "browser"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Count no lines for what only repeats, nor for what its fixtures do."""
    if repeats(item):
        return (yield)
    with measured.counted():
        return (yield)


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The URL of a throw-away PostgreSQL server; skips where PostgreSQL is not installed."""
    where = postgres.binaries()
    if where is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster(where) as url:
        yield url


@pytest.fixture(scope="session")
def template(cluster: str) -> str:
    """The name of a migrated PostgreSQL database that tests copy."""
    name = "template_postlotse"
    with psycopg.connect(cluster.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    database = Database(f"{cluster}/{name}")
    schema.upgrade(database)
    database.dispose()
    return name


@pytest.fixture(scope="session")
def copies(cluster: str, template: str) -> Iterator[postgres.Copies]:
    """Copies of the migrated PostgreSQL database, emptied and used again instead of made anew for each test."""
    found = postgres.Copies(cluster, template)
    yield found
    found.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that tests copy."""
    path = tmp_path_factory.mktemp("template") / "postlotse.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture
def sqlite_database(tmp_path: Path, migrated: Path) -> Iterator[Database]:
    """An empty, migrated SQLite database."""
    path = tmp_path / "postlotse.db"
    path.write_bytes(migrated.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty, migrated database: the same test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_database")
        return
    copies = request.getfixturevalue("copies")
    url = copies.get()
    database = Database(url)
    yield database
    database.dispose()
    copies.give_back(url)


@pytest.fixture
def turn(database: Database) -> Iterator[Turn]:
    """One open writing turn at NOW by nobody."""
    with database.write() as session:
        yield Turn(session, NOW, Actor())
