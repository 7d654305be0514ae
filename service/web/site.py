"""Puts the pages together: blueprints, what templates may call, response headers, static files."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, request, send_from_directory
from jinja2 import StrictUndefined

from models.terms import Category
from service import guards, texts
from service.config import VERSION, call, names
from service.domain.kpi import GROUP_MINIMUM
from service.errors import Unavailable
from service.store import grants, notices, triage
from service.web import (
    absences,
    assigning,
    away,
    briefings,
    charts,
    conflicts,
    conversations,
    dashboard,
    exports,
    finishing,
    fragments,
    help_pages,
    inbox,
    inbox_actions,
    invitation,
    kpi_charts,
    kpi_tiles,
    mailboxes,
    master,
    members,
    parties,
    profile,
    protection,
    reviews,
    revoking,
    rulebook,
    rules,
    sending,
    session,
    sessions,
    settings,
    signin,
    success,
    teams,
    templates,
    tokens,
    twins,
    wall,
    watching,
    words,
)
from service.web import notices as notice_pages

STATIC = Path(__file__).parent / "static"
# Bodies of our own forms are small; webhooks never come here (hooks stand in front of Flask).
_MOST_BYTES = 1 << 20

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}

pages = Blueprint("web", __name__, template_folder="templates")
pages.before_request(session.load)
for _part in (
    *(inbox, inbox_actions, dashboard, conversations, parties, settings, profile, signin, help_pages),
    *(assigning, invitation, mailboxes, members, revoking, teams),
    *(absences, notice_pages, briefings),
    *(sessions, tokens, master, twins),
    *(rules, rulebook, conflicts, watching),
    *(sending, templates),
    *(exports, wall, protection, success, finishing),
):
    pages.register_blueprint(_part.pages)
pages.register_blueprint(reviews.pages)


def register(app: Flask) -> None:
    """Add the pages to `app`, whose extensions["postlotse"] is the Runtime."""
    runtime = app.extensions["postlotse"]
    app.debug = False
    app.request_class = master.InMemory
    app.config["TRUSTED_HOSTS"] = list(names(runtime.config.trusted_hosts))
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_CONTENT_LENGTH"] or _MOST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = _MOST_BYTES
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        typed=call,
        part=fragments.part,
        bullet=charts.bullet,
        bar={state: f"f-{look}" for state, look in kpi_tiles.LOOK.items()},
        look=kpi_tiles.LOOK,
        sign=kpi_tiles.SIGN,
        group_minimum=GROUP_MINIMUM,
        asset=asset,
        away_of=away.of_member,
        icon=words.icon,
        words=words,
        texts=texts,
        CATEGORIES=tuple(Category),
        csrf=session.token,
        WORK=guards.WORK,
        FIGURES=guards.FIGURES,
        SETTINGS=guards.SETTINGS,
        CHANGE_SETTINGS=guards.CHANGE_SETTINGS,
        TOKENS=guards.TOKENS,
        CLASSIFIER=guards.CLASSIFIER,
        STEER=guards.STEER,
        VERSION=VERSION,
    )
    app.jinja_env.filters.update(
        number=words.number,
        span=words.span,
        full=words.full,
        iso=words.iso,
        coded=words.coded,
        unlinked=kpi_charts.unlinked,
    )
    app.context_processor(frame)
    app.add_url_rule("/static/<path:name>", "static_file", static_file)
    app.register_blueprint(pages)
    app.after_request(headers)


def frame() -> dict[str, Any]:
    """Return what every page shows around its content: who is there, what waits, the banner."""
    who = session.known()
    language = who.language if who else "de"
    runtime = session.runtime()
    return {
        "me": who,
        "now": g.get("now"),
        "language": language,
        "t": lambda text: texts.say(text, language),
        "banner": runtime.config.banner,
        "support": runtime.config.support_contact,
        **(_around(who.id) if who and not g.get("unasked") else _NOTHING),
    }


# What the frame shows of the firm where nobody is signed in or the database is the trouble.
_NOTHING: dict[str, Any] = {"waiting": None, "unseen": 0, "standing": ()}


def _around(member_id: int) -> dict[str, Any]:
    """Return the counts beside the navigation, unseen notices, and for whom the member stands in just now."""
    try:
        with session.glance() as turn:
            return {
                "waiting": triage.waiting(turn),
                "unseen": notices.unseen(turn, member_id),
                "standing": grants.standing(turn, member_id),
            }
    except Unavailable:
        return _NOTHING


@lru_cache(maxsize=64)
def _mark(name: str) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """Return the address of a static file with a mark of its content, so that browsers may keep it for good."""
    return f"/static/{name}?v={_mark(name)}"


@guards.public
def static_file(name: str) -> Response:
    """Serve our own scripts, styles, icons and the font."""
    answer = send_from_directory(STATIC, name)
    marked = "v" in request.args
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if marked else "no-cache"
    return answer


def headers(answer: Response) -> Response:
    """Give every answer its security headers; what signed-in people see is never stored by caches."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if session.secure():
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer
