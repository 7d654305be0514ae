"""`make soak`: kill -9 at random moments while mailboxes are read; afterwards nothing is lost, nothing counts twice.

Batches of about nine minutes; counts are kept in var/soak.json, so a run can be stopped and gone on with.
"""

import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from connectors.emulator import firm as firms
from connectors.emulator import traffic
from connectors.emulator.graph import GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from models.account import Chain
from models.message import Message
from service import config, runtime
from service.store import tallies
from service.turn import NOBODY, Turn

RESULT = Path("var/soak.json")
BATCH_SECONDS = 9 * 60
KILLS_PER_ROUND = 20
DAYS = 10


def one_round(seed: int, kills: int = KILLS_PER_ROUND, days: int = DAYS) -> dict[str, int]:
    """Kill the reader so many times at random moments, let it finish, and count against the emulator."""
    rng = random.Random(seed)
    firm = firms.invent(seed)
    past = traffic.past(firm, datetime.now(UTC), days)
    addresses = [mailbox.address for mailbox in firm.mailboxes]
    folder = Path(tempfile.mkdtemp(prefix="postlotse-soak-"))
    server = GraphEmulator(Mailboxes(addresses, past.mails)).start()
    command = [sys.executable, "-m", "tests.soak.child", str(folder), server.base, ",".join(addresses), firm.domain]
    try:
        killed = sum(_killed(command, rng) for _ in range(kills))
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=300)
        return {"kills": killed, **_compare(folder, len(past.mails))}
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _killed(command: list[str], rng: random.Random) -> int:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        process.wait(timeout=rng.uniform(0.05, 0.8))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return 1
    return 0


def _compare(folder: Path, expected: int) -> dict[str, int]:
    process = runtime.start(config.load(data_dir=folder))
    with process.database.read() as session:
        turn = Turn(session, datetime.now(UTC), NOBODY)
        stored = session.execute(select(func.count()).select_from(Message)).scalar_one()
        distinct = session.execute(
            select(func.count()).select_from(select(Message.account_id, Message.source_id).distinct().subquery())
        ).scalar_one()
        unread = session.execute(
            select(func.count()).select_from(Chain).where(Chain.complete_at.is_(None))
        ).scalar_one()
        wrong = len(tallies.recount(turn))
    process.database.dispose()
    return {"lost": expected - distinct, "double": stored - distinct, "wrong_counts": wrong, "unfinished": unread}


def main() -> int:
    """Run rounds until the batch is over; exit code 1 as soon as an invariant is broken."""
    known = json.loads(RESULT.read_text()) if RESULT.exists() else {"rounds": 0, "kills": 0}
    until = time.monotonic() + BATCH_SECONDS
    while time.monotonic() < until:
        seed = known["rounds"] + 1
        result = one_round(seed)
        known["rounds"] = seed
        known["kills"] += result.pop("kills")
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(known))
        print(f"Runde {seed}: {known['kills']} Abbrüche bisher, {result}", flush=True)
        if any(result.values()):
            print("Eine Zusage ist gebrochen.")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
