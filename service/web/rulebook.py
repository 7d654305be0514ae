"""Regelbuch: by which rules the firm classifies, its versions, writing a new one, and the management's approval."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from models.terms import Category
from service import guards
from service.actions import rulebook as verbs
from service.domain import rulebook
from service.domain.rulebook import Book, Chapter
from service.errors import Conflict, Invalid
from service.store import rulebooks
from service.web import session

pages = Blueprint("rulebook", __name__)

_MOST = 10_000
_DONE = {
    "geschrieben": "Gespeichert. Die Fassung gilt, sobald die Geschäftsleitung sie freigibt.",
    "freigegeben": "Freigegeben. Diese Fassung gilt ab jetzt.",
}


@pages.get("/regelbuch")
@guards.needs(guards.EVERY_ROLE)
def index() -> str:
    """Show the version that holds, or the one that is asked for."""
    number = request.args.get("fassung", type=int)
    with session.runtime().look(session.actor()) as turn:
        found = rulebooks.versions(turn)
        holds = rulebooks.holding(found)
        shown = rulebooks.one(turn, number) if number is not None else holds
        older = next((version for version in found if version.number == shown.number - 1), None)
        role = session.actor().role
        return render_template(
            "regelbuch.html",
            page="klassifikator" if role in guards.CLASSIFIER else "hilfe",
            shown=shown,
            holds=holds,
            versions=found,
            changes=rulebook.differences(older.book, shown.book) if older else (),
            due=rulebook.due(rulebooks.looked_at(turn), turn.now),
            may_write=role in guards.WRITE_RULEBOOK,
            may_approve=role in guards.APPROVE_RULEBOOK,
            may_see=role in guards.CLASSIFIER,
            done=_DONE.get(request.args.get("getan", ""), ""),
            now=turn.now,
        )


@pages.get("/regelbuch/neu")
@guards.needs(guards.WRITE_RULEBOOK)
def new() -> str:
    """Show the newest version as a form."""
    return _form()


def _form(problem: Invalid | None = None, typed: Book | None = None) -> str:
    with session.runtime().look(session.actor()) as turn:
        newest = rulebooks.versions(turn)[0]
    return render_template(
        "regelbuch_neu.html", page="klassifikator", problem=problem, book=typed or newest.book, seen=newest.number
    )


@pages.post("/regelbuch/neu")
@guards.needs(guards.WRITE_RULEBOOK)
def write() -> str | Response | tuple[str, int]:
    """Store a new version."""
    typed = _typed()
    try:
        with session.runtime().turn(session.actor()) as turn:
            number = verbs.write(turn, typed, request.form.get("gesehen", -1, type=int))
    except Invalid as error:
        return _form(error, typed), 422
    except Conflict as error:
        return _form(Invalid(str(error)), typed), 409
    return redirect(f"/regelbuch?fassung={number}&getan=geschrieben", 303)


def _typed() -> Book:
    return Book(
        request.form.get("grundregel", "").strip()[:_MOST],
        tuple(
            Chapter(
                category,
                rulebook.lines(request.form.get(f"regeln_{category.value}", "")[:_MOST]),
                rulebook.lines(request.form.get(f"beispiele_{category.value}", "")[:_MOST]),
            )
            for category in Category
        ),
        request.form.get("absprachen", "").strip()[:_MOST],
    )


@pages.post("/regelbuch/<int:number>/freigeben")
@guards.needs(guards.APPROVE_RULEBOOK)
def approve(number: int) -> Response:
    """Let a version hold."""
    with session.runtime().turn(session.actor()) as turn:
        verbs.approve(turn, number)
    return redirect("/regelbuch?getan=freigegeben", 303)
