"""When mailboxes are looked into, how many at once, and that a slow one holds up no other."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import select, update

from connectors.base import Folder, Page
from models.job import Job, Schedule
from models.message import Conversation
from models.terms import Channel
from service.actions import intake
from service.config import Config
from service.domain.hours import Hours
from service.jobs.worker import Worker
from service.runtime import Runtime
from service.store import accounts, jobs, keys, settings
from service.store.accounts import Facts
from tests.factories import OWN, mail
from tests.fakes import FakeClock, FakeSource
from tests.service.jobs.conftest import MAILBOX

LEASE = timedelta(minutes=5)


class SlowSource(FakeSource):
    """One of its mailboxes hangs until it is let go; who was read is noted."""

    def __init__(self, slow: str) -> None:
        super().__init__({})
        self.slow = slow
        self.read: list[str] = []
        self.gone = Event()
        self.let_go = Event()

    def pages(self, account: str, folder: Folder, cursor: str) -> Iterator[Page]:
        if account == self.slow:
            self.gone.set()
            self.let_go.wait(20)
        self.read.append(account)
        return super().pages(account, folder, cursor)


def firm(runtime: Runtime, count: int) -> tuple[Runtime, list[str]]:
    """Return a runtime that reads so many mailboxes."""
    boxes = [f"box{number:02}@{OWN}" for number in range(count)]
    with runtime.turn() as turn:
        for box in boxes:
            accounts.ensure(turn, Channel.EMAIL, box, Facts(box))
    return Runtime(Config(graph_mailboxes=",".join(boxes)), runtime.clock, runtime.database), boxes


def ended(worker: Worker) -> None:
    for thread in tuple(worker._running):
        thread.join(20)


def test_a_mailbox_that_hangs_holds_up_no_other(runtime: Runtime, clock: FakeClock) -> None:
    many, boxes = firm(runtime, 12)
    source = SlowSource(boxes[0])
    worker = Worker(many, lambda: source)

    worker.hand_out()
    source.gone.wait(20)
    for _ in range(30):
        if len(set(source.read)) == 11:
            break
        for thread, (lease, _) in tuple(worker._running.items()):
            if lease.key != boxes[0]:
                thread.join(20)
        worker.hand_out()

    assert set(source.read) == set(boxes[1:])
    source.let_go.set()
    ended(worker)
    assert set(source.read) == set(boxes)


def test_the_lease_of_a_long_job_is_kept_up(runtime: Runtime, clock: FakeClock) -> None:
    source = SlowSource(MAILBOX)
    worker = Worker(runtime, lambda: source)
    worker.hand_out()
    source.gone.wait(20)

    for _ in range(10):
        clock.move(timedelta(minutes=1))
        worker.hand_out()

    with runtime.look() as turn:
        leased = turn.session.execute(select(Job.lease_until, Job.fence).where(Job.kind == "pull", Job.fence > 0)).one()
    assert leased[0] > clock.now()
    assert leased[1] == 1
    source.let_go.set()
    ended(worker)


def test_places_are_bounded_and_second_tries_have_half_of_them(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.turn() as turn:
        for number in range(20):
            jobs.enqueue(turn, "pull", f"kaputt{number}")
        for _ in range(5):
            for lease in jobs.claim(turn, "w", LEASE):
                jobs.failed(turn, lease, "PL-2001", timedelta(0))
        for number in range(20):
            jobs.enqueue(turn, "pull", f"neu{number}")

        first = jobs.claim(turn, "w", LEASE, 8, 4)
        none = jobs.claim(turn, "w", LEASE, 0, 4)

    assert none == ()
    assert len(first) == 8
    assert sum(lease.attempt > 1 for lease in first) == 0
    with runtime.turn() as turn:
        for lease in jobs.claim(turn, "w", LEASE, 40, 0):
            jobs.done(turn, lease)
        second = jobs.claim(turn, "w", LEASE, 8, 4)
    assert len(second) <= 4


def test_what_somebody_asks_for_goes_before_what_is_due_by_the_clock(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.turn() as turn:
        for number in range(6):
            jobs.enqueue(turn, "pull", f"box{number}")
    clock.move(timedelta(seconds=5))

    with runtime.turn() as turn:
        jobs.hasten(turn, "pull", "box4", turn.now)
        jobs.hasten(turn, "pull", "neu", turn.now)
        first = jobs.claim(turn, "w", LEASE, 2)

    assert {lease.key for lease in first} == {"box4", "neu"}


def looks(runtime: Runtime, clock: FakeClock, minutes: int) -> int:
    """Return how often a mailbox is looked into in so many minutes."""
    source = FakeSource({})
    worker = Worker(runtime, lambda: source)
    for _ in range(minutes * 3):
        worker.tick()
        clock.move(timedelta(seconds=20))
    return len(source.asked)


@pytest.mark.unmeasured
def test_a_mailbox_is_looked_into_every_five_minutes_and_every_minute_while_somebody_waits(
    runtime: Runtime, clock: FakeClock
) -> None:
    quiet = looks(runtime, clock, 30)
    with runtime.turn() as turn:
        box = accounts.find(turn, Channel.EMAIL, MAILBOX)
        assert box is not None
        intake.take_in(turn, [mail(account=MAILBOX)], box.id, intake.Judge(keys.book(turn), None))
        turn.session.execute(update(Conversation).values(due_at=turn.now + timedelta(days=1)))

    busy = looks(runtime, clock, 30)

    assert 6 <= quiet <= 7
    assert 26 <= busy <= 32


@pytest.mark.unmeasured
def test_at_night_a_quarter_of_an_hour_is_enough(runtime: Runtime, clock: FakeClock) -> None:
    clock.move(timedelta(hours=12))

    assert 4 <= looks(runtime, clock, 60) <= 5


def test_after_new_mail_the_next_look_comes_sooner(runtime: Runtime, clock: FakeClock) -> None:
    source = FakeSource({"": [Page((mail(account=MAILBOX),), "eins", complete=True)]})
    worker = Worker(runtime, lambda: source)

    worker.tick()
    clock.move(timedelta(minutes=1))
    worker.tick()

    assert len(source.asked) == 2


def test_many_mailboxes_after_a_start_are_spread_over_a_minute(runtime: Runtime, clock: FakeClock) -> None:
    many, _ = firm(runtime, 40)
    Worker(many, lambda: FakeSource({}))._claim(0, 0)

    with runtime.look() as turn:
        due = turn.session.scalars(select(Job.run_at).where(Job.kind == "pull")).all()

    assert len(due) == 40
    assert len(set(due)) > 30
    assert max(due) - min(due) <= timedelta(minutes=1)


def test_a_mailbox_that_is_no_longer_read_leaves_the_schedule(runtime: Runtime, clock: FakeClock) -> None:
    many, _ = firm(runtime, 3)
    Worker(many, lambda: FakeSource({})).tick()

    Worker(runtime, lambda: FakeSource({})).tick()

    with runtime.look() as turn:
        names = turn.session.scalars(select(Schedule.name).where(Schedule.name.startswith("pull:"))).all()
    assert names == [f"pull:{MAILBOX}"]


def test_a_firm_that_never_opens_is_closed(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.turn() as turn:
        settings.put_hours(turn, Hours({}))

    assert 2 <= looks(runtime, clock, 30) <= 3
