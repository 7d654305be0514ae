"""Einordnen: the list of what waits for a class, and the pane that says why something is suggested."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from models.terms import Channel
from service import guards
from service.store import thread, triage
from service.store.triage import Filter
from service.turn import Turn
from service.web import rows, session
from service.web.pager import Pager

pages = Blueprint("inbox", __name__)

_MOST_TEXT, _LONGEST_MARK = 200, 100
# A suggestion this sure may be accepted together with others after a look at the senders (S4.18).
SURE = 0.9


def wanted() -> Filter:
    """Return what the address bar asks for; anything unknown is the default."""
    tab = request.args.get("ansicht", triage.SUGGESTED)
    channels = {channel.value: channel for channel in Channel}
    return Filter(
        tab=tab if tab in triage.TABS else triage.SUGGESTED,
        channel=channels.get(request.args.get("kanal", "")),
        unsure=request.args.get("unsicher") == "1",
        text=request.args.get("suche", "")[:_MOST_TEXT].strip(),
        after=request.args.get("nach", "")[:_LONGEST_MARK],
        before=request.args.get("vor", "")[:_LONGEST_MARK],
    )


@pages.get("/")
@guards.needs(guards.EVERY_ROLE)
def index() -> str | Response:
    """Show the list to those who classify; others begin elsewhere."""
    role = session.actor().role
    if role not in guards.WORK:
        return redirect(session.start_page(role), 303)
    asked = wanted()
    with session.runtime().look(session.actor()) as turn:
        shown = triage.rows(turn, asked)
        found, known = rows.many(turn, shown.lines)
        counts = triage.counts(turn, asked)
        fresh = not found and not triage.anything(turn)
        chosen = _chosen(found)
        detail = _detail(turn, chosen) if chosen else {}
    return render_template(
        "einordnen.html",
        page="einordnen",
        rows=found,
        counts=counts,
        tabs=triage.TABS,
        asked=asked,
        sure=sum(1 for r in found if _is_sure(r)),
        limit=round(SURE * 100),
        fresh=fresh,
        colleagues=known.colleagues,
        pager=Pager.of(shown, counts[asked.tab], triage.PAGE, request.args),
        undo=request.args.get("rueckgaengig", "")[:200],
        **({"row": None} | detail),
    )


def _is_sure(row: rows.Row) -> bool:
    return row.c.suggested is not None and row.c.confidence >= SURE and not row.urgent


def _chosen(found: list[rows.Row]) -> rows.Row | None:
    number = request.args.get("konversation", type=int)
    return next((row for row in found if row.c.id == number), found[0] if found else None)


def _detail(turn: Turn, row: rows.Row) -> dict[str, object]:
    return {
        "row": row,
        "facts": rows.facts(turn, row.c),
        "history": thread.messages(turn, row.c.id, 6),
        "now": turn.now,
    }


def _one(turn: Turn, conversation_id: int) -> rows.Row:
    return rows.many(turn, [triage.one(turn, conversation_id, blind=True)])[0][0]


@pages.get("/einordnen/<int:conversation_id>")
@guards.needs(guards.WORK)
def detail(conversation_id: int) -> str:
    """Return the detail pane of one row as a piece of page."""
    with session.runtime().look(session.actor()) as turn:
        row = _one(turn, conversation_id)
        return render_template("_einzelheiten.html", asked=wanted(), **_detail(turn, row))


@pages.get("/einordnen/<int:conversation_id>/zeile")
@guards.needs(guards.WORK)
def line(conversation_id: int) -> str:
    """Return one row anew, after a colleague changed it."""
    with session.runtime().look(session.actor()) as turn:
        row = _one(turn, conversation_id)
    return render_template("_zeile.html", r=row, asked=wanted(), current=False, done=row.c.unclassified == 0)
