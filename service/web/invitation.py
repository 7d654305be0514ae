"""Accepting an invitation: the link's token goes into a cookie of its own, then the firm's directory says who it is."""

from datetime import timedelta

from flask import Blueprint, current_app, g, jsonify, render_template, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from service import guards
from service.errors import NotFound
from service.store import invitations
from service.web import session

pages = Blueprint("invitation", __name__)

# As long as signing in at the directory may take.
_PATIENCE = timedelta(minutes=10)
_LONGEST = 200


def link(token: str) -> str:
    """Return the address of an invitation; the token stands behind # and never reaches a log."""
    return f"{session.runtime().config.sign_in_url.removesuffix('/anmelden/antwort')}/einladung#{token}"


def _only_with_directory() -> None:
    if not session.runtime().config.oidc_issuer:
        raise NotFound("Einladungen gibt es nur mit Anmeldung über das Firmenverzeichnis.")


@pages.get("/einladung")
@guards.public
def show() -> str:
    """Show the page whose script posts the token from the address."""
    _only_with_directory()
    return render_template("einladung.html", page="anmelden")


@pages.post("/einladung")
@guards.public
def take() -> Response:
    """Keep an invitation that holds for the sign-in that follows."""
    _only_with_directory()
    body = request.get_json(silent=True)
    token = body.get("token") if isinstance(body, dict) else None
    if not isinstance(token, str) or not 20 <= len(token) <= _LONGEST:
        raise invitations.refused()
    with session.runtime().look() as turn:
        invitations.invited(turn, token)
    answer = jsonify({"next": "/anmelden/verzeichnis"})
    answer.set_cookie(
        _cookie(),
        str(_envelope().dumps([token, int(g.now.timestamp())])),
        max_age=int(_PATIENCE.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=session.secure(),
        path="/",
    )
    return answer


def kept() -> str:
    """Return the token of the invitation that this browser is accepting; "" when there is none."""
    try:
        token, begun = _envelope().loads(request.cookies.get(_cookie(), ""))
    except BadData:
        return ""
    return str(token) if 0 <= g.now.timestamp() - begun <= _PATIENCE.total_seconds() else ""


def forget(answer: Response) -> None:
    """Take the invitation away from the browser."""
    answer.delete_cookie(_cookie(), httponly=True, samesite="Lax", secure=session.secure(), path="/")


def _cookie() -> str:
    return f"{session.cookie_name()}-einladung"


def _envelope() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="einladung")
