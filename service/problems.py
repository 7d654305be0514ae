"""Turns every error of a request into a status and a page or a problem document, always with a code to note down."""

from collections.abc import Mapping
from secrets import token_hex
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, current_app, g, jsonify, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from connectors.errors import Refused, Unreachable
from models.errors import PostlotseError
from models.terms import Role
from service import errors, telemetry
from service.runtime import Runtime
from service.store import staff

# What has to happen next, by class of error; the first that fits counts.
STATUS: tuple[tuple[type[PostlotseError], int], ...] = (
    (errors.NotFound, 404),
    (errors.NotSignedIn, 401),
    (errors.NotAllowed, 403),
    (errors.Conflict, 409),
    (errors.Invalid, 422),
    (errors.Rejected, 422),
    (errors.Unavailable, 503),
    (Unreachable, 503),
    (Refused, 403),
)

# German sentences for what Flask and Werkzeug refuse themselves; their own texts are English.
_HTTP: Mapping[int, str] = {
    400: "Diese Anfrage ist unvollständig oder kommt unter einem fremden Rechnernamen.",
    401: "Bitte melden Sie sich an.",
    403: "Das ist nicht erlaubt.",
    404: "Diese Seite gibt es nicht.",
    405: "So lässt sich diese Adresse nicht aufrufen.",
    413: "Die Anfrage ist zu groß.",
    414: "Die Adresse ist zu lang.",
    415: "Diese Art von Daten wird hier nicht angenommen.",
    429: "Zu viele Anfragen. Bitte kurz warten.",
    431: "Die Kopfzeilen der Anfrage sind zu groß.",
}
_MOST_NAMED = 5
_BUG = "Das hätte nicht passieren dürfen. Nichts wurde gespeichert; bitte die Kennung weitergeben."

_STATUS_CODE = {401: errors.NotSignedIn.code, 403: errors.NotAllowed.code, 404: errors.NotFound.code}


def register(app: Flask) -> None:
    """Let every error of `app` end here."""
    app.register_error_handler(PostlotseError, expected)
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(Exception, unexpected)


def status_of(error: PostlotseError) -> int:
    """Return the status of an error the house expects; 500 for one that no request should see."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def wants_json() -> bool:
    """Return whether the caller is a program: the API, or a script of a page that posts JSON."""
    return request.path.startswith("/api/") or request.is_json or request.accept_mimetypes.best == "application/json"


def expected(error: PostlotseError) -> Answer:
    """Answer an error that the house raises on purpose."""
    status = status_of(error)
    if isinstance(error, errors.NotSignedIn) and not wants_json():
        back = request.full_path.rstrip("?") if request.method == "GET" else ""
        return redirect("/anmelden" + (f"?weiter={quote(back)}" if back not in {"", "/"} else ""), code=303)
    telemetry.log().info("refused", code=error.code, status=status, route=request.endpoint or "")
    g.unasked = isinstance(error, errors.Unavailable)
    if isinstance(error, errors.NoRole) and not wants_json():
        return _without_role(error)
    fields = error.fields if isinstance(error, errors.Invalid) else {}
    answer = _answer(status, error.code, str(error), fields)
    if isinstance(error, errors.TokenRefused):
        answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    elif isinstance(error, errors.ScopeLacking):
        answer.headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{error.scope}"'
    return answer


def refused(error: HTTPException) -> Answer:
    """Answer what Flask refuses: unknown addresses, wrong methods, too large bodies, foreign host names."""
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()
    if status >= 500:
        return unexpected(error)
    answer = _answer(status, _STATUS_CODE.get(status, f"PL-0{status}"), _HTTP.get(status, "Das geht so nicht."), {})
    if status == 405:
        answer.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return answer


def unexpected(error: Exception) -> Answer:
    """Answer a bug: log where it happened under an incident number, show the number and nothing else."""
    g.unasked = True
    incident = f"PL-5000-{token_hex(4)}"
    telemetry.log().error(
        "bug", code=incident, error=type(error).__name__, where=telemetry.where(error), route=request.endpoint or ""
    )
    return _answer(500, incident, _BUG, {})


def _without_role(error: errors.NoRole) -> Answer:
    """Tell somebody whom the directory knows, but who has no role, whom to ask: the Admins by name, the contact."""
    runtime: Runtime = current_app.extensions["postlotse"]
    with runtime.look() as turn:
        admins = [member.name for member in staff.with_role(turn, Role.ADMIN)]
    page = render_template(
        "ohne_rolle.html",
        text=str(error),
        code=error.code,
        admins=admins[:_MOST_NAMED],
        support=runtime.config.support_contact,
    )
    return _with_retry(Response(page, status=403, mimetype="text/html"))


def _answer(status: int, code: str, text: str, fields: Mapping[str, str]) -> Answer:
    if wants_json():
        return problem(status, code, text, fields)
    # Where the database is away, every way of the navigation would end here again; a bug may lie in what it counts.
    shown = {"page": "", "framed": not (g.get("unasked") and status == 503)}
    again = request.method == "GET" and status >= 500
    page = render_template("fehler.html", status=status, code=code, text=text, fields=fields, again=again, **shown)
    return _with_retry(Response(page, status=status, mimetype="text/html"))


def problem(status: int, code: str, text: str, fields: Mapping[str, str]) -> Answer:
    """Return a problem document (RFC 9457): type, title, status, detail, our code, and one entry per field."""
    body: dict[str, Any] = {
        "type": f"/hilfe#{code[:7]}",
        "title": text,
        "status": status,
        "detail": text,
        "code": code,
        "errors": [{"pointer": f"/{name}", "detail": what} for name, what in fields.items()],
        "fields": dict(fields),
    }
    answer = jsonify(body)
    answer.status_code = status
    answer.mimetype = "application/problem+json"
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return _with_retry(answer)


def _with_retry(answer: Answer) -> Answer:
    if answer.status_code == 503:
        answer.headers["Retry-After"] = "5"
    answer.headers["Cache-Control"] = "no-store"
    return answer
