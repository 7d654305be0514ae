"""Tokens: asked for once by many threads, and every refusal is a state that a person understands."""

import threading
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Refused, SignInNeeded, Unreachable
from connectors.graph import clouds, refusals
from connectors.graph.tokens import Registration, Tokens
from tests.connectors.graph.sign_in import AUTHORITY, GOOD, TENANT, SignIn

REGISTRATION = Registration(TENANT, "client", AUTHORITY, "https://graph.microsoft.com", secret="wort")


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
