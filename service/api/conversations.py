"""The conversations of the API: by their newest message, or one alone, with windows, class and who is responsible."""

from datetime import datetime

from flask import Blueprint, Response, g, request

from models.terms import Channel, ConversationState
from service import guards
from service.api.bearer import needs, runtime
from service.api.shapes import ConversationOut, ConversationsOut
from service.domain import kpi
from service.errors import Invalid
from service.store import asked, listing, settings, stream
from service.store.listing import Filter
from service.store.stream import Asked
from service.turn import NOBODY, Turn

part = Blueprint("conversations", __name__)

_CHANNELS = {channel.value: channel for channel in Channel}
_OF_FIGURE = ("kennzahl", "kanal", "postfach", "team", "klasse", "von", "bis", "tage", "zeitraum")
_STATES = {state.value: state for state in ConversationState}


@part.get("/conversations")
@needs("conversations", guards.READ, session=True)
def index() -> Response:
    """Answer one page of conversations; `next` leads to the one after it."""
    with runtime().look(g.get("actor") or NOBODY) as turn:
        lines, following = stream.page(turn, _asked(turn))
        windows = settings.windows(turn)
        found = [ConversationOut.of(line, windows[line.conversation.channel], turn.now) for line in lines]
        shown = ConversationsOut(as_of=turn.now, conversations=found, next=following or None)
    return _private(shown.model_dump_json())


@part.get("/conversations/<int:conversation_id>")
@needs("conversations", guards.READ, session=True)
def show(conversation_id: int) -> Response:
    """Answer one conversation. Raises NotFound, the same for one that is missing and one out of reach."""
    with runtime().look(g.get("actor") or NOBODY) as turn:
        line = stream.one(turn, conversation_id)
        shown = ConversationOut.of(line, settings.windows(turn)[line.conversation.channel], turn.now)
    return _private(shown.model_dump_json())


def _private(text: str) -> Response:
    answer = Response(text, mimetype="application/json")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Vary"] = "Authorization, Cookie"
    return answer


def _asked(turn: Turn) -> Asked:
    """Return what the query asks for. Raises Invalid with a sentence per field."""
    args = request.args
    channel, state, limit = args.get("kanal", ""), args.get("zustand", ""), args.get("anzahl", "50")
    if channel and channel not in _CHANNELS:
        raise Invalid("Diesen Kanal gibt es nicht.", {"kanal": ", ".join(_CHANNELS)})
    if state and state not in _STATES:
        raise Invalid("Diesen Zustand gibt es nicht.", {"zustand": ", ".join(_STATES)})
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= stream.MOST):
        raise Invalid("So viele auf einmal gibt es nicht.", {"anzahl": f"1 bis {stream.MOST}"})
    figure = _figure(turn)
    return Asked(
        channel=_CHANNELS.get(channel) if figure is None else None,
        state=_STATES.get(state),
        waiting=args.get("wartet") == "1",
        snoozed=args.get("zurueckgestellt") == "1",
        account_ids=_accounts(turn, args.get("postfach", "")) if figure is None else None,
        figure=figure,
        after=_place(args.get("nach", "")),
        limit=int(limit),
    )


def _figure(turn: Turn) -> Filter | None:
    """Return which rows behind a figure are asked for, in the words that a figure names; None for no figure."""
    if "kennzahl" not in request.args:
        return None
    asked.check(request.args)
    found = asked.rows({word: request.args[word] for word in _OF_FIGURE if word in request.args}, turn.actor.member_id)
    if not found.kpi:
        raise Invalid("Diese Kennzahl gibt es nicht.", {"kennzahl": ", ".join(one.key for one in kpi.EVERY)})
    _accounts(turn, request.args.get("postfach", ""))
    return found


def _accounts(turn: Turn, wanted: str) -> tuple[int, ...] | None:
    if not wanted:
        return None
    known = {str(account.id): account.id for account in listing.accounts(turn)}
    if any(part not in known for part in wanted.split(",")):
        raise Invalid("Dieses Postfach gibt es nicht.", {"postfach": "Nummern von Postfächern, mit Komma getrennt"})
    return tuple(known[part] for part in wanted.split(","))


def _place(text: str) -> tuple[datetime, int] | None:
    try:
        return stream.place(text) if text else None
    except ValueError:
        raise Invalid("Hier geht es nicht weiter.", {"nach": "der Wert von next aus der Seite davor"}) from None
