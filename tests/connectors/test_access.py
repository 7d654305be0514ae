"""An access token opens the API when everything about it is right, and not otherwise."""

import hmac
import json
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey
from pydantic import SecretStr

from connectors import access
from connectors.errors import Refused, Unreachable
from connectors.identity import Access
from connectors.keyring import Keyring
from connectors.oidc import Oidc, open_directory
from service.config import Config
from tests.conftest import NOW
from tests.directory import CLIENT, FOREIGN, KEY, OTHER, SECRET, TENANT, Directory, part, serving, signed
from tests.shared import shared_file

API, ADDIN, SCOPE = "schnittstelle", "outlook", "Konversation.Einordnen"
SECOND = int(NOW.timestamp())


@pytest.fixture(scope="module")
def served() -> Iterator[Directory]:
    with serving(SECOND) as found:
        yield found


@pytest.fixture
def directory(served: Directory) -> Directory:
    served.metadata, served.keys, served.asked, served.status = {}, [KEY.as_dict(private=False)], [], 200
    return served


def door(directory: Directory, **changed: Any) -> Oidc:
    values = {
        "oidc_issuer": directory.url,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SecretStr(SECRET),
        "oidc_tenants": TENANT,
        "oidc_api_audience": API,
        "oidc_api_clients": f"{ADDIN}, crm",
    } | changed
    return open_directory(Config(**values))


def claims(directory: Directory, **changed: Any) -> dict[str, Any]:
    """Return what Entra writes into an access token of version 2; None leaves a claim out."""
    told = {
        "iss": directory.url,
        "aud": API,
        "azp": ADDIN,
        "ver": "2.0",
        "tid": TENANT,
        "oid": "a1",
        "sub": "je-anwendung-verschieden",
        "scp": f"User.Read {SCOPE}",
        "iat": SECOND,
        "nbf": SECOND,
        "exp": SECOND + 3600,
    } | changed
    return {name: value for name, value in told.items() if value is not None}


def refused(opened: Oidc, token: str) -> str:
    with pytest.raises(Refused) as error:
        opened.access(token, NOW)
    return error.value.why


def test_a_good_token_names_the_member_by_issuer_and_lasting_id(directory: Directory) -> None:
    found = door(directory).access(signed(claims(directory)), NOW)

    assert found == Access(directory.url, "a1", ADDIN, member=True)


def test_a_provider_without_tenants_is_understood(directory: Directory) -> None:
    told = claims(
        directory, tid=None, oid=None, ver=None, azp=None, scp=None, client_id="crm", scope=f"openid {SCOPE}", sub="s1"
    )

    found = door(directory, oidc_tenants="").access(signed(told, typ="at+jwt"), NOW)

    assert found == Access(directory.url, "s1", "crm", member=True)


def test_a_program_comes_with_its_application_roles(directory: Directory) -> None:
    told = claims(directory, scp=None, roles=["kpis"], idtyp="app", azp="crm")

    found = door(directory).access(signed(told), NOW)

    assert (found.member, found.roles) == (False, frozenset({"kpis"}))


def test_two_clocks_may_differ_by_a_minute(directory: Directory) -> None:
    opened = door(directory)

    opened.access(signed(claims(directory, exp=SECOND - 59)), NOW)
    opened.access(signed(claims(directory, nbf=SECOND + 60, iat=SECOND + 60)), NOW)


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://boese.example"},
    "the issuer with a slash": {"iss": "SLASH"},
    "issuer of another tenant": {"iss": f"https://login.microsoftonline.com/{FOREIGN}/v2.0"},
    "version 1 issuer": {"iss": f"https://sts.windows.net/{TENANT}/"},
    "no issuer": {"iss": None},
    "issuer as a list": {"iss": ["x"]},
    "another audience": {"aud": "andere"},
    "our sign-in as audience": {"aud": CLIENT},
    "audience with a scheme": {"aud": f"api://{API}"},
    "no audience": {"aud": None},
    "audience as object": {"aud": {"a": API}},
    "expired": {"exp": SECOND - 60},
    "long expired": {"exp": 1},
    "no end": {"exp": None},
    "end as text": {"exp": str(SECOND + 3600)},
    "end without end": {"exp": 1e300},
    "end as truth": {"exp": True},
    "not yet": {"nbf": SECOND + 61},
    "begins as text": {"nbf": "gestern"},
    "made in the future": {"iat": SECOND + 61},
    "another tenant": {"tid": FOREIGN},
    "no tenant": {"tid": None},
    "tenant as a list": {"tid": [TENANT]},
    "no lasting id": {"oid": None},
    "endless lasting id": {"oid": "x" * 300},
    "version 1": {"ver": "1.0"},
    "version as number": {"ver": 2.0},
    "no version": {"ver": None},
    "a program that is not allowed": {"azp": "fremd"},
    "our own sign-in, which is not on the list": {"azp": CLIENT},
    "no program": {"azp": None},
    "program of version 1 only, not allowed": {"azp": None, "appid": "fremd"},
    "two programs, one not allowed": {"appid": "fremd"},
    "program as a list": {"azp": [ADDIN]},
    "neither scope nor role": {"scp": None},
    "empty scope": {"scp": ""},
    "nonce of a sign-in": {"nonce": "n"},
    "digest of an access token": {"at_hash": "x"},
    "digest of a code": {"c_hash": "x"},
    "roles of a user without a scope": {"scp": None, "roles": ["Admin"], "idtyp": "user"},
    "roles as object": {"scp": None, "roles": {"kpis": 1}},
}


@pytest.mark.parametrize("name", WRONG)
def test_one_wrong_claim_is_enough(directory: Directory, name: str) -> None:
    changed = {key: f"{directory.url}/" if value == "SLASH" else value for key, value in WRONG[name].items()}

    assert refused(door(directory), signed(claims(directory, **changed))) == "token"


def test_a_genuine_token_for_something_else_lacks_the_scope(directory: Directory) -> None:
    opened = door(directory)

    assert refused(opened, signed(claims(directory, scp="User.Read"))) == "scope"
    assert refused(opened, signed(claims(directory, scp=f"x{SCOPE} {SCOPE}x"))) == "scope"
    assert refused(opened, signed(claims(directory, scp="User.Read", roles=["kpis"]))) == "scope"


def test_the_id_token_of_a_sign_in_opens_nothing(directory: Directory) -> None:
    opened = door(directory, oidc_api_audience=CLIENT, oidc_api_clients="")

    assert refused(opened, signed(directory.claims("n"))) == "token"
    assert refused(opened, signed(directory.claims("n", azp=CLIENT, ver="2.0"))) == "token"


def test_without_an_audience_no_token_is_taken(directory: Directory) -> None:
    assert refused(door(directory, oidc_api_audience=""), signed(claims(directory, aud=""))) == "token"


def test_without_a_list_only_our_own_registration_may_call(directory: Directory) -> None:
    opened = door(directory, oidc_api_clients="")

    assert opened.access(signed(claims(directory, azp=CLIENT)), NOW).client == CLIENT
    assert refused(opened, signed(claims(directory))) == "token"


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

    opened.access(jws.serialize_compact({"alg": "ES256", "kid": "drei"}, _json(directory), elliptic), NOW)
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


def _json(directory: Directory) -> bytes:
    return json.dumps(claims(directory)).encode()


def test_tokens_of_several_tenants_count_when_theirs_is_on_the_list(directory: Directory) -> None:
    directory.metadata = {"issuer": directory.url + "/{tenantid}/v2.0"}
    opened = door(directory)
    good = f"{directory.url}/{TENANT}/v2.0"

    assert opened.access(signed(claims(directory, iss=good)), NOW).issuer == good
    for told in (
        claims(directory, iss=f"{directory.url}/{FOREIGN}/v2.0", tid=FOREIGN),
        claims(directory, iss=f"{directory.url}/{FOREIGN}/v2.0"),
        claims(directory, iss=directory.url + "/{tenantid}/v2.0"),
        claims(directory, iss=directory.url + "//v2.0", tid=""),
    ):
        assert refused(opened, signed(told)) == "token"


class _Held:
    """A keyring that holds these keys and asks nobody."""

    def __init__(self, issuer: str, keys: list[dict[str, Any]]) -> None:
        ring = Keyring(issuer, ())
        ring._metadata = {"issuer": issuer, "id_token_signing_alg_values_supported": list(access.ALGORITHMS)}
        ring._keys, ring._asked = keys, NOW
        self.ring = ring


def test_the_tenant_of_the_issuer_counts_where_none_is_listed_at_entra() -> None:
    issuer = f"https://login.microsoftonline.com/{TENANT}/v2.0"
    ring = _Held(issuer, [KEY.as_dict(private=False)]).ring
    given_ = Config(oidc_issuer=issuer, oidc_client_id=CLIENT, oidc_api_audience=API, oidc_api_clients=ADDIN)
    told = claims(Directory(url=issuer))

    assert access.check(signed(told), given_, ring, NOW).member
    for wrong in ({"tid": FOREIGN}, {"ver": "1.0"}, {"oid": None}):
        with pytest.raises(Refused):
            access.check(signed({k: v for k, v in (told | wrong).items() if v is not None}), given_, ring, NOW)


def test_collected_forgeries_are_refused_and_their_genuine_ones_pass_the_signature() -> None:
    lines = [json.loads(line) for line in shared_file("data/hostile/jose.jsonl").read_text("utf-8").splitlines()]
    settings_ = Config(oidc_issuer="https://x.example", oidc_client_id=CLIENT, oidc_api_audience=API)
    accepted, genuine = [], 0

    for line in lines:
        token, public = line.get("input"), line["public"]
        keys = (public or {}).get("keys", [public] if public else [])
        ring = _Held("https://x.example", [key for key in keys if isinstance(key, dict)]).ring
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


def test_new_keys_are_fetched_once_for_all_who_need_them_and_not_by_every_forgery(directory: Directory) -> None:
    opened = door(directory)
    opened.access(signed(claims(directory)), NOW)
    directory.keys.append(OTHER.as_dict(private=False))
    later = NOW + timedelta(minutes=2)
    token = signed(claims(directory), OTHER)
    found: list[Access] = []

    threads = [threading.Thread(target=lambda: found.append(opened.access(token, later))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(20):
        with pytest.raises(Refused):
            opened.access(signed(claims(directory), kid=f"erfunden-{number}"), later)

    assert len(found) == 8
    assert directory.asked.count("/keys") == 2


def test_known_keys_go_on_for_a_day_when_the_directory_is_silent(directory: Directory) -> None:
    opened = door(directory)
    token = signed(claims(directory, exp=SECOND + 10 * 86_400))
    opened.access(token, NOW)
    directory.metadata = {"authorization_endpoint": "x" * 600_000}
    opened._keyring._issuer = "http://127.0.0.1:9"

    opened.access(token, NOW + timedelta(hours=2))
    opened.access(token, NOW + timedelta(hours=2, seconds=30))

    with pytest.raises(Unreachable):
        opened.access(token, NOW + timedelta(hours=26))


def test_an_endless_answer_of_the_directory_is_not_read(directory: Directory) -> None:
    directory.metadata = {"authorization_endpoint": f"{directory.url}/{'x' * 600_000}"}

    with pytest.raises(Refused):
        door(directory).access(signed(claims(directory)), NOW)


@pytest.fixture(scope="module")
def fuzzed() -> tuple[Config, Keyring, str]:
    issuer = "https://verzeichnis.example"
    ring = _Held(issuer, [KEY.as_dict(private=False)]).ring
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
