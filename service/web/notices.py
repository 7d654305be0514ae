"""Hinweise: what a member was told inside Postlotse, and marking it as seen; nothing blinks, nothing interrupts."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from service import guards
from service.store import interruptions, notices
from service.web import session

pages = Blueprint("notices", __name__)


@pages.get("/hinweise")
@guards.needs(guards.EVERY_ROLE)
def index() -> str:
    """Show the notices of a member, newest first."""
    me = session.actor()
    with session.runtime().look(me) as turn:
        return render_template(
            "hinweise.html",
            page="hinweise",
            lines=notices.lines(turn, me.member_id or 0),
            unseen=notices.unseen(turn, me.member_id or 0),
            told=interruptions.of(turn, me.member_id or 0),
        )


@pages.post("/hinweise/gesehen")
@guards.needs(guards.EVERY_ROLE)
def see() -> Response:
    """Mark one notice or all of them as seen, and go on to what it is about."""
    me = session.actor()
    text = request.form.get("nr", "")
    one = [int(text)] if text.isascii() and text.isdigit() and len(text) < 10 else None
    with session.runtime().turn(me) as turn:
        notices.see(turn, me.member_id or 0, one)
    return redirect(session.own_path(request.form.get("weiter", "")) or "/hinweise", 303)
