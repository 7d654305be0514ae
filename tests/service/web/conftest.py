"""The small firm behind every page test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import web_data
from tests.web_data import Web


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """The small firm's database as a file to copy."""
    folder = tmp_path_factory.mktemp("firma")
    made = web_data.web(folder, migrated)
    with made.runtime.database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    made.runtime.database.dispose()
    return folder / "postlotse.db"


@pytest.fixture
def firm(tmp_path: Path, filled: Path) -> Iterator[Web]:
    """The small firm, on SQLite."""
    made = web_data.copied(tmp_path, filled)
    yield made
    made.runtime.database.dispose()
