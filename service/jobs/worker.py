"""The worker: two loops, one for jobs and one for the inbox, and the table of what each error means for a job."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from threading import Event, Thread
from uuid import uuid4

from classifier.learned import Learned
from connectors import registry
from connectors.base import Source
from connectors.errors import Unreachable
from models.errors import PostlotseError
from models.terms import Channel
from service.config import names
from service.jobs import cover, drain, pull, schedule, subscribe, upkeep
from service.runtime import Runtime
from service.store import accounts, jobs
from service.store.jobs import Lease
from service.telemetry import log, where

_LEASE = timedelta(minutes=5)
_PAUSE = 1.0


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
        self._stop = Event()
        self._name = uuid4().hex[:12]
        self._threads: list[Thread] = []
        self._handlers: Mapping[str, Callable[[Lease], object]] = {
            schedule.PULL: self._pull,
            jobs.SUBSCRIBE: self._subscribe,
            schedule.UPKEEP: lambda _lease: upkeep.hourly(self.runtime),
            schedule.RECOUNT: lambda _lease: upkeep.weekly(self.runtime),
            schedule.COVER: lambda _lease: cover.run(self.runtime),
        }

    def start(self) -> None:
        """Start both loops in daemon threads."""
        for name, loop in (("jobs", self._jobs), ("inbox", self._inbox)):
            thread = Thread(target=loop, name=f"postlotse-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Finish what is under way and stop; jobs that were not reached stay for the next start."""
        self._stop.set()
        self.wake.set()
        for thread in self._threads:
            thread.join(timeout=20)

    def tick(self) -> int:
        """Do everything that is due now; returns how many jobs ran."""
        with self.runtime.turn() as turn:
            poll = timedelta(seconds=self.runtime.config.graph_poll_seconds)
            schedule.enqueue_due(turn, poll, self._mailboxes)
            if self.runtime.config.notification_url:
                schedule.enqueue_notices(turn)
            leases = jobs.claim(turn, self._name, _LEASE)
        for lease in leases:
            self._run(lease)
        return len(leases)

    def take_in(self) -> int:
        """Take in the chats that wait and tell deputies of them at once (S4.80); returns how many updates left."""
        taken = drain.drain(self.runtime)
        if taken:
            cover.run(self.runtime)
        return taken

    def _jobs(self) -> None:
        while not self._stop.is_set():
            if not self._guarded("jobs", self.tick):
                self._stop.wait(_PAUSE)

    def _inbox(self) -> None:
        while not self._stop.is_set():
            if not self._guarded("inbox", self.take_in):
                self.wake.wait(_PAUSE)
                self.wake.clear()

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

    def _run(self, lease: Lease) -> None:
        """Run one job and note how it ended: done, try again later, or for a person to look at."""
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

    def _pull(self, lease: Lease) -> None:
        if self._mail is None:
            return
        with self.runtime.look() as turn:
            if accounts.find(turn, Channel.EMAIL, lease.key) is None:
                # Removed since the start (the sample firm, for one): nothing to read is no fault.
                return
        new = pull.account(self.runtime, lease.key, self._open(self._mail), self._model)
        if new:
            log().info("Postfach gelesen", job_id=lease.id, new=new)

    def _subscribe(self, _lease: Lease) -> None:
        if self._mail is not None:
            opener = self._mail
            subscribe.keep(self.runtime, self._mailboxes, lambda: registry.open_notices("graph", self._open(opener)))

    def _open(self, opener: Callable[[], Source]) -> Source:
        """Return the source of mailboxes, opened with its first use."""
        if self._source is None:
            self._source = opener()
        return self._source
