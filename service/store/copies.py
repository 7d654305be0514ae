"""Copies of a SQLite database: made while it runs, checked before they are trusted, and put back in one step."""

import os
import shlex
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.migrations import HEAD
from service.errors import Conflict, Invalid, Unavailable
from service.store.engine import Database

# Pages per step of the copy; between two steps the writer of the running service gets its turn on the disk.
_PAGES = 2_000
_MAGIC = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class Copy:
    """A checked copy: its size in bytes and the schema version it holds."""

    size: int
    version: str

    @property
    def is_old(self) -> bool:
        """Whether `postlotse upgrade` has to run before this program can work on it."""
        return self.version < HEAD


def path_of(database: Database) -> Path:
    """Return the SQLite file. Raises Invalid for PostgreSQL, whose own tools make and restore copies."""
    name = database.engine.url.database
    if not database.is_sqlite or not name:
        raise Invalid("Diese Datenbank ist keine SQLite-Datei.")
    return Path(name)


def foreign_command(database: Database, file: Path, *, back: bool) -> str:
    """Return the PostgreSQL command that makes (or, with `back`, restores) a copy; without the password."""
    url = database.engine.url
    where = [f"--{key}={value}" for key, value in _where(url.host, url.port, url.username) if value]
    if back:
        parts = ["pg_restore", *where, "--clean", "--if-exists", "--single-transaction", f"--dbname={url.database}"]
    else:
        parts = ["pg_dump", *where, "--format=custom", f"--file={file}", f"--dbname={url.database}"]
    return shlex.join([*parts, str(file)] if back else parts)


def _where(host: str | None, port: int | None, user: str | None) -> Iterator[tuple[str, str]]:
    yield "host", host or ""
    yield "port", str(port or "")
    yield "username", user or ""


def make(database: Database, target: Path) -> Copy:
    """Copy the running database into `target` (mode 0600, on disk when this returns).

    One reading transaction holds the picture still, so that writers neither wait nor make the copy start over.
    Raises Conflict when `target` exists, Unavailable when the disk or the database refuses.
    """
    if target.exists():
        raise Conflict(f"{target} gibt es schon; eine Sicherung überschreibt nichts.")
    part = target.with_name(f".{target.name}.part")
    with _told("Die Sicherung ließ sich nicht schreiben"):
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            _fill(path_of(database), part)
            copy = check(part)
            _persist(part, target)
        finally:
            part.unlink(missing_ok=True)
    return copy


def _fill(source: Path, part: Path) -> None:
    with closing(_reader(source)) as reading, closing(sqlite3.connect(part, isolation_level=None)) as writing:
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        reading.backup(writing, pages=_PAGES, sleep=0.005)
        # The copy is one file: no -wal beside it that somebody could forget.
        writing.execute("PRAGMA journal_mode=DELETE")


def check(file: Path) -> Copy:
    """Read a copy in full and say what it holds. Raises Invalid for a half, foreign, damaged or newer file."""
    try:
        with file.open("rb") as start:
            head = start.read(100)
    except OSError as error:
        raise Invalid(f"{file} ist nicht lesbar.") from error
    if not head.startswith(_MAGIC):
        raise Invalid(f"{file} ist keine Sicherung von Postlotse.")
    try:
        with closing(_reader(file)) as reading:
            if _expected(reading) != file.stat().st_size:
                raise Invalid(f"{file} ist nur halb da; bitte eine andere Sicherung nehmen.")
            verdict = reading.execute("PRAGMA integrity_check(1)").fetchone()[0]
            version = reading.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise Invalid(f"{file} ist beschädigt oder keine Sicherung von Postlotse.") from error
    if verdict != "ok" or not version:
        raise Invalid(f"{file} ist beschädigt; bitte eine andere Sicherung nehmen.")
    if version[0] > HEAD:
        raise Invalid(f"{file} stammt von einer neueren Fassung ({version[0]}); dieses Programm kennt nur {HEAD}.")
    return Copy(file.stat().st_size, str(version[0]))


def put_back(file: Path, target: Path, stamp: str) -> tuple[Copy, Path | None]:
    """Put the copy `file` in the place of the database `target`; return it and where the old database went.

    The old file is kept beside it as `target`.vor-`stamp`; the change itself is one rename. Raises Invalid for an
    unusable copy, Conflict when the database is in use, Unavailable when the disk refuses.
    """
    copy = check(file)
    part = target.with_name(f".{target.name}.part")
    with _told("Die Sicherung ließ sich nicht zurückspielen"):
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            shutil.copyfile(file, part)
            aside = _set_aside(target, stamp) if target.exists() else None
            _persist(part, target)
        finally:
            part.unlink(missing_ok=True)
    return copy, aside


def _set_aside(target: Path, stamp: str) -> Path:
    aside = target.with_name(f"{target.name}.vor-{stamp}")
    journal, kept = target.with_name(f"{target.name}-wal"), aside.with_name(f"{aside.name}-wal")
    # SQLite throws the journal of a damaged database away as soon as it is opened, so it is kept first.
    if journal.exists():
        shutil.copy2(journal, kept)
    try:
        whole = _close_journal(target)
    except Conflict:
        kept.unlink(missing_ok=True)
        raise
    if whole:
        kept.unlink(missing_ok=True)
    shutil.copy2(target, aside)
    aside.chmod(0o600)
    for end in ("-wal", "-shm"):
        target.with_name(target.name + end).unlink(missing_ok=True)
    return aside


def _close_journal(target: Path) -> bool:
    """Fold the journal into the file; False when the file is too damaged for it. Raises Conflict while it is in use."""
    try:
        with closing(sqlite3.connect(target, isolation_level=None, timeout=1)) as connection:
            # Leaving WAL needs the file for itself, so this fails while the service runs.
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise Conflict("Die Datenbank ist in Gebrauch. Bitte Postlotse zuerst anhalten.") from error
        return False
    return True


def _reader(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _expected(reading: sqlite3.Connection) -> int:
    pages = reading.execute("PRAGMA page_count").fetchone()[0]
    return int(pages) * int(reading.execute("PRAGMA page_size").fetchone()[0])


def _persist(part: Path, target: Path) -> None:
    _sync(part)
    part.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told(text: str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise Unavailable(f"{text}: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or "Ein- oder Ausgabefehler").strip()
    return "die Datenbank meldet einen Fehler"
