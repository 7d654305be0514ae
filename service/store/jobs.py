"""Jobs: rows of work, claimed with a lease and a fencing number, returned by anybody when the lease ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Insert, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from models.job import Job, Schedule
from service.turn import Turn

# Work that other parts of the house ask for by name: read a mailbox, look after its subscription, ask for templates.
PULL = "pull"
SUBSCRIBE = "subscribe"
# Fit a model; with this key even if little is new.
LEARN = "learn"
RECOMPUTE = "recompute"
# Count again; with this key without leaving anything out: after an upgrade, and when local days are other days.
RECOUNT = "recount"
EVERYTHING = "alles"
AT_ONCE = "sofort"
TEMPLATES = "templates"

# In the place of the worker that has a job while none has it: somebody waits for this one.
_URGENT = "eilig"

# After this many failed tries a job rests until its work is asked for again; `postlotse doctor` names it.
MOST_ATTEMPTS = 8
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Lease:
    """A claimed job: only the holder of this fencing number may finish it."""

    id: int
    kind: str
    key: str
    attempt: int
    fence: int


def enqueue(turn: Turn, kind: str, key: str = "", run_at: datetime | None = None) -> None:
    """Add a job unless one of this kind and key waits already; it becomes visible with the turn's commit.

    A job that was given up gets one more try each time its work is asked for: after a long outage mail goes on alone.
    It keeps its count, so that `postlotse doctor` names it until a try succeeds.
    """
    insert = sqlite.insert if turn.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    turn.session.connection().execute(
        insert(Job)
        .values(
            kind=kind,
            key=key,
            dedup=f"{kind}:{key}",
            run_at=run_at or turn.now,
            attempt=0,
            worker="",
            fence=0,
            error="",
        )
        .on_conflict_do_update(
            index_elements=["dedup"],
            index_where=Job.lease_until.is_(None),
            set_={"attempt": MOST_ATTEMPTS - 1, "run_at": run_at or turn.now},
            where=Job.attempt >= MOST_ATTEMPTS,
        )
    )


def hasten(turn: Turn, kind: str, key: str, run_at: datetime) -> None:
    """Have work done by `run_at`, before what is only due by the clock: see `hasten_all`."""
    hasten_all(turn, kind, (key,), run_at)


def hasten_all(turn: Turn, kind: str, keys: Iterable[str], run_at: datetime) -> None:
    """Have work of a kind done for each key by `run_at`, before what is only due by the clock: one statement that adds
    the jobs, or brings forward those that wait. Two who call it with the same keys in the same order never block.

    A job that waits because its last try failed keeps its pause: whoever asked us to stay away is not to be pressed.
    """
    same = {"kind": kind, "run_at": run_at, "attempt": 0, "worker": _URGENT, "fence": 0, "error": ""}
    rows = [{"key": key, "dedup": f"{kind}:{key}", **same} for key in keys]
    if rows:
        connection = turn.session.connection()
        connection.execute(_hastening(is_sqlite=connection.dialect.name == "sqlite"), rows)


@lru_cache(maxsize=2)
def _hastening(*, is_sqlite: bool) -> Insert:
    asked: Any = sqlite.insert(Job) if is_sqlite else postgresql.insert(Job)
    sooner = Job.run_at > asked.excluded.run_at
    return cast(
        "Insert",
        asked.on_conflict_do_update(
            index_elements=["dedup"],
            index_where=Job.lease_until.is_(None),
            set_={"run_at": case((sooner, asked.excluded.run_at), else_=Job.run_at), "worker": _URGENT},
            where=(Job.attempt == 0) & (sooner | (Job.worker != _URGENT)),
        ),
    )


def claim(turn: Turn, worker: str, lease: timedelta, limit: int = 4, again: int | None = None) -> tuple[Lease, ...]:
    """Take due jobs, at most one per key at a time; they are ours until the lease ends.

    What somebody asked for goes first, then what was never tried; at most `again` jobs (None = any number) are second
    tries, so that what fails slowly cannot hold up what goes well.
    """
    ids = [*_due(turn, limit, Job.attempt == 0)]
    left = limit - len(ids)
    ids += _due(turn, left if again is None else min(left, again), Job.attempt > 0)
    if not ids:
        return ()
    rows = turn.session.execute(
        update(Job)
        .where(Job.id.in_(ids))
        .values(lease_until=turn.now + lease, worker=worker, fence=Job.fence + 1, attempt=Job.attempt + 1)
        .returning(Job.id, Job.kind, Job.key, Job.attempt, Job.fence),
        execution_options={"synchronize_session": False},
    )
    return tuple(Lease(*row) for row in rows)


def _due(turn: Turn, limit: int, which: ColumnElement[bool]) -> Sequence[int]:
    if limit <= 0:
        return ()
    running = select(Job.dedup).where(Job.lease_until.is_not(None), Job.lease_until > turn.now)
    due = (
        select(Job.id)
        .where(
            which,
            Job.run_at <= turn.now,
            Job.attempt < MOST_ATTEMPTS,
            Job.dedup.not_in(running),
            (Job.lease_until.is_(None)) | (Job.lease_until <= turn.now),
        )
        .order_by(case((Job.worker == _URGENT, 0), else_=1), Job.run_at, Job.id)
        .limit(limit)
    )
    if turn.session.get_bind().dialect.name != "sqlite":
        due = due.with_for_update(skip_locked=True)
    return turn.session.scalars(due).all()


def extend(turn: Turn, lease: Lease, until: datetime) -> bool:
    """Keep a job for longer; False when somebody else has it by now."""
    return _mine(turn, lease, lease_until=until)


def done(turn: Turn, lease: Lease) -> bool:
    """Remove a finished job; False when somebody else has it by now."""
    gone = turn.session.connection().execute(delete(Job).where(Job.id == lease.id, Job.fence == lease.fence))
    return gone.rowcount == 1


def failed(turn: Turn, lease: Lease, error: str, wait: timedelta | None = None) -> bool:
    """Give a job back for a later try, with growing pauses; `error` is a class or code, never a quotation."""
    pause = wait or min(_FIRST_WAIT * 2 ** min(lease.attempt, 12), _LONGEST_WAIT)
    waiting = turn.session.execute(
        select(func.count()).select_from(Job).where(Job.dedup == f"{lease.kind}:{lease.key}", Job.lease_until.is_(None))
    ).scalar_one()
    if waiting:
        # The same work waits already: this try is simply over.
        return done(turn, lease)
    return _mine(turn, lease, lease_until=None, run_at=turn.now + pause, error=error)


def _mine(turn: Turn, lease: Lease, **values: object) -> bool:
    changed = turn.session.connection().execute(
        update(Job).where(Job.id == lease.id, Job.fence == lease.fence).values(**values)
    )
    return changed.rowcount == 1


def plan(turn: Turn, name: str, every: timedelta) -> bool:
    """Whether recurring work `name` is due now; moves it on by compare-and-set, so that only one caller hears True."""
    row = turn.session.get(Schedule, name)
    if row is None:
        turn.session.add(Schedule(name=name, next_run_at=turn.now + every))
        turn.session.flush()
        return True
    if row.next_run_at > turn.now:
        return False
    moved = turn.session.connection().execute(
        update(Schedule)
        .where(Schedule.name == name, Schedule.next_run_at == row.next_run_at)
        .values(next_run_at=turn.now + every)
    )
    return moved.rowcount == 1


def stuck(turn: Turn) -> Sequence[Job]:
    """Return jobs that failed so often that a person has to look."""
    return turn.session.scalars(select(Job).where(Job.attempt >= MOST_ATTEMPTS, Job.lease_until.is_(None))).all()
