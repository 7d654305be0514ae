"""Webhooks under death: kill -9 while they come in, and power cuts; what was answered must be there, and once."""

import os
import random
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from service import runtime
from service.jobs import drain
from service.store import tallies
from tests.soak import calls, images, webhook_child

# Bodies of one life, and how many answers it may give before it dies (and some milliseconds later).
_BODIES, _ANSWERS, _LONGEST = 60, 50, 0.03
_PATIENCE = 60.0
_REPEATED = 0.2


class Victim:
    """The process that forks a life per line, and the ledger of what its lives answered."""

    def __init__(self, folder: Path) -> None:
        words = [sys.executable, "-m", "tests.soak.webhook_child", str(folder)]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._rest = b""
        self.answered: set[int] = set()
        self._until("bereit")

    def die(self, numbers: list[int], answers: int, late: float) -> int:
        """Let a life take these bodies and kill it after so many answers; return 1 when it was not yet done."""
        assert self._process.stdin is not None
        self._process.stdin.write((" ".join(map(str, numbers)) + "\n").encode())
        self._process.stdin.flush()
        pid = int(self._until("pid").split()[1])
        wanted = {n for n in numbers if n not in self.answered}
        before = len(self.answered)
        until = time.monotonic() + _PATIENCE
        while len(self.answered) - before < min(answers, len(wanted)) and time.monotonic() < until:
            self._read(0.05)
        time.sleep(late)
        os.kill(pid, signal.SIGKILL)
        self._until("tot")
        return int(not wanted <= self.answered)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def _until(self, word: str) -> str:
        while True:
            line = self._line()
            if line.startswith(word):
                return line
            self.answered.add(int(line))

    def _line(self) -> str:
        while b"\n" not in self._rest:
            assert self._fill(_PATIENCE), "The process says nothing any more."
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def _read(self, seconds: float) -> None:
        if b"\n" in self._rest or self._fill(seconds):
            while b"\n" in self._rest:
                self.answered.add(int(self._line()))

    def _fill(self, seconds: float) -> bool:
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            return False
        more = os.read(self._process.stdout.fileno(), 1 << 16)
        self._rest += more
        return bool(more)


def kills(seed: int, count: int) -> Counter[str]:
    """Kill so many times while webhooks come in; return "kills", "midway", "answered" and what is wrong.

    What was not answered comes again in the next life, as Meta would send it, and some that was answered as well.
    """
    rng = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="postlotse-soak-"))
    webhook_child.prepare(folder)
    victim = Victim(folder)
    found: Counter[str] = Counter()
    sent = 0
    try:
        while found["kills"] < count:
            again = [number for number in range(sent) if number not in victim.answered]
            known = rng.sample(sorted(victim.answered), int(min(len(victim.answered), _BODIES) * _REPEATED))
            fresh = list(range(sent, sent + max(0, _BODIES - len(again))))
            sent += len(fresh)
            numbers = again + known + fresh
            rng.shuffle(numbers)
            found["midway"] += victim.die(numbers, rng.randrange(_ANSWERS), rng.uniform(0, _LONGEST))
            found["kills"] += 1
            if found["kills"] % 10 == 0:
                found += _missing(folder / "postlotse.db", victim.answered)
        found["answered"] = len(victim.answered)
        found += _missing(folder / "postlotse.db", victim.answered) + _drained(folder, victim.answered)
        return +found
    finally:
        victim.close()
        shutil.rmtree(folder, ignore_errors=True)


def _missing(path: Path, answered: set[int]) -> Counter[str]:
    """Compare the inbox with the ledger by plain SQL: lost (answered and not there), damaged."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            there = {row[0] for row in connection.execute("SELECT dedup FROM inbox")}
            whole = connection.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError:
            return Counter(damaged=1)
    wanted = set().union(*map(calls.keys, answered)) if answered else set()
    return +Counter(lost=len(wanted - there), damaged=int(whole != "ok"))


def _drained(folder: Path, answered: set[int]) -> Counter[str]:
    """Take in what waits and compare the messages: lost, double, set aside, wrong counts."""
    house = runtime.start(webhook_child.settings(folder))
    while drain.drain(house):
        pass
    with house.turn() as turn:
        wrong = len(tallies.recount(turn))
    house.database.dispose()
    with closing(sqlite3.connect(folder / "postlotse.db")) as connection:
        found = Counter(row[0] for row in connection.execute("SELECT source_id FROM message"))
        aside = connection.execute("SELECT count(*) FROM inbox WHERE state <> 1").fetchone()[0]
        unread = connection.execute("SELECT count(*) FROM message_status WHERE message_id IS NULL").fetchone()[0]
    wanted = set().union(*map(calls.messages, answered))
    return +Counter(
        lost_messages=len(wanted - found.keys()),
        double=sum(number - 1 for number in found.values()),
        set_aside=aside,
        statuses_without_message=unread,
        wrong_counts=wrong,
    )


def cuts(seed: int, count: int, library: Path, pragma: str = "", bodies: int = 300) -> Counter[str]:
    """Record one run and look at so many power cuts of it; return "images", "answered" (most before a cut), the wrong.

    `pragma` weakens the database, to see that the images tell.
    """
    folder = Path(tempfile.mkdtemp(prefix="postlotse-strom-"))
    house, trace, cut = folder / "haus", folder / "spur", folder / "bild"
    house.mkdir()
    try:
        webhook_child.prepare(house)
        before = {path.name: path.read_bytes() for path in house.iterdir() if path.is_file()}
        environment = os.environ | {
            "LD_PRELOAD": str(library), "SOAK_FOLDER": str(house), "SOAK_TRACE": str(trace)
        }  # fmt: skip
        words = [sys.executable, "-m", "tests.soak.webhook_child", str(house), str(bodies), *filter(None, [pragma])]
        subprocess.run(words, check=True, env=environment, timeout=120)
        found: Counter[str] = Counter()
        for files, answered in images.images(images.steps(trace), before, seed, count):
            shutil.rmtree(cut, ignore_errors=True)
            cut.mkdir()
            for name, content in files.items():
                (cut / name).write_bytes(content)
            found += _missing(cut / "postlotse.db", answered)
            found["images"] += 1
            found["answered"] = max(found["answered"], len(answered))
        if answered and not found["damaged"]:
            found += _drained(cut, answered)
        return +found
    finally:
        shutil.rmtree(folder, ignore_errors=True)
