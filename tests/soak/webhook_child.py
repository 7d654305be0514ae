"""The process that dies while it takes webhooks: the real gate, writer and inbox; it tells each answer at once.

python -m tests.soak.webhook_child FOLDER: lines `life FIRST COUNT` fork a life that takes that many bodies from FIRST on.
With a third word it takes COUNT bodies at once, without a fork, notes its answers in FOLDER and ends.
"""

import io
import os
import sys
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import event

from models.terms import Channel
from service import runtime, telemetry
from service.config import Config
from service.hooks import doors
from service.jobs.worker import Worker
from service.runtime import Runtime
from service.store import accounts
from service.store.accounts import Facts
from tests.soak import calls
from tests.soak.images import LEDGER

_CALLERS = 4
_LONGEST_LIFE = 30
_NUMBERS = ("1001", "1002")


def settings(folder: Path) -> Config:
    """Return the configuration of the house that dies."""
    numbers = ",".join(f"{number}=Nummer {number}" for number in _NUMBERS)
    return Config(data_dir=folder, whatsapp_app_secret=calls.SECRET, whatsapp_numbers=numbers)  # type: ignore[arg-type]  # pydantic makes a secret of it


def prepare(folder: Path) -> None:
    """Make the database with its numbers, so that it lies on the disk before anything is recorded."""
    house = runtime.start(settings(folder))
    with house.turn() as turn:
        for number in _NUMBERS:
            accounts.ensure(turn, Channel.WHATSAPP, number, Facts(f"Nummer {number}"))
    house.database.dispose()


def serve(house: Runtime, numbers: list[int], answered: int) -> None:
    """Take the bodies of these numbers over several callers; each 200 is written to `answered` before the next call."""
    worker = Worker(house)
    # The loop that takes webhooks in, without jobs that come due with every birth.
    threading.Thread(target=worker._inbox, daemon=True).start()
    gate = doors.build(house, _nothing, worker.wake.set)
    waiting: SimpleQueue[int] = SimpleQueue()
    for number in numbers:
        waiting.put(number)

    def call() -> None:
        while True:
            try:
                number = waiting.get_nowait()
            except Empty:
                return
            if post(gate, calls.body(number)):
                os.write(answered, f"{number}\n".encode())

    callers = [threading.Thread(target=call, daemon=True) for _ in range(_CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(_LONGEST_LIFE)
    worker.stop()
    gate.close()


def post(gate: Any, raw: bytes) -> bool:
    """Call the gate as a server would; return whether it said 200."""
    said: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/webhooks/whatsapp", "CONTENT_LENGTH": str(len(raw)),
        "HTTP_X_HUB_SIGNATURE_256": calls.signature(raw), "wsgi.input": io.BytesIO(raw),
    }  # fmt: skip
    list(gate(environ, lambda status, headers: said.append(status)))
    return said[0].startswith("200")


def _nothing(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("404 Not Found", [])
    return []


def _weaken(house: Runtime, pragma: str) -> None:
    """Run with a weaker promise than ours, to see that the power cuts tell."""

    @event.listens_for(house.database.engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.execute(pragma)

    # What is open already has made the stronger one.
    house.database.dispose()


def main() -> None:
    """Serve as the first lines of this module say."""
    telemetry.start("ERROR")
    folder = Path(sys.argv[1])
    if len(sys.argv) > 2:
        house = runtime.start(settings(folder))
        if len(sys.argv) > 3:
            _weaken(house, sys.argv[3])
        ledger = os.open(folder / LEDGER, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        serve(house, list(range(int(sys.argv[2]))), ledger)
        # No clean end: what a close would still bring to the disk must not count.
        os._exit(0)
    print("bereit", flush=True)
    for line in sys.stdin:
        numbers = [int(word) for word in line.split()]
        pid = os.fork()
        if not pid:
            serve(runtime.start(settings(folder)), numbers, sys.stdout.fileno())
            time.sleep(_LONGEST_LIFE)
            os._exit(0)
        print(f"pid {pid}", flush=True)
        os.waitpid(pid, 0)
        print("tot", flush=True)


if __name__ == "__main__":
    main()
