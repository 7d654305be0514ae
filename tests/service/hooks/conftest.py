"""A gate on a real database behind a real HTTP server, for the tests of the webhooks."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import requests

from connectors.emulator.whatsapp import sign
from models.tables import METADATA
from service.config import Config
from service.hooks.doors import build
from service.hooks.gate import Gate
from service.runtime import Runtime
from service.store.engine import Database
from service.store.inbox import Waiting, waiting

SECRET = "geheim-nur-im-test"
WORD = "pruefwort"
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


class StillClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW

    def ticks(self) -> float:
        return 0.0


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def behind(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Stand for the pages behind the gate."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"pages"]


@dataclass
class House:
    """What a test of the webhooks talks to."""

    url: str
    gate: Gate
    runtime: Runtime
    folder: Path

    def post(self, raw: bytes, signature: str | None = None) -> requests.Response:
        header = sign(raw, SECRET) if signature is None else signature
        return requests.post(f"{self.url}/webhooks/whatsapp", raw, headers={"X-Hub-Signature-256": header}, timeout=30)

    def rows(self) -> list[Waiting]:
        with self.runtime.look() as turn:
            return waiting(turn, limit=100_000)

    def bytes_on_disk(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self.folder.glob("postlotse.db*")))


@contextmanager
def opened(folder: Path, numbers: str, given: Database | None = None) -> Iterator[House]:
    """Open a gate over a fresh SQLite database, or a `given` one, that reads `numbers`."""
    config = Config(data_dir=folder, whatsapp_app_secret=SECRET, whatsapp_verify_token=WORD, whatsapp_numbers=numbers)
    database = given or Database(config.url)
    METADATA.create_all(database.engine)
    runtime = Runtime(config, StillClock(), database)
    gate = build(runtime, behind)
    server = make_server("127.0.0.1", 0, gate, server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield House(f"http://127.0.0.1:{server.server_port}", gate, runtime, folder)
    server.shutdown()
    thread.join()
    server.server_close()
    gate.close()
    database.dispose()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened(tmp_path, "700100200300401=Zentrale,700100200300402=Werkstatt,1=Test") as house:
        yield house


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[House]:
    """A gate that takes every number."""
    with opened(tmp_path / "offen", "") as house:
        yield house


@pytest.fixture
def any_house(database: Database, tmp_path: Path) -> Iterator[House]:
    """A gate with one number on SQLite and on PostgreSQL."""
    with opened(tmp_path, "700100200300401=Zentrale", database) as house:
        yield house
