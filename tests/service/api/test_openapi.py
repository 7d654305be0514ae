"""The OpenAPI document describes every route, and every shape that it refers to exists."""

import json
import re
from dataclasses import fields

from models.record import HeaderFlags, MessageRecord
from service.api import openapi
from service.api.routes import api
from service.api.schemas import FlagsIn, RecordIn
from tests.service.api.conftest import Service


def test_every_route_is_described_and_every_description_is_a_route(service: Service) -> None:
    rules = {
        re.sub(r"<(?:int:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1"))
        for rule in service.client.application.url_map.iter_rules()
        if rule.endpoint.startswith(f"{api.name}.")
    }

    assert set(openapi.document()["paths"]) == rules - {"/openapi.json", "/<path:_rest>"}


def test_every_reference_leads_to_a_shape(service: Service) -> None:
    text = service.client.get("/api/v1/openapi.json").text
    shapes = json.loads(text)["components"]["schemas"]

    assert {ref.rpartition("/")[2] for ref in re.findall(r'"\$ref": ?"([^"]+)"', text)} <= shapes.keys()


def test_every_field_of_a_record_that_another_program_can_know_is_offered() -> None:
    inner = {"account", "source_id", "sent_at", "thread", "recipients_total", "context_id", "is_read", "is_draft"}
    inner |= {"opens_clock", "time_is_guessed"}

    assert set(RecordIn.model_fields) == {field.name for field in fields(MessageRecord)} - inner
    assert set(FlagsIn.model_fields) == {field.name for field in fields(HeaderFlags)}
