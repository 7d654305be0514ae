"""Two on WhatsApp who look like one: what merging would do, saying that they are one or two, and taking it back."""

from collections.abc import Callable, Mapping

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from service import guards
from service.actions import merge
from service.errors import Invalid
from service.store import lookup, twins
from service.store.twins import Pair
from service.turn import Turn
from service.web import session

pages = Blueprint("twins", __name__)

_VERBS: Mapping[str, Callable[[Turn, int], Pair]] = {"eine": merge.merge, "zwei": merge.apart, "zurueck": merge.undo}


@pages.get("/konversation/<int:conversation_id>/person/<int:twin_id>")
@guards.needs(guards.WORK)
def preview(conversation_id: int, twin_id: int) -> str:
    """Show what merging would bring together, before anything happens."""
    with session.runtime().look(session.actor()) as turn:
        here = lookup.conversation(turn, conversation_id)
        pair = merge.preview(turn, twin_id)
        return render_template("person.html", page="konversationen", here=here, pair=pair, now=turn.now)


@pages.post("/konversation/<int:conversation_id>/person/<int:twin_id>")
@guards.needs(guards.WORK)
def decide(conversation_id: int, twin_id: int) -> Response:
    """Say that two are one or two, or take that back; ends on the conversation that goes on."""
    verb = _VERBS.get(request.form.get("tun", ""))
    if verb is None:
        raise Invalid("Das lässt sich hier nicht tun.", {"tun": "Bitte einen der Knöpfe benutzen."})
    with session.runtime().turn(session.actor()) as turn:
        here = lookup.conversation(turn, conversation_id)
        verb(turn, twin_id)
        number = (twins.goes_on_in(turn, here) or here).id
    return redirect(f"/konversation/{number}", 303)
