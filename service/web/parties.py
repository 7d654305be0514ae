"""Customers and suppliers: searching them, and one party with its addresses, keys and latest conversations."""

from flask import Blueprint, render_template, request

from service import guards
from service.errors import NotFound
from service.store import card, listing, lookup, triage
from service.store.listing import Filter
from service.web import rows, session
from service.web.inbox_actions import category_of

pages = Blueprint("parties", __name__)


@pages.get("/parteien")
@guards.needs(guards.READ)
def index() -> str:
    """Show the parties that a search finds; without one the first by name."""
    text = request.args.get("suche", "")[:100].strip()
    role = category_of(request.args.get("rolle", "")) if request.args.get("rolle") in {"Kunde", "Lieferant"} else None
    with session.runtime().look(session.actor()) as turn:
        found = lookup.search(turn, text, role, most=100)
        if role is not None:
            found = tuple(party for party in found if role in party.roles)
        counts = listing.parties_of_kind(turn)
    return render_template("parteien.html", page="parteien", found=found, text=text, role=role, counts=counts)


@pages.get("/partei/<kind>/<int:party_id>")
@guards.needs(guards.READ)
def show(kind: str, party_id: int) -> str:
    """Show one company or person."""
    if kind not in {"firma", "person"}:
        raise NotFound("Diese Seite gibt es nicht.")
    with session.runtime().look(session.actor()) as turn:
        party = card.party(turn, kind, party_id)
        wanted = Filter(party=(party_id, None) if kind == "firma" else (None, party_id))
        latest, known = rows.many(turn, triage.named_lines(turn, listing.page(turn, wanted).rows[:12]))
        return render_template(
            "partei.html",
            page="parteien",
            party=party,
            card=card.read(turn, kind, party_id),
            latest=latest,
            colleagues=known.colleagues,
            owner=card.owner(turn, kind, party_id),
            may_work=session.actor().role in guards.WORK,
            count=listing.count(turn, wanted),
            now=turn.now,
        )
