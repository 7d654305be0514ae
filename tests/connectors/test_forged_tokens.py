"""A forged access token opens nothing: every trick collected, and any single letter changed."""

import hmac
import json
import warnings
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from connectors import access
from connectors.errors import Refused
from connectors.keyring import Keyring
from service.config import Config
from tests.conftest import NOW
from tests.connectors.calling import ADDIN, API, claims, door, held, refused, written
from tests.directory import CLIENT, KEY, OTHER, SECRET, Directory, part, signed
from tests.shared import shared_file


def _with(secret: bytes, **header: Any) -> Callable[[dict[str, Any]], str]:
    def sign(told: dict[str, Any]) -> str:
        head = f"{part({'alg': 'HS256', 'kid': 'eins', **header})}.{part(told)}"
        return f"{head}.{part(hmac.new(secret, head.encode(), sha256).digest())}"

    return sign


def _by(told: dict[str, Any], algorithm: str) -> str:
    header = {"alg": algorithm, "kid": "eins"}
    return jws.serialize_compact(header, json.dumps(told).encode(), KEY, algorithms=[algorithm])


def _twice(told: dict[str, Any]) -> str:
    body = json.dumps(told)[:-1] + ', "oid": "a2"}'
    return jws.serialize_compact({"alg": "RS256", "kid": "eins"}, body.encode(), KEY)


def _twice_in_header(told: dict[str, Any]) -> str:
    head = part(b'{"alg":"none","alg":"RS256","kid":"eins"}')
    return f"{head}.{signed(told).partition('.')[2]}"


def _body(raw: bytes) -> Callable[[dict[str, Any]], str]:
    return lambda _: jws.serialize_compact({"alg": "RS256", "kid": "eins"}, raw, KEY)


def _other_padding(told: dict[str, Any]) -> str:
    """The last letter of a 256-byte signature holds two bits that mean nothing; setting one writes it another way."""
    token = signed(told)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1]) ^ 1]


def _changed(told: dict[str, Any]) -> str:
    head, _, signature = signed(told).split(".")
    return f"{head}.{part(told | {'oid': 'a2'})}.{signature}"


ATTACKER = OTHER.as_dict(private=False)


FORGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "alg none": lambda told: f"{part({'alg': 'none', 'kid': 'eins'})}.{part(told)}.",
    "alg none with a signature": lambda told: f"{part({'alg': 'none', 'kid': 'eins'})}.{part(told)}.AA",
    "alg NoNe": lambda told: f"{part({'alg': 'NoNe', 'kid': 'eins'})}.{part(told)}.AA",
    "alg empty": lambda told: f"{part({'alg': '', 'kid': 'eins'})}.{part(told)}.AA",
    "alg as a list": lambda told: f"{part({'alg': ['RS256'], 'kid': 'eins'})}.{part(told)}.AA",
    "no alg": lambda told: f"{part({'kid': 'eins'})}.{part(told)}.AA",
    "HS256 with the public key": _with(KEY.as_pem(private=False)),
    "HS256 with the public key as der": _with(KEY.as_der(private=False)),
    "HS256 with the modulus": _with(str(KEY.as_dict(private=False)["n"]).encode()),
    "HS256 with an empty secret": _with(b""),
    "HS256 with our client secret": _with(SECRET.encode()),
    "RS512, which the directory does not announce": lambda told: _by(told, "RS512"),
    "PS256, which the directory does not announce": lambda told: _by(told, "PS256"),
    "foreign key under our kid": lambda told: signed(told, OTHER, kid="eins"),
    "unknown kid": lambda told: signed(told, OTHER),
    "no kid": lambda told: jws.serialize_compact({"alg": "RS256"}, json.dumps(told).encode(), KEY),
    "kid as number": lambda told: jws.serialize_compact({"alg": "RS256", "kid": "1"}, json.dumps(told).encode(), KEY),
    "kid leads to a file": _with(b"", kid="../../../../../dev/null"),
    "kid is SQL": _with(b"x", kid="x' UNION SELECT 'x"),
    "kid is a command": _with(b"", kid="|id"),
    "kid is an address": lambda told: signed(told, OTHER, kid="https://boese.example/keys#zwei"),
    "key in the header": lambda told: signed(told, OTHER, kid="eins", jwk=ATTACKER),
    "good token with a key in the header": lambda told: signed(told, jwk=KEY.as_dict(private=False)),
    "address of keys": lambda told: signed(told, OTHER, kid="zwei", jku="https://boese.example/keys"),
    "address of certificates": lambda told: signed(told, OTHER, kid="zwei", x5u="https://boese.example/c"),
    "certificate in the header": lambda told: signed(told, OTHER, kid="eins", x5c=["MIIB"]),
    "b64 false": lambda told: f"{part({'alg': 'RS256', 'kid': 'eins', 'b64': False})}.{signed(told).partition('.')[2]}",
    "unknown critical field": lambda told: (
        f"{part({'alg': 'RS256', 'kid': 'eins', 'crit': ['x'], 'x': 1})}.{signed(told).partition('.')[2]}"
    ),
    "type of something else": lambda told: signed(told, typ="dpop+jwt"),
    "type as a list": lambda told: f"{part({'alg': 'RS256', 'kid': 'eins', 'typ': []})}.{part(told)}.AA",
    "nested": lambda told: signed(told, cty="JWT"),
    "changed afterwards": _changed,
    "no signature": lambda told: signed(told).rpartition(".")[0] + ".",
    "shortened signature": lambda told: signed(told)[:-4],
    "signature written in another way": _other_padding,
    "two dots more": lambda told: signed(told) + "..",
    "five parts": lambda told: signed(told) + "." + signed(told).partition(".")[2],
    "two parts": lambda told: signed(told).rpartition(".")[0],
    "one part": part,
    "nothing": lambda _: "",
    "two dots": lambda _: "..",
    "padded": lambda told: signed(told) + "==",
    "with a line break": lambda told: signed(told) + "\n",
    "with a blank inside": lambda told: signed(told).replace(".", " .", 1),
    "with letters of another script": lambda told: signed(told).replace(".", ".ä", 1),
    "far too long": lambda told: signed(told | {"groups": ["g" * 36] * 600}),
    "a claim twice": _twice,
    "alg twice": _twice_in_header,
    "claims are a list": _body(b"[]"),
    "claims are no JSON": _body(b"\xff\xfe"),
    "claims are empty": _body(b"{}"),
    "not a number": _body(b'{"exp": NaN}'),
    "deep": _body(b"[" * 4000 + b"]" * 4000),
    "JSON serialisation": lambda told: json.dumps({"protected": "e30", "payload": part(told), "signature": "AA"}),
    "encrypted": lambda _: "e30.e30.e30.e30.e30",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_refused(directory: Directory, name: str) -> None:
    assert refused(door(directory), FORGED[name](claims(directory))) == "token"


def test_other_algorithms_count_where_the_directory_announces_them(directory: Directory) -> None:
    elliptic = ECKey.generate_key("P-256", {"kid": "drei", "use": "sig", "alg": "ES256"})
    directory.keys.append(elliptic.as_dict(private=False))
    directory.metadata = {"id_token_signing_alg_values_supported": ["RS256", "ES256", "PS256", "HS256", "none"]}
    opened = door(directory)

    opened.access(jws.serialize_compact({"alg": "ES256", "kid": "drei"}, written(directory), elliptic), NOW)
    opened.access(_by(claims(directory), "PS256"), NOW)
    for forged in ("alg none", "HS256 with the public key", "RS512, which the directory does not announce"):
        assert refused(opened, FORGED[forged](claims(directory))) == "token"


def test_a_key_is_used_for_its_own_algorithm_and_purpose_only(directory: Directory) -> None:
    directory.metadata = {"id_token_signing_alg_values_supported": ["RS256", "PS256"]}
    public = KEY.as_dict(private=False)
    with warnings.catch_warnings(action="ignore"):
        small = RSAKey.generate_key(1024, {"kid": "klein"})
    directory.keys = [
        public | {"kid": "ps", "alg": "PS256"},
        public | {"kid": "enc", "use": "enc"},
        public | {"kid": "encrypts", "key_ops": ["encrypt"]},
        public | {"kid": "twice"},
        OTHER.as_dict(private=False) | {"kid": "twice"},
        small.as_dict(private=False),
        OctKey.generate_key(256, {"kid": "oct"}).as_dict(private=True),
    ]
    opened = door(directory)

    for kid in ("ps", "enc", "encrypts", "twice", "oct"):
        assert refused(opened, signed(claims(directory), kid=kid)) == "token", kid
    with warnings.catch_warnings(action="ignore"):
        weak = signed(claims(directory), small)
    assert refused(opened, weak) == "token"


def test_collected_forgeries_are_refused_and_their_genuine_ones_pass_the_signature() -> None:
    lines = [json.loads(line) for line in shared_file("data/hostile/jose.jsonl").read_text("utf-8").splitlines()]
    settings_ = Config(oidc_issuer="https://x.example", oidc_client_id=CLIENT, oidc_api_audience=API)
    accepted, genuine = [], 0

    for line in lines:
        token, public = line.get("input"), line["public"]
        keys = (public or {}).get("keys", [public] if public else [])
        ring = held("https://x.example", [key for key in keys if isinstance(key, dict)])
        with suppress(Refused):
            accepted.append(access.check(str(token), settings_, ring, NOW))
        if line["expect"]["result"] == "valid" and isinstance(token, str) and public:
            genuine += _signature_holds(token, ring)
        elif isinstance(token, str):
            assert not _signature_holds(token, ring), line["comment"]

    assert accepted == []
    assert genuine == 12


def _signature_holds(token: str, ring: Keyring) -> bool:
    if not access._SHAPE.fullmatch(token):
        return False
    try:
        access._signed(token, access._header(token.split(".", maxsplit=1)[0]), ring, NOW)
    except Refused:
        return False
    return True


@pytest.fixture(scope="module")
def fuzzed() -> tuple[Config, Keyring, str]:
    issuer = "https://verzeichnis.example"
    ring = held(issuer, [KEY.as_dict(private=False)])
    chosen = Config(oidc_issuer=issuer, oidc_client_id=CLIENT, oidc_api_audience=API, oidc_api_clients=ADDIN)
    return chosen, ring, signed(claims(Directory(url=issuer)))


@settings(max_examples=150, derandomize=True, deadline=None)
@given(data=st.data())
def test_no_change_of_a_single_letter_is_accepted(fuzzed: tuple[Config, Keyring, str], data: st.DataObject) -> None:
    chosen, ring, token = fuzzed
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(codec="latin-1").filter(lambda one: one != token[place]))

    with pytest.raises(Refused):
        access.check(token[:place] + letter + token[place + 1 :], chosen, ring, NOW)
    assert access.check(token, chosen, ring, NOW).subject == "a1"
