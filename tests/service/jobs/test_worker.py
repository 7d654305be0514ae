"""The worker: due work runs once, failures come back later, a dead worker's job is taken by another."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from connectors.base import Page
from connectors.errors import Unreachable
from models.inbox import Inbox
from models.job import Job
from models.message import Message
from models.staff import LoginLink, Member, WebSession
from models.tally import Tally
from models.terms import Channel, Role
from service.jobs import schedule
from service.jobs.worker import Worker
from service.runtime import Runtime
from service.store import accounts, inbox, jobs, tallies
from service.store.accounts import Facts
from service.store.inbox import Row
from service.store.tallies import Delta
from tests.factories import mail
from tests.fakes import FakeClock, FakeSource

LEASE = timedelta(minutes=5)
RECURRING = (
    *(schedule.UPKEEP, schedule.RECOUNT, schedule.COVER, schedule.CLOCKS),
    *(schedule.WATCH, schedule.LEARN, schedule.OBSERVE),
)


def waiting(runtime: Runtime) -> list[tuple[str, int, str]]:
    with runtime.look() as turn:
        return [tuple(row) for row in turn.session.execute(select(Job.kind, Job.attempt, Job.error).order_by(Job.id))]


def test_a_tick_pulls_every_mailbox(runtime: Runtime) -> None:
    worker = Worker(runtime, lambda: FakeSource({"": [Page((mail(),), "eins", complete=True)]}))

    ran = worker.tick()

    with runtime.look() as turn:
        assert turn.session.execute(select(func.count()).select_from(Message)).scalar_one() == 1
    assert ran == 2 + len(RECURRING)
    assert waiting(runtime) == []


def test_nothing_runs_again_before_it_is_due(runtime: Runtime, clock: FakeClock) -> None:
    source = FakeSource({})
    worker = Worker(runtime, lambda: source)
    worker.tick()

    assert worker.tick() == 0
    clock.move(timedelta(minutes=1))
    worker.tick()
    assert len(source.asked) == 1
    clock.move(timedelta(minutes=4))
    worker.tick()
    assert len(source.asked) == 2


def test_a_network_fault_comes_back_after_the_pause_it_names(runtime: Runtime, clock: FakeClock) -> None:
    source = FakeSource({"": [Unreachable("weg", 90), Page((mail(),), "eins", complete=True)]})
    worker = Worker(runtime, lambda: source)
    worker.tick()
    after_fault = waiting(runtime)

    clock.move(timedelta(seconds=89))
    worker.tick()
    early = len(source.asked)
    clock.move(timedelta(seconds=2))
    worker.tick()

    assert after_fault == [("pull", 1, "PL-2001")]
    assert early == 1
    with runtime.look() as turn:
        assert turn.session.execute(select(func.count()).select_from(Message)).scalar_one() == 1


def test_a_bug_in_one_job_never_stops_the_others(runtime: Runtime) -> None:
    source = FakeSource({"": [ZeroDivisionError("geheime Adresse")]})
    worker = Worker(runtime, lambda: source)

    ran = worker.tick()

    assert ran == 2 + len(RECURRING)
    assert waiting(runtime) == [("pull", 1, "ZeroDivisionError")]


def test_without_mailboxes_only_recurring_work_runs(runtime: Runtime) -> None:
    assert Worker(runtime).tick() == len(RECURRING)


def test_one_job_per_key_at_a_time(runtime: Runtime) -> None:
    with runtime.turn() as turn:
        jobs.enqueue(turn, "pull", "a")
        jobs.enqueue(turn, "pull", "a")
        first = jobs.claim(turn, "w1", LEASE)
    with runtime.turn() as turn:
        jobs.enqueue(turn, "pull", "a")
        second = jobs.claim(turn, "w2", LEASE)

    assert len(first) == 1
    assert second == ()


def test_a_dead_workers_job_is_taken_by_another_and_the_dead_one_cannot_finish_it(
    runtime: Runtime, clock: FakeClock
) -> None:
    with runtime.turn() as turn:
        jobs.enqueue(turn, "pull", "a")
        (dead,) = jobs.claim(turn, "w1", LEASE)
    clock.move(LEASE + timedelta(seconds=1))

    with runtime.turn() as turn:
        (alive,) = jobs.claim(turn, "w2", LEASE)
    with runtime.turn() as turn:
        assert not jobs.done(turn, dead)
        assert jobs.extend(turn, alive, turn.now + LEASE)
        assert jobs.done(turn, alive)


def test_pauses_grow_and_end_with_a_person(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.turn() as turn:
        jobs.enqueue(turn, "pull", "a")
    for _ in range(jobs.MOST_ATTEMPTS):
        clock.move(timedelta(hours=1))
        with runtime.turn() as turn:
            (lease,) = jobs.claim(turn, "w", LEASE)
            jobs.failed(turn, lease, "PL-2001")

    clock.move(timedelta(hours=1))
    with runtime.turn() as turn:
        assert jobs.claim(turn, "w", LEASE) == ()
        assert [job.key for job in jobs.stuck(turn)] == ["a"]


@pytest.mark.unmeasured
def test_after_a_long_outage_reading_goes_on_alone(runtime: Runtime, clock: FakeClock) -> None:
    many = jobs.MOST_ATTEMPTS * 3
    source = FakeSource({"": [Unreachable("weg", 30)] * many})
    worker = Worker(runtime, lambda: source)
    for _ in range(many):
        clock.move(timedelta(minutes=2))
        worker.tick()
    given_up = waiting(runtime)
    source.script[""] = [Page((mail(),), "eins", complete=True)]

    clock.move(timedelta(minutes=2))
    worker.tick()

    assert given_up[0][1] >= jobs.MOST_ATTEMPTS - 1
    assert waiting(runtime) == []
    with runtime.look() as turn:
        assert turn.session.execute(select(func.count()).select_from(Message)).scalar_one() == 1


def test_a_removed_mailbox_is_no_fault(runtime: Runtime) -> None:
    with runtime.turn() as turn:
        turn.session.delete(accounts.every(turn)[0])
    source = FakeSource({})

    Worker(runtime, lambda: source).tick()

    assert source.asked == []
    assert waiting(runtime) == []


def test_a_failed_job_gives_way_to_one_that_waits_already(runtime: Runtime) -> None:
    with runtime.turn() as turn:
        jobs.enqueue(turn, "pull", "a")
        (lease,) = jobs.claim(turn, "w", LEASE)
        jobs.enqueue(turn, "pull", "a")

        assert jobs.failed(turn, lease, "PL-2001")

    assert len(waiting(runtime)) == 1


def test_two_schedulers_start_recurring_work_once(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.turn() as turn:
        assert jobs.plan(turn, "woche", timedelta(days=7))
    with runtime.turn() as turn:
        assert not jobs.plan(turn, "woche", timedelta(days=7))
    clock.move(timedelta(days=7))
    with runtime.turn() as turn:
        assert jobs.plan(turn, "woche", timedelta(days=7))


def test_upkeep_removes_what_ended(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.turn() as turn:
        member = Member(name="Jana", role=Role.ADMIN, created_at=turn.now)
        turn.session.add(member)
        turn.session.flush()
        turn.session.add(LoginLink(token_hash="x", member_id=member.id, created_at=turn.now, expires_at=turn.now))
        inbox.add(
            turn.session, [Row("alt", "1001", "{}", turn.now), Row("neu", "1001", "{}", turn.now + timedelta(days=9))]
        )
        inbox.done(turn, [row.id for row in inbox.waiting(turn)])
        turn.session.add(WebSession(id_hash="y", member_id=member.id, created_at=turn.now, seen_at=turn.now))
    clock.move(timedelta(days=15))

    Worker(runtime).tick()

    with runtime.look() as turn:
        assert turn.session.execute(select(func.count()).select_from(LoginLink)).scalar_one() == 0
        assert turn.session.execute(select(func.count()).select_from(WebSession)).scalar_one() == 0
        assert turn.session.scalars(select(Inbox.dedup)).all() == ["neu"]


def test_the_loops_start_and_stop(runtime: Runtime) -> None:
    worker = Worker(runtime)

    worker.start()
    worker.stop()

    assert all(not thread.is_alive() for thread in worker._threads)


def test_a_wrong_count_is_mended_within_the_week(runtime: Runtime) -> None:
    with runtime.turn() as turn:
        account = accounts.every(turn)[0].id
        day = turn.now.date().isoformat()
        tallies.apply(turn, [Delta(day, account, "Kunde", {"received": 3})])

    Worker(runtime).tick()

    with runtime.turn() as turn:
        assert tallies.recount(turn) == ()
        assert turn.session.execute(select(func.coalesce(func.sum(Tally.received), 0))).scalar_one() == 0


def test_an_imported_archive_is_never_pulled(runtime: Runtime) -> None:
    with runtime.turn() as turn:
        accounts.ensure(turn, Channel.EMAIL, "archiv", Facts("Archiv"))
    source = FakeSource({})

    Worker(runtime, lambda: source).tick()

    assert len(source.asked) == 1
