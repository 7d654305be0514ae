"""Measures what it costs to store a page with suggestion, standing and counts, beside its floor in the same run."""

import http.client
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from time import process_time
from unittest import mock
from urllib.parse import quote, urlsplit

import msgspec

from classifier import artifact
from classifier.classify import classify
from classifier.learned import Learned
from connectors.base import Folder, Node, Page, TreePage
from connectors.graph import parse
from connectors.graph.fields import PREFER, SELECT_VERSION, select_for
from connectors.graph.source import with_token
from models.record import MessageRecord
from models.terms import Direction
from service import runtime as running
from service.config import Config
from service.jobs import pull
from service.runtime import Runtime
from service.store import engine, keys, tallies
from tests.bench.figures import Figure

REPEATS = 5
_MOST_CPU = 3.0
_MOST_TALLIES = 1.5
# Everything that is written for messages, parents before children. What stands in other tables is there before.
_WRITTEN = ("chain", "conversation", "message", "recipient", "decision", "clock_event")
_COUNTED = ("tally", "work_tally", "histogram", "standing_day", "closure")


@dataclass(frozen=True, slots=True)
class Box:
    """One mailbox as the server told it: the bodies of all answers of each folder."""

    address: str
    folders: Mapping[Folder, tuple[bytes, ...]]


class Replay:
    """A source that has its answers in memory: reading them costs what parsing costs. A cursor is a count of pages."""

    version = SELECT_VERSION

    def __init__(self, box: Box) -> None:
        self._folders = box.folders
        self.bare: dict[str, bool] = {}

    def roots(self, account: str) -> Mapping[str, str]:
        return {folder.id: folder.kind for folder in self._folders}

    def tree(self, account: str, cursor: str) -> Iterator[TreePage]:
        yield TreePage(tuple(Node(folder.id, "root") for folder in self._folders), "tree", complete=True)

    def pages(self, account: str, folder: Folder, cursor: str) -> Iterator[Page]:
        bodies = self._folders[folder]
        for number in range(int(cursor or 0), len(bodies)):
            found = parse.messages(bodies[number], account, folder.kind)
            yield Page(found.records, str(number + 1), number + 1 == len(bodies), found.changes, found.removed)

    def newest(self, account: str, folder: Folder, since: datetime | None) -> Iterator[Page]:
        # Looking ahead brings nothing that the pages do not bring: one empty answer.
        yield Page((), "", complete=True)

    def look_up(self, account: str, kind: str, source_ids: Sequence[str]) -> Mapping[str, MessageRecord]:
        return {}


@contextmanager
def mail_server(days: int) -> Iterator[tuple[str, str, list[str]]]:
    """Yield base address, own domain and mailboxes of an emulated firm in another process."""
    command = [sys.executable, "-m", "tests.bench.mail_server", str(days)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            base, domain, *boxes = server.stdout.readline().split()
            yield base, domain, boxes
        finally:
            server.terminate()


def fill(folder: Path, days: int) -> Iterator[Figure]:
    """Store `days` of mail in new databases, the last one in `folder`, and yield the medians of CPU per message."""
    with mail_server(days) as (base, domain, boxes):
        fetched = [_fetch(base, box) for box in boxes]
    model = artifact.shipped()
    runs: list[dict[str, float]] = []
    for number in range(REPEATS + 1):
        place = folder if number == REPEATS else folder / f"run{number}"
        runs.append(_run(place, domain, fetched, model))
    count = int(runs[0]["count"])
    # The first run fills the caches that live as long as the process.
    parts = {name: median(run[name] for run in runs[1:]) for name in runs[0]}
    ratio = median(run["product"] / run["floor"] for run in runs[1:])
    share = median(run["product"] / run["without tallies"] for run in runs[1:])
    for name in ("decode", "classify", "executemany", "floor"):
        yield Figure(f"  {name}, CPU per message of {count:,}", parts[name] / count * 1e6, "us")
    yield Figure("page -> stored, with suggestion, standing and tallies", parts["product"] / count * 1e6, "us")
    yield Figure("  times the floor (promised: at most 3)", ratio, "x", _MOST_CPU)
    yield Figure("  the same without tallies", parts["without tallies"] / count * 1e6, "us")
    yield Figure("  with tallies, times without (at most 1.5)", share, "x", _MOST_TALLIES)


def _run(place: Path, domain: str, fetched: Sequence[Box], model: Learned) -> dict[str, float]:
    """Measure every part once; each judges with a model that remembers nobody yet."""
    with mock.patch.object(tallies, "apply", return_value=None):
        without, _ = _product(place / "bare", domain, fetched, replace(model))
    product, count = _product(place, domain, fetched, replace(model))
    bodies = [body for box in fetched for folder in box.folders.values() for body in folder]
    decode = _spent(lambda: [msgspec.json.decode(body) for body in bodies])
    judge = _classify(place, domain, fetched, replace(model))
    insert = _insert(place, len(bodies))
    return {
        "count": count,
        "decode": decode,
        "classify": judge,
        "executemany": insert,
        "floor": decode + judge + insert,
        "product": product,
        "without tallies": without,
    }


def _product(place: Path, domain: str, fetched: Sequence[Box], model: Learned) -> tuple[float, int]:
    boxes = ",".join(box.address for box in fetched)
    runtime = running.start(Config(data_dir=place, own_domains=domain, graph_mailboxes=boxes))
    total = 0

    def read() -> None:
        nonlocal total
        total = sum(pull.account(runtime, box.address, Replay(box), model) for box in fetched)

    spent = _spent(read)
    _check(runtime, total)
    runtime.database.dispose()
    return spent, total


def _check(runtime: Runtime, total: int) -> None:
    with runtime.look() as turn:
        stored = turn.session.connection().exec_driver_sql("SELECT count(*) FROM message").scalar_one()
    assert stored == total > 0


def _spent(work: Callable[[], object]) -> float:
    since = process_time()
    work()
    return process_time() - since


def _classify(place: Path, domain: str, fetched: Sequence[Box], model: Learned) -> float:
    """Judge every inbound message in one go."""
    runtime = running.start(Config(data_dir=place, own_domains=domain))
    with runtime.look() as turn:
        book = keys.book(turn)
    runtime.database.dispose()
    records = [
        record
        for box in fetched
        for folder, bodies in box.folders.items()
        for body in bodies
        for record in parse.messages(body, box.address, folder.kind).records
        if record.direction is Direction.EINGANG
    ]
    return _spent(lambda: [classify(record, book, model) for record in records])


def _insert(place: Path, pages: int) -> float:
    """Insert all rows of all tables that the product wrote into a bare copy of the schema; commit once a page."""
    with closing(sqlite3.connect(place / "postlotse.db")) as source:
        schema = [row[0] for row in source.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        tables = [row[0] for row in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {table: source.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    target = place / "floor.db"
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target, isolation_level=None)) as bare:
        for pragma in engine.PRAGMAS:
            bare.execute(pragma)
        bare.execute("PRAGMA foreign_keys=OFF")
        for statement in schema:
            if "sqlite_" not in statement.split("(")[0]:
                bare.execute(statement)
        written = (*_WRITTEN, *_COUNTED)
        for table in rows.keys() - set(written) - {"sqlite_sequence", "sqlite_stat1", "sqlite_stat4"}:
            _slice(bare, table, rows[table])
        bare.execute("PRAGMA foreign_keys=ON")
        return _spent(lambda: _all(bare, {table: rows[table] for table in written}, pages))


def _all(bare: sqlite3.Connection, rows: Mapping[str, Sequence[tuple[object, ...]]], pages: int) -> None:
    done = 0
    for table, found in rows.items():
        # As many commits in all as there were pages, each table its share of them.
        size = max(1, -(-len(found) * len(rows) // pages))
        for start in range(0, len(found), size):
            bare.execute("BEGIN IMMEDIATE")
            _slice(bare, table, found[start : start + size])
            bare.execute("COMMIT")
            done += 1


def _slice(bare: sqlite3.Connection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        bare.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)


def _fetch(base: str, box: str) -> Box:
    """Return every answer that a mailbox gives from the start."""
    where = urlsplit(base)
    headers = {"Authorization": "Bearer emulator", "Prefer": PREFER}
    source = with_token(base, lambda: "emulator")
    found: dict[Folder, tuple[bytes, ...]] = {}
    with closing(http.client.HTTPConnection(where.hostname or "", where.port)) as connection:
        for folder in source.folders(box):
            select = ",".join(select_for(folder.kind))
            link = f"{base}/users/{quote(box)}/mailFolders/{quote(folder.id)}/messages/delta?$select={select}"
            bodies: list[bytes] = []
            while link:
                connection.request("GET", link.removeprefix(f"{where.scheme}://{where.netloc}"), headers=headers)
                bodies.append(connection.getresponse().read())
                link = msgspec.json.decode(bodies[-1]).get("@odata.nextLink", "")
            found[folder] = tuple(bodies)
    source.close()
    return Box(box, found)
