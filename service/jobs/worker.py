"""The worker: a loop that hands out jobs, one for the inbox, and the table of what each error means for a job."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from threading import Event, Lock, Thread, current_thread
from uuid import uuid4

from classifier.learned import Learned
from connectors import registry
from connectors.base import Source
from connectors.errors import Unreachable
from models.errors import PostlotseError
from models.terms import Channel
from service.actions import export
from service.config import names
from service.jobs import (
    clockwork,
    cover,
    drain,
    exporting,
    learn,
    meta,
    observe,
    outlook,
    pull,
    schedule,
    subscribe,
    templates,
    upkeep,
)
from service.runtime import Runtime
from service.store import accounts, jobs
from service.store.jobs import Lease
from service.telemetry import log, where

# A lease is kept up while its job runs (every _BEAT); when a process dies, others take its jobs over after this long.
_LEASE = timedelta(minutes=2)
_BEAT = 30.0
_PAUSE = 1.0
# So many jobs run at once. One that takes longer than _LONG seconds (a first reading, a slow mailbox) no longer counts,
# up to _MOST threads: it must not stand in the way of the others. Second tries have half of the places.
_PLACES = 8
_LONG = 20.0
_MOST = 32
# How long a stop waits for what is under way (seconds).
_GRACE = 20.0


class Worker:
    """Background work of one process. `mail` gives the source of mailboxes; it is opened with the first pull."""

    def __init__(
        self, runtime: Runtime, mail: Callable[[], Source] | None = None, model: Learned | None = None
    ) -> None:
        self.runtime = runtime
        self.wake = Event()
        self._mail = mail
        self._mailboxes = tuple(name.lower() for name in names(runtime.config.graph_mailboxes)) if mail else ()
        self._model = model
        self._source: Source | None = None
        self._opening = Lock()
        self._running: dict[Thread, tuple[Lease, float]] = {}
        self._ended = Event()
        self._beaten = 0.0
        self._enrolled = False
        self._stop = Event()
        self._name = uuid4().hex[:12]
        self._threads: list[Thread] = []
        self._handlers: Mapping[str, Callable[[Lease], object]] = {
            schedule.PULL: self._pull,
            jobs.SUBSCRIBE: self._subscribe,
            schedule.UPKEEP: lambda _lease: upkeep.hourly(self.runtime),
            schedule.RECOUNT: lambda lease: upkeep.weekly(self.runtime, everything=lease.key == schedule.EVERYTHING),
            schedule.COVER: lambda _lease: cover.run(self.runtime),
            schedule.CLOCKS: lambda _lease: clockwork.run(self.runtime),
            jobs.RECOMPUTE: lambda _lease: clockwork.again(self.runtime),
            schedule.OUTLOOK: self._outlook,
            export.JOB: lambda lease: exporting.run(self.runtime, int(lease.key)),
            schedule.WATCH: lambda _lease: upkeep.watch(self.runtime),
            schedule.LEARN: lambda lease: learn.run(self.runtime, at_once=lease.key == jobs.AT_ONCE),
            schedule.OBSERVE: lambda _lease: observe.run(self.runtime),
            jobs.TEMPLATES: lambda _lease: templates.sync(self.runtime),
            schedule.META: lambda _lease: meta.check(self.runtime),
        }

    def start(self) -> None:
        """Start both loops in daemon threads."""
        for name, loop in (("jobs", self._jobs), ("inbox", self._inbox)):
            thread = Thread(target=loop, name=f"postlotse-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Finish what is under way (20 s at most) and stop; jobs that were not reached stay for the next start."""
        self._stop.set()
        self.wake.set()
        self._ended.set()
        until = self.runtime.clock.ticks() + _GRACE
        # The loops first: they start no job any more once they have ended.
        for threads in (self._threads, self._running):
            for thread in tuple(threads):
                thread.join(timeout=max(0.1, until - self.runtime.clock.ticks()))

    def tick(self) -> int:
        """Do everything that is due now, one after the other; returns how many jobs ran."""
        ran = 0
        while leases := self._claim(_PLACES, None):
            for lease in leases:
                self._run(lease)
            ran += len(leases)
        return ran

    def hand_out(self) -> int:
        """Start what is due now, each job in a thread of its own, as far as there are places; returns how many."""
        self._beat()
        now = self.runtime.clock.ticks()
        young = [lease for lease, since in self._running.values() if now - since < _LONG]
        places = min(_PLACES - len(young), _MOST - len(self._running))
        if places <= 0:
            return 0
        again = _PLACES // 2 - sum(lease.attempt > 1 for lease in young)
        leases = self._claim(places, max(0, again))
        for lease in leases:
            thread = Thread(target=self._thread, args=(lease,), name=f"postlotse-{lease.kind}", daemon=True)
            self._running[thread] = (lease, now)
            thread.start()
        return len(leases)

    def _claim(self, limit: int, again: int | None) -> tuple[Lease, ...]:
        with self.runtime.turn() as turn:
            if not self._enrolled:
                schedule.enroll(turn, self._mailboxes)
            schedule.enqueue_due(turn, self._poll)
            if self.runtime.config.notification_url:
                schedule.enqueue_notices(turn)
            if self._mailboxes:
                schedule.enqueue_outlook(turn)
            if meta.is_set_up(self.runtime):
                schedule.enqueue_meta(turn)
            if self.runtime.sends:
                templates.plan(turn)
            leases = jobs.claim(turn, self._name, _LEASE, limit, again)
        self._enrolled = True
        return leases

    def _beat(self) -> None:
        """Keep the leases of what runs."""
        now = self.runtime.clock.ticks()
        if now - self._beaten < _BEAT or not self._running:
            return
        self._beaten = now
        with self.runtime.turn() as turn:
            for lease, _ in tuple(self._running.values()):
                jobs.extend(turn, lease, turn.now + _LEASE)

    def _thread(self, lease: Lease) -> None:
        try:
            self._guarded(lease.kind, lambda: self._run(lease))
        finally:
            self._running.pop(current_thread(), None)
            self._ended.set()

    def take_in(self) -> int:
        """Take in the chats that wait and tell deputies of them at once (S4.80); returns how many updates left."""
        taken = drain.drain(self.runtime)
        if taken:
            cover.run(self.runtime)
        return taken

    def _jobs(self) -> None:
        while not self._stop.is_set():
            self._ended.clear()
            if not self._guarded("jobs", self.hand_out):
                self._ended.wait(_PAUSE)

    def _inbox(self) -> None:
        while not self._stop.is_set():
            if not self._guarded("inbox", self.take_in):
                self.wake.wait(_PAUSE)
                self.wake.clear()

    @property
    def _poll(self) -> timedelta:
        return timedelta(seconds=self.runtime.config.graph_poll_seconds)

    def _guarded(self, loop: str, work: Callable[[], int]) -> int:
        """Run one round of a loop; whatever goes wrong is logged and the loop goes on after a pause."""
        try:
            return work()
        except PostlotseError as error:
            log().warning("Runde ausgefallen", job=loop, code=error.code, where=where(error))
        except Exception as error:  # noqa: BLE001  the loop must outlive a bug in one round; the place is logged, values are not
            log().error("Fehler im Programm", job=loop, error=type(error).__name__, where=where(error))
        self._stop.wait(_PAUSE)
        return 0

    def _run(self, lease: Lease) -> int:
        """Run one job and note how it ended: done, try again later, or for a person to look at. Returns 1."""
        wait: timedelta | None = None
        error = ""
        try:
            self._handlers[lease.kind](lease)
        except Unreachable as problem:
            error, wait = problem.code, timedelta(seconds=problem.retry_after)
        except PostlotseError as problem:
            error = problem.code
        except Exception as problem:  # noqa: BLE001  a bug in one job must not stop the others; it is tried again and then left
            error = type(problem).__name__
            log().error("Fehler im Programm", job=lease.kind, error=error, where=where(problem))
        with self.runtime.turn() as turn:
            if error:
                log().warning("Arbeit misslungen", job=lease.kind, job_id=lease.id, attempt=lease.attempt, code=error)
                jobs.failed(turn, lease, error, wait)
            else:
                jobs.done(turn, lease)
        return 1

    def _pull(self, lease: Lease) -> None:
        if self._mail is None:
            return
        with self.runtime.look() as turn:
            if accounts.find(turn, Channel.EMAIL, lease.key) is None:
                # Removed since the start (the sample firm, for one): nothing to read is no fault.
                return
            # Another machine may have fitted, or a person brought back, another model since the last look.
            model = learn.present(self.runtime, turn) if self._model is not None else None
        new = pull.account(self.runtime, lease.key, self._open(self._mail), model)
        if new:
            log().info("Postfach gelesen", job_id=lease.id, new=new)
            with self.runtime.turn() as turn:
                schedule.look_again(turn, self._poll, lease.key)

    def _subscribe(self, _lease: Lease) -> None:
        if self._mail is not None:
            opener = self._mail
            subscribe.keep(self.runtime, self._mailboxes, lambda: registry.open_notices("graph", self._open(opener)))

    def _outlook(self, _lease: Lease) -> None:
        if self._mail is not None:
            opener = self._mail
            outlook.follow(self.runtime, lambda: registry.open_office("graph", self._open(opener)))

    def _open(self, opener: Callable[[], Source]) -> Source:
        """Return the source of mailboxes, opened with its first use."""
        with self._opening:
            if self._source is None:
                self._source = opener()
            return self._source
