"""Unstimmigkeiten: senders with two classes, sources that contradict each other, customers without a party."""

from flask import Blueprint, render_template

from service import guards
from service.store import conflicts
from service.web import session

pages = Blueprint("conflicts", __name__)


@pages.get("/unstimmigkeiten")
@guards.needs(guards.CLASSIFIER)
def index() -> str:
    """Show what contradicts itself."""
    with session.runtime().look(session.actor()) as turn:
        return render_template(
            "unstimmigkeiten.html",
            page="klassifikator",
            found=conflicts.report(turn),
            most=conflicts.MOST,
            days=conflicts.PAST.days,
            may_change=session.actor().role in guards.STEER,
            now=turn.now,
        )
