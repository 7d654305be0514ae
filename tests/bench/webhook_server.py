"""Serves webhooks for the measurement: our gate, or a bare floor that does the same inserts with nothing around it."""

import hmac
import json
import os
import queue
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import psycopg
from granian import Granian
from granian.constants import Interfaces

from connectors.whatsapp import webhook
from service import config as configuration
from service import runtime as running
from service.clock import SystemClock
from service.hooks.doors import build

SECRET = "nur-fuer-messungen"


def _nothing(_environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("404 Not Found", [("Content-Length", "0")])
    return [b""]


def gate() -> Any:
    """Return the gate as `serve` builds it, without pages and worker behind it."""
    return build(running.start(configuration.load()), _nothing)


def _row(waba: str, change: dict[str, Any], message: dict[str, Any]) -> tuple[Any, ...]:
    """Return the row that the gate stores of a message: the bench compares the two databases, byte for byte."""
    value = change["value"]
    contact, account = value["contacts"][0], value["metadata"]["phone_number_id"]
    kept = {
        "kind": "message",
        "field": change["field"],
        "direction": "in",
        "id": message["id"],
        "from": message["from"],
        "to": account,
        "timestamp": int(message["timestamp"]),
        "type": message["type"],
        "from_user_id": message["from_user_id"],
        "contact_wa_id": contact["wa_id"],
        "contact_user_id": contact["user_id"],
        "account": account,
        "waba": waba,
        "name": contact["profile"]["name"],
    }
    parts = [part.encode() for part in ("message", account, message["id"])]
    key = blake2b(b"".join(len(part).to_bytes(4, "big") + part for part in parts), digest_size=16).hexdigest()
    return key, account, json.dumps(kept, separators=(",", ":")), 0


class _Floor:
    """Bare WSGI: HMAC, json, the same rows by the bare driver, one thread with group commit, durable."""

    def __init__(self, store: Callable[[list[tuple[Any, ...]]], None]) -> None:
        self.store = store
        self.queue: queue.SimpleQueue[tuple[list[tuple[Any, ...]], threading.Lock]] = queue.SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()

    def _write(self) -> None:
        while True:
            group = [self.queue.get()]
            while not self.queue.empty():
                group.append(self.queue.get())
            self.store([row for rows, _ in group for row in rows])
            for _, lock in group:
                lock.release()

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        raw = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        wanted = "sha256=" + hmac.new(SECRET.encode(), raw, sha256).hexdigest()
        if not hmac.compare_digest(wanted, environ.get("HTTP_X_HUB_SIGNATURE_256", "")):
            start_response("403 Forbidden", [("Content-Length", "0")])
            return [b""]
        rows = [
            _row(entry["id"], change, message)
            for entry in json.loads(raw)["entry"]
            for change in entry["changes"]
            for message in change["value"]["messages"]
        ]
        lock = threading.Lock()
        lock.acquire()
        self.queue.put((rows, lock))
        lock.acquire()
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]


def _sqlite(path: Path) -> Callable[[list[tuple[Any, ...]]], None]:
    """Return what stores rows in one commit by raw sqlite3; the connection is opened by the thread that writes."""
    held: list[sqlite3.Connection] = []

    def store(rows: list[tuple[Any, ...]]) -> None:
        if not held:
            held.append(sqlite3.connect(path, isolation_level=None))
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "cache_size=-64000"):
                held[0].execute(f"PRAGMA {pragma}")
        held[0].execute("BEGIN IMMEDIATE")
        held[0].executemany(
            "INSERT OR IGNORE INTO inbox (dedup, account, payload, received_at, state, error) VALUES (?,?,?,?,0,'')",
            rows,
        )
        held[0].execute("COMMIT")

    return store


def _postgres(url: str) -> Callable[[list[tuple[Any, ...]]], None]:
    """Return what stores rows in one commit by raw psycopg, all of them in one statement."""
    held: list[psycopg.Connection[Any]] = []

    def store(rows: list[tuple[Any, ...]]) -> None:
        if not held:
            held.append(psycopg.connect(url.replace("+psycopg", "")))
        held[0].execute(
            "INSERT INTO inbox (dedup, account, payload, received_at, state, error) SELECT d, a, p, r, 0, '' "
            "FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS t (d, a, p, r) ON CONFLICT DO NOTHING",
            [list(column) for column in zip(*rows, strict=True)],
        )
        held[0].commit()

    return store


def floor() -> Any:
    """Return the floor over a database that the house made."""
    config = configuration.load()
    running.start(config, SystemClock()).database.dispose()
    return _Floor(_postgres(config.url) if config.database_url else _sqlite(config.data_dir / "postlotse.db"))


def main() -> None:
    """Serve `gate` or `floor` in a folder on a port: python -m tests.bench.webhook_server gate FOLDER PORT [URL]."""
    which, folder, port, *url = sys.argv[1:]
    os.environ["POSTLOTSE_DATABASE_URL"] = url[0] if url else ""
    os.environ["POSTLOTSE_DATA_DIR"] = folder
    os.environ["POSTLOTSE_WHATSAPP_APP_SECRET"] = SECRET
    Granian(
        f"tests.bench.webhook_server:{which}", factory=True, interface=Interfaces.WSGI, address="127.0.0.1",
        port=int(port), workers=1, blocking_threads=16, log_access=False, log_enabled=False,
    ).serve()  # fmt: skip


if __name__ == "__main__":
    assert webhook.LONGEST_BODY
    main()
