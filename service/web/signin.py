"""Signing in by a one-time link, and signing out."""

import ipaddress

from flask import Blueprint, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response

from service import guards
from service.actions import signin
from service.errors import NotFound
from service.store import staff
from service.web import session

pages = Blueprint("signin", __name__)

_LONGEST = 200


def _only_here() -> None:
    """Raise NotFound unless Postlotse listens on this machine alone and the request comes from it."""
    if not session.runtime().config.is_loopback:
        raise NotFound("Anmeldelinks gibt es nur auf dem Rechner selbst.")
    address = request.remote_addr or "127.0.0.1"
    try:
        near = ipaddress.ip_address(address).is_loopback
    except ValueError:
        near = False
    if not near:
        raise NotFound("Anmeldelinks gibt es nur auf dem Rechner selbst.")


@pages.get("/anmelden")
@guards.public
def form() -> str | Response:
    """Show the sign-in page; its script posts the token from the address, which no log ever sees."""
    if session.actor().role is not None and "weiter" not in request.args:
        return redirect(session.start_page(session.actor().role), 303)
    return render_template("anmelden.html", page="anmelden", local=session.runtime().config.is_loopback)


@pages.post("/anmelden")
@guards.public
def enter() -> Response:
    """Use a link up and start a session with a new id."""
    _only_here()
    body = request.get_json(silent=True)
    token = body.get("token") if isinstance(body, dict) else request.form.get("token")
    wanted = body.get("next") if isinstance(body, dict) else request.form.get("weiter")
    if not isinstance(token, str) or not 20 <= len(token) <= _LONGEST:
        raise staff.link_refused()
    with session.runtime().turn() as turn:
        session_id, who = signin.redeem(turn, token, session.cookie())
    target = session.own_path(wanted) if isinstance(wanted, str) else ""
    target = target or session.start_page(who.role)
    answer = redirect(target, 303) if body is None else jsonify({"next": target})
    session.set_cookie(answer, session_id)
    return answer


@pages.post("/abmelden")
@guards.public
def leave() -> Response:
    """End the session on the server and in the browser."""
    if session.cookie():
        with session.runtime().turn(session.actor()) as turn:
            signin.leave(turn, session.cookie())
    answer = redirect("/anmelden", 303)
    session.drop_cookie(answer)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer
