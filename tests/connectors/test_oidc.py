"""The door to the directory takes in what is proven, and nothing else."""

import hmac
import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from joserfc import jws
from pydantic import SecretStr

from connectors.errors import Refused
from connectors.identity import Attempt
from connectors.oidc import Oidc, open_directory
from service.config import Config
from tests.conftest import NOW
from tests.directory import CLIENT, FOREIGN, KEY, OTHER, SECRET, TENANT, Directory, part, serving, signed
from tests.shared import shared_file


@pytest.fixture
def directory() -> Iterator[Directory]:
    with serving(int(NOW.timestamp())) as found:
        yield found


def door(directory: Directory, **changed: Any) -> Oidc:
    values = {
        "oidc_issuer": directory.url,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SecretStr(SECRET),
        "oidc_tenants": TENANT,
    } | changed
    return open_directory(Config(**values))


def test_a_proven_person_comes_in_by_issuer_and_lasting_id(directory: Directory) -> None:
    opened = door(directory)
    address, attempt = opened.begin(NOW)

    found = opened.finish(directory.grant(address), attempt, NOW)

    assert (found.issuer, found.subject, found.name, found.roles) == (directory.url, "a1", "Lea Lead", ("Team-Lead",))


@pytest.mark.parametrize(
    ("changed", "subject"),
    [({"tid": None, "oid": "a1"}, "s1"), ({"oid": None}, "s1"), ({"oid": "a7"}, "a7")],
)
def test_the_id_of_the_tenant_counts_only_where_both_stand(
    directory: Directory, changed: dict[str, Any], subject: str
) -> None:
    opened = door(directory, oidc_tenants="")
    address, attempt = opened.begin(NOW)

    found = opened.finish(directory.grant(address, sub="s1", **changed), attempt, NOW)

    assert found.subject == subject


def test_the_address_in_the_request_holds_no_secret_but_its_digest(directory: Directory) -> None:
    address, attempt = door(directory).begin(NOW)

    assert attempt.verifier not in address
    assert SECRET not in address
    assert "code_challenge_method=S256" in address


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "wrong nonce": {"nonce": "fremd"},
    "no nonce": {"nonce": None},
    "wrong issuer": {"iss": "https://boese.example"},
    "no issuer": {"iss": None},
    "wrong audience": {"aud": "andere-anwendung"},
    "no audience": {"aud": None},
    "one audience of several without azp": {"aud": [CLIENT, "andere"]},
    "made for another client": {"azp": "andere"},
    "expired": {"exp": int(NOW.timestamp()) - 61},
    "no expiry": {"exp": None},
    "expiry as text": {"exp": "morgen"},
    "not yet valid": {"nbf": int(NOW.timestamp()) + 600},
    "made in the future": {"iat": int(NOW.timestamp()) + 600},
    "no time of making": {"iat": None},
    "no subject": {"sub": None},
    "empty ids": {"sub": "", "oid": None},
    "subject as number": {"sub": 7, "oid": None},
    "endless subject": {"sub": "x" * 300, "oid": None},
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
def test_a_token_with_wrong_claims_is_refused(directory: Directory, name: str) -> None:
    opened = door(directory, oidc_tenants="")
    address, attempt = opened.begin(NOW)

    with pytest.raises(Refused) as refused:
        opened.finish(directory.grant(address, **WRONG_CLAIMS[name]), attempt, NOW)

    assert refused.value.why == "token"


def _none(claims: dict[str, Any]) -> str:
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def _none_with_kid(claims: dict[str, Any]) -> str:
    return f"{part({'alg': 'none', 'kid': 'eins'})}.{part(claims)}."


def _hmac_with(secret: bytes) -> Any:
    def sign(claims: dict[str, Any]) -> str:
        head = f"{part({'alg': 'HS256', 'kid': 'eins'})}.{part(claims)}"
        return f"{head}.{part(hmac.new(secret, head.encode(), sha256).digest())}"

    return sign


def _changed_afterwards(claims: dict[str, Any]) -> str:
    head, _, signature = signed(claims).split(".")
    return f"{head}.{part(claims | {'roles': ['Admin']})}.{signature}"


def _a_list() -> str:
    return jws.serialize_compact({"alg": "RS256", "kid": "eins"}, b"[]", KEY)


FORGED: dict[str, Any] = {
    "alg none": _none,
    "alg none with kid": _none_with_kid,
    "HS256 with the public key": _hmac_with(KEY.as_pem(private=False)),
    "HS256 with the public key as der": _hmac_with(KEY.as_der(private=False)),
    "HS256 with an empty secret": _hmac_with(b""),
    "HS256 with our client secret": _hmac_with(SECRET.encode()),
    "foreign key under our kid": lambda claims: signed(claims, OTHER, kid="eins"),
    "unknown kid": lambda claims: signed(claims, OTHER),
    "key in the header": lambda claims: signed(claims, OTHER, kid="eins", jwk=OTHER.as_dict(private=False)),
    "address of keys in the header": lambda claims: signed(claims, OTHER, kid="eins", jku="https://boese.example/k"),
    "changed afterwards": _changed_afterwards,
    "no signature": lambda claims: signed(claims).rpartition(".")[0] + ".",
    "no token": lambda _: "",
    "two parts": lambda claims: signed(claims).rpartition(".")[0],
    "no json": lambda _: f"{part(b'x')}.{part(b'y')}.{part(b'z')}",
    "a list": lambda _: _a_list(),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_refused(directory: Directory, name: str) -> None:
    opened = door(directory)
    address, attempt = opened.begin(NOW)

    with pytest.raises(Refused) as refused:
        opened.finish(directory.grant(address, FORGED[name]), attempt, NOW)

    assert refused.value.why == "token"


def test_collected_forgeries_are_refused(directory: Directory) -> None:
    lines = shared_file("data/hostile/jose.jsonl").read_text(encoding="utf-8").splitlines()
    tokens = [json.loads(line).get("input") for line in lines]
    opened = door(directory)
    accepted = []

    for token in tokens:
        address, attempt = opened.begin(NOW)
        try:
            accepted.append(opened.finish(directory.grant(address, lambda _, t=token: str(t)), attempt, NOW))  # type: ignore[misc]
        except Refused:
            continue

    assert accepted == []


def test_a_foreign_tenant_is_refused_by_name(directory: Directory) -> None:
    opened = door(directory)

    for tenant in (FOREIGN, None):
        address, attempt = opened.begin(NOW)
        with pytest.raises(Refused) as refused:
            opened.finish(directory.grant(address, tid=tenant), attempt, NOW)
        assert refused.value.why == "tenant"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"state": "fremd"}, "state"),
        ({"state": ""}, "state"),
        ({"state": "ü"}, "state"),
        ({"iss": "https://boese.example"}, "issuer"),
        ({"iss": ""}, "issuer"),
        ({"code": ""}, "denied"),
        ({"error": "access_denied"}, "denied"),
        ({"code": "geraten"}, "token"),
    ],
)
def test_an_answer_that_is_not_the_directorys_is_refused(
    directory: Directory, changed: dict[str, str], why: str
) -> None:
    opened = door(directory)
    address, attempt = opened.begin(NOW)

    with pytest.raises(Refused) as refused:
        opened.finish(directory.grant(address) | changed, attempt, NOW)

    # The code of a person's sign-in is not that of the application's own at Microsoft 365.
    assert (refused.value.why, refused.value.code) == (why, "PL-2002")


def test_a_code_is_redeemed_once_and_only_with_the_verifier_of_its_browser(directory: Directory) -> None:
    opened = door(directory)
    address, attempt = opened.begin(NOW)
    answer = directory.grant(address)
    opened.finish(answer, attempt, NOW)
    stolen_address, stolen = opened.begin(NOW)

    with pytest.raises(Refused):
        opened.finish(answer, attempt, NOW)
    with pytest.raises(Refused):
        opened.finish(directory.grant(stolen_address), Attempt(stolen.state, stolen.nonce, "fremd" * 10), NOW)
