"""Mitteilungen: what the team was told after a review, saying that one has read it, and telling something new."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from service import guards
from service.actions import brief
from service.store import briefings
from service.web import session

pages = Blueprint("briefings", __name__)


@pages.get("/mitteilungen")
@guards.needs(guards.EVERY_ROLE)
def index() -> str:
    """Show what a member was told, unread notes first."""
    me = session.actor()
    with session.runtime().look(me) as turn:
        found = briefings.mine(turn, me.member_id or 0)
    return render_template("mitteilungen.html", page="hinweise", notes=found)


@pages.post("/mitteilungen/<int:note_id>/gelesen")
@guards.needs(guards.EVERY_ROLE)
def read(note_id: int) -> Response:
    """Say that one has read a note."""
    with session.runtime().turn(session.actor()) as turn:
        brief.read(turn, note_id)
    return redirect("/mitteilungen", 303)


@pages.post("/reviews/<int:review_id>/mitteilung")
@guards.needs(guards.REVIEWS)
def tell(review_id: int) -> Response:
    """Tell the team what changes. Raises Invalid, Conflict and NotFound."""
    with session.runtime().turn(session.actor()) as turn:
        brief.tell(turn, review_id, request.form.get("mitteilung", "").replace("\r\n", "\n"))
    return redirect(f"/reviews/{review_id}#team", 303)
