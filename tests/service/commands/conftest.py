"""A house to be examined: a data directory with an upgraded database."""

import socket
from pathlib import Path

import pytest


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated: Path) -> Path:
    """A data directory with an upgraded database, and a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("POSTLOTSE_PORT", str(probe.getsockname()[1]))
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(folder))
    (folder / "postlotse.db").write_bytes(migrated.read_bytes())
    return folder
