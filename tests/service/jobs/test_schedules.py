"""Any schedule of pages, replays, moves, sparse changes, removals and expired links ends with what is true."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from connectors.errors import Unreachable
from models.message import Conversation, Message
from models.tally import Tally
from models.terms import Category, Channel, ConversationState, Direction
from service.actions import configure, confirm
from service.actions.confirm import Choice
from service.config import Config
from service.jobs import pull
from service.runtime import Runtime
from service.store import accounts, tallies
from service.store.accounts import Facts
from service.store.engine import Database
from service.turn import Actor, Turn
from tests.factories import OWN, answer, mail
from tests.fakes import FakeClock
from tests.service.jobs.mailbox_model import READ, Box, ModelSource, Plan

BOXES = (f"info@{OWN}", f"vertrieb@{OWN}")
FOLDERS = (*READ, "own", "bin", "junk")
VERBS = ("mail", "both", "answer", "toggle", "move", "move", "delete", "expire", "poll", "poll", "confirm", "quota")
FAULTS = ("", "", "", "expire", "cut", "again", "backwards")


class World:
    """The service over its database, the mailboxes it reads, and what happened in them."""

    def __init__(self, database: Database) -> None:
        self.clock = FakeClock()
        self.runtime = Runtime(Config(graph_history_days=0), self.clock, database)
        self.boxes = {address: Box(address) for address in BOXES}
        self.plan = Plan()
        self.source = ModelSource(self.boxes, self.plan)
        self.sent: dict[str, datetime] = {}
        self.classes: dict[str, Category] = {}
        self.number = 0
        with self.runtime.turn() as turn:
            configure.own_domains(turn, (OWN,))
            for address in BOXES:
                accounts.ensure(turn, Channel.EMAIL, address, Facts(address, people=6))

    def act(self, verb: str, pick: int, folder: str) -> None:
        """Let one thing happen."""
        self.clock.move(timedelta(minutes=1))
        box = self.boxes[BOXES[pick % 2]]
        thread = f"thread-{pick % 3}"
        here = sorted(key for key, item in box.items.items() if item.direction is Direction.EINGANG)
        if verb in ("mail", "both"):
            self._deliver(box if verb == "mail" else None, thread)
        elif verb == "answer":
            self._answer(box, thread)
        elif verb == "expire":
            box.expire(folder)
        elif verb == "quota":
            box.full = not box.full
        elif verb == "poll":
            self.poll(box.address)
        elif verb == "confirm":
            self._confirm(pick)
        elif here:
            key = here[pick % len(here)]
            {"toggle": box.toggle, "move": lambda k: box.move(k, folder), "delete": box.delete}[verb](key)

    def _deliver(self, only: Box | None, thread: str) -> None:
        self.number += 1
        at = self.clock.now()
        for box in [only] if only else self.boxes.values():
            box.put(
                mail(
                    f"kunde{self.number % 2}@kunde.example", at=at, account=box.address, thread=thread, folder="inbox",
                    source_id=f"{box.address}-{self.number}", internet_message_id=f"<{self.number}@kunde.example>",
                )
            )  # fmt: skip

    def _answer(self, box: Box, thread: str) -> None:
        self.number += 1
        at = self.clock.now()
        record = answer(at=at, account=box.address, thread=thread, folder="sent", source_id=f"sent-{self.number}")
        box.put(replace(record, sender=box.address, internet_message_id=f"<{self.number}@{OWN}>"))
        self.sent[thread] = at

    def _confirm(self, pick: int) -> None:
        with self.runtime.turn(Actor()) as turn:
            found = turn.session.scalars(select(Conversation.id).order_by(Conversation.id)).all()
            if found:
                confirm.confirm(turn, Choice((found[pick % len(found)],), Category.NEWSLETTER, mixed_ok=True))
        with self.runtime.look() as turn:
            rows = turn.session.execute(select(Message.source_id, Message.category))
            self.classes |= {row.source_id: row.category for row in rows if row.category is not None}

    def poll(self, address: str) -> None:
        """Read one mailbox; a connection that breaks leaves what was stored."""
        with suppress(Unreachable):
            pull.account(self.runtime, address, self.source, None)
        self.check_on_the_way()

    def check_on_the_way(self) -> None:
        """What has to hold after every read, however it ended."""
        with self.runtime.look() as turn:
            rows = turn.session.execute(select(Message.source_id, Message.account_id, Message.removed_at)).all()
            assert len(rows) == len({(row.account_id, row.source_id) for row in rows})
            there = {key for box in self.boxes.values() for key, item in box.items.items() if item.folder in READ}
            assert not [row for row in rows if row.removed_at is not None and row.source_id in there]
            self._check_clocks(turn)

    def finish(self) -> None:
        """Read everything in peace until all graces are over."""
        self.plan.faults.clear()
        for box in self.boxes.values():
            box.full = False
        for _ in range(5):
            self.clock.move(timedelta(minutes=11))
            for address in BOXES:
                pull.account(self.runtime, address, self.source, None)

    def check(self) -> None:
        """What has to be true in the end."""
        with self.runtime.turn() as turn:
            rows = turn.session.scalars(select(Message)).all()
            items = {key: item for box in self.boxes.values() for key, item in box.items.items()}
            there = {row.source_id: row for row in rows if row.removed_at is None}
            assert {key for key, item in items.items() if item.folder in READ} <= there.keys()
            for key, row in there.items():
                assert row.missing_round is None
                if row.folder == "own":
                    continue  # not read: what happens to it from then on is not told
                assert items[key].folder not in ("bin", "junk")
                assert (row.folder, row.is_read) == (items[key].folder, items[key].is_read)
            for key, category in self.classes.items():
                assert next(row.category for row in rows if row.source_id == key) is category
            assert tallies.recount(turn) == ()
            once = turn.session.scalar(select(func.sum(Tally.received - Tally.copied))) or 0
            counted = [r for r in rows if r.direction is Direction.EINGANG and (r.removed_at is None or r.category)]
            assert once == len({row.internet_message_id for row in counted})
            self._check_clocks(turn)

    def _check_clocks(self, turn: Turn) -> None:
        """Compare since when somebody waits with the simplest reckoning over the stored rows."""
        for conversation in turn.session.scalars(select(Conversation)):
            rows = turn.session.scalars(select(Message).where(Message.conversation_id == conversation.id)).all()
            answered = max((r.received_at for r in rows if r.direction is Direction.AUSGANG), default=None)
            waiting = [
                row.received_at
                for row in rows
                if row.direction is Direction.EINGANG
                and row.removed_at is None
                and row.category is not Category.NEWSLETTER
                and (answered is None or row.received_at > answered)
            ]
            assert conversation.state is ConversationState.OFFEN
            assert conversation.waiting_since == min(waiting, default=None)


@contextmanager
def world(migrated: Path) -> Iterator[World]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "postlotse.db"
        shutil.copyfile(migrated, path)
        database = Database(f"sqlite:///{path}")
        yield World(database)
        database.dispose()


STEP = st.tuples(st.sampled_from(VERBS), st.integers(0, 5), st.sampled_from(FOLDERS))


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(
    steps=st.lists(STEP, min_size=4, max_size=24),
    faults=st.lists(st.sampled_from(FAULTS), max_size=12),
    size=st.integers(1, 3),
)
def test_any_schedule_ends_with_what_is_true(
    migrated: Path, steps: list[tuple[str, int, str]], faults: list[str], size: int
) -> None:
    with world(migrated) as one:
        one.plan.faults, one.plan.page_size = list(faults), size

        for step in steps:
            one.act(*step)
        one.finish()

        one.check()


@pytest.mark.parametrize("seed", range(2))
def test_long_schedules_end_with_what_is_true_on_both_databases(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    one = World(database)
    one.plan.faults = rng.choices(FAULTS, k=60)

    for _ in range(60):
        one.act(rng.choice(VERBS), rng.randrange(6), rng.choice(FOLDERS))
    one.finish()

    one.check()
