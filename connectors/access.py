"""Whether an access token of the firm's directory opens the API: every claim that counts, in a fixed order.

The order: shape and header, algorithm, key id, signature, issuer, audience, times, tenant, version, calling program,
scope or application role. ID tokens prove to an application who signed in and open nothing here: they carry neither
scope nor application role, have another audience, and bear the nonce of a sign-in.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

from connectors.errors import Refused
from connectors.identity import Access, AccessSettings
from connectors.keyring import ALGORITHMS, ANY_TENANT, Keyring

LONGEST = 16 * 1024
_LEEWAY = 60
_LAST_SECOND = 1 << 40
_LONGEST_CLAIM = 255
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
# Header fields that name keys, other rules or other shapes. Nothing of a token may say how it is to be checked.
_REFUSED_FIELDS = frozenset({"crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "enc", "cty", "apu", "apv", "epk"})
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
# What a directory writes into ID tokens alone: the nonce of a sign-in, digests of what came along with it.
_OF_ID_TOKENS = ("nonce", "at_hash", "c_hash", "s_hash")
_ENTRA = ("login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn")


def check(token: str, settings: AccessSettings, keyring: Keyring, now: datetime) -> Access:
    """Return whom a token stands for and what it may be used for.

    Raises Refused with `why` "scope" for a genuine token that says nothing about what it may be used for, with
    "token" for everything else that is wrong, and Unreachable when the keys cannot be fetched.
    """
    if not settings.oidc_api_audience or len(token) > LONGEST or not _SHAPE.fullmatch(token):
        _refuse()
    head, body, _ = token.split(".")
    _signed(token, _header(head), keyring, now)
    claims = _object(body)
    metadata, _ = keyring.known(now)
    tenant = _text(claims, "tid")
    issuer = str(metadata["issuer"]).replace(ANY_TENANT, tenant)
    if claims.get("iss") != issuer or settings.oidc_api_audience not in _list(claims.get("aud")):
        _refuse()
    _in_time(claims, int(now.timestamp()))
    _of_our_tenant(claims, settings, issuer)
    client = _client(claims, settings)
    if any(name in claims for name in _OF_ID_TOKENS):
        _refuse()
    return _access(claims, settings, (issuer, client))


def _header(head: str) -> dict[str, Any]:
    header = _object(head)
    kind = header.get("typ", "JWT")
    if _REFUSED_FIELDS & header.keys() or not isinstance(kind, str) or kind.lower() not in _TYPES:
        _refuse()
    if header.get("alg") not in ALGORITHMS or not _text(header, "kid"):
        _refuse()
    return header


def _signed(token: str, header: Mapping[str, Any], keyring: Keyring, now: datetime) -> None:
    """Refuse a token whose algorithm the directory does not announce, whose key is not its own, or that was changed."""
    metadata, _ = keyring.known(now)
    algorithm = header["alg"]
    if algorithm != "RS256" and algorithm not in _list(metadata.get("id_token_signing_alg_values_supported")):
        _refuse()
    key = keyring.key(header["kid"], now)
    if key is None or key.get("alg", algorithm) != algorithm or "verify" not in key.get("key_ops", ["verify"]):
        _refuse()
    try:
        _bytes(token.rpartition(".")[2])
        jws.deserialize_compact(token, JWKRegistry.import_key(key), algorithms=[algorithm])
    except (JoseError, ValueError, TypeError) as error:
        raise _refusal() from error


def _in_time(claims: Mapping[str, Any], now: int) -> None:
    """Refuse a token outside its time; 60 seconds may lie between two clocks. One without an end is refused."""
    ends, begins, made = (_second(one) for one in (claims.get("exp"), claims.get("nbf", now), claims.get("iat", now)))
    if ends + _LEEWAY <= now or begins - _LEEWAY > now or made - _LEEWAY > now:
        _refuse()


def _second(value: object) -> float:
    if not (type(value) is int or type(value) is float) or not 0 <= value < _LAST_SECOND:
        _refuse()
    return value


def _of_our_tenant(claims: Mapping[str, Any], settings: AccessSettings, issuer: str) -> None:
    """Refuse what another tenant of Entra issued, and its tokens of the old version, whose claims mean other things."""
    tenants = {part.strip().lower() for part in settings.oidc_tenants.split(",") if part.strip()}
    parts = urlsplit(issuer)
    if not tenants and parts.hostname in _ENTRA:
        tenants = {parts.path.strip("/").split("/")[0].lower()}
    if tenants and (
        _text(claims, "tid").lower() not in tenants or not _text(claims, "oid") or claims.get("ver") != "2.0"
    ):
        _refuse()


def _client(claims: Mapping[str, Any], settings: AccessSettings) -> str:
    """Return the program that calls: `azp` at Entra, `client_id` after RFC 9068. All that are named must be allowed."""
    named = [claims[name] for name in ("azp", "appid", "client_id") if name in claims]
    allowed = {part.strip() for part in settings.oidc_api_clients.split(",") if part.strip()}
    allowed = allowed or {settings.oidc_client_id}
    if not named or not all(isinstance(one, str) and one and one in allowed for one in named):
        _refuse()
    return str(named[0])


def _access(claims: Mapping[str, Any], settings: AccessSettings, who: tuple[str, str]) -> Access:
    issuer, client = who
    subject = _text(claims, "oid") if _text(claims, "tid") and _text(claims, "oid") else _text(claims, "sub")
    if not subject:
        _refuse()
    told = claims["scp"] if "scp" in claims else claims.get("scope")
    scopes = frozenset(told.split()) if isinstance(told, str) else frozenset(_list(told))
    if scopes:
        if settings.oidc_api_scope not in scopes:
            raise Refused("Dieses Zugriffstoken gilt nicht für Postlotse.", "scope")
        return Access(issuer, subject, client, member=True)
    # Without a scope nobody stands behind the call: it is a program, and may do what its application roles say.
    roles = frozenset(_list(claims.get("roles")))
    if not roles or claims.get("idtyp", "app") != "app":
        _refuse()
    return Access(issuer, subject, client, member=False, roles=roles)


def _object(part: str) -> dict[str, Any]:
    """Return the JSON object of one part of a token; a name that stands twice means two things to two readers."""
    try:
        found = json.loads(_bytes(part).decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise _refusal() from error
    if not isinstance(found, dict):
        _refuse()
    return found


def _bytes(part: str) -> bytes:
    """Return what a part stands for; the same bytes must not be written in two ways (ValueError)."""
    raw = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
        raise ValueError("padding")
    return raw


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("twice")
    return found


def _no_number(_text: str) -> NoReturn:
    raise ValueError("no number")


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) and len(value) <= _LONGEST_CLAIM else ""


def _list(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]


def _refusal() -> Refused:
    # One text for all: whoever forges tokens learns nothing from the answer.
    return Refused("Dieses Zugriffstoken gilt nicht.", "token")


def _refuse() -> NoReturn:
    raise _refusal()
