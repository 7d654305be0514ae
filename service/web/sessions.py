"""Sitzungen: in which browsers a member is signed in, and ending them; an Admin sees and ends those of everybody."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from service import guards
from service.actions import sessions as verbs
from service.actions import signin
from service.guards import Extent
from service.store import sessions
from service.store.sessions import Line
from service.turn import Turn
from service.web import session

pages = Blueprint("sessions", __name__)


def _reaches_all() -> bool:
    role = session.actor().role
    return role is not None and guards.SESSIONS.extents[role] is Extent.ALLE


def _running(turn: Turn, member_id: int | None) -> tuple[Line, ...]:
    return sessions.running(turn, signin.IDLE, signin.ABSOLUTE, member_id)


@pages.get("/sitzungen")
@guards.needs(guards.SESSIONS)
def index() -> str:
    """Show the running sessions."""
    me, here = session.actor().member_id or 0, sessions.handle(session.cookie())
    with session.runtime().look(session.actor()) as turn:
        found = _running(turn, None if _reaches_all() else me)
    return render_template(
        "sitzungen.html",
        page="profil",
        own=sorted((line for line in found if line.member_id == me), key=lambda line: line.handle != here),
        others=[line for line in found if line.member_id != me],
        here=here,
        reaches_all=_reaches_all(),
        ended=request.args.get("beendet", 0, type=int),
    )


@pages.post("/sitzungen/<handle>/beenden")
@guards.needs(guards.SESSIONS)
def end(handle: str) -> Response:
    """End one session; ending the one in this browser signs out."""
    with session.runtime().turn(session.actor()) as turn:
        verbs.end(turn, handle, anybody=_reaches_all())
    if handle == sessions.handle(session.cookie()):
        answer = redirect("/anmelden", 303)
        session.drop_cookie(answer)
        return answer
    return redirect("/sitzungen?beendet=1", 303)


@pages.post("/sitzungen/andere")
@guards.needs(guards.SESSIONS)
def end_others() -> Response:
    """End all of one's own sessions but the one in this browser."""
    with session.runtime().turn(session.actor()) as turn:
        lines = _running(turn, session.actor().member_id or 0)
        count = verbs.end_others(turn, lines, sessions.handle(session.cookie()))
    return redirect(f"/sitzungen?beendet={count}", 303)
