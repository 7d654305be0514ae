"""Copies under faults: a full disk leaves nothing half, and a killed restore leaves the old or the new database."""

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import insert

from models.setting import Setting
from service.store import copies
from service.store.engine import Database
from tests.service.commands.times import NOON

REPO = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.slow


@pytest.fixture
def house(tmp_path: Path, migrated: Path) -> Path:
    """A data directory whose database is larger than the limit that the tests set."""
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "postlotse.db").write_bytes(migrated.read_bytes())
    database = Database(f"sqlite:///{tmp_path / 'var' / 'postlotse.db'}")
    with database.write() as session:
        rows = [{"name": f"n{i}", "version": 1, "value": "x" * 900, "changed_at": NOON} for i in range(1000)]
        session.execute(insert(Setting), rows)
    database.dispose()
    return tmp_path / "var"


def start(house: Path, *words: str, blocks: str = "unlimited") -> subprocess.Popen[str]:
    """Start a command whose files may grow to so many blocks of 512 bytes, as on a disk that is full then."""
    return subprocess.Popen(
        ["/bin/sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", sys.executable, "-m", "service.cli", *words],
        cwd=REPO,
        env={"PATH": "/usr/bin:/bin", "POSTLOTSE_DATA_DIR": str(house)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def rows(file: Path) -> int:
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    count: int = connection.execute("SELECT count(*) FROM setting").fetchone()[0]
    connection.close()
    return count


@pytest.mark.unmeasured
def test_a_full_disk_is_told_and_leaves_no_half_copy(house: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()

    process = start(house, "backup", str(tmp_path / "backups" / "copy.db"), blocks="600")
    _, told = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "PL-1053" in told
    assert "Traceback" not in told
    assert list((tmp_path / "backups").iterdir()) == []
    assert rows(house / "postlotse.db") == 1000


@pytest.mark.unmeasured
def test_a_full_disk_while_restoring_leaves_the_database_as_it_was(house: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{house / 'postlotse.db'}")
    copies.make(database, tmp_path / "copy.db")
    database.dispose()

    process = start(house, "restore", str(tmp_path / "copy.db"), blocks="600")
    _, told = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "PL-1053" in told
    assert rows(house / "postlotse.db") == 1000


@pytest.mark.unmeasured
def test_a_killed_restore_leaves_the_old_or_the_new_database_whole(house: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{house / 'postlotse.db'}")
    copies.make(database, tmp_path / "copy.db")
    with database.write() as session:
        session.execute(insert(Setting).values(name="later", version=1, value="", changed_at=NOON))
    database.dispose()
    since = time.monotonic()
    start(house, "restore", "--pruefen", str(tmp_path / "copy.db")).communicate(timeout=60)
    usual = time.monotonic() - since
    rng = random.Random(23)

    for _ in range(20):
        process = start(house, "restore", str(tmp_path / "copy.db"))
        time.sleep(usual * rng.uniform(0.5, 1.2))
        process.kill()
        process.communicate(timeout=60)

        assert rows(house / "postlotse.db") in {1000, 1001}


@pytest.mark.unmeasured
def test_a_killed_backup_leaves_no_copy_that_looks_whole(house: Path, tmp_path: Path) -> None:
    rng = random.Random(23)

    for turn in range(10):
        target = tmp_path / f"copy{turn}.db"
        process = start(house, "backup", str(target))
        time.sleep(rng.uniform(0.3, 1.2))
        process.kill()
        process.communicate(timeout=60)

        assert not target.exists() or rows(target) == 1000
