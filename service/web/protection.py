"""Personenschutz: how figures of small groups are protected, and entering a works agreement about them."""

from datetime import date

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from service import guards
from service.actions import protect
from service.domain import protection
from service.domain.kpi import GROUP_MINIMUM
from service.domain.protection import Mode
from service.errors import Invalid
from service.store import groups, listing
from service.web import session, words

pages = Blueprint("protection", __name__)


@pages.get("/einstellungen/personenschutz")
@guards.needs(guards.SETTINGS)
def show() -> str:
    """Show the mode, what it means, and the agreement."""
    return _page()


def _page(problem: Invalid | None = None) -> str:
    with session.runtime().look(session.actor()) as turn:
        entered, holds = groups.agreement(turn), groups.in_force(turn)
        stored = entered.accounts if entered else None
        return render_template(
            "personenschutz.html",
            page="einstellungen",
            mode=Mode.VEREINBARUNG if holds else Mode.TEAM,
            agreement=entered,
            is_over=entered is not None and holds is None,
            accounts=listing.accounts(turn),
            minimum=GROUP_MINIMUM,
            agreed_minimum=protection.AGREED_MINIMUM,
            today=words.day_iso(turn.now),
            typed=request.form if problem else None,
            picked=(_accounts() if problem else stored) or (),
            problem=problem,
            may_change=session.actor().role in guards.CHANGE_SETTINGS,
            saved=request.args.get("gespeichert", ""),
        )


@pages.post("/einstellungen/personenschutz")
@guards.needs(guards.CHANGE_SETTINGS)
def save() -> Response | tuple[str, int]:
    """Enter an agreement, or go back to groups alone. A refusal keeps what was typed."""
    form = request.form
    try:
        with session.runtime().turn(session.actor()) as turn:
            if form.get("modus") == Mode.VEREINBARUNG.value:
                protect.agree(turn, form.get("name", ""), _accounts(), _date(form.get("ende", "")))
            else:
                protect.withdraw(turn)
    except Invalid as refused:
        return _page(refused), 422
    return redirect("/einstellungen/personenschutz?gespeichert=1", 303)


def _accounts() -> list[int] | None:
    if request.form.get("umfang") == "alle":
        return None
    return [int(value) for value in request.form.getlist("postfach") if value.isascii() and value.isdigit()]


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
