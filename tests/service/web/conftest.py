"""The small firm behind every page test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import web_data
from tests.web_data import Web


@pytest.fixture
def firm(tmp_path: Path, migrated: Path) -> Iterator[Web]:
    """The small firm, on SQLite."""
    made = web_data.web(tmp_path, migrated)
    yield made
    made.runtime.database.dispose()
