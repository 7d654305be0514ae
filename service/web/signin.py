"""Signing in by a one-time link or by the firm's directory, and signing out."""

import ipaddress
from datetime import timedelta
from typing import Any

from flask import Blueprint, after_this_request, current_app, g, jsonify, redirect, render_template, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from connectors.errors import Refused
from connectors.identity import Attempt, Identity
from models.staff import Member
from models.terms import Role
from service import guards
from service.actions import accept, signin
from service.errors import NoRole, NotAllowed, NotFound
from service.store import staff
from service.turn import Turn
from service.web import invitation, session

pages = Blueprint("signin", __name__)

_LONGEST = 200
# How long a person may take at the directory's sign-in page.
_PATIENCE = timedelta(minutes=10)
_CALLBACK = "/anmelden/antwort"
_FORGOTTEN = "Diese Anmeldung wurde nicht hier begonnen oder dauerte zu lange. Bitte noch einmal anmelden."


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
    config = session.runtime().config
    wanted = session.own_path(request.args.get("weiter", ""))
    return render_template(
        "anmelden.html",
        page="anmelden",
        local=config.is_loopback,
        directory=bool(config.oidc_issuer),
        wanted=wanted,
        left="abgemeldet" in request.args,
    )


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
        session_id, who = signin.redeem(turn, token, session.cookie(), session.agent())
    target = session.own_path(wanted) if isinstance(wanted, str) else ""
    target = target or session.start_page(who.role)
    answer = redirect(target, 303) if body is None else jsonify({"next": target})
    session.set_cookie(answer, session_id)
    return answer


def _envelope() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="anmeldung")


def _attempt_cookie() -> str:
    return f"{session.cookie_name()}-anmeldung"


@pages.get("/anmelden/verzeichnis")
@guards.public
def leave_for_directory() -> Response:
    """Send the browser to the directory; what has to come back goes along in a signed cookie of its own.

    A link and no form, because browsers apply form-action of the content policy to redirects, too.
    """
    address, attempt = session.runtime().directory.begin(g.now)
    wanted = session.own_path(request.args.get("weiter", ""))
    kept = [attempt.state, attempt.nonce, attempt.verifier, wanted, int(g.now.timestamp())]
    answer = redirect(address, 303)
    answer.set_cookie(
        _attempt_cookie(),
        str(_envelope().dumps(kept)),
        max_age=int(_PATIENCE.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=session.secure(),
        path="/",
    )
    return answer


def _kept() -> tuple[Attempt, str]:
    """Return the attempt that this browser began, and where it wanted to go. Raises NotAllowed."""
    try:
        kept: Any = _envelope().loads(request.cookies.get(_attempt_cookie(), ""))
    except BadData as error:
        raise NotAllowed(_FORGOTTEN) from error
    state, nonce, verifier, wanted, begun = kept
    if not 0 <= g.now.timestamp() - begun <= _PATIENCE.total_seconds():
        raise NotAllowed(_FORGOTTEN)
    return Attempt(state, nonce, verifier), wanted


@pages.get(_CALLBACK)
@guards.public
def come_back() -> Response:
    """Take the directory's answer, once, and start a session with a new id and the role held there now."""
    after_this_request(_forget_attempt)
    door = session.runtime().directory
    attempt, wanted = _kept()
    try:
        identity = door.finish(request.args, attempt, g.now)
    except Refused as error:
        if error.why == "tenant":
            with session.runtime().turn() as turn:
                signin.turn_away(turn, "fremdes Verzeichnis")
        raise
    session_id, who = _enter(identity)
    answer = redirect(session.own_path(wanted) or session.start_page(who.role), 303)
    session.set_cookie(answer, session_id)
    return answer


def _enter(identity: Identity) -> tuple[str, Member]:
    """Start a session for a person of the directory; an invitation that the browser carries is used up with it."""
    invited = invitation.kept()
    try:
        with session.runtime().turn() as turn:
            role = accept.accept(turn, identity, invited).role if invited else None
            return signin.admit(turn, identity, _role(turn, identity, role), session.cookie(), session.agent())
    except NotAllowed as error:
        # A broken invitation says nothing against the person's other sessions, a missing role does.
        with session.runtime().turn() as turn:
            if isinstance(error, NoRole):
                signin.turn_away(turn, "keine Rolle", identity)
            else:
                signin.turn_away(turn, "nicht zugelassen")
        raise


def _role(turn: Turn, identity: Identity, invited_as: Role | None) -> Role:
    """Return the role of a person who comes in. Raises NoRole.

    Only the link that the command line prints makes an Admin of somebody whom the directory does not call one, and
    for this session alone: at the next sign-in the directory is asked again.
    """
    config = session.runtime().config
    if not config.roles_from_directory:
        return accept.held_role(turn, identity)
    return Role.ADMIN if invited_as is Role.ADMIN else signin.role_of(identity.roles, config.roles)


def _forget_attempt(answer: Any) -> Any:
    invitation.forget(answer)
    answer.delete_cookie(_attempt_cookie(), httponly=True, samesite="Lax", secure=session.secure(), path="/")
    return answer


@pages.get("/abmelden/verzeichnis")
@guards.public
def leave_directory() -> Response:
    """Send the browser on to sign out of the directory, too: for computers that several people share.

    A link and no form, because browsers apply form-action of the content policy to redirects, too.
    """
    config = session.runtime().config
    back = config.sign_in_url.removesuffix(_CALLBACK) + "/anmelden"
    return redirect(session.runtime().directory.farewell(back, g.now) or "/anmelden", 303)


@pages.post("/abmelden")
@guards.public
def leave() -> Response:
    """End the session on the server and in the browser."""
    if session.cookie():
        with session.runtime().turn(session.actor()) as turn:
            signin.leave(turn, session.cookie())
    directory = session.runtime().config.oidc_issuer
    answer = redirect("/anmelden?abgemeldet=1" if directory else "/anmelden", 303)
    session.drop_cookie(answer)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer
