"""Kill -9 at random moments: the real worker reads the emulator over HTTP, dies again and again, and loses nothing."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from connectors.emulator import firm as firms
from connectors.emulator import traffic
from connectors.emulator.faults import Schedule
from connectors.emulator.graph import Ask, Fault, GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from models.terms import Category
from service import runtime
from service.actions import confirm
from service.actions.confirm import Choice
from service.config import Config
from service.runtime import Runtime
from service.store import tallies
from tests.fakes import FakeClock
from tests.soak import ledger
from tests.soak.schedules import World

# A worker dies so many requests after its birth (0 = at any time), and some milliseconds later: on a busy machine the
# time alone would kill most of them before they have read anything.
_REQUESTS, _LONGEST, _PATIENCE = 24, 0.06, 5.0
# After so many deaths the cursors are compared with the rows, and a person decides something.
_LOOK = 5


class Victim:
    """The process that forks a worker per life."""

    def __init__(self, folder: Path, base: str, addresses: list[str]) -> None:
        words = [sys.executable, "-m", "tests.soak.child", str(folder), base, ",".join(addresses), firms.DOMAIN]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lives = 0
        assert self._line() == "bereit"

    def die(self, moment: Callable[[], None]) -> int:
        """Let a worker live until `moment` returns and kill it; return 1 when it was still alive by then."""
        self._say("life")
        pid = int(self._line())
        moment()
        os.kill(pid, signal.SIGKILL)
        return int(int(self._line()) == signal.SIGKILL)

    def finish(self) -> None:
        """Let everything be read to its end."""
        self._say("end")
        self._line()
        assert int(self._line()) == 0, "The reader failed at the end."

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _say(self, word: str) -> None:
        assert self._process.stdin is not None
        self.lives += 1
        self._process.stdin.write(f"{word} {self.lives}\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


class Counted:
    """Stands before the faults of the emulator and tells when so many more requests have come."""

    def __init__(self, faults: Schedule) -> None:
        self._faults = faults
        self._left = 0
        self._reached = threading.Event()

    def __call__(self, ask: Ask) -> Fault | None:
        self._left -= 1
        if self._left == 0:
            self._reached.set()
        return self._faults(ask)

    def moment(self, rng: random.Random) -> None:
        """Return at a random moment: after some requests, or at any time."""
        self._reached.clear()
        self._left = rng.randrange(_REQUESTS)
        if self._left:
            self._reached.wait(_PATIENCE)
        time.sleep(rng.uniform(0, _LONGEST))


def run(seed: int, kills: int, days: int = 6, boxes: int = 6) -> Counter[str]:
    """Kill the worker so many times, let it finish, and compare; return "kills", "messages" and what is wrong.

    "midway" counts the deaths in the middle of reading a mailbox.
    """
    rng = random.Random(seed)
    firm = firms.invent(seed)
    addresses = rng.sample([mailbox.address for mailbox in firm.mailboxes], boxes)
    mails = [mail for mail in traffic.past(firm, datetime.now(UTC), days).mails if mail.mailbox in addresses]
    mailboxes = Mailboxes(addresses, mails, generations=rng.choice((0, 3)))
    emulator = GraphEmulator(mailboxes).start()
    faults = Schedule(seed, rate=0.1, dying=0.02, unruly=0.3)
    emulator.use(faults)
    counted = emulator.faults = Counted(faults)
    folder = Path(tempfile.mkdtemp(prefix="postlotse-soak-"))
    victim = Victim(folder, emulator.base, addresses)
    process = runtime.start(Config(data_dir=folder, own_domains=firms.DOMAIN))
    worlds = [World(seed, one, mailboxes, rng, FakeClock(datetime.now(UTC))) for one in addresses]
    try:
        found = _deaths(victim, (process, counted), worlds, kills)
        faults.quiet = True
        victim.finish()
        found["messages"] = sum(len(d.items) for one in addresses for d in mailboxes.folders(one))
        for one in addresses:
            found += ledger.differences(process.database, mailboxes, one)
        with process.turn() as turn:
            found["wrong_counts"] += len(tallies.recount(turn))
        return +found
    finally:
        victim.close()
        emulator.stop()
        process.database.dispose()
        shutil.rmtree(folder, ignore_errors=True)


def _deaths(victim: Victim, scene: tuple[Runtime, Counted], worlds: list[World], kills: int) -> Counter[str]:
    """Kill, and let life go on in the mailboxes meanwhile; return kills, cursors ahead, decisions that were lost."""
    process, counted = scene
    rng, mailboxes = worlds[0].rng, worlds[0].mailboxes
    found: Counter[str] = Counter()
    decided: dict[int, str] = {}
    while found["kills"] < kills:
        for _ in range(rng.randrange(6)):
            rng.choice(worlds).act()
        found["kills"] += victim.die(lambda: counted.moment(rng))
        found["midway"] += _reading(process)
        if found["kills"] % _LOOK == 0:
            found["ahead"] += ledger.ahead(process.database, mailboxes, [world.address for world in worlds])
            _decide(process, rng)
            now = _decided(process)
            found["decisions"] += sum(now.get(one) != category for one, category in decided.items())
            decided = now
    return found


def _reading(process: Runtime) -> int:
    """Return 1 when some mailbox was being read at the moment of death."""
    with process.look() as turn:
        return int(turn.session.scalar(text("SELECT count(*) > 0 FROM account WHERE state = 'liest'")) or 0)


def _decide(process: Runtime, rng: random.Random) -> None:
    """Let a person confirm some conversation that came in."""
    with process.turn() as turn:
        ids = turn.session.scalars(
            text("SELECT DISTINCT conversation_id FROM message WHERE direction = 'Eingang' AND removed_at IS NULL")
        ).all()
        if ids:
            choice = Choice((rng.choice(sorted(ids)),), Category.NEWSLETTER, mixed_ok=True)
            confirm.confirm(turn, choice)


def _decided(process: Runtime) -> dict[int, str]:
    with process.look() as turn:
        rows = turn.session.execute(text("SELECT id, category FROM message WHERE origin = 'Person'"))
        return {row[0]: row[1] for row in rows}
