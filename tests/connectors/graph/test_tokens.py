"""Tokens: asked for once by many threads, and every refusal is a state that a person understands."""

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.errors import Refused, Unreachable
from connectors.graph.tokens import Registration, Tokens

TENANT = "11111111-2222-4333-8444-555555555555"
AUTHORITY = "https://login.microsoftonline.com"
REGISTRATION = Registration(TENANT, "client", AUTHORITY, "https://graph.microsoft.com", secret="wort")


@dataclass
class Answer:
    """An HTTP answer as msal reads it."""

    text: str
    status_code: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def raise_for_status(self) -> None:
        """Complain as requests would."""
        if self.status_code >= 400:
            raise requests.HTTPError(str(self.status_code))


@dataclass
class SignIn:
    """A sign-in server at the network: discovery, then `answer` for every token request."""

    answer: dict[str, Any]
    posts: list[dict[str, Any]] = field(default_factory=list)
    down: bool = False

    def get(self, url: str, **_: Any) -> Answer:
        """Answer the discovery of the tenant."""
        if self.down:
            raise requests.ConnectionError("GEHEIM")
        base = f"{AUTHORITY}/{TENANT}"
        found = {
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "issuer": f"{base}/v2.0",
            "metadata": [],
        }
        return Answer(json.dumps(found))

    def post(self, url: str, data: dict[str, Any] | None = None, **_: Any) -> Answer:
        """Answer a token request."""
        self.posts.append(data or {})
        return Answer(json.dumps(self.answer), 200 if "access_token" in self.answer else 400)

    def close(self) -> None:
        """Nothing to close."""


GOOD = {"access_token": "abc", "expires_in": 3600, "token_type": "Bearer"}


def test_many_threads_at_once_ask_once() -> None:
    server = SignIn(GOOD)
    tokens = Tokens(REGISTRATION, server)
    found: list[str] = []

    threads = [threading.Thread(target=lambda: found.append(tokens())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["abc"] * 16
    assert len(server.posts) == 1
    assert server.posts[0]["scope"] == "https://graph.microsoft.com/.default"


def test_a_claims_challenge_gets_a_new_token() -> None:
    server = SignIn(GOOD)
    tokens = Tokens(REGISTRATION, server)

    tokens()
    tokens('{"access_token":{"nbf":{"essential":true,"value":"1"}}}')

    assert len(server.posts) == 2
    assert "nbf" in server.posts[1]["claims"]


def test_nothing_is_asked_before_a_token_is_needed() -> None:
    server = SignIn(GOOD, down=True)

    Tokens(REGISTRATION, server)

    assert server.posts == []


@pytest.mark.parametrize(
    ("answer", "kind", "word"),
    [
        (
            {"error": "invalid_client", "error_description": "GEHEIM", "error_codes": [7000222]},
            Refused,
            "AADSTS7000222",
        ),
        ({"error": "unauthorized_client", "error_description": "GEHEIM"}, Refused, "Zugriffstoken"),
        (
            {"error": "temporarily_unavailable", "error_description": "GEHEIM", "error_codes": [90033]},
            Unreachable,
            "90033",
        ),
        ({}, Refused, "Zugriffstoken"),
    ],
)
def test_a_refusal_is_named_by_its_code_and_never_quoted(
    answer: dict[str, Any], kind: type[Exception], word: str
) -> None:
    with pytest.raises(kind) as caught:
        Tokens(REGISTRATION, SignIn(answer))()

    assert word in str(caught.value)
    assert "GEHEIM" not in str(caught.value)


def test_a_sign_in_server_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(Unreachable) as caught:
        Tokens(REGISTRATION, SignIn(GOOD, down=True))()

    assert "GEHEIM" not in str(caught.value)


def test_an_unreadable_certificate_is_refused(tmp_path: Path) -> None:
    registration = Registration(
        TENANT, "client", AUTHORITY, "https://graph.microsoft.com", certificate=tmp_path / "x.pem"
    )

    with pytest.raises(Refused) as caught:
        Tokens(registration, SignIn(GOOD))()

    assert caught.value.why == "certificate"


def test_a_certificate_without_a_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("kein Schlüssel", encoding="utf-8")
    (tmp_path / "y.pem").write_text("-----BEGIN NOTHING-----", encoding="ascii")

    for name in ("x.pem", "y.pem"):
        registration = Registration(
            TENANT, "client", AUTHORITY, "https://graph.microsoft.com", certificate=tmp_path / name
        )
        with pytest.raises(Refused):
            Tokens(registration, SignIn(GOOD))()


def test_an_authority_without_https_is_refused() -> None:
    registration = Registration(TENANT, "client", "http://login.example", "https://graph.microsoft.com", secret="wort")

    with pytest.raises(Refused) as caught:
        Tokens(registration, SignIn(GOOD))()

    assert caught.value.why == "tenant"
