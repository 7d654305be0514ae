"""The one thread that stores what webhooks bring: many callers share a commit, each waits until it is durable."""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Lock, Thread

from service.errors import Rejected, Unavailable
from service.store import inbox
from service.store.engine import Database
from service.store.inbox import Row

# Rows in one commit: enough to share its cost, few enough that nobody waits long behind it.
_GROUP_ROWS = 2_000
# Meta counts an answer later than 10 s as failed and sends again.
PATIENCE = 10.0


class _Ticket:
    """Rows of one caller and the lock that opens once they are durable or refused."""

    __slots__ = ("_door", "failed", "rows")

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.failed = True
        self._door = Lock()
        self._door.acquire()

    def settle(self, *, failed: bool) -> None:
        self.failed = failed
        self._door.release()

    def wait(self, seconds: float) -> bool:
        return self._door.acquire(timeout=seconds)


class Writer:
    """Group commit: whatever arrives while one commit runs goes into the next one.

    `on_stored` is called in the writer thread after each commit, to wake the worker.
    """

    def __init__(self, database: Database, on_stored: Callable[[], None] | None = None) -> None:
        self._lane = database.lane()
        self._on_stored = on_stored
        self._queue: SimpleQueue[_Ticket | None] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None
        self._closed = False

    def store(self, rows: Sequence[Row], patience: float = PATIENCE) -> None:
        """Return once `rows` are on disk. Raises Unavailable when they are not within `patience` seconds.

        They may still be stored after that; the sender's second try then changes nothing, because keys are unique.
        """
        if not rows:
            return
        ticket = _Ticket(rows)
        self._start()
        self._queue.put(ticket)
        if not ticket.wait(patience) or ticket.failed:
            raise Unavailable("Die Meldung konnte gerade nicht gespeichert werden.")

    def close(self) -> None:
        """Store what is waiting, then stop; later callers are refused. May be called twice."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join()
        self._lane.close()

    def _start(self) -> None:
        # The thread starts with the first call, because a server may fork between start and the first call.
        if self._thread is not None and self._thread.is_alive():
            return
        with self._lock:
            if self._closed:
                raise Unavailable("Postlotse wird gerade beendet.")
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="webhook-writer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        running = True
        while running:
            first = self._queue.get()
            if first is None:
                return
            group, running = self._gather(first)
            self._commit(group)

    def _gather(self, first: _Ticket) -> tuple[list[_Ticket], bool]:
        """Return what has come in meanwhile, and False when the last of it was the sign to stop."""
        group = [first]
        rows = len(first.rows)
        # This thread alone takes from the queue. Nobody is waited for: while one group is stored the next one gathers.
        while rows < _GROUP_ROWS and not self._queue.empty():
            ticket = self._queue.get()
            if ticket is None:
                return group, False
            group.append(ticket)
            rows += len(ticket.rows)
        return group, True

    def _commit(self, group: Sequence[_Ticket]) -> None:
        failed = True
        try:
            inbox.store(self._lane, [row for ticket in group for row in ticket.rows])
            failed = False
        except Rejected:
            if len(group) > 1:
                # One of them carries a row that cannot be stored: the others must not suffer for it.
                for ticket in group:
                    self._commit([ticket])
                return
        except Unavailable:
            # Each caller answers 503 and the sender comes again: nothing else to do here.
            pass
        for ticket in group:
            ticket.settle(failed=failed)
        if not failed and self._on_stored is not None:
            self._on_stored()
