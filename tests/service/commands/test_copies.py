"""Copies of the database: made while somebody writes, refused when half, put back in one step."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, insert, select

from models.setting import Setting
from service.cli import group
from service.errors import Conflict, Invalid
from service.store import copies
from service.store.engine import Database
from tests.service.commands.times import NOON


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated: Path):
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path / "var"))
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "postlotse.db").write_bytes(migrated.read_bytes())
    database = Database(f"sqlite:///{tmp_path / 'var' / 'postlotse.db'}")
    yield database
    database.dispose()


def write(database: Database, version: int) -> None:
    with database.write() as session:
        session.execute(insert(Setting).values(name="hours", version=version, value={}, changed_at=NOON))


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Setting)) or 0


def run(*words: str) -> Result:
    return CliRunner().invoke(group, list(words))


def test_a_copy_holds_what_was_committed_and_only_its_owner_may_read_it(database: Database, tmp_path: Path) -> None:
    write(database, 1)

    result = run("backup", str(tmp_path / "copy.db"))

    assert result.exit_code == 0, result.output
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    assert sqlite3.connect(tmp_path / "copy.db").execute("SELECT count(*) FROM setting").fetchone() == (1,)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy.db", "var"]


def test_a_copy_made_while_somebody_writes_is_whole(database: Database, tmp_path: Path) -> None:
    stop = threading.Event()

    def keep_writing() -> None:
        version = 1
        while not stop.is_set():
            write(database, version)
            version += 1

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        copy = copies.make(database, tmp_path / "copy.db")
    finally:
        stop.set()
        writer.join()

    assert copies.check(tmp_path / "copy.db") == copy


def test_a_copy_overwrites_nothing(database: Database, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("something else")

    with pytest.raises(Conflict, match="überschreibt nichts"):
        copies.make(database, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_text() == "something else"


def test_a_target_that_cannot_be_written_is_named_in_german(database: Database, tmp_path: Path) -> None:
    result = run("backup", str(tmp_path / "missing" / "copy.db"))

    assert "Die Sicherung ließ sich nicht schreiben" in str(result.exception)


def test_postgresql_is_told_the_exact_command_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("POSTLOTSE_DATABASE_URL", "postgresql+psycopg://lotse:verysecret@db.example/post")

    saved, restored = run("backup", "/b/x.dump"), run("restore", "/b/x.dump")

    assert "pg_dump --host=db.example --username=lotse --format=custom --file=/b/x.dump --dbname=post" in str(
        saved.exception
    )
    assert "pg_restore --host=db.example" in str(restored.exception)
    assert "verysecret" not in str(saved.exception) + str(restored.exception)


def test_restoring_brings_the_old_rows_back_and_keeps_the_present_file(database: Database, tmp_path: Path) -> None:
    write(database, 1)
    copies.make(database, tmp_path / "copy.db")
    write(database, 2)
    database.dispose()

    result = run("restore", str(tmp_path / "copy.db"))

    assert result.exit_code == 0, result.output
    assert count(database) == 1
    aside = next((tmp_path / "var").glob("postlotse.db.vor-*"))
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    assert sqlite3.connect(aside).execute("SELECT count(*) FROM setting").fetchone() == (2,)


def test_restoring_is_refused_while_the_service_uses_the_database(database: Database, tmp_path: Path) -> None:
    copies.make(database, tmp_path / "copy.db")

    with database.read() as session:
        session.scalar(select(func.count()).select_from(Setting))
        with pytest.raises(Conflict, match="in Gebrauch"):
            copies.put_back(tmp_path / "copy.db", copies.path_of(database), "x")

    assert count(database) == 0


def test_a_damaged_database_is_replaced_and_kept_aside(database: Database, tmp_path: Path) -> None:
    write(database, 1)
    copies.make(database, tmp_path / "copy.db")
    database.dispose()
    copies.path_of(database).write_bytes(b"no database at all" * 1000)
    copies.path_of(database).with_name("postlotse.db-wal").write_bytes(b"left over")

    _, aside = copies.put_back(tmp_path / "copy.db", copies.path_of(database), "x")

    assert count(database) == 1
    assert aside is not None
    assert aside.read_bytes().startswith(b"no database")
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"left over"


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-4096])


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(bytes(data))


def empty(file: Path) -> None:
    file.write_bytes(b"")


def foreign(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE other (id)")
    connection.close()


def newer(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


@pytest.mark.parametrize("harm", [cut, flip, empty, foreign, newer, Path.unlink])
def test_an_unusable_copy_is_refused_and_the_database_stays(database: Database, tmp_path: Path, harm) -> None:
    copies.make(database, tmp_path / "copy.db")
    write(database, 1)
    database.dispose()
    harm(tmp_path / "copy.db")

    with pytest.raises(Invalid):
        copies.put_back(tmp_path / "copy.db", copies.path_of(database), "x")

    assert count(database) == 1
    assert not list((tmp_path / "var").glob("*.vor-*"))


def test_checking_a_copy_changes_nothing(database: Database, tmp_path: Path) -> None:
    copies.make(database, tmp_path / "copy.db")
    write(database, 1)

    result = run("restore", "--pruefen", str(tmp_path / "copy.db"))

    assert "vollständig" in result.output
    assert count(database) == 1


def test_upgrading_says_what_it_did_and_then_that_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path / "new"))

    first, second = run("upgrade"), run("upgrade")

    assert "vorher: leer" in first.output, first.exception
    assert "nichts zu tun" in second.output
