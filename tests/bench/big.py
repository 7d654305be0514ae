"""`python -m tests.bench.big N [postgres]`: pages of figures at N messages beside the same at 100,000, and a recount.

The firm is the same in both (tests/bench/giant.py), only busier. N is 10 million if not told; give the folder for the
databases as TMPDIR. Two URLs in the place of N measure databases that an earlier run made. Pages are called as a
Team-Lead calls them, without a network: a first time, then with data that stay, then with a message counted before
every call, so that nothing can be taken from the last one.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any
from wsgiref.util import setup_testing_defaults

import psycopg

from models.terms import Category, Direction, ReviewKind, Role
from service import app as house
from service import runtime as running
from service.actions import review, signin
from service.config import Config
from service.runtime import Runtime
from service.store import firm_days, schema, snapshots, tallies
from service.store.engine import Database
from service.turn import NOBODY, Actor, Turn
from tests import postgres
from tests.bench import giant
from tests.bench.figures import Figure
from tests.fakes import FakeClock

SMALL, RUNS = 100_000, 20
PATHS = (
    "/kennzahlen",
    "/kennzahlen?zeitraum=90",
    "/kennzahlen?postfach=1,2,3",
    "/kennzahlen?kanal=WhatsApp",
    "/kennzahlen?klasse=Kunde",
    "/kennzahlen/stand",
    "/kennzahlen/wand/stand",
    "/reviews",
    "/reviews/{month}",
    "/reviews/erfolg",
    "/api/v1/kpis",
    "/api/v1/kpis?zeitraum=90",
    "/api/v1/kpis?postfach=1,2,3",
    "/konversationen?kennzahl=unhandled",
    "/konversationen?kennzahl=quote",
    "/konversationen?kennzahl=reaction",
    "/konversationen?kennzahl=inbound_hour",
    "/konversationen?kennzahl=classes",
    "/konversationen?kennzahl=chat_volume",
    "/api/v1/conversations?kennzahl=unhandled",
    "/api/v1/conversations?kennzahl=inbound_hour",
)
# What is made for whoever takes it home.
FILES = (
    "/kennzahlen/export.csv",
    "/kennzahlen/export.xlsx",
    "/reviews/{month}/bericht.xlsx",
    "/reviews/{month}/bericht.pdf",
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
    giant.settle(database)
    database.dispose()


@dataclass(frozen=True)
class Times:
    """One page in milliseconds: its first call, then with data that stay, then with a message before every call."""

    first: float
    still: list[float]
    moving: list[float]
    work: float

    def line(self, name: str, small: "Times") -> str:
        """Return it beside the same page on the small database."""
        still, moving = _mid(self.still), _mid(self.moving)
        return (
            f"  {name:<52} still {still[0]:6.1f} p95 {still[1]:6.1f} x{still[0] / _mid(small.still)[0]:.2f}   "
            f"moving {moving[0]:6.1f} p95 {moving[1]:6.1f} x{moving[0] / _mid(small.moving)[0]:.2f}   "
            f"first {self.first:6.1f}   processor {self.work:6.1f} ms"
        )


def _mid(times: list[float]) -> tuple[float, float]:
    return median(times), quantiles(times, n=20)[-1]


def measure(url: str, folder: Path) -> dict[str, Times]:
    """Return how long each page takes for a Team-Lead."""
    config = Config(data_dir=folder, database_url=url, worker=False)
    runtime = running.start(config, FakeClock(giant.NOW))
    with runtime.turn() as turn:
        token = signin.link(turn, Role.TEAM_LEAD)
    with runtime.turn() as turn:
        session, member = signin.redeem(turn, token)
    with runtime.turn(Actor(member.id, member.name, member.role)) as turn:
        month = review.begin(turn, ReviewKind.MONAT).id
    app = house.make_flask(runtime).wsgi_app
    running.settle()  # as `postlotse serve` does
    found = {path: _times(runtime, app, path.format(month=month), session) for path in (*PATHS, *FILES)}
    runtime.database.dispose()
    return found


def _times(runtime: Runtime, app: Any, path: str, session: str) -> Times:
    first, _ = _call(app, path, session)
    still = [_call(app, path, session) for _ in range(RUNS)]
    moving = []
    for number in range(RUNS):
        with runtime.turn() as turn:
            account = 1 + number % giant.ACCOUNTS
            tallies.apply(turn, [tallies.arrived(account, Direction.EINGANG, giant.NOW, Category.KUNDE)])
        moving.append(_call(app, path, session)[0])
    return Times(first, [wall for wall, _ in still], moving, median(work for _, work in still))


def _call(app: Any, path: str, session: str) -> tuple[float, float]:
    name, _, query = path.partition("?")
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    environ.update(PATH_INFO=name, QUERY_STRING=query, HTTP_HOST="localhost", HTTP_COOKIE=f"postlotse={session}")
    told: list[str] = []
    wall, work = perf_counter(), process_time()
    b"".join(app(environ, lambda status, headers, info=None: told.append(status)))
    took = (perf_counter() - wall) * 1e3, (process_time() - work) * 1e3
    if not told[0].startswith("200"):
        raise SystemExit(f"{path}: {told[0]}")
    return took


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
    """Build both databases unless they are told, call every page, print times and ratios."""
    told = [word for word in sys.argv[1:] if "://" in word]
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    sizes = (SMALL, numbers[0] if numbers else 10_000_000)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        urls = told or _urls(stack, folder, sizes, on_postgres="postgres" in sys.argv)
        results = []
        for size, url in zip(sizes, urls, strict=True):
            for figure in [] if told else build(url, size):
                print(figure.line(), flush=True)
            results.append(measure(url, folder))
        for path in (*PATHS, *FILES):
            small, large = (found[path] for found in results)
            print(large.line(path, small), flush=True)


if __name__ == "__main__":
    main()
