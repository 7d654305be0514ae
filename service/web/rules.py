"""Regeln: what people wrote down about senders and what was learned of them; trying a rule out before it holds."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from models.learning import Rule
from models.terms import Channel, KeyScope
from service import guards
from service.actions import rules
from service.actions.rules import Draft
from service.errors import Invalid
from service.store import accounts, lookup, written
from service.turn import Turn
from service.web import session
from service.web.inbox_actions import category_of, party_of

pages = Blueprint("rules", __name__)

_SHOWN = 50
_LISTED = {"": None, "mit": True, "ohne": False}
_CHANNELS = {"": None} | {channel.value: channel for channel in Channel}
_DONE = {"aus": "Ausgeschaltet. Was die Regel schon eingeordnet hat, bleibt.", "gelernt": "Gespeichert."}


@pages.get("/regeln")
@guards.needs(guards.CLASSIFIER)
def index() -> str:
    """Show the rules in their order, and what was learned, the latest first."""
    text = request.args.get("suche", "").strip()[:100]
    with session.runtime().look(session.actor()) as turn:
        return render_template(
            "regeln.html",
            page="klassifikator",
            lines=written.lines(turn),
            learned=written.learned(turn, text, _SHOWN),
            most=_SHOWN,
            text=text,
            may_change=session.actor().role in guards.STEER,
            done=_done(),
            now=turn.now,
            DOMAIN=KeyScope.DOMAIN,
        )


def _done() -> str:
    what, count = request.args.get("getan", ""), request.args.get("zahl", 0, type=int)
    if what == "an":
        settled = f"{count} wartende {'Nachricht ist' if count == 1 else 'Nachrichten sind'} damit eingeordnet."
        return f"Die Regel gilt. {settled if count else 'Keine wartende Nachricht ist betroffen.'}"
    return _DONE.get(what, "")


@pages.get("/regeln/neu")
@guards.needs(guards.STEER)
def new() -> str:
    """Show the form of a new rule; `von` names one to copy."""
    number = request.args.get("von", type=int)
    with session.runtime().look(session.actor()) as turn:
        typed = _typed(turn, written.get(turn, number)) | {"name": ""} if number else _empty()
        return _form(turn, None, typed)


@pages.get("/regeln/<int:rule_id>")
@guards.needs(guards.STEER)
def show(rule_id: int) -> str:
    """Show the form of one rule."""
    with session.runtime().look(session.actor()) as turn:
        return _form(turn, rule_id, _typed(turn, written.get(turn, rule_id)))


@pages.post("/regeln/neu")
@guards.needs(guards.STEER)
def add() -> str | Response | tuple[str, int]:
    """Try a new rule out, or store it."""
    return _posted(None)


@pages.post("/regeln/<int:rule_id>")
@guards.needs(guards.STEER)
def change(rule_id: int) -> str | Response | tuple[str, int]:
    """Try a changed rule out, or store it."""
    return _posted(rule_id)


def _posted(rule_id: int | None) -> str | Response | tuple[str, int]:
    try:
        if request.form.get("schritt") != "speichern":
            with session.runtime().look(session.actor()) as turn:
                rule = rules.read(turn, _draft(turn))
                return _form(turn, rule_id, request.form, effect=written.effect(turn, rule), tried=rule)
        with session.runtime().turn(session.actor()) as turn:
            draft = _draft(turn)
            _, count = rules.add(turn, draft) if rule_id is None else rules.change(turn, rule_id, draft)
    except Invalid as error:
        with session.runtime().look(session.actor()) as turn:
            return _form(turn, rule_id, request.form, problem=error), 422
    return redirect(f"/regeln?getan=an&zahl={count}", 303)


def _draft(turn: Turn) -> Draft:
    form = request.form
    category = category_of(form.get("klasse"))
    if category is None:
        raise Invalid("Bitte eine Klasse wählen.", {"category": "Kunde, Lieferant, Intern, Newsletter oder Werbung."})
    account = form.get("postfach", "")
    return Draft(
        sender=form.get("absender", "")[:300],
        category=category,
        name=form.get("name", ""),
        listed=_LISTED.get(form.get("liste", "")),
        channel=_CHANNELS.get(form.get("weg", "")),
        account_id=int(account) if account.isascii() and account.isdigit() and len(account) < 10 else None,
        **_party(turn, form.get("partei", "").strip()[:100]),
    )


def _party(turn: Turn, text: str) -> dict[str, Any]:
    """Return the one party that a typed text names; nothing for an empty one. Raises Invalid."""
    if not text:
        return {}
    found = lookup.search(turn, text, most=6)
    exact = [party for party in found if text in (party.name, party.number)]
    if len(exact or found) != 1:
        names = ", ".join(f"{party.name} ({party.number or party.city})" for party in found)
        raise Invalid("Die Zuordnung ist nicht eindeutig.", {"party": f"Gefunden: {names or 'nichts'}."})
    return party_of((exact or found)[0].key)


def _empty() -> dict[str, str]:
    return dict.fromkeys(("absender", "klasse", "name", "liste", "weg", "postfach", "partei"), "") | {
        "absender": request.args.get("absender", "")[:300]
    }


def _typed(turn: Turn, rule: Rule) -> dict[str, str]:
    line = next(line for line in written.lines(turn) if line.rule.id == rule.id)
    return {
        "absender": rule.value,
        "klasse": rule.category.value,
        "name": rule.name,
        "liste": next(word for word, value in _LISTED.items() if value is rule.listed),
        "weg": rule.channel.value if rule.channel else "",
        "postfach": str(rule.account_id or ""),
        "partei": line.party,
    }


def _form(turn: Turn, rule_id: int | None, typed: Mapping[str, str], **more: Any) -> str:
    given: dict[str, Any] = {"problem": None, "effect": None, "tried": None}
    return render_template(
        "regel.html",
        page="klassifikator",
        rule_id=rule_id,
        typed_in=_empty() | dict(typed),
        accounts=accounts.every(turn),
        channels=tuple(Channel),
        now=turn.now,
        **(given | more),
    )


@pages.post("/regeln/<int:rule_id>/schalten")
@guards.needs(guards.STEER)
def switch(rule_id: int) -> Response:
    """Switch a rule on or off."""
    on = request.form.get("an") == "1"
    with session.runtime().turn(session.actor()) as turn:
        count = rules.switch(turn, rule_id, on=on)
    return redirect(f"/regeln?getan={'an' if on else 'aus'}&zahl={count}", 303)


@pages.post("/regeln/<int:rule_id>/hoch")
@guards.needs(guards.STEER)
def up(rule_id: int) -> Response:
    """Put a rule before its neighbour."""
    with session.runtime().turn(session.actor()) as turn:
        rules.move(turn, rule_id, up=True)
    return redirect("/regeln", 303)


@pages.post("/regeln/<int:rule_id>/tief")
@guards.needs(guards.STEER)
def down(rule_id: int) -> Response:
    """Put a rule behind its neighbour."""
    with session.runtime().turn(session.actor()) as turn:
        rules.move(turn, rule_id, up=False)
    return redirect("/regeln", 303)


@pages.post("/regeln/gelernt/<int:key_id>/schalten")
@guards.needs(guards.STEER)
def switch_key(key_id: int) -> Response:
    """Switch a learned sender on or off."""
    with session.runtime().turn(session.actor()) as turn:
        rules.switch_key(turn, key_id, on=request.form.get("an") == "1")
    return redirect("/regeln?getan=gelernt#gelernt", 303)
