"""Who sits in front of the browser: the session cookie, the request token against forgery, and where to go back to."""

import hmac
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import cast
from urllib.parse import urlsplit

from flask import current_app, g, request
from werkzeug.wrappers import Response

from models.staff import Member
from models.terms import Role
from service.actions import signin
from service.errors import NotAllowed, NotSignedIn, Unavailable
from service.runtime import Runtime
from service.turn import NOBODY, Actor, Turn

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "X-CSRF-Token"
FIELD = "csrf"

_BY_ITSELF = re.compile(
    r"/konversation/\d+/gesendet|/kennzahlen/stand|/kennzahlen/wand/stand|/exporte/stand|/einordnen/anwesend"
    r"|/postfaecher/(\d+/)?stand"
)

# Where each role starts: those who classify at the list, the others at what they came for.
_START = {Role.MANAGEMENT: "/kennzahlen", Role.DATENSCHUTZ: "/konversationen"}


def runtime() -> Runtime:
    """Return what lives as long as the process."""
    return cast(Runtime, current_app.extensions["postlotse"])


def actor() -> Actor:
    """Return who acts in this request."""
    return cast(Actor, g.get("actor") or NOBODY)


@contextmanager
def look() -> Iterator[Turn]:
    """Open the one reading transaction of a page, for whoever acts; the frame around the page is read in it, too."""
    with runtime().look(actor()) as turn:
        g.turn = turn
        try:
            yield turn
        finally:
            g.turn = None


@contextmanager
def glance() -> Iterator[Turn]:
    """Yield the reading transaction that the page has open; where it has none, open one for a moment."""
    if g.get("turn") is not None:
        yield g.turn
        return
    with runtime().look(actor()) as turn:
        yield turn


def member() -> Member | None:
    """Return the signed-in member; None on pages that anybody may see."""
    return cast("Member | None", g.get("member"))


def known() -> Member | None:
    """Return the signed-in member, found out now where no page has done so: at an address that does not exist.

    Nobody where the database was the trouble (`g.unasked`), or is so now: this must not fail, errors are told by it.
    """
    if "member" not in g and not g.get("unasked"):
        g.now = runtime().clock.now()
        g.actor = g.member = None
        with suppress(Unavailable):
            if cookie():
                _recognise(cookie())
    return member()


def start_page(role: Role | None) -> str:
    """Return the path at which a role begins its day."""
    return _START.get(role, "/") if role else "/anmelden"


def secure() -> bool:
    """Whether browsers reach us over TLS, so that cookies may be tied to it."""
    return runtime().config.public_url.startswith("https://")


def cookie_name() -> str:
    """Return the cookie's name; the `__Host-` prefix binds it to this host, path and TLS."""
    return "__Host-postlotse" if secure() else "postlotse"


def cookie() -> str:
    """Return the session id that the browser sent; "" when there is none."""
    return request.cookies.get(cookie_name(), "")


def agent() -> str:
    """Return the line that the browser sends about itself."""
    return request.headers.get("User-Agent", "")


def set_cookie(answer: Response, session_id: str) -> None:
    """Give the browser a session id, out of reach for scripts and for other sites."""
    answer.set_cookie(cookie_name(), session_id, httponly=True, samesite="Lax", secure=secure(), path="/")


def drop_cookie(answer: Response) -> None:
    """Take the session id away from the browser."""
    answer.delete_cookie(cookie_name(), httponly=True, samesite="Lax", secure=secure(), path="/")


def load() -> None:
    """Find out who is there before a page runs, and refuse forged requests. Raises NotAllowed."""
    g.now = runtime().clock.now()
    g.actor = g.member = None
    session_id = cookie()
    if session_id:
        _recognise(session_id)
    if request.method not in _SAFE:
        refuse_forgery()


def _recognise(session_id: str) -> None:
    try:
        with runtime().look() as turn:
            found = signin.visit(turn, session_id)
    except NotSignedIn:
        return
    # The page that refreshes itself is no sign of a person: it must not keep a session alive.
    if found.stale and not _BY_ITSELF.fullmatch(request.path):
        with runtime().turn() as turn:
            signin.stamp(turn, session_id)
    g.member = found.member
    g.actor = found.actor


def token() -> str:
    """Return the request token of this session: derived one way from the secret id, so it needs no storage."""
    session_id = cookie()
    return sha256(f"csrf:{session_id}".encode()).hexdigest() if session_id else ""


def refuse_forgery() -> None:
    """Refuse a changing request that another site caused or that lacks this session's token. Raises NotAllowed."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        own = site == "same-origin"
    else:
        origin = request.headers.get("Origin")
        own = origin is None or urlsplit(origin).netloc == request.host
    if not own:
        raise NotAllowed("Diese Anfrage kam von einer fremden Seite.")
    if g.actor is None:
        return
    sent = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if not hmac.compare_digest(sent.encode(), token().encode()):
        raise NotAllowed("Die Seite ist veraltet. Bitte neu laden und noch einmal versuchen.")


def own_path(target: str) -> str:
    """Return `target` when it is a path on this site, else "": no redirect ever leaves us (open redirect)."""
    if not target.startswith("/") or target[1:2] in {"/", "\\"} or len(target) > 2000:
        return ""
    if any(c <= " " or c in '\\"<>' or c == "\x7f" for c in target):
        return ""
    parts = urlsplit(target)
    return "" if parts.scheme or parts.netloc else target
