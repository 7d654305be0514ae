"""What the list posts: confirming, taking back, finding and adding a party; JSON for the script, a form without it."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, jsonify, redirect, request
from werkzeug.wrappers import Response

from models.terms import TRAITS, Category, KeyScope
from service import guards, texts
from service.actions import confirm, register
from service.actions.confirm import Choice, Confirmed
from service.errors import Invalid
from service.store import lookup, reach, triage
from service.store.lookup import Party
from service.turn import Turn
from service.web import session

pages = Blueprint("inbox_actions", __name__)

UNKNOWN = "unbekannt"
_CATEGORIES = {category.value: category for category in Category}


def posted() -> Mapping[str, Any]:
    """Return the posted JSON object. Raises Invalid."""
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise Invalid("Die Anfrage ist nicht lesbar. Bitte die Seite neu laden.")
    return found


def category_of(text: object) -> Category | None:
    """Return the class of a posted word; empty means "as suggested". Raises Invalid for an unknown one."""
    if text in (None, ""):
        return None
    if not isinstance(text, str) or text not in _CATEGORIES:
        raise Invalid("Diese Klasse gibt es nicht.", {"category": "Kunde, Lieferant, Intern, Newsletter oder Werbung."})
    return _CATEGORIES[text]


def party_of(text: object) -> dict[str, Any]:
    """Return the party of "firma:7", "person:3" or "unbekannt" as fields of a Choice. Raises Invalid."""
    if not text:
        return {}
    if text == UNKNOWN:
        return {"party_unknown": True}
    kind, _, number = str(text).partition(":")
    if kind not in {"firma", "person"} or not number.isascii() or not number.isdigit() or len(number) > 15:
        raise Invalid("Diese Zuordnung gibt es nicht.", {"party": "Bitte aus der Liste wählen."})
    return {"company_id" if kind == "firma" else "person_id": int(number)}


def numbers(values: object) -> tuple[int, ...]:
    """Return posted ids. Raises Invalid."""
    if not isinstance(values, list) or not all(type(v) is int and 0 < v < 1 << 60 for v in values):
        raise Invalid("Die Auswahl ist nicht lesbar. Bitte die Seite neu laden.")
    return tuple(values)


def versions(values: object) -> dict[int, int]:
    """Return the posted versions by id; what cannot be read is left out."""
    if not isinstance(values, dict):
        return {}
    return {int(k): v for k, v in values.items() if k.isascii() and k.isdigit() and len(k) < 18 and type(v) is int}


@pages.post("/einordnen/bestaetigen")
@guards.needs(guards.WORK)
def save() -> Response:
    """Make a class final. JSON in, JSON out; a form (single row, without script) ends in a redirect to the list."""
    if not request.is_json:
        return _save_form()
    body = posted()
    choice = Choice(
        conversation_ids=numbers(body.get("ids")),
        category=category_of(body.get("category")),
        scope=KeyScope.DOMAIN if body.get("scope") == "domain" else KeyScope.ADRESSE,
        versions=versions(body.get("versions")),
        mixed_ok=body.get("mixed_ok") is True,
        **party_of(body.get("party")),
    )
    with session.runtime().turn(session.actor()) as turn:
        done = _confirm(turn, choice)
        turn.session.flush()
        answer = {
            "confirmation": done.confirmation_id,
            "conversations": done.conversations,
            "messages": done.messages,
            "text": _sentence(turn, choice, done),
            "also": _settled_too(turn, choice.conversation_ids),
        }
    return jsonify(answer)


def _save_form() -> Response:
    number = request.form.get("konversation", type=int)
    if not number:
        raise Invalid("Es ist nichts ausgewählt.")
    version = request.form.get("version", type=int)
    with session.runtime().turn(session.actor()) as turn:
        category = category_of(request.form.get("klasse", ""))
        party = party_of(request.form.get("partei") or _typed_party(turn))
        done = _confirm(
            turn,
            Choice(
                conversation_ids=(number,),
                category=category,
                scope=KeyScope.DOMAIN if request.form.get("reichweite") == "domain" else KeyScope.ADRESSE,
                versions={number: version} if version else {},
                **party,
            ),
        )
    return redirect(f"/?rueckgaengig={done.confirmation_id}", 303)


def _typed_party(turn: Turn) -> str:
    """Return the one party that a typed text names, for browsers without script. Raises Invalid."""
    text = request.form.get("partei_suche", "").strip()
    if not text:
        return ""
    found = lookup.search(turn, text, most=6)
    if len(found) != 1:
        names = ", ".join(f"{party.name} ({party.number or party.city})" for party in found)
        raise Invalid("Die Zuordnung ist nicht eindeutig.", {"party": f"Gefunden: {names or 'nichts'}."})
    return found[0].key


def _confirm(turn: Turn, choice: Choice) -> Confirmed:
    """Confirm; rows that name a party without a choice get the one their sender points to, all in one transaction."""
    if choice.company_id or choice.person_id or choice.party_unknown:
        return confirm.confirm(turn, choice)
    if choice.category is not None and (len(choice.conversation_ids) > 1 or not TRAITS[choice.category].names_party):
        return confirm.confirm(turn, choice)
    return _with_likely_parties(turn, choice)


def _with_likely_parties(turn: Turn, choice: Choice) -> Confirmed:
    found = [lookup.conversation(turn, number) for number in dict.fromkeys(choice.conversation_ids)]
    if choice.category is None:
        confirm.refuse_unsure(found)
    likely = lookup.likely_parties(turn, found)
    groups: dict[str, list[int]] = {}
    for c in found:
        party = likely.get(c.id) if _names_party(choice.category or c.suggested) else None
        groups.setdefault(party.key if party else "", []).append(c.id)
    acts = [
        confirm.confirm(
            turn,
            Choice(
                conversation_ids=tuple(ids),
                category=choice.category,
                scope=choice.scope,
                versions=choice.versions,
                mixed_ok=choice.mixed_ok,
                **party_of(key),
            ),
        )
        for key, ids in (groups or {"": []}).items()
    ]
    return Confirmed(
        tuple(act for done in acts for act in done.confirmation_ids),
        sum(done.conversations for done in acts),
        sum(done.messages for done in acts),
    )


def _names_party(category: Category | None) -> bool:
    return category is not None and TRAITS[category].names_party


def _sentence(turn: Turn, choice: Choice, done: Confirmed) -> str:
    if done.conversations > 1:
        more = f" ({done.messages} Nachrichten)" if done.messages != done.conversations else ""
        return f"{done.conversations} Konversationen eingeordnet{more}"
    # Another class may take the party away by which the row was in reach.
    c = lookup.conversation(reach.whole_firm(turn), choice.conversation_ids[0])
    word = texts.word(c.category or choice.category or Category.KUNDE)
    return f"{word} gespeichert" + (f", {done.messages} Nachrichten" if done.messages > 1 else "")


def _settled_too(turn: Turn, ids: Iterable[int]) -> list[int]:
    """Return other rows of the same senders that need no decision any more, so that the list can tick them off."""
    firm = reach.whole_firm(turn)
    peers = {lookup.conversation(firm, number).peer for number in ids}
    return list(triage.settled_of(turn, peers))


@pages.post("/einordnen/zuruecknehmen")
@guards.needs(guards.WORK)
def take_back() -> Response:
    """Undo one act."""
    act = str(posted().get("confirmation", "")) if request.is_json else request.form.get("confirmation", "")
    if not act or len(act) > 4000:
        raise Invalid("Es gibt nichts zurückzunehmen.")
    with session.runtime().turn(session.actor()) as turn:
        count = confirm.undo(turn, act)
    if not request.is_json:
        return redirect("/", 303)
    what = "eine Nachricht ist" if count == 1 else f"{count} Nachrichten sind"
    return jsonify({"messages": count, "text": f"Zurückgenommen: {what} wieder offen"})


@pages.get("/einordnen/parteien")
@guards.needs(guards.WORK)
def find_parties() -> Response:
    """Return parties for the search while typing."""
    text = request.args.get("q", "")[:100]
    with session.runtime().look(session.actor()) as turn:
        found = lookup.search(turn, text, category_of(request.args.get("klasse", "")), most=12)
    return jsonify([_party(party) for party in found])


def _party(party: Party) -> dict[str, object]:
    told = [party.number, party.city, ", ".join(party.domains[:2]), "/".join(role.value for role in party.roles)]
    return {"key": party.key, "name": party.name, "detail": " · ".join(part for part in told if part)}


@pages.post("/einordnen/partei")
@guards.needs(guards.WORK)
def add_party() -> Response:
    """Add a company or a person from the search."""
    body = posted()
    category = category_of(body.get("category")) or Category.KUNDE
    name = str(body.get("name", ""))[:200]
    with session.runtime().turn(session.actor()) as turn:
        if body.get("kind") == "person":
            first, _, last = name.strip().rpartition(" ")
            key = f"person:{register.person(turn, first, last, category)}"
        else:
            city = str(body.get("city", ""))[:100]
            key = f"firma:{register.company(turn, name, category, city)}"
    return jsonify({"key": key, "name": name.strip(), "detail": category.value})
