"""Every fault that Microsoft Graph is known for, by name, and schedules of them made from a seed."""

import base64
import gzip
import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from connectors.emulator.delta import PLAIN, Manner
from connectors.emulator.wire import Ask, Fault, error_body

_DAY = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
_HTML = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>GEHEIM</body></html>"
# Retry-After in every form that servers were seen to send; storms use the short ones, so that a run comes to an end.
SHORT_FORMS = ("", "0", "0.2", "-5", "abc", "NaN", "in a moment", "Thu, 01 Jan 2026 12:00:00 GMT")
FORMS = (*SHORT_FORMS, "1", "300", "inf", "1" * 40, "Fri, 02 Jan 2026 12:00:00 GMT")


def throttled(form: str = "1", code: str = "ApplicationThrottled") -> Fault:
    """Return a 429 whose Retry-After has this form ("" = none); dates count from the Date of the answer."""
    headers = {"Retry-After": form} if form else {}
    if form.endswith("GMT"):
        headers["Date"] = format_datetime(_DAY, usegmt=True)
    return Fault(429, headers, error_body(code, "Application is over its MailboxConcurrency limit."))


def later(seconds: float) -> Fault:
    """Return a 429 whose Retry-After is a date so many seconds after its own Date."""
    return throttled(format_datetime(_DAY + timedelta(seconds=seconds), usegmt=True))


def broken(status: int, retry_after: str = "") -> Fault:
    """Return a failure of Graph's own with its usual body."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Fault(status, headers, error_body("generalException", "An unexpected error occurred."))


def html(status: int = 502) -> Fault:
    """Return the page of some proxy on the way, also in the place of a success (200)."""
    return Fault(status, {"Content-Type": "text/html"}, _HTML)


def cut() -> Fault:
    """Return an answer whose connection ends in its middle."""
    return Fault(200, body=b'{"value": [{"id": "' + b"x" * 500, cut=True)


def half() -> Fault:
    """Return JSON that stops in its middle although the answer is as long as it says."""
    return Fault(200, body=b'{"value": [{"id": "GEHE')


def wrong_gzip() -> Fault:
    """Return what says that it is gzip and is not."""
    return Fault(200, {"Content-Encoding": "gzip"}, b'{"value": []}')


def cut_gzip() -> Fault:
    """Return gzip that ends early."""
    return Fault(200, {"Content-Encoding": "gzip"}, gzip.compress(b'{"value": []}' * 50)[:40])


def reset() -> Fault:
    """Return a connection that is reset instead of answered."""
    return Fault(0, reset=True)


def drip(pause: float = 0.05, size: int = 4096) -> Fault:
    """Return an answer that drips in, 64 bytes at a time, and is no page in the end."""
    return Fault(200, body=b" " * size, drip=pause)


def gone(code: str = "SyncStateNotFound") -> Fault:
    """Return the answer for a delta link that died: 410, or 400 with one of the other codes seen for it."""
    status = 410 if code in {"SyncStateNotFound", "resyncRequired"} else 400
    return Fault(status, body=error_body(code, "The sync state generation is not found; generation=149;[highest=157]."))


def quota() -> Fault:
    """Return what delta answers for a mailbox that is full."""
    return Fault(403, body=error_body("ErrorQuotaExceeded", "Mailbox has exceeded maximum mailbox size."))


def outside() -> Fault:
    """Return the answer for a mailbox beyond the scope of the app."""
    return Fault(403, body=error_body("ErrorAccessDenied", "Access to OData is disabled."))


def expired() -> Fault:
    """Return the answer to a token whose life is over."""
    text = "Lifetime validation failed, the token is expired."
    return Fault(401, body=error_body("InvalidAuthenticationToken", text))


def challenge(claims: str = '{"access_token":{"nbf":{"essential":true,"value":"1767268800"}}}') -> Fault:
    """Return a 401 that wants a new token with these claims (continuous access evaluation)."""
    packed = base64.b64encode(claims.encode()).decode()
    told = f'Bearer realm="", error="insufficient_claims", claims="{packed}"'
    body = error_body("InvalidAuthenticationToken", "Continuous access evaluation resulted in challenge.")
    return Fault(401, {"WWW-Authenticate": told}, body)


PASSING: dict[str, Callable[[random.Random], Fault]] = {
    "429": lambda rng: throttled(rng.choice(SHORT_FORMS)),
    "429 Datum": lambda rng: later(rng.uniform(-3, 1)),
    "5xx": lambda rng: broken(rng.choice((500, 502, 503, 504)), rng.choice(("", "0", "1"))),
    "html": lambda rng: html(rng.choice((200, 502, 503))),
    "abgeschnitten": lambda rng: rng.choice((cut, half))(),
    "gzip": lambda rng: rng.choice((wrong_gzip, cut_gzip))(),
    "reset": lambda rng: reset(),
    "tropfend": lambda rng: drip(0.001, 512),
}
_EXPIRING = ("SyncStateNotFound", "SyncStateInvalid", "resyncRequired")


@dataclass(slots=True)
class Schedule:
    """Faults by chance that a seed fixes: pass it as `faults` of the emulator, and `manner` as its `manners`.

    The same requests of one mailbox meet the same faults, whatever other mailboxes do meanwhile. `rate` is the share
    of requests that fail in a way that passes (`kinds` of PASSING); `dying` the share of delta links that are
    answered 410; `unruly` the share of pages with odd manners. `told` counts what happened, by name.
    """

    seed: int
    rate: float = 0.0
    dying: float = 0.0
    unruly: float = 0.0
    kinds: tuple[str, ...] = tuple(PASSING)
    told: dict[str, int] = field(default_factory=dict)
    quiet: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _streams: dict[str, random.Random] = field(default_factory=dict)

    def __call__(self, ask: Ask) -> Fault | None:
        """Return the fault that this request meets."""
        if self.quiet:
            return None
        with self._lock:
            rng = self._stream(ask, "fault")
            chance = rng.random()
            if chance < self.rate:
                kind = rng.choice(self.kinds)
                self._note(kind)
                return PASSING[kind](rng)
            if chance < self.rate + self.dying and {"$skiptoken", "$deltatoken"} & set(ask.query):
                self._note("410")
                return gone(rng.choice(_EXPIRING))
            return None

    def manner(self, ask: Ask) -> Manner:
        """Return how the page that this request asks for comes."""
        if self.quiet:
            return PLAIN
        with self._lock:
            rng = self._stream(ask, "manner")
            if rng.random() >= self.unruly:
                return PLAIN
            self._note("Seite")
            return Manner(
                empty=rng.random() < 0.2,
                overlap=rng.choice((0, 0, 1, 5)),
                shuffle=rng.choice((0, rng.randrange(1, 1000))),
                short=rng.choice((0, 1, 2, 3)),
                foreign=rng.random() < 0.1,
            )

    def _stream(self, ask: Ask, what: str) -> random.Random:
        name = f"{what} {self.seed} {ask.path.lower()}"
        return self._streams.setdefault(name, random.Random(name))

    def _note(self, name: str) -> None:
        self.told[name] = self.told.get(name, 0) + 1


def in_turn(faults: Iterable[Fault | None]) -> Callable[[Ask], Fault | None]:
    """Return `faults` for an emulator that answers the first requests with these, one each (None = rightly)."""
    waiting = list(faults)
    return lambda ask: waiting.pop(0) if waiting else None
