"""Measures how long pages take on many messages beside a bare Flask hello called the same way in the same run."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any
from wsgiref.util import setup_testing_defaults

from flask import Flask

from models.terms import Role
from service import app as house
from service import runtime as running
from service.actions import signin
from service.config import Config
from service.store import tallies
from tests.bench.figures import Figure

PATHS = ("/", "/kennzahlen", "/konversationen", "/einstellungen")
_DAYS = 90 * 86_400 * 1_000_000


def hello() -> Flask:
    """Return an application that answers as little as a framework can: the floor."""
    app = Flask("floor")
    app.add_url_rule("/", view_func=lambda: "hello")
    return app


def measure(folder: Path, runs: int = 40) -> Iterator[Figure]:
    """Yield the median time of each page on the database in `folder`, as a Team-Lead sees it."""
    config = Config(data_dir=folder, worker=False)
    runtime = running.start(config)
    with runtime.turn() as turn:
        token = signin.link(turn, Role.TEAM_LEAD)
    with runtime.turn() as turn:
        session, _ = signin.redeem(turn, token)
    count = sqlite3.connect(folder / "postlotse.db").execute("SELECT count(*) FROM message").fetchone()[0]
    app = house.create(config)
    floor = median(_times(hello().wsgi_app, "/", session, runs))
    for path in PATHS:
        status: list[str] = []
        times = _times(app, path, session, runs, status)
        worst = quantiles(times, n=20)[-1]
        name = f"{path} at {count:,} messages ({status[-1][:3]})"
        yield Figure(name, median(times) * 1e3, "ms", floor * 1e3, f"p95 {worst * 1e3:.1f} ms")
    runtime.database.dispose()


def _times(app: Any, path: str, session: str, runs: int, status: list[str] | None = None) -> list[float]:
    told = [] if status is None else status
    times = []
    for turn in range(runs + 3):
        environ: dict[str, Any] = {}
        setup_testing_defaults(environ)
        environ.update(
            PATH_INFO=path, HTTP_HOST="localhost", SERVER_NAME="localhost", HTTP_COOKIE=f"postlotse={session}"
        )
        since = perf_counter()
        answer = app(environ, lambda code, headers, info=None: told.append(code))
        b"".join(answer)
        if turn >= 3:  # the first ones compile templates and fill caches
            times.append(perf_counter() - since)
        if hasattr(answer, "close"):
            answer.close()
    return times


def grow(folder: Path, wanted: int) -> None:
    """Copy the messages of the database, shifted into the past, until there are about `wanted`; counts are redone."""
    with closing(sqlite3.connect(folder / "postlotse.db", isolation_level=None)) as raw:
        have = raw.execute("SELECT count(*) FROM message").fetchone()[0]
        offset = raw.execute("SELECT max(id) FROM conversation").fetchone()[0]
        raw.execute("PRAGMA synchronous=OFF")
        raw.execute("BEGIN")
        for round_ in range(1, wanted // have + 1):
            _copy(raw, round_, offset)
        raw.execute("COMMIT")
        raw.execute("ANALYZE")
    runtime = running.start(Config(data_dir=folder))
    with runtime.turn() as turn:
        tallies.recount(turn)
    runtime.database.dispose()


def _copy(raw: sqlite3.Connection, round_: int, offset: int) -> None:
    """Copy the first generation once: other ids, other threads, `round_` times 90 days earlier, nothing open."""
    shift, end = round_ * offset, f"'#{round_}'"
    past = {
        "conversation": {
            "id": f"id + {shift}", "thread": f"thread || {end}", "waiting_since": "NULL", "due_at": "NULL",
            "strict_due_at": "NULL", "meta_until": "NULL",
        },
        "message": {
            "id": f"substr(id, 1, 14) || x'{round_:04x}'", "conversation_id": f"conversation_id + {shift}",
            "source_id": f"source_id || {end}", "internet_message_id": f"internet_message_id || {end}",
        },
        "clock_event": {"id": "NULL", "conversation_id": f"conversation_id + {shift}"},
    }  # fmt: skip
    first = {
        "conversation": f"id <= {offset}",
        "message": f"conversation_id <= {offset}",
        "clock_event": f"conversation_id <= {offset}",
    }
    for table, changed in past.items():
        columns = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
        told = [changed.get(c) or (f"{c} - {round_ * _DAYS}" if _is_instant(c) else c) for c in columns]
        source = f"SELECT * FROM {table} WHERE {first[table]}"
        raw.execute(f"INSERT INTO {table} ({','.join(columns)}) SELECT {','.join(told)} FROM ({source})")


def _is_instant(column: str) -> bool:
    return column.endswith("_at") or column == "at"
