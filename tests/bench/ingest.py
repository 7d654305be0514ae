"""Measures messages per second from the emulator to stored with suggestion, beside fetch, decode and bare inserts."""

import http.client
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from urllib.parse import quote, urlsplit

import msgspec

from connectors.graph.fields import PREFER, SELECT, SELECT_WITH_HEADERS
from connectors.graph.source import with_token
from service import runtime as running
from service.config import Config
from service.jobs import pull
from service.runtime import Runtime
from tests.bench.figures import Figure

_BATCH = 500


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
    """Read `days` of mail into a new database in `folder` and yield the figures."""
    with mail_server(days) as (base, domain, boxes):
        config = Config(data_dir=folder, own_domains=domain, graph_mailboxes=",".join(boxes), graph_base=base)
        runtime = running.start(config)
        warm = with_token(base, lambda: "emulator")
        warm.folders(boxes[0])
        since, spent = perf_counter(), process_time()
        total = sum(pull.account(runtime, box, warm, None) for box in boxes)
        took, used = perf_counter() - since, process_time() - spent
        since, spent = perf_counter(), process_time()
        fetched = sum(_fetch(base, box) for box in boxes)
        floor, floor_used = perf_counter() - since, process_time() - spent
    since, spent = _insert(runtime, folder / "floor.db")
    runtime.database.dispose()
    floor, floor_used = floor + since, floor_used + spent
    assert fetched >= total > 0
    yield Figure(f"emulator -> stored with suggestion, {total:,} mails", total / took, "1/s", total / floor)
    yield Figure("  CPU of the reading process per mail", used / total * 1e6, "us", floor_used / total * 1e6)


def _fetch(base: str, box: str) -> int:
    """Fetch and decode the same pages, and nothing else; return the number of items."""
    where = urlsplit(base)
    connection = http.client.HTTPConnection(where.hostname or "", where.port)
    headers = {"Authorization": "Bearer emulator", "Prefer": PREFER}
    seen = 0
    for folder, select in (("inbox", SELECT_WITH_HEADERS), ("sentitems", SELECT), ("archive", SELECT_WITH_HEADERS)):
        link = f"{base}/users/{quote(box)}/mailFolders/{folder}/messages/delta?$select={','.join(select)}"
        while link:
            connection.request("GET", link.removeprefix(f"{where.scheme}://{where.netloc}"), headers=headers)
            page = msgspec.json.decode(connection.getresponse().read())
            seen += len(page.get("value", ()))
            link = page.get("@odata.nextLink", "")
    connection.close()
    return seen


def _insert(runtime: Runtime, target: Path) -> tuple[float, float]:
    """Insert the stored rows of messages and conversations into a bare copy of the schema; return seconds, CPU."""
    raw = runtime.database.engine.raw_connection()
    try:
        schema = [row[0] for row in raw.cursor().execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        rows = {name: raw.cursor().execute(f"SELECT * FROM {name}").fetchall() for name in ("conversation", "message")}
    finally:
        raw.close()
    bare = sqlite3.connect(target, isolation_level=None)
    bare.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;")
    for statement in schema:
        if "sqlite_" not in statement.split("(")[0]:
            bare.execute(statement)
    since, spent = perf_counter(), process_time()
    for name, found in rows.items():
        marks = ",".join("?" * len(found[0]))
        for start in range(0, len(found), _BATCH):
            bare.execute("BEGIN")
            bare.executemany(f"INSERT INTO {name} VALUES ({marks})", found[start : start + _BATCH])
            bare.execute("COMMIT")
    took, used = perf_counter() - since, process_time() - spent
    bare.close()
    return took, used
