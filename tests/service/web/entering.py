"""Coming in by the firm's directory, as the tests of sign-in and of invitations do it."""

from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.trail import Trail
from tests.directory import Directory
from tests.web_data import Web


def begin(client: FlaskClient, wanted: str = "") -> str:
    answer = client.get("/anmelden/verzeichnis" + (f"?weiter={quote(wanted)}" if wanted else ""))
    assert answer.status_code == 303
    return answer.headers["Location"]


def enter(client: FlaskClient, directory: Directory, wanted: str = "", **claims: Any) -> TestResponse:
    answer = directory.grant(begin(client, wanted), **claims)
    return client.get("/anmelden/antwort", query_string=answer)


def verbs(firm: Web) -> list[tuple[str, str, Any]]:
    with firm.runtime.look() as turn:
        return [(line.verb, line.about, line.after) for line in turn.session.scalars(select(Trail).order_by(Trail.id))]
