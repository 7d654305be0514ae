"""What the directory itself publishes: keys that change, documents that do not fit, several tenants, silence."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import Refused, Unreachable
from connectors.keyring import is_safe
from connectors.oidc import open_directory
from service.config import Config
from tests.conftest import NOW
from tests.connectors.test_oidc import directory, door
from tests.directory import CLIENT, FOREIGN, KEY, OTHER, TENANT, Directory, signed

__all__ = ["directory"]


def test_new_keys_are_fetched_when_a_token_needs_them_but_not_by_every_forgery(directory: Directory) -> None:
    opened = door(directory)
    opened.begin(NOW)
    directory.keys = [OTHER.as_dict(private=False)]
    later = NOW + timedelta(minutes=2)

    address, attempt = opened.begin(later)
    found = opened.finish(directory.grant(address, lambda claims: signed(claims, OTHER)), attempt, later)
    asked = directory.asked.count("/keys")
    for _ in range(5):
        address, attempt = opened.begin(later)
        with pytest.raises(Refused):
            opened.finish(directory.grant(address), attempt, later)

    assert found.subject == "a1"
    assert asked == 2
    assert directory.asked.count("/keys") == asked


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://boese.example"},
        {"issuer": None},
        {"authorization_endpoint": "http://boese.example/"},
        {"token_endpoint": "ftp://boese.example/"},
        {"jwks_uri": None},
        {"jwks_uri": "https://["},
    ],
)
def test_a_discovery_document_that_does_not_fit_is_refused(directory: Directory, metadata: dict[str, Any]) -> None:
    directory.metadata = metadata

    with pytest.raises(Refused):
        door(directory).begin(NOW)


@pytest.mark.parametrize(
    "keys",
    [
        [],
        ["kein schlüssel"],
        [{"kty": "oct", "k": "AAAA", "kid": "eins"}],
        [{"kty": "RSA", "kid": "eins"}],
        [KEY.as_dict(private=False) | {"use": "enc"}],
        [KEY.as_dict(private=False) | {"issuer": "https://boese.example"}],
    ],
)
def test_a_directory_without_usable_keys_is_refused(directory: Directory, keys: list[Any]) -> None:
    directory.keys = keys

    with pytest.raises(Refused):
        door(directory).begin(NOW)


def test_several_tenants_need_a_list_and_a_token_of_one_of_them(directory: Directory) -> None:
    directory.metadata = {"issuer": f"{directory.url}/{{tenantid}}/v2.0"}
    opened = door(directory)

    address, attempt = opened.begin(NOW)
    found = opened.finish(directory.grant(address, iss=f"{directory.url}/{TENANT}/v2.0"), attempt, NOW)
    address, attempt = opened.begin(NOW)
    with pytest.raises(Refused) as mixed:
        opened.finish(directory.grant(address, iss=f"{directory.url}/{FOREIGN}/v2.0"), attempt, NOW)
    address, attempt = opened.begin(NOW)
    with pytest.raises(Refused) as foreign:
        opened.finish(directory.grant(address, iss=f"{directory.url}/{FOREIGN}/v2.0", tid=FOREIGN), attempt, NOW)
    with pytest.raises(Refused):
        door(directory, oidc_tenants="").begin(NOW)

    assert found.issuer == f"{directory.url}/{TENANT}/v2.0"
    assert (mixed.value.why, foreign.value.why) == ("token", "tenant")


def test_a_pattern_of_another_server_is_refused(directory: Directory) -> None:
    directory.metadata = {"issuer": "https://boese.example/{tenantid}/v2.0"}

    with pytest.raises(Refused):
        door(directory).begin(NOW)


def test_silence_and_nonsense_are_told_apart(directory: Directory) -> None:
    opened = door(directory)
    address, attempt = opened.begin(NOW)
    directory.status = 503
    with pytest.raises(Unreachable):
        opened.finish(directory.grant(address), attempt, NOW)
    directory.status, directory.body = 200, {"access_token": "x", "token_type": "Bearer"}
    address, attempt = opened.begin(NOW)
    with pytest.raises(Refused):
        opened.finish(directory.grant(address), attempt, NOW)

    with pytest.raises(Unreachable):
        open_directory(Config(oidc_issuer="http://127.0.0.1:9", oidc_client_id=CLIENT)).begin(NOW)
    with pytest.raises(Refused):
        open_directory(Config(oidc_issuer=f"{directory.url}/nichts", oidc_client_id=CLIENT)).begin(NOW)


def test_a_directory_that_only_knows_the_header_gets_the_secret_there(directory: Directory) -> None:
    directory.metadata = {
        "token_endpoint_auth_methods_supported": None,
        "authorization_response_iss_parameter_supported": None,
        "code_challenge_methods_supported": None,
    }
    opened = door(directory)
    address, attempt = opened.begin(NOW)

    found = opened.finish(directory.grant(address, aud=[CLIENT], roles="Admin", name="\u202e\x07"), attempt, NOW)

    assert (found.roles, found.name) == (("Admin",), "Mitglied")
    assert len(opened.examine(NOW)) == 3


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://login.example/v2.0", True),
        ("http://localhost:1", True),
        ("http://login.example", False),
        ("http://127.0.0.1.boese.example", False),
        ("https://", False),
        ("https://[", False),
        (None, False),
    ],
)
def test_secrets_travel_over_tls_or_inside_this_machine(address: object, safe: bool) -> None:
    assert is_safe(address) is safe


def test_an_issuer_without_tls_is_refused_at_once() -> None:
    with pytest.raises(Refused):
        open_directory(Config(oidc_issuer="http://login.example"))
