"""A member's own preferences: language, colours, single-key commands."""

from flask import Blueprint, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response

from service import guards
from service.actions import signin
from service.web import session

pages = Blueprint("profile", __name__)

_NEXT_THEME = {"": "dark", "dark": "light", "light": ""}


@pages.get("/profil")
@guards.needs(guards.EVERY_ROLE)
def show() -> str:
    """Show a member's own preferences."""
    return render_template("profil.html", page="profil", saved="gespeichert" in request.args)


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
