"""Reads mail from files: mbox, Maildir, .eml, folders of them, and JSON lines; damage is counted, never fatal."""

import gzip
import io
import json
import os
import re
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.archive.block import LARGEST_BLOCK
from connectors.archive.headers import Own, Place, parse
from connectors.archive.lines import record
from connectors.base import Damage, Folder, Page, Progress
from connectors.errors import Malformed
from models.record import MessageRecord

PAGE = 500
_LONGEST_LINE = 1_000_000
_CHUNK = 65_536
# A packed file may grow a hundredfold, no more; the first megabytes are free.
_RATIO = 100
_FREE = 4_000_000
# So many unreadable lines, and hardly a good one: this is no metadata file at all.
_GIVE_UP = 20
_HEADERLIKE = re.compile(rb"(?:>From |[!-9;-~]{1,100}[ \t]*:)")
_DATED = re.compile(rb"\d{1,2}:\d{2}.*(?:19|20)\d\d")
_SENT = re.compile(r"sent(?:[ _-]?(?:items|mail|messages))?|gesendete?(?: \w{1,20})?", re.IGNORECASE)
_LINES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
_PASSED_OVER = (".msf", ".dat", ".lock", ".ini", ".db")


@dataclass
class ArchiveSource:
    """Files and folders as a Source: one folder, no cursor, everything in one round.

    `progress` counts bytes of the files read so far; damaged items stand there with their position.
    """

    paths: tuple[Path, ...]
    own: Own = field(default_factory=Own)
    progress: Progress = field(default_factory=Progress)

    def folders(self, account: str) -> tuple[Folder, ...]:
        """Return the one folder of an archive."""
        return (Folder(id="archive", kind="archive"),)

    def pages(self, account: str, folder: Folder, cursor: str) -> Iterator[Page]:
        """Yield pages of at most 500 records; the last one is `complete`. Reading again yields the same records."""
        files = list(self._files())
        self.progress.total = sum(size for _, _, size in files)
        held: list[MessageRecord] = []
        told = 0
        for path, name, size in files:
            before = self.progress.done
            for item in self._items(path, name, account):
                if isinstance(item, Damage):
                    self.progress.damaged.append(item)
                    continue
                self.progress.read += 1
                held.append(item)
                if len(held) == PAGE:
                    damaged = len(self.progress.damaged)
                    yield Page(tuple(held), "", complete=False, damaged=damaged - told)
                    held, told = [], damaged
            self.progress.done = before + size
        yield Page(tuple(held), "", complete=True, damaged=len(self.progress.damaged) - told)

    def _files(self) -> Iterator[tuple[Path, str, int]]:
        for root in self.paths:
            if not os.path.isdir(root):  # noqa: PTH112  Path.is_dir raises below a folder that may not be entered
                yield from self._file(root, root.name)
                continue
            for folder, names, files in os.walk(root, onerror=self._closed):
                names.sort()
                # Maildir: tmp holds what is still being delivered.
                if "cur" in names and "new" in names and "tmp" in names:
                    names.remove("tmp")
                for name in sorted(files):
                    path = Path(folder) / name
                    if not name.startswith(".") and path.suffix.lower() not in _PASSED_OVER:
                        yield from self._file(path, str(path.relative_to(root.parent)))

    def _closed(self, error: OSError) -> None:
        """Name a folder that cannot be listed; what else was asked for is read all the same."""
        folder = Path(os.fsdecode(error.filename))
        self.progress.damaged.append(Damage(folder.name, "Ordner nicht lesbar; nichts darin wurde gelesen"))

    def _file(self, path: Path, name: str) -> Iterator[tuple[Path, str, int]]:
        try:
            about = path.stat()
        except OSError:
            self.progress.damaged.append(Damage(name, "Datei nicht gefunden oder nicht lesbar"))
            return
        if not stat.S_ISREG(about.st_mode):
            self.progress.damaged.append(Damage(name, "keine gewöhnliche Datei"))
            return
        yield path, name, about.st_size

    def _items(self, path: Path, name: str, account: str) -> Iterator[MessageRecord | Damage]:
        try:
            with path.open("rb") as raw:
                packed = raw.peek(2)[:2] == b"\x1f\x8b"
                file = _Counted(raw, self.progress, packed=packed)
                yield from self._read(file, name, account, path)
        except _TooMuch:
            yield Damage(name, "gepackte Datei wird zu groß; der Rest wurde nicht gelesen")
        except (OSError, EOFError, zlib.error):
            yield Damage(name, "Datei bricht ab oder ist nicht lesbar; der Rest wurde nicht gelesen")

    def _read(self, file: "_Counted", name: str, account: str, path: Path) -> Iterator[MessageRecord | Damage]:
        head = file.head()
        place = _place(path, name, account)
        if not head:
            yield Damage(name, "leere Datei")
        elif b"\x00" in head[:4096]:
            yield Damage(name, "keine Mail und keine JSON-Zeilen")
        elif path.name.lower().endswith(_LINES) or head.lstrip()[:1] == b"{":
            yield from _lines(file, place)
        elif head.startswith(b"From "):
            yield from _mbox(file, place, self.own)
        else:
            yield _one(_block(file), place, self.own)


class _TooMuch(Exception):
    """A packed file grows beyond the allowed ratio."""


class _Counted:
    """A file read line by line; counts the bytes on disk for the progress bar and stops packed bombs."""

    def __init__(self, raw: io.BufferedReader, progress: Progress, *, packed: bool) -> None:
        self._raw = raw
        self._file = io.BufferedReader(gzip.GzipFile(fileobj=raw)) if packed else raw
        self._packed = packed
        self._progress = progress
        self._start = progress.done
        self._out = 0
        self._back = b""

    def head(self) -> bytes:
        """Return some of the first bytes without taking them; b"" for an empty file."""
        return self._file.peek(4096)

    def line(self, limit: int = _CHUNK) -> bytes:
        """Return the next line with its end, or `limit` bytes of a longer one; b"" at the end. Raises _TooMuch."""
        if self._back:
            line, self._back = self._back, b""
            return line
        line = self._file.readline(limit)
        self._count(len(line))
        return line

    def next_line(self) -> bytes:
        """Return the next line and leave it to be read again."""
        self._back = self.line()
        return self._back

    def _count(self, length: int) -> None:
        self._out += length
        if not self._packed:
            self._progress.done = self._start + self._out
            return
        read = self._raw.tell()
        self._progress.done = self._start + read
        if self._out > _FREE + _RATIO * read:
            raise _TooMuch


def _place(path: Path, name: str, account: str) -> Place:
    # Maildir++ keeps its marks in the name: "…:2,RS" is answered and seen, D a draft.
    marks = path.name.partition(":2,")[2]
    in_maildir = path.parent.name in {"cur", "new"}
    sent = any(_SENT.fullmatch(part) for part in re.split(r"[./\\\\]", name))
    return Place(
        account=account,
        position=name,
        folder="sentitems" if sent else "archive",
        is_read="S" in marks if in_maildir else None,
        is_draft="D" in marks,
    )


def _one(block: bytes, place: Place, own: Own) -> MessageRecord | Damage:
    try:
        return parse(block, place, own)
    except Malformed as error:
        return Damage(place.position, str(error))


def _block(file: _Counted) -> bytes:
    """Read up to the first blank line, at most 1 MB; the body is never read."""
    parts: list[bytes] = []
    size = 0
    while size < LARGEST_BLOCK:
        line = file.line()
        if not line or (parts and not line.strip()):
            break
        if not line.strip():
            continue
        parts.append(line)
        size += len(line)
    return b"".join(parts)


def _mbox(file: _Counted, place: Place, own: Own) -> Iterator[MessageRecord | Damage]:
    number = 0
    line = file.line()
    while line:
        number += 1
        block, line = _mbox_block(file)
        here = Place(place.account, f"{place.position}: Mail {number}", place.folder)
        yield _one(block, here, own)
        if not line.startswith(b"From "):
            line = _skip_body(file)


def _mbox_block(file: _Counted) -> tuple[bytes, bytes]:
    """Return the header block behind a "From " line, and the line at which it ended."""
    parts: list[bytes] = []
    size = 0
    while True:
        line = file.line()
        if not line.strip(b"\r\n") or (not parts and line.startswith(b"From ") and _DATED.search(line)):
            return b"".join(parts), line
        if size < LARGEST_BLOCK:
            parts.append(line)
            size += len(line)


def _skip_body(file: _Counted) -> bytes:
    """Return the next "From " line that begins a mail; b"" at the end of the file. No line of a body is kept."""
    blank, fresh = True, True
    while True:
        line = file.line()
        if not line:
            return b""
        if (
            blank
            and fresh
            and line.startswith(b"From ")
            and (_DATED.search(line) or _HEADERLIKE.match(file.next_line()))
        ):
            return line
        if fresh:
            blank = not line.strip(b"\r\n")
        fresh = line.endswith(b"\n")


def _lines(file: _Counted, place: Place) -> Iterator[MessageRecord | Damage]:
    number = good = bad = 0
    while line := file.line(_LONGEST_LINE):
        number += 1
        position = f"{place.position}: Zeile {number}"
        if not line.strip():
            continue
        try:
            yield record(_object(line, file), place.account, position)
            good += 1
        except Malformed as error:
            bad += 1
            yield Damage(position, str(error))
        if bad >= _GIVE_UP and bad > 10 * good:
            yield Damage(place.position, "kaum eine Zeile ist lesbar; der Rest wurde nicht gelesen")
            return


def _object(line: bytes, file: _Counted) -> dict[str, object]:
    if len(line) >= _LONGEST_LINE and not line.endswith(b"\n"):
        while (rest := file.line()) and not rest.endswith(b"\n"):
            pass
        raise Malformed("Zeile ist länger als 1 MB")
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Malformed("Zeile ist nicht in UTF-8") from None
    except (ValueError, RecursionError):
        raise Malformed("Zeile ist kein JSON") from None
    if not isinstance(found, dict):
        raise Malformed("kein JSON-Objekt")
    return found
