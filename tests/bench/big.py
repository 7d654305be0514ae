"""`python -m tests.bench.big N [postgres]`: pages of figures at N messages beside the same at 100,000, and a recount.

The firm is the same in both (tests/bench/giant.py), only busier. N is 10 million if not told; give the folder for the
databases as TMPDIR. Pages are called as a Team-Lead calls them, without a network.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any
from wsgiref.util import setup_testing_defaults

import psycopg

from models.terms import Role
from service import app as house
from service import runtime as running
from service.actions import signin
from service.config import Config
from service.store import firm_days, schema, snapshots, tallies
from service.store.engine import Database
from service.turn import NOBODY, Turn
from tests import postgres
from tests.bench import giant
from tests.bench.figures import Figure
from tests.fakes import FakeClock

SMALL, RUNS = 100_000, 30
PATHS = (
    "/kennzahlen",
    "/kennzahlen?zeitraum=90",
    "/kennzahlen?postfach=1,2,3",
    "/kennzahlen?kanal=WhatsApp",
    "/kennzahlen/stand",
    "/api/v1/kpis",
    "/api/v1/kpis?zeitraum=90",
)


def build(url: str, messages: int) -> Iterator[Figure]:
    """Make a database with so many messages and everything that the worker keeps about them."""
    database = Database(url)
    schema.upgrade(database)
    yield from giant.fill(database, messages)
    kept: dict[str, Callable[[Turn], object]] = {
        "recount": tallies.recount, "ends of days": snapshots.fill, "days of the firm": firm_days.fill,
    }  # fmt: skip
    for name, work in kept.items():
        since = perf_counter()
        with database.write() as session:
            work(Turn(session, giant.NOW, NOBODY))
        yield Figure(f"{name} of {messages:,} messages", perf_counter() - since, "s")
    database.dispose()


def measure(url: str, folder: Path) -> dict[str, tuple[float, float, float]]:
    """Return median and p95 of each page in milliseconds, and the median of its processor time."""
    config = Config(data_dir=folder, database_url=url, worker=False)
    runtime = running.start(config, FakeClock(giant.NOW))
    with runtime.turn() as turn:
        token = signin.link(turn, Role.TEAM_LEAD)
    with runtime.turn() as turn:
        session, _ = signin.redeem(turn, token)
    app = house.make_flask(runtime).wsgi_app
    found = {path: _call(app, path, session) for path in PATHS}
    runtime.database.dispose()
    return found


def _call(app: Any, path: str, session: str) -> tuple[float, float, float]:
    name, _, query = path.partition("?")
    walls, works = [], []
    for turn in range(RUNS + 3):
        environ: dict[str, Any] = {}
        setup_testing_defaults(environ)
        environ.update(PATH_INFO=name, QUERY_STRING=query, HTTP_HOST="localhost", HTTP_COOKIE=f"postlotse={session}")
        told: list[str] = []
        wall, work = perf_counter(), process_time()
        answer = app(environ, lambda status, headers, info=None, told=told: told.append(status))
        b"".join(answer)
        if turn >= 3:  # the first ones compile templates and fill caches
            walls.append((perf_counter() - wall) * 1e3)
            works.append((process_time() - work) * 1e3)
        if not told[0].startswith("200"):
            raise SystemExit(f"{path}: {told[0]}")
    return median(walls), quantiles(walls, n=20)[-1], median(works)


def _urls(stack: ExitStack, folder: Path, sizes: tuple[int, ...], *, on_postgres: bool) -> Iterator[str]:
    if not on_postgres:
        yield from (f"sqlite:///{folder / f'big{size}.db'}" for size in sizes)
        return
    server = stack.enter_context(postgres.cluster(_binaries()))
    for size in sizes:
        with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE big{size}")
        yield f"{server}/big{size}"


def _binaries() -> Path:
    found = postgres.binaries()
    if found is None:
        raise SystemExit("PostgreSQL is not installed")
    return found


def main() -> None:
    """Build both databases, call every page, print times and ratios."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    sizes = (SMALL, numbers[0] if numbers else 10_000_000)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        results = []
        for size, url in zip(sizes, _urls(stack, folder, sizes, on_postgres="postgres" in sys.argv), strict=True):
            for figure in build(url, size):
                print(figure.line(), flush=True)
            results.append(measure(url, folder))
        for path in PATHS:
            small, large = (found[path] for found in results)
            figure = Figure(f"{path} at {sizes[1]:,}", large[0], "ms", small[0], f"p95 {large[1]:.1f} ms")
            print(f"{figure.line()}, processor {large[2]:.1f} ms beside {small[2]:.1f} ms", flush=True)


if __name__ == "__main__":
    main()
