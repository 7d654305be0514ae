"""The API in a Flask application of its own, with tokens and signed-in members."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models.record import MessageRecord
from models.terms import Channel, Role
from service import problems
from service.actions import intake
from service.api.routes import api
from service.config import Config
from service.runtime import Runtime
from service.store import accounts, keys, tokens
from service.store.accounts import Facts
from service.store.engine import Database
from service.turn import Actor
from tests.conftest import NOW


class StillClock:
    """A clock that stands still."""

    def now(self) -> Any:
        return NOW

    def ticks(self) -> float:
        return 0.0


@dataclass
class Service:
    """What a test of the API talks to; `role` is who is signed in, if anybody."""

    runtime: Runtime
    client: FlaskClient
    who: dict[str, Actor | None] = field(default_factory=dict)

    def token(self, *scopes: str, name: str = "crm") -> dict[str, str]:
        with self.runtime.turn() as turn:
            return {"Authorization": f"Bearer {tokens.new(turn, name, scopes)}"}

    def sign_in(self, role: Role | None) -> None:
        self.who["actor"] = None if role is None else Actor(1, "Erika", role)

    def take_in(self, *records: MessageRecord) -> int:
        """Store records and return the id of their account."""
        with self.runtime.turn() as turn:
            where = (Channel.EMAIL, "info@muster.example", Facts(name="Zentrale", people=6))
            if records[0].channel is Channel.WHATSAPP:
                where = (Channel.WHATSAPP, "1001", Facts(name="Zentrale", people=6))
            account = accounts.ensure(turn, *where)
            intake.take_in(turn, records, account.id, intake.Judge(keys.book(turn)))
            return account.id

    def ask(self, body: Any, headers: dict[str, str]) -> TestResponse:
        return self.client.post("/api/v1/suggestions", json=body, headers=headers)


@pytest.fixture
def service(sqlite_database: Database, tmp_path: Path) -> Service:
    return serve(sqlite_database, tmp_path)


@pytest.fixture
def any_service(database: Database, tmp_path: Path) -> Service:
    """The API on SQLite and on PostgreSQL, for what reads and writes more than a token."""
    return serve(database, tmp_path)


def serve(database: Database, tmp_path: Path) -> Service:
    """Return the API over a database."""
    runtime = Runtime(Config(data_dir=tmp_path), StillClock(), database)
    app = Flask("test")
    app.extensions["postlotse"] = runtime
    problems.register(app)
    app.register_blueprint(api)
    service = Service(runtime, app.test_client())

    @app.before_request
    def who() -> None:
        g.actor = service.who.get("actor")

    return service
