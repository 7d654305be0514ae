"""The wall screen without a person: a screen is let in by a service token for it, and sees the six figures, no names.

The link carries the token behind "#", which no browser sends and no log keeps; the page hands it over once and gets a
cookie for this address alone. Whoever revokes the token on the page "Dienst-Token" turns the screen off at once.
"""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from service import guards
from service.errors import ScopeLacking, TokenRefused
from service.store import tokens
from service.store.tokens import Token
from service.turn import Turn
from service.web import dashboard, session

pages = Blueprint("wall", __name__)

SCOPE = "wand"
_COOKIE = "postlotse_wand"
_LONGEST = 200
# Browsers forget the cookie then; the token's own end comes first where it has one.
_LIFE = 400 * 24 * 3600


def _token(turn: Turn, value: str) -> Token:
    """Return the token of a screen. Raises TokenRefused and ScopeLacking."""
    found = tokens.find(turn, value[:_LONGEST])
    if SCOPE not in found.scopes:
        raise ScopeLacking("Dieses Dienst-Token gilt nicht für den Wandbildschirm.", SCOPE)
    return found


def _shown() -> dict[str, Any] | None:
    value = request.cookies.get(_COOKIE, "")
    runtime = session.runtime()
    with runtime.look() as turn:
        try:
            found = _token(turn, value)
        except (TokenRefused, ScopeLacking):
            return None
        shown, due = dashboard.on_the_wall(turn), tokens.use_is_due(found, turn.now)
    if due:
        with runtime.turn() as turn:
            tokens.note_use(turn, found)
    return shown


@pages.get("/wand")
@guards.public
def show() -> Response:
    """Show the figures to a screen that was let in; to everybody else how that is done."""
    shown = _shown()
    if shown is None:
        return make_response(render_template("wand_zu.html"))
    return make_response(render_template("wand.html", poll="/wand/stand", **shown))


@pages.get("/wand/stand")
@guards.public
def state() -> Response:
    """Return the body again. Raises TokenRefused for a screen that is not let in (any more)."""
    shown = _shown()
    if shown is None:
        raise TokenRefused("Dieser Bildschirm ist nicht freigeschaltet.")
    return dashboard.part("_wand.html", shown)


@pages.post("/wand")
@guards.public
def enter() -> tuple[Response, int]:
    """Let a screen in by the token of its link."""
    body = request.get_json(silent=True)
    value = str(body.get("token", "")) if isinstance(body, dict) else ""
    with session.runtime().look() as turn:
        _token(turn, value)
    answer = make_response("", 204)
    answer.set_cookie(
        _COOKIE, value, max_age=_LIFE, httponly=True, samesite="Strict", secure=session.secure(), path="/wand"
    )
    return answer, 204
