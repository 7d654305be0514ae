"""Postfächer: how the reading of each mailbox and number stands, by folder; Admins read now, pause and resume."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as Redirect

from models.terms import Channel
from service import guards
from service.actions import mailboxes
from service.errors import Invalid
from service.store import jobs, readings
from service.store.readings import Asked
from service.turn import Turn
from service.web import mailbox_words, session

pages = Blueprint("mailboxes", __name__)

_LONGEST = 100
_DONE = {
    "abholen": "Der Abruf ist vorgemerkt und beginnt gleich.",
    "anhalten": "Angehalten. Ab jetzt wird dieses Postfach nicht mehr gelesen.",
    "fortsetzen": "Geht weiter. Was inzwischen kam, wird gleich nachgelesen.",
}


@pages.get("/postfaecher")
@guards.needs(guards.READ)
def index() -> str:
    """Show the mailboxes and numbers in reach, the worst first."""
    return _list()


def _list(problem: Invalid | None = None) -> str:
    with session.runtime().look(session.actor()) as turn:
        return render_template(
            "postfaecher.html",
            page="postfaecher",
            problem=problem,
            done=_DONE.get(request.args.get("getan", ""), ""),
            **_lines(turn),
        )


@pages.get("/postfaecher/stand")
@guards.needs(guards.READ)
def fresh_list() -> Response:
    """Return the body of the list again; 304 when nothing changed since."""
    with session.runtime().look(session.actor()) as turn:
        return _fresh("_postfaecher.html", **_lines(turn))


def _lines(turn: Turn) -> dict[str, Any]:
    state = request.args.get("lage", "")
    state = state if state in mailbox_words.CHOICES else ""
    text = request.args.get("suche", "").strip()[:_LONGEST]
    seen = readings.overview(turn, Asked(mailbox_words.CHOICES[state][1], text, _number("seite")))
    place = {name: value for name, value in (("lage", state), ("suche", text)) if value}
    return {
        "seen": seen,
        "choices": {
            key: (word, states)
            for key, (word, states) in mailbox_words.CHOICES.items()
            if key in {"", state} or any(seen.counts.get(one) for one in states)
        },
        "state": state,
        "text": text,
        "query": urlencode(place | ({"seite": str(seen.page)} if seen.page > 1 else {})),
        "place": urlencode(place),
        "ill": sum(seen.counts.get(lage, 0) for lage in readings.ILL),
        **_said(turn),
    }


def _number(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _said(turn: Turn) -> dict[str, Any]:
    """Return what both pages need to speak."""
    return {
        "say": mailbox_words,
        "interval": mailbox_words.interval(session.runtime().config.graph_poll_seconds),
        "may_change": session.actor().role in guards.CHANGE_SETTINGS,
        "now": turn.now,
        "EMAIL": Channel.EMAIL,
    }


def _fresh(template: str, **shown: Any) -> Response:
    answer = make_response(render_template(template, **shown))
    answer.set_etag(sha256(answer.get_data()).hexdigest()[:32])
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer.make_conditional(request)  # type: ignore[return-value]  # gives back the same Flask answer


@pages.get("/postfaecher/<int:account_id>")
@guards.needs(guards.READ)
def show(account_id: int) -> str:
    """Show one mailbox or number."""
    return _page(account_id)


@pages.get("/postfaecher/<int:account_id>/stand")
@guards.needs(guards.READ)
def fresh(account_id: int) -> Response:
    """Return the body of one mailbox's page again; 304 when nothing changed since."""
    with session.runtime().look(session.actor()) as turn:
        return _fresh("_postfach.html", **_one(turn, account_id))


def _page(account_id: int, problem: Invalid | None = None) -> str:
    with session.runtime().look(session.actor()) as turn:
        return render_template(
            "postfach.html",
            page="postfaecher",
            problem=problem,
            done=_DONE.get(request.args.get("getan", ""), ""),
            **_one(turn, account_id),
        )


def _one(turn: Turn, account_id: int) -> dict[str, Any]:
    found = readings.one(turn, account_id)
    is_admin = session.actor().role in guards.SETTINGS
    return {
        "r": found,
        "folders": readings.folders(turn, account_id),
        "work": readings.work(turn, jobs.PULL, found.account.address),
        "changes": readings.changes(turn, account_id) if is_admin else (),
        "steps": mailbox_words.steps(found.account, found.lage),
        **_said(turn),
    }


@pages.post("/postfaecher/<int:account_id>/abholen")
@guards.needs(guards.CHANGE_SETTINGS)
def read_now(account_id: int) -> Redirect | tuple[str, int]:
    """Have a mailbox read now."""
    return _changed(account_id, mailboxes.read_now, "abholen")


@pages.post("/postfaecher/<int:account_id>/anhalten")
@guards.needs(guards.CHANGE_SETTINGS)
def pause(account_id: int) -> Redirect | tuple[str, int]:
    """Stop reading a mailbox."""
    return _changed(account_id, mailboxes.pause, "anhalten")


@pages.post("/postfaecher/<int:account_id>/fortsetzen")
@guards.needs(guards.CHANGE_SETTINGS)
def resume(account_id: int) -> Redirect | tuple[str, int]:
    """Let a mailbox be read again."""
    return _changed(account_id, mailboxes.resume, "fortsetzen")


def _changed(account_id: int, verb: Callable[[Turn, int], None], name: str) -> Redirect | tuple[str, int]:
    """Do it and lead back to where the button was."""
    try:
        with session.runtime().turn(session.actor()) as turn:
            verb(turn, account_id)
    except Invalid as error:
        return _page(account_id, error), 422
    back = session.own_path(request.form.get("weiter", "")) or f"/postfaecher/{account_id}"
    return redirect(f"{back}{'&' if '?' in back else '?'}getan={name}", 303)
