"""The routes under /api/v1: suggestions, health, and the document that describes them; the rest stands in parts."""

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import ValidationError

from service import guards
from service.actions import suggest
from service.api import conversations, figures, forecast, openapi
from service.api.bearer import needs, runtime
from service.api.schemas import HealthOut, RecordIn, SuggestionOut
from service.config import VERSION
from service.errors import Invalid
from service.store import accounts

api = Blueprint("api", __name__, url_prefix="/api/v1")
api.register_blueprint(conversations.part)
api.register_blueprint(forecast.part)
api.register_blueprint(figures.part)

# Metadata of one message with 500 recipients fits well into this.
_LONGEST_RECORD = 64 * 1024
_WORDS = {"missing": "fehlt", "extra_forbidden": "wird nicht angenommen", "timezone_aware": "braucht eine Zeitzone"}


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
