"""The OpenAPI document of the API, made from its shapes."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service.api.forecast import ForecastOut
from service.api.schemas import HealthOut, KpisOut, ProblemOut, RecordIn, SuggestionOut
from service.api.shapes import ConversationsOut
from service.config import VERSION
from service.domain.tabular import MEDIA
from service.store.figure_tables import PARTS
from service.store.tokens import SCOPES

_REF = "#/components/schemas/{model}"
_SHAPES: tuple[type[BaseModel], ...] = (
    RecordIn,
    SuggestionOut,
    KpisOut,
    HealthOut,
    ProblemOut,
    ConversationsOut,
    ForecastOut,
)


def _body(name: str, media: str = "application/json") -> dict[str, Any]:
    return {media: {"schema": {"$ref": _REF.format(model=name)}}}


def _problem(what: str) -> dict[str, Any]:
    return {"description": what, "content": _body("ProblemOut", "application/problem+json")}


_REFUSALS = {
    "401": _problem("No token, or one that does not hold (RFC 6750)."),
    "403": _problem("The token or role is for something else; WWW-Authenticate names the scope that is lacking."),
    "503": _problem("The database cannot be reached; try again after Retry-After seconds."),
}


def _query(name: str, what: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": what, "schema": {"type": "string"}}


_SCOPE = (
    _query("kanal", "Only this channel: E-Mail or WhatsApp."),
    _query("postfach", "Only these mailboxes or numbers: ids, separated by commas."),
    _query("team", "Only the mailboxes and numbers of this team: its id."),
    _query("klasse", "Only this class: Kunde, Lieferant, Intern, Newsletter or Werbung."),
    _query("zeitraum", "Days that figures over time cover: heute, 7, 30 (default) or 90."),
    _query("von", "First local day (ISO date), with bis in the place of zeitraum."),
    _query("bis", "Last local day (ISO date); with tage or von."),
    _query("tage", "How many local days up to bis, at most 366."),
)


def _file(summary: str, operation: str, scope: str, *more: dict[str, Any]) -> dict[str, Any]:
    form = {"name": "form", "in": "path", "required": True, "schema": {"type": "string", "enum": ["csv", "xlsx"]}}
    content = {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()}
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "security": [{"token": [scope]}, {"access": []}, {"session": []}],
            "parameters": [form, *_SCOPE, *more],
            "responses": {
                "200": {"description": "The file.", "content": content},
                "202": {"description": "More than 100,000 rows: made in the background; Location says where it is."},
                "422": _problem("An unknown format, part, channel or mailbox."),
                **_REFUSALS,
            },
        }
    }


def _made(summary: str, operation: str) -> dict[str, Any]:
    number = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "security": [{"access": []}, {"session": []}],
            "parameters": [number],
            "responses": {
                "200": {"description": "What was asked for."},
                "404": _problem("Missing, over, or somebody else's."),
                "409": _problem("Not finished yet."),
                **_REFUSALS,
            },
        }
    }


def _exports() -> dict[str, Any]:
    return {
        "/exports/kpis.{form}": _file(
            "Key figures as XLSX (all tables) or CSV (one)",
            "kpisFile",
            "kpis",
            _query("teil", "Which table as CSV: " + ", ".join(PARTS) + "."),
        ),
        "/exports/conversations.{form}": _file(
            "The list under the filters of the page, such as kennzahl=quote",
            "conversationsFile",
            "conversations",
            _query("kennzahl", "Exactly the conversations that this figure counts."),
        ),
        "/exports/{number}": _made("How far a file is", "exportState"),
        "/exports/{number}/file": _made("The finished file", "exportFile"),
    }


def _kpis() -> dict[str, Any]:
    return {
        "get": {
            "operationId": "kpis",
            "summary": "Key figures, the same numbers as the page Kennzahlen: its six tiles, then the whole catalogue",
            "security": [{"token": ["kpis"]}, {"access": []}, {"session": []}],
            "parameters": list(_SCOPE),
            "responses": {
                "200": {
                    "description": "The figures; ETag changes when one of them does.",
                    "headers": {"ETag": {"schema": {"type": "string"}}},
                    "content": _body("KpisOut"),
                },
                "304": {"description": "Nothing changed since If-None-Match."},
                "422": _problem("Unknown channel or mailbox."),
                **_REFUSALS,
            },
        }
    }


def _conversations() -> dict[str, Any]:
    return {
        "get": {
            "operationId": "conversations",
            "summary": "Conversations within reach, the one with the newest message first",
            "security": [{"token": ["conversations"]}, {"access": []}, {"session": []}],
            "parameters": [
                _query("kanal", "Only this channel: E-Mail or WhatsApp."),
                _query("zustand", "Only this state, such as offen."),
                _query("wartet", "1: only those in which somebody waits for an answer."),
                _query("zurueckgestellt", "1: only those that somebody put aside until an instant to come."),
                _query("postfach", "Only those that began in these mailboxes or numbers: ids, separated by commas."),
                _query("kennzahl", "Exactly the rows behind this figure, with the other words of its rows.query."),
                _query("anzahl", "How many per page, 1 to 200 (default 50)."),
                _query("nach", "The value of next from the page before."),
            ],
            "responses": {
                "200": {"description": "A page, with windows as of now.", "content": _body("ConversationsOut")},
                "422": _problem("Unknown channel, state, mailbox, number per page or mark."),
                **_REFUSALS,
            },
        }
    }


def _conversation() -> dict[str, Any]:
    number = {"name": "conversation_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    return {
        "get": {
            "operationId": "conversation",
            "summary": "One conversation with its windows",
            "security": [{"token": ["conversations"]}, {"access": []}, {"session": []}],
            "parameters": [number],
            "responses": {
                "200": {"description": "The conversation as of now.", "content": _body("ConversationOut")},
                "404": _problem("It is missing or out of reach."),
                **_REFUSALS,
            },
        }
    }


def _forecast() -> dict[str, Any]:
    return {
        "get": {
            "operationId": "forecast",
            "summary": "When somebody who writes now is likely to get an answer",
            "security": [{"token": ["kpis"]}, {"access": []}, {"session": []}],
            "parameters": [_query("kanal", "E-Mail (default) or WhatsApp.")],
            "responses": {
                "200": {
                    "description": "The forecast; the goal where too little is known.",
                    "content": _body("ForecastOut"),
                },
                "422": _problem("Unknown channel."),
                **_REFUSALS,
            },
        }
    }


def _suggestions() -> dict[str, Any]:
    return {
        "post": {
            "operationId": "suggestions",
            "summary": "What a message looks like, by its metadata; nothing is stored",
            "security": [{"token": ["suggestions"]}, {"access": []}],
            "requestBody": {"required": True, "content": _body("RecordIn")},
            "responses": {
                "200": {"description": "The suggestion and its window.", "content": _body("SuggestionOut")},
                "413": _problem("More than 64 kB."),
                "422": _problem("A field is missing, malformed or unknown; content is unknown on purpose."),
                **_REFUSALS,
            },
        }
    }


def _health() -> dict[str, Any]:
    return {
        "get": {
            "operationId": "health",
            "summary": "Whether service and database answer",
            "security": [],
            "responses": {"200": {"description": "Both do.", "content": _body("HealthOut")}, "503": _REFUSALS["503"]},
        }
    }


def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    _, shapes = models_json_schema([(shape, "validation") for shape in _SHAPES], ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Postlotse", "version": VERSION, "description": "Metadata only; times are UTC (RFC 3339)."},
        "servers": [{"url": "/api/v1"}],
        "paths": {
            "/kpis": _kpis(),
            **_exports(),
            "/conversations": _conversations(),
            "/conversations/{conversation_id}": _conversation(),
            "/forecast": _forecast(),
            "/suggestions": _suggestions(),
            "/health": _health(),
        },
        "components": {
            "schemas": shapes["$defs"],
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Made with `postlotse token new`; scopes: " + ", ".join(SCOPES),
                },
                "access": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token of the firm's directory, where it is set up.",
                },
                "session": {"type": "apiKey", "in": "cookie", "name": "postlotse"},
            },
        },
    }
