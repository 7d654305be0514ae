"""Random schedules in one process: mail arrives, moves, vanishes, links die, pages come in any order, readers crash."""

import contextlib
import random
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from sqlalchemy import event, text

from connectors.emulator.faults import Schedule
from connectors.emulator.graph import GraphEmulator
from connectors.emulator.letters import Letter, Mail, Party, Style
from connectors.emulator.mailboxes import Mailboxes
from connectors.errors import ConnectorError
from connectors.graph.source import GraphSource
from models.terms import Category, Channel
from service import runtime
from service.actions import confirm
from service.actions.confirm import Choice
from service.config import Config
from service.jobs import pull
from service.store import accounts, tallies
from service.store.accounts import Facts
from tests.fakes import FakeClock
from tests.soak import ledger
from tests.soak.direct import Crash, Direct

START = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
OWN = "firma.example"
# So many schedules share a database: each has a mailbox of its own there.
PER_DATABASE = 50
_HOMES = ("inbox", "inbox", "inbox", "sentitems", "archive", "erledigt")
_TARGETS = (*_HOMES, "deleteditems", "junkemail", "conversationhistory")
# Rounds of a mailbox at rest until every tombstone is settled: two of grace, one that asks, and to spare.
_REST = 8


@dataclass(slots=True)
class World:
    """One mailbox under a schedule that its seed fixes."""

    seed: int
    address: str
    mailboxes: Mailboxes
    rng: random.Random
    clock: FakeClock
    keys: int = 0
    made: int = 0
    done: Counter[str] = field(default_factory=Counter)

    def act(self) -> None:
        """Let somebody do something to the mailbox."""
        deeds = (
            self.deliver,
            self.deliver,
            self.move,
            self.move,
            self.toggle,
            self.touch,
            self.delete,
            self.expire,
            self.branch,
        )
        self.rng.choice(deeds)()

    def deliver(self) -> None:
        self.keys += 1
        home = self.rng.choice(_HOMES)
        ours, other = (
            Party("Wir", self.address),
            Party("Kunde", f"k{self.rng.randrange(4)}@kunde{self.seed % 7}.example"),
        )
        sender, to = (ours, other) if home == "sentitems" else (other, ours)
        letter = Letter(
            f"{self.seed}-{self.keys}", self.clock.at, Style.PERSON, sender, sender, (to,), (),
            self.rng.randrange(3).to_bytes(15, "big") + bytes([self.seed % 251]), 0,
        )  # fmt: skip
        self.mailboxes.deliver(Mail(letter, self.address, home, is_read=False))
        self.done["Mail"] += 1

    def move(self) -> None:
        if found := self._some():
            target = self.rng.choice([name for name in _TARGETS if name != found[0]])
            self.mailboxes.move(self.address, found[1], found[0], target)
            self.done["verschoben"] += 1

    def toggle(self) -> None:
        if found := self._some():
            self.mailboxes.toggle(self.address, *found)
            self.done["gelesen"] += 1

    def touch(self) -> None:
        if found := self._some():
            self.mailboxes.touch(self.address, *found)

    def delete(self) -> None:
        if found := self._some():
            self.mailboxes.delete(self.address, *found)
            self.done["gelöscht"] += 1

    def expire(self) -> None:
        self.mailboxes.expire(self.address, self.rng.choice(_HOMES))
        self.done["abgelaufen"] += 1

    def branch(self) -> None:
        """Make a folder with a mail in it, or move or destroy one."""
        own = [name for name in self.mailboxes.box(self.address).drawers if name.startswith("ast")]
        if not own or self.rng.random() < 0.5:
            self.made += 1
            name = f"ast{self.made}"
            self.mailboxes.make_folder(self.address, name, self.rng.choice(("inbox", "archive", "msgfolderroot")))
            if found := self._some():
                self.mailboxes.move(self.address, found[1], found[0], name)
        elif self.rng.random() < 0.7:
            self.mailboxes.move_folder(self.address, self.rng.choice(own), self.rng.choice(("inbox", "deleteditems")))
        else:
            self.mailboxes.drop_folder(self.address, self.rng.choice(own))
        self.done["Ordner"] += 1

    def _some(self) -> tuple[str, str] | None:
        """Return folder and key of some mail; of read folders more often than of others."""
        drawers = [d for d in self.mailboxes.box(self.address).drawers.values() if d.items]
        if not drawers:
            return None
        drawer = self.rng.choice(drawers)
        return drawer.name, self.rng.choice(list(drawer.items))


class Bench:
    """A database and an emulator that many schedules share."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="postlotse-plaene-"))
        self.clock = FakeClock(START)
        self.runtime = runtime.start(Config(data_dir=self.folder, own_domains=OWN), self.clock)
        # No power is cut here: what a commit costs on the disk would only make the run longer.
        event.listen(self.runtime.database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
        self.runtime.database.dispose()
        self.mailboxes = Mailboxes([], [])
        self.emulator = GraphEmulator(self.mailboxes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.emulator.stop()
        self.runtime.database.dispose()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, seed: int) -> Counter[str]:
        """Run one schedule to its end; return its differences from the model (nothing, when all is well)."""
        rng = random.Random(seed)
        address = f"s{seed}@{OWN}"
        self.mailboxes.open(address)
        self.mailboxes.generations = rng.choice((0, 0, 3))
        with self.runtime.turn() as turn:
            accounts.ensure(turn, Channel.EMAIL, address, Facts(address))
        world = World(seed, address, self.mailboxes, rng, self.clock)
        if rng.random() < 0.7:
            self.mailboxes.drop_folder(address, "baustellen")
        for _ in range(rng.randrange(10)):
            world.deliver()
        faults = Schedule(seed, rate=rng.choice((0.0, 0.1)), dying=rng.choice((0.0, 0.1)), unruly=0.6)
        self.emulator.use(faults)
        busy = Direct(self.emulator, lambda: _meanwhile(world), page=rng.choice((2, 5, 500)))
        wrong: Counter[str] = Counter()
        decided: dict[int, str] = {}
        for _ in range(rng.randrange(1, 4)):
            for _ in range(rng.randrange(5)):
                world.act()
            self._poll(address, busy)
            wrong["ahead"] += ledger.ahead(self.runtime.database, self.mailboxes, [address])
            if not decided:
                decided = self._decide(address, rng)
        faults.quiet = True
        self._rest(address, Direct(self.emulator, lambda: None))
        wrong += ledger.differences(self.runtime.database, self.mailboxes, address)
        wrong["decisions"] += self._forgotten(decided)
        return +wrong

    def recount(self) -> int:
        """Return how many stored counts differ from a recount."""
        with self.runtime.turn() as turn:
            return len(tallies.recount(turn))

    def _poll(self, address: str, client: Direct) -> None:
        self.clock.move(timedelta(minutes=7))
        # A crash and a fault end the poll here; the next one has to go on from what is stored.
        with contextlib.suppress(Crash, ConnectorError):
            pull.account(self.runtime, address, GraphSource(client), None)

    def _rest(self, address: str, client: Direct) -> None:
        """Poll until nothing is left to be told, as often as tombstones need.

        The first poll may only end a round that began before; what happened since then comes with the second.
        """
        for count in range(_REST):
            self.clock.move(timedelta(minutes=11))
            pull.account(self.runtime, address, GraphSource(client), None)
            if count and not self._missing(address):
                return

    def _missing(self, address: str) -> int:
        with self.runtime.look() as turn:
            return int(
                turn.session.scalar(
                    text(
                        "SELECT count(*) FROM message m JOIN account a ON a.id = m.account_id "
                        "WHERE a.address = :a AND m.missing_round IS NOT NULL"
                    ),
                    {"a": address},
                )
                or 0
            )

    def _decide(self, address: str, rng: random.Random) -> dict[int, str]:
        """Let a person confirm one conversation; return its messages and what they are now."""
        with self.runtime.turn() as turn:
            ids = turn.session.scalars(
                text(
                    "SELECT DISTINCT m.conversation_id FROM message m JOIN account a ON a.id = m.account_id "
                    "WHERE a.address = :a AND m.direction = 'Eingang' AND m.removed_at IS NULL "
                    "ORDER BY m.conversation_id"
                ),
                {"a": address},
            ).all()
            if not ids:
                return {}
            confirm.confirm(turn, Choice((rng.choice(ids),), Category.NEWSLETTER, mixed_ok=True))
        return self._confirmed(address)

    def _confirmed(self, address: str) -> dict[int, str]:
        with self.runtime.look() as turn:
            rows = turn.session.execute(
                text(
                    "SELECT m.id, m.category FROM message m JOIN account a ON a.id = m.account_id "
                    "WHERE a.address = :a AND m.origin = 'Person'"
                ),
                {"a": address},
            )
            return {row[0]: row[1] for row in rows}

    def _forgotten(self, decided: dict[int, str]) -> int:
        with self.runtime.look() as turn:
            rows = turn.session.execute(text("SELECT id, category, origin FROM message WHERE origin = 'Person'"))
            now = {row[0]: row[1] for row in rows}
        return sum(now.get(one) != category for one, category in decided.items())


def _meanwhile(world: World) -> None:
    """Between two requests of a reader others go on working, and the reader may die."""
    chance = world.rng.random()
    if chance < 0.12:
        world.act()
    elif chance < 0.14:
        world.done["Absturz"] += 1
        raise Crash


def run(first: int, count: int) -> tuple[Counter[str], list[int]]:
    """Run `count` schedules from seed `first`; return what differs in all, and the seeds in which something does."""
    wrong: Counter[str] = Counter()
    seeds = []
    for start in range(first, first + count, PER_DATABASE):
        with Bench() as bench:
            for seed in range(start, min(start + PER_DATABASE, first + count)):
                found = bench.run(seed)
                wrong += found
                seeds += [seed] if found else []
            wrong["wrong_counts"] += bench.recount()
    return +wrong, seeds
