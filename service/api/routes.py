"""The routes under /api/v1: key figures, suggestions, health, and the document that describes them."""

from hashlib import sha256

from flask import Blueprint, Response, abort, g, jsonify, request
from pydantic import ValidationError

from models.terms import Channel
from service import guards
from service.actions import suggest
from service.api import conversations, forecast, openapi
from service.api.bearer import needs, runtime
from service.api.schemas import HealthOut, KpiOut, KpisOut, RecordIn, SuggestionOut
from service.config import VERSION
from service.errors import Invalid
from service.store import accounts, figures, listing
from service.store.scope import Scope
from service.turn import NOBODY, Turn

api = Blueprint("api", __name__, url_prefix="/api/v1")
api.register_blueprint(conversations.part)
api.register_blueprint(forecast.part)

# The periods of the page "Kennzahlen" in local days, today included.
PERIODS = {"heute": 1, "7": 7, "30": 30, "90": 90}

# Metadata of one message with 500 recipients fits well into this.
_LONGEST_RECORD = 64 * 1024
_WORDS = {"missing": "fehlt", "extra_forbidden": "wird nicht angenommen", "timezone_aware": "braucht eine Zeitzone"}


@api.get("/kpis")
@needs("kpis", guards.FIGURES, session=True)
def kpis() -> Response:
    """Answer the key figures of the page, with an ETag over the figures alone."""
    with runtime().look(g.get("actor") or NOBODY) as turn:
        readings = figures.tiles(turn, _scope(turn))
        as_of = turn.now
    shown = KpisOut(as_of=as_of, kpis=[KpiOut.of(reading) for reading in readings])
    answer = _json(shown.model_dump_json())
    same = shown.model_dump_json(exclude={"as_of"})
    answer.set_etag(sha256(same.encode()).hexdigest()[:32], weak=True)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Vary"] = "Authorization, Cookie"
    answer.make_conditional(request)
    return answer


@api.post("/suggestions")
@needs("suggestions", guards.WORK)
def suggestions() -> Response:
    """Answer what a message looks like and by when it would have to be answered; nothing is stored."""
    given = _given()
    model = suggest.learned(runtime().model_path)
    with runtime().look() as turn:
        advice = suggest.suggest(turn, given.record(turn.now), model)
    answer = _json(SuggestionOut.of(advice).model_dump_json())
    answer.headers["Cache-Control"] = "no-store"
    return answer


@api.get("/health")
@guards.public
def health() -> Response:
    """Answer that the service runs and reaches its database; raises Unavailable when it does not."""
    with runtime().look() as turn:
        accounts.every(turn)
    return _json(HealthOut(status="ok", version=VERSION).model_dump_json())


@api.get("/openapi.json")
@guards.public
def description() -> Response:
    """Answer the OpenAPI document."""
    return jsonify(openapi.document())


@api.route("/<path:_rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@guards.public
def nothing(_rest: str) -> Response:
    """Answer 404 as a problem document, never as a page."""
    abort(404)


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")


def _given() -> RecordIn:
    """Return the record of the request. Raises Invalid with one German sentence per field, never quoting a value."""
    request.max_content_length = _LONGEST_RECORD
    try:
        return RecordIn.model_validate_json(request.get_data(cache=False))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        fields = {
            ".".join(str(part)[:40] for part in one["loc"]) or "body": _WORDS.get(
                one["type"], "hat nicht die erwartete Form"
            )
            for one in found[:20]
        }
        raise Invalid("Diese Angaben lassen sich nicht lesen.", fields) from None


def _scope(turn: Turn) -> Scope:
    """Return the part of the firm that the query asks for. Raises Invalid for an unknown channel, mailbox or period."""
    channel, wanted = request.args.get("kanal", ""), request.args.get("postfach", "")
    if channel and channel not in set(Channel):
        raise Invalid("Diesen Kanal gibt es nicht.", {"kanal": ", ".join(Channel)})
    ids = None
    if wanted:
        known = {str(account.id): account.id for account in listing.accounts(turn)}
        unknown = [part for part in wanted.split(",") if part not in known]
        if unknown:
            raise Invalid("Dieses Postfach gibt es nicht.", {"postfach": "Nummern von Postfächern, mit Komma getrennt"})
        ids = tuple(known[part] for part in wanted.split(","))
    period = request.args.get("zeitraum", "30")
    if period not in PERIODS:
        raise Invalid("Diesen Zeitraum gibt es nicht.", {"zeitraum": ", ".join(PERIODS)})
    return Scope(ids, Channel(channel) if channel else None, PERIODS[period])
