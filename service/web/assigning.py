"""What pages post about who is responsible: taking over, handing over, giving back, undo, parties, presence."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, jsonify, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from models.message import Conversation
from service import guards
from service.actions import assign, entrust
from service.actions.assign import Assigned, Chosen
from service.domain.days import midnight
from service.errors import Invalid, NotFound
from service.store import assignments, lookup, presence, settings
from service.turn import Turn
from service.web import duties, session, words
from service.web.duties import Chip
from service.web.inbox_actions import numbers, posted, versions

pages = Blueprint("assigning", __name__)

TAKE, HAND, BACK = "uebernehmen", "uebergeben", "zurueckgeben"
# Rows that a plain page names as left alone; the rest is counted.
_MOST_NAMED = 20


@pages.post("/zustaendig")
@guards.needs(guards.WORK)
def change() -> Answer:
    """Change who is responsible. JSON in, JSON out; a form ends in a redirect to the page it came from."""
    if not request.is_json:
        return _change_form()
    body = posted()
    chosen = Chosen(numbers(body.get("ids")), versions(body.get("versions")))
    with session.runtime().turn(session.actor()) as turn:
        done = _act(turn, chosen, body)
        rows = assignments.those(turn, chosen.conversation_ids)
        answer = {
            "act": done.act,
            "changed": list(done.changed),
            "text": _sentence(turn, done, body, {c.id: words.title(c) for c in rows}),
            "left": [{"id": one.conversation_id, "name": one.name, "text": one.text} for one in done.left],
            **_fresh(turn, rows, body.get("shown")),
        }
    return jsonify(answer)


def _change_form() -> Answer:
    form = request.form
    chosen = chosen_rows(form)
    with session.runtime().turn(session.actor()) as turn:
        done = _act(turn, chosen, {"verb": form.get("tun"), "member": form.get("an"), "due": form.get("bis")})
    left = "-".join(str(one.conversation_id) for one in done.left[:_MOST_NAMED])
    back = session.own_path(form.get("weiter", "")) or "/konversationen"
    sign = "&" if "?" in back else "?"
    return redirect(f"{back}{sign}zugewiesen={done.act or 'nichts'}&anzahl={len(done.changed)}&nicht={left}", 303)


def chosen_rows(form: "MultiDict[str, str]") -> Chosen:
    """Return the rows of a form: each ticked box says "17:3", conversation and version seen."""
    versions: dict[int, int] = {}
    for text in form.getlist("zeile"):
        number, _, version = text.partition(":")
        if not (number.isascii() and number.isdigit() and version.isascii() and version.isdigit()) or len(text) > 30:
            raise Invalid("Die Auswahl ist nicht lesbar. Bitte die Seite neu laden.")
        versions[int(number)] = int(version)
    return Chosen(tuple(versions), versions)


def _act(turn: Turn, chosen: Chosen, asked: Mapping[str, Any]) -> Assigned:
    verb = asked.get("verb")
    if verb == TAKE:
        return assign.take(turn, chosen)
    if verb == BACK:
        return assign.give_back(turn, chosen)
    if verb == HAND:
        return assign.hand_over(turn, chosen, _member(asked.get("member")), _until(turn, asked.get("due")))
    raise Invalid("Das lässt sich mit einer Konversation nicht tun.", {"verb": "Bitte einen der Knöpfe benutzen."})


def _member(value: object) -> int:
    text = str(value or "")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise Invalid("Bitte jemanden wählen.", {"member": "An wen soll es gehen?"})
    return int(text)


def _until(turn: Turn, value: object) -> datetime | None:
    """Return the end of a posted day in the firm's zone; None for no day. Raises Invalid."""
    if not value:
        return None
    try:
        wanted = date.fromisoformat(str(value)[:10])
        return midnight(wanted + timedelta(days=1), ZoneInfo(settings.zone(turn)))
    except (ValueError, OverflowError):
        raise Invalid("Dieses Datum gibt es nicht.", {"due": "Bitte einen Tag wie 24.11.2026 wählen."}) from None


def _sentence(turn: Turn, done: Assigned, body: Mapping[str, Any], names: Mapping[int, str]) -> str:
    count = len(done.changed)
    if not count:
        return "Daran hat sich nichts geändert"
    what = f"{count} Konversationen" if count > 1 else names.get(done.changed[0], "Konversation")
    if body.get("verb") != HAND:
        return f"{what} {'übernommen' if body.get('verb') == TAKE else 'zurückgegeben'}"
    due = _until(turn, body.get("due"))
    return f"{what} übergeben" + (f", bis {duties.day(due)}" if due else "")


def _fresh(turn: Turn, found: Sequence[Conversation], shown: object) -> dict[str, Any]:
    """Return what the list shows of these rows now: version and chip by id, and the pane's part of the row in it."""
    known = duties.board(turn, found)
    chips = {c.id: known.chips.get(c.id) for c in found}
    pane = [render_template("_zustaendig.html", c=c, duty=chips[c.id]) for c in found if c.id == shown]
    return {
        "rows": {
            str(c.id): {
                "version": c.version,
                "chip": _mark(chips[c.id]),
                "asked": render_template("_uebergabe.html", duty=chips[c.id]),
            }
            for c in found
        },
        "pane": "".join(pane),
    }


def _mark(chip: Chip | None) -> str:
    return str(chip.mark) if chip else ""


@pages.post("/zustaendig/zuruecknehmen")
@guards.needs(guards.WORK)
def take_back() -> Answer:
    """Undo one act on who is responsible."""
    body = posted() if request.is_json else request.form
    with session.runtime().turn(session.actor()) as turn:
        done = assign.undo(turn, str(body.get("act", ""))[:64])
        rows = assignments.those(turn, (*done.changed, *(one.conversation_id for one in done.left)))
        answer = {
            "text": "Zuweisung zurückgenommen" if done.changed else "Daran hat sich nichts geändert",
            "left": [{"id": one.conversation_id, "name": one.name, "text": one.text} for one in done.left],
            **_fresh(turn, rows, body.get("shown")),
        }
    if not request.is_json:
        return redirect(session.own_path(request.form.get("weiter", "")) or "/konversationen", 303)
    return jsonify(answer)


@pages.get("/einordnen/anwesend")
@guards.needs(guards.WORK)
def present() -> Answer:
    """Say which colleagues have which row open just now; with an ETag, so that nothing new costs nothing."""
    with session.runtime().look(session.actor()) as turn:
        found = presence.others(turn)
    answer = jsonify({str(number): " und ".join(names) for number, names in found.items()})
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.set_etag(sha256(answer.get_data()).hexdigest()[:16], weak=True)
    return answer.make_conditional(request)


@pages.post("/einordnen/anwesend")
@guards.needs(guards.WORK)
def open_row() -> tuple[str, int]:
    """Note that this person has a row open; the mark lasts a minute."""
    number = posted().get("id")
    if type(number) is not int:
        raise Invalid("Diese Zeile gibt es nicht.")
    actor = session.actor()
    with session.runtime().turn(actor) as turn:
        lookup.conversation(turn, number)
        presence.see(turn, actor.member_id or 0, number)
    return "", 204


@pages.post("/partei/<kind>/<int:party_id>/betreuung")
@guards.needs(guards.WORK)
def look_after(kind: str, party_id: int) -> Answer:
    """Say which member looks after a company or person."""
    if kind not in {"firma", "person"}:
        raise NotFound("Diese Seite gibt es nicht.")
    chosen, seen = (_member(request.form.get(name)) if request.form.get(name) else None for name in ("wer", "bisher"))
    with session.runtime().turn(session.actor()) as turn:
        entrust.entrust(turn, (kind, party_id), chosen, seen)
    return redirect(f"/partei/{kind}/{party_id}", 303)
