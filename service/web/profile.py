"""A member's own page: language, colours, single keys, working hours, and what the member looks after."""

from flask import Blueprint, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response

from service import guards
from service.actions import members, signin
from service.errors import Invalid
from service.store import care, teams
from service.store import members as people
from service.web import session, working

pages = Blueprint("profile", __name__)

_NEXT_THEME = {"": "dark", "dark": "light", "light": ""}


@pages.get("/profil")
@guards.needs(guards.EVERY_ROLE)
def show() -> str:
    """Show a member's own preferences."""
    return _page()


def _page(problem: Invalid | None = None) -> str:
    """Return the page; after a refusal with its reasons and the hours as they were typed."""
    with session.runtime().look(session.actor()) as turn:
        who = people.get(turn, session.actor().member_id or 0)
        return render_template(
            "profil.html",
            page="profil",
            saved="gespeichert" in request.args,
            who=who,
            week=working.posted_week() if problem and request.form.get("zeiten") == "eigene" else who.hours,
            places=[place for place in care.places(turn, who.id) if place.rank],
            teams=teams.of_member(turn, who.id),
            problem=problem,
            **working.offered(turn),
        )


@pages.post("/profil")
@guards.needs(guards.EVERY_ROLE)
def save() -> Response:
    """Store a member's own preferences."""
    with session.runtime().turn(session.actor()) as turn:
        signin.prefer(
            turn,
            request.form.get("language", "de"),
            request.form.get("theme", ""),
            shortcuts=request.form.get("shortcuts") == "1",
        )
    return redirect("/profil?gespeichert=1", 303)


@pages.post("/profil/arbeitszeit")
@guards.needs(guards.EVERY_ROLE)
def save_work() -> Response | tuple[str, int]:
    """Store a member's own working hours, time zone and delivery."""
    try:
        with session.runtime().turn(session.actor()) as turn:
            members.work(turn, session.actor().member_id or 0, working.posted(), working.version())
    except Invalid as error:
        return _page(error), 422
    return redirect("/profil?gespeichert=1", 303)


@pages.post("/profil/farben")
@guards.needs(guards.EVERY_ROLE)
def theme() -> Response:
    """Switch between light and dark; without a script it goes on to the next of: as the device, dark, light."""
    who = session.member()
    body = request.get_json(silent=True) if request.is_json else None
    if who is None:
        return redirect("/anmelden", 303)
    wanted = str(body.get("theme", "")) if isinstance(body, dict) else _NEXT_THEME[who.theme]
    with session.runtime().turn(session.actor()) as turn:
        signin.prefer(turn, who.language, wanted, shortcuts=who.shortcuts)
    return jsonify({"theme": wanted}) if body is not None else redirect("/profil", 303)
