"""`python -m tests.bench.big N [postgres]`: pages of figures at N messages beside the same at 100,000, and a recount.

The firm is the same in both (tests/bench/giant.py), only busier. N is 10 million if not told; give the folder for the
databases as TMPDIR. Two URLs in the place of N measure databases that an earlier run made. Pages are called as a
Team-Lead calls them, without a network: a first time, then with data that stay, then with a message counted before
every call, so that nothing can be taken from the last one. Before each turn a bare loop says how quick the machine is at
this moment; beside all calls stand those of moments in which it ran at its speed.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
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
from service.store import firm_days, schema, snapshots, tallies
from service.store.engine import Database
from service.turn import NOBODY, Actor, Turn
from tests import postgres
from tests.bench import giant
from tests.bench.figures import Figure
from tests.fakes import FakeClock

SMALL = 100_000
# So many turns of a page at least, more until so many were at speed, at most so many.
TURNS, AT_SPEED, MOST = 20, 20, 60
# At speed means: a bare loop takes at most so much longer than the quickest one of the run.
SLACK = 1.25
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
class Turns:
    """Calls of a page in milliseconds, and which of them fell into moments in which the machine ran at its speed."""

    times: list[float]
    quick: list[bool]

    @property
    def at_speed(self) -> list[float]:
        """Return those of these moments."""
        return [time for time, quick in zip(self.times, self.quick, strict=True) if quick]

    def told(self, small: "Turns") -> str:
        """Return median and p95 of all, of those at speed, and the median beside the small database."""
        middle, p95 = _mid(self.times)
        speed = "-" if len(self.at_speed) < 2 else "{:.1f} p95 {:.1f}".format(*_mid(self.at_speed))
        return (
            f"{middle:6.1f} p95 {p95:6.1f} at speed {speed} of {len(self.at_speed)}/{len(self.times)}"
            f" x{middle / _mid(small.times)[0]:.2f}"
        )


@dataclass(frozen=True)
class Times:
    """One page: its first call in milliseconds, then with data that stay, then with a message before every call.

    `work` is what the processor did for it, `rows` how many lines of a table it has: a list of a busy firm is longer.
    """

    first: float
    still: Turns
    moving: Turns
    work: float
    rows: int

    def line(self, name: str, small: "Times") -> str:
        """Return it beside the same page on the small database."""
        rows = (
            "" if self.rows == small.rows or "/konversationen" not in name else f"   {self.rows} rows, not {small.rows}"
        )
        return (
            f"  {name:<45} still {self.still.told(small.still)}   moving {self.moving.told(small.moving)}"
            f"   first {self.first:6.1f}   processor {self.work:6.1f} ms{rows}"
        )


def _mid(times: list[float]) -> tuple[float, float]:
    return median(times), quantiles(times, n=20, method="inclusive")[-1]


class Pace:
    """How quick the machine is just now, beside the quickest moment of this run."""

    def __init__(self) -> None:
        """Look for the quickest of some moments."""
        self._best = min(_steps(_SHORT) for _ in range(200))

    def is_quick(self) -> bool:
        """Say whether it runs at its speed."""
        took = _steps(_SHORT)
        self._best = min(self._best, took)
        return took <= SLACK * self._best


_SHORT = 50_000


def _steps(count: int) -> float:
    """Return how long a bare loop takes, in milliseconds of the processor."""
    since, total = process_time(), 0
    for number in range(count):
        total += number * number % 7
    return (process_time() - since) * 1e3


class Site:
    """The service over one database, as a Team-Lead calls it."""

    def __init__(self, url: str, folder: Path) -> None:
        """Start it, sign in, and begin a month's review."""
        config = Config(data_dir=folder, database_url=url, worker=False)
        self._runtime = running.start(config, FakeClock(giant.NOW))
        with self._runtime.turn() as turn:
            token = signin.link(turn, Role.TEAM_LEAD)
        with self._runtime.turn() as turn:
            self._session, member = signin.redeem(turn, token)
        with self._runtime.turn(Actor(member.id, member.name, member.role)) as turn:
            self._month = review.begin(turn, ReviewKind.MONAT).id
        self._app = house.make_flask(self._runtime).wsgi_app
        self._counted = 0

    def call(self, path: str) -> "Called":
        """Call a page; return how long it took, how long the processor worked, and the lines of its tables."""
        return _call(self._app, path.format(month=self._month), self._session)

    def count_one(self) -> None:
        """Count a message, so that nothing of what is now can be taken from the last call."""
        self._counted += 1
        with self._runtime.turn() as turn:
            account = 1 + self._counted % giant.ACCOUNTS
            tallies.apply(turn, [tallies.arrived(account, Direction.EINGANG, giant.NOW, Category.KUNDE)])


def measure(sites: Sequence[Site], path: str, pace: Pace) -> list[Times]:
    """Return how long a page takes on each; in turns, so that a machine that slows down does so for all."""
    first = [one.call(path) for one in sites]
    still, quick = _turns(lambda: [one.call(path) for one in sites], pace)
    moving, at_speed = _turns(lambda: [_counted(one, path) for one in sites], pace)
    return [
        Times(
            first[at][0],
            Turns([turn[at][0] for turn in still], quick),
            Turns([turn[at][0] for turn in moving], at_speed),
            median(turn[at][1] for turn in still),
            first[at][2],
        )
        for at in range(len(sites))
    ]


Called = tuple[float, float, int]


def _turns(take: Callable[[], list[Called]], pace: Pace) -> tuple[list[list[Called]], list[bool]]:
    found: list[list[Called]] = []
    quick: list[bool] = []
    while len(found) < TURNS or (sum(quick) < AT_SPEED and len(found) < MOST):
        quick.append(pace.is_quick())
        found.append(take())
    return found, quick


def _counted(site: Site, path: str) -> Called:
    site.count_one()
    return site.call(path)


def _loop() -> str:
    """Say how quick the machine is just now."""
    return f"  a bare loop of a million steps: {_steps(1_000_000):.0f} ms"


def _call(app: Any, path: str, session: str) -> Called:
    name, _, query = path.partition("?")
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    environ.update(PATH_INFO=name, QUERY_STRING=query, HTTP_HOST="localhost", HTTP_COOKIE=f"postlotse={session}")
    told: list[str] = []
    wall, work = perf_counter(), process_time()
    body = b"".join(app(environ, lambda status, headers, info=None: told.append(status)))
    took = (perf_counter() - wall) * 1e3, (process_time() - work) * 1e3
    if not told[0].startswith("200"):
        raise SystemExit(f"{path}: {told[0]}")
    return *took, body.count(b"<tr>")


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
        sites = []
        for size, url in zip(sizes, urls, strict=True):
            for figure in [] if told else build(url, size):
                print(figure.line(), flush=True)
            sites.append(Site(url, folder))
        running.settle()  # as `postlotse serve` does
        print(_loop(), flush=True)
        pace = Pace()
        for path in (*PATHS, *FILES):
            small, large = measure(sites, path, pace)
            print(large.line(path, small), flush=True)
        print(_loop(), flush=True)


if __name__ == "__main__":
    main()
