"""The process that dies: the real worker, forked anew for every life, so that a life costs no start of the program.

Reads lines: `life N` forks a worker and prints its process id; `end N` reads everything to its end. N moves the clock on.
"""

import os
import sys
import time
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from connectors import registry
from connectors.errors import ConnectorError
from connectors.graph import source as _loaded  # noqa: F401  msgraph is loaded once, before the first life
from service import runtime, telemetry
from service.clock import SystemClock
from service.config import Config, names
from service.jobs import pull
from service.jobs.worker import Worker

# So far each life is after the one before: every lease of a dead worker has ended, every mailbox is due again.
_LIFE = timedelta(minutes=16)
_ROUNDS = 8
_LONGEST_LIFE = 60
_TRIES = 50


class Clock(SystemClock):
    """The machine's clock, moved on by so many lives."""

    def __init__(self, lives: int) -> None:
        self.moved = _LIFE * lives

    def now(self) -> datetime:
        return super().now() + self.moved


def live(settings: Config, lives: int) -> None:
    """Work like `postlotse work` until somebody kills us."""
    process = runtime.start(settings, Clock(lives))
    worker = Worker(process, partial(registry.open_source, "graph", settings))
    worker.start()
    # Death comes from outside, long before; without whoever brings it nobody must go on for ever.
    time.sleep(_LONGEST_LIFE)


def finish(settings: Config, lives: int) -> None:
    """Read every mailbox until nothing is left to be told and every tombstone is settled."""
    clock = Clock(lives)
    process = runtime.start(settings, clock)
    source = registry.open_source("graph", settings)
    for count in range(_ROUNDS):
        clock.moved += timedelta(minutes=11)
        for mailbox in names(settings.graph_mailboxes):
            for _ in range(_TRIES):
                try:
                    pull.account(process, mailbox, source, None)
                    break
                except ConnectorError:
                    continue
        with process.look() as turn:
            # The first round may only end what had begun before.
            if count and not turn.session.scalar(text("SELECT count(*) FROM message WHERE missing_round IS NOT NULL")):
                return


def practise(settings: Config) -> None:
    """Read a mailbox into a database that is thrown away, so that no life spends its time on doing things for the first time."""
    with TemporaryDirectory() as folder, suppress(ConnectorError):
        process = runtime.start(settings.model_copy(update={"data_dir": Path(folder)}))
        pull.account(process, names(settings.graph_mailboxes)[0], registry.open_source("graph", settings), None)
        process.database.dispose()


def main() -> None:
    """Fork a life per line; wait for its death before the next one."""
    telemetry.start("ERROR")
    settings = Config(
        data_dir=Path(sys.argv[1]),
        graph_base=sys.argv[2],
        graph_client_secret="emulator",
        graph_mailboxes=sys.argv[3],
        own_domains=sys.argv[4],
        graph_poll_seconds=5,
    )
    runtime.start(settings).database.dispose()
    practise(settings)
    print("bereit", flush=True)
    for line in sys.stdin:
        word, number = line.split()
        pid = os.fork()
        if not pid:
            (live if word == "life" else finish)(settings, int(number))
            os._exit(0)
        print(pid, flush=True)
        print(os.waitpid(pid, 0)[1], flush=True)


if __name__ == "__main__":
    main()
