"""Tokens: asked for once by many threads, and every refusal is a state that a person understands."""

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.errors import Refused, SignInNeeded, Unreachable
from connectors.graph import clouds, refusals
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
            SignInNeeded,
            "AADSTS7000222",
        ),
        ({"error": "invalid_client", "error_description": "AADSTS7000215: GEHEIM"}, SignInNeeded, "AADSTS7000215"),
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


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (7000215, "secret"),
        (7000222, "secret_expired"),
        (700027, "certificate"),
        (700024, "clock"),
        (700016, "client"),
        (7000229, "principal"),
        (7000112, "disabled"),
        (90002, "tenant"),
        (50034, "account"),
        (500011, "resource"),
        (65001, "consent"),
        (53003, "policy"),
        (999999, "token"),
    ],
)
def test_every_number_becomes_a_state_with_advice_for_an_admin(number: int, why: str) -> None:
    error = refusals.refusal({"error": "invalid_client", "error_codes": [number], "error_description": "GEHEIM"})

    assert isinstance(error, SignInNeeded)
    assert error.why == why
    assert str(error) == f"Anmeldung nötig: {refusals.ADVICE[why]} (AADSTS{number})"


@pytest.mark.parametrize("answer", [None, "x", {"error": "server_error"}, {"error_codes": ["x"]}, {"error_codes": []}])
def test_odd_answers_of_the_sign_in_server_are_errors_too(answer: Any) -> None:
    assert isinstance(refusals.refusal(answer), SignInNeeded | Unreachable)


def test_a_refusal_is_remembered_for_a_minute_and_then_asked_about_again() -> None:
    server, now = SignIn({"error": "invalid_client", "error_codes": [7000222]}), [0.0]
    tokens = Tokens(REGISTRATION, server, lambda: now[0])

    def refused() -> str:
        with pytest.raises(SignInNeeded) as caught:
            tokens()
        return caught.value.why

    for _ in range(3):
        assert refused() == "secret_expired"
    assert len(server.posts) == 1
    now[0], server.answer = 61.0, GOOD
    assert tokens() == "abc"


def test_a_token_that_graph_refused_is_forgotten_once_however_many_ask() -> None:
    server = SignIn(GOOD)
    tokens = Tokens(REGISTRATION, server)
    old = tokens()

    server.answer = GOOD | {"access_token": "neu"}
    for _ in range(5):
        tokens.forget(old)
        assert tokens() == "neu"

    assert len(server.posts) == 2


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


@pytest.mark.parametrize(
    ("authority", "graph", "name"),
    [
        ("https://login.microsoftonline.com", "https://graph.microsoft.com", "weltweit"),
        ("https://login.microsoftonline.us/", "https://graph.microsoft.us", "US-Behörden (GCC High)"),
        ("https://login.microsoftonline.us", "https://dod-graph.microsoft.us", "US-Militär (DoD)"),
        ("https://login.souveraen.example", "https://graph.souveraen.example", ""),
    ],
)
def test_each_cloud_has_its_own_sign_in_server(authority: str, graph: str, name: str) -> None:
    assert clouds.check(authority, graph) == name


@pytest.mark.parametrize(
    ("authority", "graph", "word"),
    [
        ("https://login.microsoftonline.com", "https://graph.microsoft.de", "geschlossen"),
        ("https://login.microsoftonline.de", "https://graph.microsoft.com", "geschlossen"),
        ("https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn", "China"),
        ("https://login.microsoftonline.com", "https://graph.microsoft.us", "verschiedenen"),
    ],
)
def test_a_cloud_that_cannot_be_read_is_refused_before_anything_is_asked(authority: str, graph: str, word: str) -> None:
    server = SignIn(GOOD)

    with pytest.raises(Refused, match=word) as caught:
        Tokens(Registration(TENANT, "client", authority, graph, secret="wort"), server)()

    assert caught.value.why == "cloud"
    assert server.posts == []
