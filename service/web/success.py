"""Erfolgsfaktoren: how uniformly and quickly the firm classifies, which checks come in time, who has no deputy."""

from flask import Blueprint, render_template

from service import guards
from service.domain import kpi
from service.store import ahead, figures, success
from service.web import session

pages = Blueprint("success", __name__)

_REACTIONS = (kpi.MAIL_REACTION.key, kpi.CHAT_REACTION.key)


@pages.get("/reviews/erfolg")
@guards.needs(guards.FIGURES)
def index() -> str:
    """Show the four factors, each with its formula and the list where it can be made better."""
    with session.look() as turn:
        ahead.around(turn)
        return render_template(
            "erfolg.html",
            page="reviews",
            consistency=success.consistency(turn),
            speed=success.speed(turn),
            reactions=[figures.one(turn, key) for key in _REACTIONS],
            quality=success.quality(turn),
            cover=success.cover(turn),
            days=success.CONSISTENCY_DAYS,
        )
