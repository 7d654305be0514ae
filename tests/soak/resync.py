"""A mailbox of 50,000 messages after its links have died: time, requests, and whether the memory stays flat."""

import shutil
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.emulator.graph import GraphEmulator
from connectors.emulator.letters import Letter, Mail, Party, Style
from connectors.emulator.mailboxes import Mailboxes
from connectors.graph.source import with_token
from models.terms import Channel
from service import runtime
from service.config import Config
from service.jobs import pull
from service.store import accounts, tallies
from service.store.accounts import Facts
from tests.soak import ledger

ADDRESS = "voll@firma.example"
# What Graph itself takes for a page of 500 messages, from published measurements: counted as waiting, not slept.
_SECONDS_PER_REQUEST = 1.0


def run(messages: int = 50_000) -> dict[str, float]:
    """Read a mailbox, let all links die, read it again; return what that took and what went wrong."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    outside = [Party(f"Kunde {n}", f"kunde{n}@firma{n % 90}.example") for n in range(900)]
    mails = [
        Mail(
            Letter(
                f"g{n}", start + timedelta(minutes=5 * n), Style.PERSON, outside[n % 900], outside[n % 900],
                (Party("Voll", ADDRESS),), (), (n // 3).to_bytes(16, "big"), n % 3,
            ),
            ADDRESS, "inbox", is_read=True,
        )
        for n in range(messages)
    ]  # fmt: skip
    mailboxes = Mailboxes([ADDRESS], mails)
    emulator = GraphEmulator(mailboxes).start()
    folder = Path(tempfile.mkdtemp(prefix="postlotse-neu-"))
    process = runtime.start(Config(data_dir=folder, own_domains="firma.example"))
    source = with_token(emulator.base, lambda: "emulator")
    try:
        with process.turn() as turn:
            accounts.ensure(turn, Channel.EMAIL, ADDRESS, Facts(ADDRESS))
        first = _timed(lambda: pull.account(process, ADDRESS, source, None))
        for name in ("inbox", "archive", "sentitems"):
            mailboxes.expire(ADDRESS, name)
        asked, before = emulator.requests, _memory()
        peak = _Peak()
        again = _timed(lambda: pull.account(process, ADDRESS, source, None))
        requests, highest = emulator.requests - asked, peak.end()
        with process.turn() as turn:
            wrong = len(tallies.recount(turn))
        return {
            "messages": messages,
            "first_s": round(first, 1),
            "resync_s": round(again, 1),
            "requests": requests,
            "emulated_s": round(again + requests * _SECONDS_PER_REQUEST, 1),
            "memory_before_mb": before,
            "memory_grown_mb": round(highest - before, 1),
            "wrong_counts": wrong,
            "wrong": sum(ledger.differences(process.database, mailboxes, ADDRESS).values()),
        }
    finally:
        source.close()
        emulator.stop()
        process.database.dispose()
        shutil.rmtree(folder, ignore_errors=True)


class _Peak:
    """The highest memory while something runs."""

    def __init__(self) -> None:
        self._highest = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> float:
        self._stop.set()
        self._thread.join()
        return self._highest

    def _look(self) -> None:
        while True:
            self._highest = max(self._highest, _memory())
            if self._stop.wait(0.2):
                return


def _memory() -> float:
    """Return the resident memory of this process in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return round(int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024, 1)


def _timed(work: object) -> float:
    begin = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - begin
