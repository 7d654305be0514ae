"""The job that keeps deputies' rights and notices in line: again, from two workers at once, and after a sudden death."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from service.actions import absence
from service.jobs import cover
from service.jobs.worker import Worker
from service.runtime import Runtime
from service.store.engine import Database
from tests.conftest import NOW
from tests.fakes import FakeClock
from tests.service.actions import away
from tests.service.actions.away import WEEK, Team, plan
from tests.service.jobs.test_drain import put

ROOT = Path(__file__).parents[3]


def away_team(runtime: Runtime) -> Team:
    """Store a team whose Anna is away, with a mail and a chat that wait."""
    with runtime.turn() as turn:
        team = away.team(turn)
        away.waiting(turn, team.info, "mail")
        away.waiting(turn, team.phone, "chat")
        absence.enter(turn, team.anna, plan())
    return team


def stored(runtime: Runtime) -> tuple[list[tuple[int, str, int]], list[tuple[int, int, bool]]]:
    with runtime.look() as turn:
        return sorted(away.told(turn)), away.grants(turn)


def test_everything_is_told_once_however_often_it_runs(runtime: Runtime) -> None:
    team = away_team(runtime)

    counts = [cover.run(runtime) for _ in range(3)]

    told, grants = stored(runtime)
    assert counts == [2, 0, 0]
    assert told == [(team.bert, "VERTRETUNG", 2), (team.bert, "WHATSAPP_VERTRETUNG", 0)]
    assert grants == [(team.anna, team.bert, True)]


def test_two_workers_at_once_tell_once(runtime: Runtime) -> None:
    away_team(runtime)

    with ThreadPoolExecutor(4) as pool:
        counts = [one.result() for one in [pool.submit(cover.run, runtime) for _ in range(4)]]

    told, grants = stored(runtime)
    assert sum(counts) == len(told) == 2
    assert len(grants) == 1


def test_what_ends_by_itself_is_handed_back_by_the_job(runtime: Runtime, clock: FakeClock) -> None:
    team = away_team(runtime)
    cover.run(runtime)

    clock.move(WEEK[1] - NOW + timedelta(seconds=1))
    cover.run(runtime)
    cover.run(runtime)

    told, grants = stored(runtime)
    assert told[0] == (team.anna, "RUECKGABE", 2)
    assert len(told) == 3
    assert grants == [(team.anna, team.bert, False)]


def test_the_worker_looks_every_minute(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.turn() as turn:
        team = away.team(turn)
        absence.enter(turn, team.anna, plan(NOW + timedelta(seconds=90), WEEK[1]))
    worker = Worker(runtime)

    worker.tick()
    before = stored(runtime)
    clock.move(timedelta(seconds=91))
    worker.tick()

    assert before == ([], [])
    assert stored(runtime) == ([(team.bert, "VERTRETUNG", 0)], [(team.anna, team.bert, True)])


def test_a_chat_that_comes_in_is_told_with_its_batch(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.turn() as turn:
        team = away.team(turn)
        absence.enter(turn, team.anna, plan())
    cover.run(runtime)
    put(runtime, b"2002", b"a")
    worker = Worker(runtime)

    counts = [worker.take_in(), worker.take_in()]

    assert counts == [1, 0]
    assert (team.bert, "WHATSAPP_VERTRETUNG", 0) in stored(runtime)[0]


_DIES = """
import os, signal, sys
from datetime import datetime
from service.actions import cover
from service.store.engine import Database
from service.turn import NOBODY, Turn
with Database(sys.argv[1]).write() as session:
    cover.cover(Turn(session, datetime.fromisoformat(sys.argv[2]), NOBODY))
    session.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.unmeasured
def test_a_process_that_dies_in_the_middle_leaves_nothing_and_the_next_tells_once(
    sqlite_database: Database, runtime: Runtime, clock: FakeClock
) -> None:
    if not runtime.database.is_sqlite:
        return
    away_team(runtime)
    url = sqlite_database.engine.url.render_as_string()

    died = subprocess.run([sys.executable, "-c", _DIES, url, clock.now().isoformat()], cwd=ROOT, check=False)
    after_death = stored(runtime)[0]
    cover.run(runtime)

    assert died.returncode == -9
    assert after_death == []
    assert len(stored(runtime)[0]) == 2
