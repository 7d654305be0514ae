"""Measures what it costs to look into mailboxes in which nothing is new: the share of one core for a thousand."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import func, select

from connectors import registry
from models.account import Chain
from models.terms import Channel
from service import runtime as running
from service.config import Config
from service.jobs.worker import Worker
from service.runtime import Runtime
from service.store import accounts
from tests.bench.figures import Figure
from tests.fakes import FakeClock

# At night, so that every mailbox is due every 15 minutes.
_NIGHT = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
_THOUSAND = 1000
_ROUNDS = 3
# Share of one core that a thousand mailboxes may cost when each is looked into every 15 minutes.
_PROMISE = 0.05


def measure(folder: Path, count: int = 100) -> Iterator[Figure]:
    """Read `count` empty mailboxes once in full, then measure rounds in which nothing is new."""
    command = [sys.executable, "-m", "tests.bench.idle_server", str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            base = server.stdout.readline().strip()
            yield from _rounds(folder, base, count)
        finally:
            server.terminate()


def _rounds(folder: Path, base: str, count: int) -> Iterator[Figure]:
    boxes = ",".join(f"box{number:04}@firma.example" for number in range(count))
    config = Config(
        data_dir=folder,
        graph_base=base,
        graph_client_secret="emulator",
        graph_mailboxes=boxes,
        own_domains="firma.example",
    )
    clock = FakeClock(_NIGHT)
    runtime = running.start(config, clock)
    worker = Worker(runtime, partial(registry.open_source, "graph", config))
    _round(worker, clock)
    chains = _chains(runtime)
    looked = 0
    since, spent = perf_counter(), process_time()
    for _ in range(_ROUNDS):
        clock.move(timedelta(minutes=15))
        looked += _round(worker, clock)
    took, used = (perf_counter() - since) / looked, (process_time() - spent) / looked
    runtime.database.dispose()
    quarter = used * _THOUSAND / 900
    yield Figure(
        f"an empty look into a mailbox with {chains:.0f} chains, CPU",
        used * 1e3,
        "ms",
        remark=f"{took * 1e3:.1f} ms in all",
    )
    yield Figure("1,000 mailboxes every 15 min, share of a core", quarter * 100, "%", _PROMISE * 100)
    yield Figure("1,000 mailboxes every 5 min, share of a core", quarter * 300, "%")


def _round(worker: Worker, clock: FakeClock) -> int:
    """Let every mailbox be looked into once; they come spread over a minute. Return how many looks there were."""
    looked = 0
    for _ in range(13):
        while ran := worker.tick():
            looked += ran
        clock.move(timedelta(seconds=5))
    return looked


def _chains(runtime: Runtime) -> float:
    with runtime.look() as turn:
        box = accounts.find(turn, Channel.EMAIL, "box0000@firma.example")
        assert box is not None
        return float(
            turn.session.execute(select(func.count()).select_from(Chain).where(Chain.account_id == box.id)).scalar_one()
        )
