"""Dienst-Token: making them, seeing them once, what they are for and when they were last used, and revoking them."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from service import guards
from service.errors import Conflict, Invalid
from service.store import tokens
from service.web import session

pages = Blueprint("tokens", __name__)

# Days after which a token ends; the empty choice means never.
_LIFE = {"": None, "30": timedelta(days=30), "90": timedelta(days=90), "365": timedelta(days=365)}


@pages.get("/tokens")
@guards.needs(guards.TOKENS)
def index() -> str:
    """Show all tokens, never what lets a program in."""
    return _page()


def _page(made: str = "", problem: Invalid | None = None) -> str:
    with session.runtime().look(session.actor()) as turn:
        found = tokens.every(turn)
        return render_template(
            "tokens.html",
            page="profil",
            running=[token for token in found if token.holds(turn.now)],
            over=[token for token in found if not token.holds(turn.now)],
            scopes=tokens.SCOPES,
            typed_in=request.form if problem else {},
            chosen=request.form.getlist("zweck") if problem else [],
            made=made,
            name=request.form.get("name", "").strip(),
            problem=problem,
            revoked=request.args.get("gesperrt") == "1",
            now=turn.now,
        )


@pages.post("/tokens")
@guards.needs(guards.TOKENS)
def new() -> str | tuple[str, int]:
    """Make a token and show it, this once: the answer is not kept by any cache and cannot be fetched again."""
    try:
        with session.runtime().turn(session.actor()) as turn:
            made = tokens.new(turn, request.form.get("name", ""), _purposes(), _life())
    except Invalid as error:
        return _page(problem=error), 422
    except Conflict as error:
        return _page(problem=Invalid(str(error))), 409
    return _page(made)


def _purposes() -> list[str]:
    """Return what the new token is for. Raises Invalid when nothing is ticked."""
    ticked = request.form.getlist("zweck")
    if not ticked:
        raise Invalid("Ein Token braucht mindestens einen Zweck.", {"zweck": "Bitte unter „Wofür“ ankreuzen."})
    return ticked


def _life() -> timedelta | None:
    """Return how long the new token holds; None = without an end. Raises Invalid."""
    chosen = request.form.get("dauer", "")
    if chosen not in _LIFE:
        raise Invalid("Diese Dauer gibt es nicht.", {"dauer": "Bitte eine Dauer aus der Liste wählen."})
    return _LIFE[chosen]


@pages.post("/tokens/<handle>/sperren")
@guards.needs(guards.TOKENS)
def revoke(handle: str) -> Response:
    """Revoke a token from this moment on."""
    with session.runtime().turn(session.actor()) as turn:
        tokens.revoke(turn, tokens.name_of(turn, handle))
    return redirect("/tokens?gesperrt=1", 303)
