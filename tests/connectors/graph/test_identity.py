"""Tokens for a machine that has an identity of its own: no secret, and a plain word where there is none."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.errors import SignInNeeded
from connectors.graph.tokens import Registration, Tokens
from tests.connectors.graph.sign_in import AUTHORITY, Answer


@dataclass
class Machine:
    """The metadata service of an Azure machine."""

    answer: dict[str, Any]
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)

    def get(self, url: str, params: dict[str, Any] | None = None, **_: Any) -> Answer:
        """Give a token out."""
        self.asked.append((params or {}) | {"url": url})
        return Answer(json.dumps(self.answer), self.status)

    def post(self, url: str, **_: Any) -> Answer:
        """Nothing is ever posted there."""
        raise AssertionError(url)

    def close(self) -> None:
        """Nothing to close."""


def identity(named: str) -> Registration:
    return Registration("", "", AUTHORITY, "https://graph.microsoft.com", identity=named)


@pytest.mark.parametrize(("named", "client"), [("system", None), ("11111111-aaaa", "11111111-aaaa")])
def test_a_managed_identity_needs_no_secret(named: str, client: str | None) -> None:
    machine = Machine({"access_token": "mi", "expires_in": "3600", "resource": "R", "token_type": "Bearer"})
    tokens = Tokens(identity(named), machine)

    assert [tokens(), tokens()] == ["mi", "mi"]
    (asked,) = machine.asked
    assert asked["resource"] == "https://graph.microsoft.com"
    assert asked.get("client_id") == client
    tokens.forget("mi")
    tokens()
    assert len(machine.asked) == 2


def test_a_machine_without_an_identity_is_told_so() -> None:
    machine = Machine({"error": "invalid_request", "error_description": "Identity not found"}, 400)

    with pytest.raises(SignInNeeded):
        Tokens(identity("system"), machine)()
