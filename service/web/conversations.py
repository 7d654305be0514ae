"""Conversations: the list with its filters, one conversation in full, and what can be done with it."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from models.terms import Channel, ConversationState, Direction
from service import guards
from service.actions import finish, hold, snooze
from service.actions.assign import Chosen, Left
from service.domain import kpi
from service.domain.days import local_day, midnight
from service.errors import Invalid
from service.store import ahead, assignments, forecast, latest, listing, settings, statuses, thread, triage, twins
from service.store import asked as asked_words
from service.store.listing import Filter
from service.store.paging import Page
from service.turn import Turn
from service.web import cells, finishing, replying, rows, session, words
from service.web.expected import of as in_words
from service.web.pager import Pager
from service.web.replying import Typed

pages = Blueprint("conversations", __name__)

_STATES = {state.value: state for state in ConversationState}
# What the answer to a form adds to the address; the page's own links leave it out.
_PASSING = frozenset({"seite", "nach", "vor", "zugewiesen", "anzahl", "nicht", "erledigt", "tat"})
# What lies in the fold of filters on narrow screens; the text to search for and the order stand for themselves.
_FOLDED = (
    *("klasse", "kanal", "zustand", "zeitraum", "postfach", "zustaendig", "ungelesen"),
    *("wartet", "zurueckgestellt", "vorgezogen"),
)
_DONE = {
    finishing.ARCHIVE: "archiviert",
    finishing.NO_ANSWER: "als „keine Antwort nötig“ erledigt",
    finishing.LATER: "zum Nachfassen zurückgestellt",
    finishing.RAISE: "vorgezogen",
    finishing.LOWER: "wieder eingereiht",
}
_ORDERS = {listing.BY_DEADLINE: "Frist", listing.BY_META: "WhatsApp-Fenster", listing.BY_NEWEST: "Neueste zuerst"}
_KPIS = {figure.key: figure for figure in kpi.EVERY}


def _left(turn: Turn) -> tuple[Left, ...]:
    """Return the rows that an act just left alone, with who changed each meanwhile."""
    ids = [int(part) for part in request.args.get("nicht", "")[:400].split("-") if part.isdigit() and len(part) < 16]
    found = assignments.reached(turn, ids)
    said = latest.words(turn, found)
    return tuple(Left(c.id, words.title(c), said[c.id]) for c in found)


def wanted() -> Filter:
    """Return what the address bar asks for; filters combine (S4.68)."""
    return asked_words.rows(request.args, session.actor().member_id)


def _page(turn: Turn, asked: Filter) -> tuple[Page, int | None]:
    return listing.counted(turn, asked) if listing.tells_count(turn, asked) else (listing.page(turn, asked), None)


@pages.get("/konversationen")
@guards.needs(guards.READ)
def index() -> str:
    """Show the conversations under the filters of the address bar."""
    asked = wanted()
    others = {k: v for k, v in request.args.items(multi=False) if k not in _PASSING}
    with session.look() as turn:
        ahead.around_list(turn)
        # The accounts first: what is read of them here, the figure and the rows need not read again.
        accounts = listing.accounts(turn)
        shown, count = _page(turn, asked)
        found, known = rows.many(turn, triage.named_lines(turn, shown.rows))
        forecasts = in_words(forecast.of(turn, [row.c for row in found]), found, turn.now)
        left = _left(turn)
        elsewhere = listing.elsewhere(turn, asked)
        left_out = listing.left_out(turn, asked)
        party = listing.party_name(turn, asked.party)
        return render_template(
            "konversationen.html",
            page="konversationen",
            rows=found,
            cells=cells,
            forecasts=forecasts,
            count=count,
            most=listing.MOST_COUNTED,
            asked=asked,
            figure=_KPIS.get(asked.kpi),
            elsewhere=elsewhere,
            left_out=left_out,
            accounts=accounts,
            party=party,
            colleagues=known.colleagues,
            left=left,
            act=request.args.get("zugewiesen", "")[:64],
            pickable=session.actor().role in guards.WORK,
            done=_DONE.get(request.args.get("tat", ""), ""),
            orders=_ORDERS,
            here="/konversationen" + (f"?{urlencode(others)}" if others else ""),
            args=request.args,
            pager=Pager.of(shown, count, listing.PAGE, request.args, open_end=(count or 0) > listing.MOST_COUNTED),
            states=ConversationState,
            channels=Channel,
            others=others,
            narrowed=sum(bool(request.args.get(name)) for name in _FOLDED) + asked.unknown_party,
        )


@pages.get("/konversation/<int:conversation_id>")
@guards.needs(guards.READ)
def show(conversation_id: int) -> str:
    """Show one conversation: sender, times, suggestion with its reasons, decisions, deadlines."""
    return page(conversation_id)


def page(conversation_id: int, typed: Typed | None = None) -> str:
    """Return the page of one conversation, after a refused answer with what was `typed`. Raises NotFound."""
    with session.runtime().look(session.actor()) as turn:
        line = triage.one(turn, conversation_id)
        (row,), known = rows.many(turn, [line])
        messages = thread.messages(turn, conversation_id)
        return render_template(
            "konversation.html",
            page="konversationen",
            row=row,
            forecast=in_words(forecast.of(turn, [row.c]), [row], turn.now).get(conversation_id),
            line=line,
            facts=rows.facts(turn, row.c),
            messages=messages,
            delivery=statuses.of(turn, [m.id for m in messages if m.direction is Direction.AUSGANG]),
            pairs=twins.of(turn, row.c),
            goes_on_in=twins.goes_on_in(turn, row.c),
            reply=replying.panel(turn, row.c, typed),
            sent=replying.sent(turn, row.c),
            decisions=thread.decisions(turn, conversation_id),
            clocks=thread.clock_events(turn, conversation_id),
            accounts=thread.accounts(turn, row.c),
            target=settings.targets(turn)[row.c.channel],
            later=_later(turn),
            states=ConversationState,
            may_work=session.actor().role in guards.WORK,
            colleagues=known.colleagues,
            history=latest.history(turn, conversation_id),
            act=request.args.get("zugewiesen", "")[:64],
            now=turn.now,
        )


@pages.post("/konversation/<int:conversation_id>/zustand")
@guards.needs(guards.WORK)
def change_state(conversation_id: int) -> Response | str:
    """Say that no answer is needed, archive, or open again; archiving a customer who still waits asks first."""
    state = _STATES.get(request.form.get("zustand", ""))
    if state is None:
        raise Invalid("Diesen Zustand gibt es nicht.", {"zustand": "Bitte einen der Knöpfe benutzen."})
    version = request.form.get("version", type=int)
    with session.runtime().turn(session.actor()) as turn:
        chosen = Chosen((conversation_id,), {conversation_id: version} if version else {})
        waiting = finishing.unanswered(turn, chosen) if state is ConversationState.ARCHIVIERT else ()
        if waiting:
            row = f"{conversation_id}:{waiting[0].version}"
            return finishing.question(waiting, [row], f"/konversation/{conversation_id}")
        finish.finish(turn, chosen.conversation_ids, state, chosen.versions)
    return redirect(f"/konversation/{conversation_id}", 303)


# What is offered for putting aside: a name, days ahead, and the local hour.
_LATER = (("morgen früh", 1), ("in drei Tagen", 3), ("in einer Woche", 7))
_MORNING = 8


def _later(turn: Turn) -> tuple[tuple[str, str], ...]:
    """Return the instants that are offered for putting aside, as (name, value of the form)."""
    today = local_day(turn.now)
    hour = timedelta(hours=_MORNING)
    return tuple((name, (midnight(today + timedelta(days=days)) + hour).isoformat()) for name, days in _LATER)


@pages.post("/konversation/<int:conversation_id>/zurueckstellen")
@guards.needs(guards.WORK)
def put_aside(conversation_id: int) -> Response:
    """Put a conversation aside until an instant, or take that back."""
    text = request.form.get("bis", "")
    with session.runtime().turn(session.actor()) as turn:
        if text == "jetzt":
            snooze.wake(turn, conversation_id)
        else:
            snooze.snooze(turn, conversation_id, _instant(text))
    return redirect(f"/konversation/{conversation_id}", 303)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("Diesen Zeitpunkt gibt es nicht.", {"bis": "Bitte einen der Knöpfe benutzen."}) from None
    if at.tzinfo is None:
        raise Invalid("Diesen Zeitpunkt gibt es nicht.", {"bis": "Bitte einen der Knöpfe benutzen."})
    return at.astimezone(UTC)


@pages.post("/konversation/<int:conversation_id>/zwischenbescheid")
@guards.needs(guards.WORK)
def mark_holding(conversation_id: int) -> Response:
    """Say that a message of ours was only a holding reply, or that it was an answer."""
    try:
        message_id = bytes.fromhex(request.form.get("nachricht", ""))
    except ValueError:
        raise Invalid("Diese Nachricht gibt es nicht.", {"nachricht": "Bitte einen der Knöpfe benutzen."}) from None
    with session.runtime().turn(session.actor()) as turn:
        hold.hold(turn, message_id, holding=request.form.get("ist") == "zwischenbescheid")
    return redirect(f"/konversation/{conversation_id}", 303)
