"""Measures durable webhooks per second (answer after the commit, SQLite FULL) beside a bare floor on the same server."""

import hmac
import json
import selectors
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter, perf_counter_ns, sleep
from typing import Any, NamedTuple

import psycopg

from tests import postgres
from tests.bench.figures import Figure
from tests.bench.webhook_server import SECRET

_CONNECTIONS = 32
_SECONDS = 2.0
_ROUNDS = 5
# The rows of the one big body: they are the same from the gate and from the floor.
_OF_THE_BIG_ONE = "SELECT dedup, account, payload FROM inbox WHERE payload LIKE '%NB0000020%' ORDER BY dedup"


def body(numbers: range, text: str = "Guten Tag, wann kommen Sie?") -> bytes:
    """Return a webhook body with one message per number."""
    contact = {"profile": {"name": "Erika Beispiel"}, "wa_id": "4915155501234", "user_id": "DE.70010020030040050"}
    messages = [
        {
            "from": "4915155501234",
            "from_user_id": "DE.70010020030040050",
            "id": f"wamid.HBgNNDkxNTE1NTUwMTIzNBUCABIYFDNB{number:012d}",
            "timestamp": "1767600000",
            "type": "text",
            "text": {"body": text},
        }
        for number in numbers
    ]
    metadata = {"display_phone_number": "497215550100", "phone_number_id": "700100200300401"}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "contacts": [contact], "messages": messages}
    entry = [{"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def request(raw: bytes) -> bytes:
    """Return a whole signed HTTP request."""
    signature = hmac.new(SECRET.encode(), raw, sha256).hexdigest()
    head = (
        "POST /webhooks/whatsapp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    return head.encode() + raw


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(which: str, folder: Path, url: str = "") -> Iterator[int]:
    """Run a webhook server in a process of its own and yield its port once it listens; `url` names a PostgreSQL."""
    port = _free_port()
    command = [sys.executable, "-m", "tests.bench.webhook_server", which, str(folder), str(port), *filter(None, [url])]
    with subprocess.Popen(command) as process:
        try:
            for _ in range(300):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                sleep(0.1)
            yield port
        finally:
            process.terminate()


def load(port: int, seconds: float, start: int, rate: float = 0.0) -> list[float]:
    """Post different messages over many connections; return the seconds of each accepted answer.

    With `rate` (posts per second) they are paced evenly, otherwise each connection posts as fast as it is answered.
    """
    pick = selectors.DefaultSelector()
    connections = []
    for _ in range(_CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pick.register(connection, selectors.EVENT_READ)
        connections.append(connection)
    ready = [(request(body(range(start + n, start + n + 1)))) for n in range(int(rate * seconds) if rate else 20_000)]
    ready.reverse()
    idle, since, took = list(connections), {}, []
    begin = perf_counter()
    sent = 0
    while (now := perf_counter()) - begin < seconds or since:
        while idle and ready and now - begin < seconds and (not rate or sent < (now - begin) * rate):
            connection = idle.pop()
            since[connection] = perf_counter()
            connection.sendall(ready.pop())
            sent += 1
        for key, _ in pick.select(0.001 if rate else 0.05):
            answer = key.fileobj.recv(4096)  # type: ignore[union-attr]  # sockets only
            assert answer.startswith(b"HTTP/1.1 200"), answer[:40]
            took.append(perf_counter() - since.pop(key.fileobj))  # type: ignore[index]  # sockets only
            idle.append(key.fileobj)  # type: ignore[arg-type]  # sockets only
        if not ready and not since:
            break
    for connection in connections:
        connection.close()
    return took


def _rows(folder: Path, url: str, question: str) -> list[tuple[Any, ...]]:
    if url:
        with psycopg.connect(url.replace("+psycopg", "")) as there:
            return there.execute(question).fetchall()
    with sqlite3.connect(folder / "postlotse.db") as connection:
        return connection.execute(question).fetchall()


class _Run(NamedTuple):
    """Posts per second, p99 in ms at half that load, ms of one body with 1,000 updates, and the rows of that body."""

    speed: float
    p99: float
    thousand: float
    rows: list[tuple[Any, ...]]


def _run(which: str, seconds: float, cluster: str = "") -> _Run:
    with tempfile.TemporaryDirectory() as name, _database(cluster) as url, server(which, Path(name), url) as port:
        load(port, 0.5, 10_000_000)
        begin = perf_counter()
        full = load(port, seconds, 0)
        speed = len(full) / (perf_counter() - begin)
        half = sorted(load(port, seconds, 1_000_000, speed / 2))
        big = body(range(2_000_000, 2_001_000), "x" * 2_500)
        with socket.create_connection(("127.0.0.1", port)) as connection:
            raw = request(big)
            begin = perf_counter()
            connection.sendall(raw)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
            thousand = perf_counter() - begin
        ((stored,),) = _rows(Path(name), url, "SELECT count(*) FROM inbox")
        assert stored >= len(full) + len(half) + 1_000
        rows = _rows(Path(name), url, _OF_THE_BIG_ONE)
    return _Run(speed, half[int(len(half) * 0.99)] * 1000, thousand * 1000, rows)


@contextmanager
def _database(cluster: str) -> Iterator[str]:
    """Yield the URL of an empty database of a cluster, "" without one."""
    if not cluster:
        yield ""
        return
    name = f"messung_{perf_counter_ns()}"
    with psycopg.connect(cluster.replace("+psycopg", "") + "/postgres", autocommit=True) as there:
        there.execute(f"CREATE DATABASE {name}")
    yield f"{cluster}/{name}"


def measure(seconds: float = _SECONDS) -> Iterator[Figure]:
    """Yield the figures of SQLite, and of PostgreSQL where it is installed."""
    yield from _compare("SQLite", seconds)
    where = postgres.binaries()
    if where is not None:
        with postgres.cluster(where, durable=True) as cluster:
            yield from _compare("PostgreSQL", seconds, cluster)


def _compare(database: str, seconds: float, cluster: str = "") -> Iterator[Figure]:
    """Yield the medians of one database; gate and floor take turns, so that a busy moment of the machine hits both."""
    runs: dict[str, list[_Run]] = {"gate": [], "floor": []}
    for _ in range(_ROUNDS):
        for which, found in runs.items():
            found.append(_run(which, seconds, cluster))
    assert len({str(run.rows) for found in runs.values() for run in found}) == 1, "gate and floor store the same"
    gate, floor = (median(run.speed for run in found) for found in runs.values())
    yield Figure(f"durable webhooks, one message each, {database}", gate, "1/s", floor)
    yield Figure("  99th percentile at half that load", median(run.p99 for run in runs["gate"]), "ms")
    yield Figure("  one body with 1,000 updates, 2.8 MB", median(run.thousand for run in runs["gate"]), "ms")


if __name__ == "__main__":
    for figure in measure():
        print(figure.line(), flush=True)
