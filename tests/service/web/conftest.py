"""The small firm behind every page test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import web_data
from tests.conftest import NOW
from tests.directory import CLIENT, SECRET, TENANT, Directory, serving
from tests.web_data import Web


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """The small firm's database as a file to copy."""
    return web_data.built(tmp_path_factory.mktemp("firma"), migrated)


@pytest.fixture
def firm(tmp_path: Path, filled: Path) -> Iterator[Web]:
    """The small firm, on SQLite."""
    made = web_data.copied(tmp_path, filled)
    yield made
    made.runtime.database.dispose()


@pytest.fixture
def directory() -> Iterator[Directory]:
    with serving(int(NOW.timestamp())) as found:
        yield found


@pytest.fixture
def joined(tmp_path: Path, migrated: Path, directory: Directory) -> Iterator[Web]:
    """A firm without mail whose people sign in by the directory."""
    made = web_data.web(
        tmp_path,
        migrated,
        (),
        oidc_issuer=directory.url,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_tenants=TENANT,
        support_contact="Ute Admin, Tel. 11",
    )
    yield made
    made.runtime.database.dispose()
