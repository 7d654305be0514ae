"""What the list of conversations posts about several rows: archive, no answer needed, follow up, put before others."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from models.message import Conversation
from models.terms import Category, ConversationState
from service import guards
from service.actions import finish, prioritise, snooze
from service.actions.assign import Chosen
from service.domain.days import midnight
from service.errors import Invalid
from service.store import assignments, settings
from service.turn import Turn
from service.web import session, words
from service.web.assigning import chosen_rows

pages = Blueprint("finishing", __name__)

ARCHIVE, NO_ANSWER, LATER, RAISE, LOWER = "archivieren", "keine-antwort", "nachfassen", "vorziehen", "einreihen"
_STATES = {ARCHIVE: ConversationState.ARCHIVIERT, NO_ANSWER: ConversationState.ERLEDIGT}
_MORNING = timedelta(hours=8)


@pages.post("/konversationen/erledigen")
@guards.needs(guards.WORK)
def change() -> Response | str:
    """Do one thing with the ticked rows; archiving a customer who still waits asks first (S4.24)."""
    verb, chosen = request.form.get("tun", ""), chosen_rows(request.form)
    if not chosen.conversation_ids:
        raise Invalid("Es ist nichts ausgewählt.", {"zeile": "Bitte mindestens eine Zeile auswählen."})
    back = session.own_path(request.form.get("weiter", "")) or "/konversationen"
    with session.runtime().turn(session.actor()) as turn:
        waiting = unanswered(turn, chosen) if verb == ARCHIVE else ()
        if waiting and request.form.get("sicher") != "1":
            rows = [f"{number}:{version}" for number, version in chosen.versions.items()]
            return question(waiting, rows, back)
        count = _do(turn, verb, chosen)
    sign = "&" if "?" in back else "?"
    return redirect(f"{back}{sign}erledigt={count}&tat={verb}", 303)


def _do(turn: Turn, verb: str, chosen: Chosen) -> int:
    numbers = chosen.conversation_ids
    if verb in _STATES:
        return finish.finish(turn, numbers, _STATES[verb], chosen.versions)
    if verb == LATER:
        at = midnight(_day(request.form.get("am", "")), ZoneInfo(settings.zone(turn))) + _MORNING
        return snooze.follow_up(turn, numbers, at)
    if verb in {RAISE, LOWER}:
        return prioritise.prioritise(turn, numbers, raised=verb == RAISE)
    raise Invalid("Das lässt sich mit Konversationen nicht tun.", {"tun": "Bitte einen der Knöpfe benutzen."})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Invalid("Bitte einen Tag wählen.", {"am": "Wann soll es wieder auf den Tisch?"}) from None


def unanswered(turn: Turn, chosen: Chosen) -> tuple[Conversation, ...]:
    """Return those of the chosen ones in which a customer, or who looks like one, waits for an answer.

    What a colleague changed meanwhile is not asked about: doing it says so anyway.
    """
    return tuple(
        one
        for one in assignments.reached(turn, list(chosen.conversation_ids))
        if one.due_at is not None
        and (one.category or one.suggested) is Category.KUNDE
        and chosen.versions.get(one.id, one.version) == one.version
    )


def question(waiting: Sequence[Conversation], rows: Sequence[str], back: str) -> str:
    """Return the page that asks before customers who wait are archived; its answer posts the same `rows` again."""
    named = [(words.title(one), one.due_at) for one in waiting]
    return render_template("archivieren.html", page="konversationen", customers=named, zeilen=rows, back=back)
