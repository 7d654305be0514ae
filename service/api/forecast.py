"""The forecast of the API: when somebody who writes now is likely to get an answer."""

from datetime import datetime

from flask import Blueprint, Response, g, request
from pydantic import BaseModel

from models.terms import Channel
from service import guards
from service.api.bearer import needs, runtime
from service.domain.forecast import Source
from service.errors import Invalid
from service.store import forecast
from service.turn import NOBODY

part = Blueprint("forecast", __name__)


class ForecastOut(BaseModel):
    """When an answer is likely (half come by then) and nearly certain (nine of ten); `basis` says on what grounds.

    `begins_at` is later than `as_of` outside opening hours. `unsure`: the latest answers took unlike the ones before.
    """

    as_of: datetime
    channel: Channel
    begins_at: datetime
    likely_at: datetime
    latest_at: datetime
    basis: Source
    unsure: bool
    answers: int


@part.get("/forecast")
@needs("kpis", guards.READ, session=True)
def ask() -> Response:
    """Answer by when a question on a channel would be answered. Raises Invalid for an unknown channel."""
    channel = request.args.get("kanal", Channel.EMAIL.value)
    if channel not in set(Channel):
        raise Invalid("Diesen Kanal gibt es nicht.", {"kanal": ", ".join(Channel)})
    with runtime().look(g.get("actor") or NOBODY) as turn:
        found = forecast.now(turn, Channel(channel))
        shown = ForecastOut(
            as_of=turn.now,
            channel=Channel(channel),
            begins_at=found.begins_at,
            likely_at=found.likely_at,
            latest_at=found.latest_at,
            basis=found.source,
            unsure=found.is_unsure,
            answers=found.answers,
        )
    answer = Response(shown.model_dump_json(), mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
