"""The keys of one directory: its discovery document and public keys, fetched seldom, by one thread at a time, bounded.

Signatures are checked with joserfc, for sign-in and for access tokens alike: Authlib brings it along for the sign-in,
so there is one library, one set of keys in memory, and one place that decides which algorithm and which key count.
"""

import json
import threading
from base64 import urlsafe_b64decode
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet

from connectors.errors import Refused, Unreachable

# Signatures that only the directory can make. Neither "none" nor HMAC, for which a public key would be the secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
# Entra's discovery document for several tenants names this instead of a tenant.
ANY_TENANT = "{tenantid}"
_KINDS = frozenset({"RSA", "EC"})
# 2048 bits in base64url; shorter RSA keys can be broken.
_SHORTEST_MODULUS = 342
_PRIMES = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)
_MARKED = {prime: frozenset(pow(65537, power, prime) for power in range(prime)) for prime in _PRIMES}
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_TIMEOUT = 10
# Entra's keys are 15 kB; whatever is far longer is no answer of a directory.
_MOST_BYTES = 512 * 1024
_MOST_KEYS = 100
# Directories change their keys seldom and announce them early; an unknown key id asks at once, at most this often.
_FRESH = timedelta(hours=1)
_AGAIN = timedelta(minutes=1)
# While the directory does not answer, the keys that are known go on for this long.
_STALE = timedelta(days=1)

Metadata = dict[str, Any]
Keys = list[dict[str, Any]]


class Keyring:
    """The discovery document and keys of one directory. Nothing is asked before the first use."""

    def __init__(self, issuer: str, tenants: Collection[str]) -> None:
        self._issuer = issuer.rstrip("/")
        self._tenants = frozenset(tenants)
        self._lock = threading.Lock()
        self._metadata: Metadata = {}
        self._keys: Keys = []
        self._asked: datetime | None = None
        self._failed: datetime | None = None

    def known(self, now: datetime, fresh: timedelta = _FRESH) -> tuple[Metadata, Keys]:
        """Return the discovery document and the keys, not older than `fresh` while the directory answers.

        Raises Refused (it is no directory, or another one) and Unreachable (it does not answer and no keys are known).
        """
        with self._lock:
            if self._asked is None or now - self._asked > fresh:
                self._renew(now)
            return self._metadata, self._keys

    def _renew(self, now: datetime) -> None:
        usable = self._asked is not None and now - self._asked <= _STALE
        if usable and self._failed is not None and now - self._failed <= _AGAIN:
            return
        try:
            metadata = self._checked(_fetched(f"{self._issuer}/.well-known/openid-configuration"))
            keys = _fetched(metadata["jwks_uri"]).get("keys")
        except Unreachable:
            self._failed = now
            if usable:
                return
            raise
        if not isinstance(keys, list) or not usable_keys(keys[:_MOST_KEYS], metadata["issuer"]):
            raise Refused("Das Firmenverzeichnis nennt keine brauchbaren Schlüssel.", "jwks")
        self._metadata, self._keys, self._asked, self._failed = metadata, keys[:_MOST_KEYS], now, None

    def key(self, kid: str, now: datetime) -> dict[str, Any] | None:
        """Return the public signature key of this id; None when the directory has none, asked at most once a minute."""
        for fresh in (_FRESH, _AGAIN):
            metadata, keys = self.known(now, fresh)
            found = [key for key in usable_keys(keys, metadata["issuer"]) if key.kid == kid]
            if found:
                return dict(found[0].as_dict(private=False)) if len(found) == 1 else None
        return None

    def signed(self, token: str, now: datetime) -> dict[str, Any]:
        """Return the claims of an ID token whose signature holds; asks once for new keys when its key is unknown.

        Raises Refused and Unreachable.
        """
        metadata, keys = self.known(now)
        try:
            return _verified(token, keys, metadata["issuer"])
        except InvalidKeyIdError:
            metadata, keys = self.known(now, _AGAIN)
        except (JoseError, ValueError, TypeError) as error:
            raise bad_token() from error
        try:
            return _verified(token, keys, metadata["issuer"])
        except (JoseError, ValueError, TypeError) as error:
            raise bad_token() from error

    def _checked(self, metadata: Metadata) -> Metadata:
        issuer = metadata.get("issuer")
        several = isinstance(issuer, str) and ANY_TENANT in issuer
        if several and not self._tenants:
            raise Refused("Ein Aussteller für viele Verzeichnisse braucht POSTLOTSE_OIDC_TENANTS.", "issuer")
        # Entra's answer for several tenants names a pattern in place of "organizations", which was asked for.
        if not several and issuer not in {self._issuer, f"{self._issuer}/"}:
            raise Refused("Das Verzeichnis nennt einen anderen Aussteller als POSTLOTSE_OIDC_ISSUER.", "issuer")
        if several and urlsplit(str(issuer)).netloc != urlsplit(self._issuer).netloc:
            raise Refused("Das Verzeichnis nennt einen anderen Aussteller als POSTLOTSE_OIDC_ISSUER.", "issuer")
        for name in _ENDPOINTS:
            if not is_safe(metadata.get(name), like=self._issuer):
                raise Refused(f"Das Verzeichnis nennt keine sichere Adresse für {name}.", "discovery")
        return metadata


def is_safe(address: object, *, like: str = "http:") -> bool:
    """Return whether an address may carry secrets: TLS, or this machine itself where `like` is on it, too."""
    if not isinstance(address, str):
        return False
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    near = host in {"127.0.0.1", "::1", "localhost"} and like.startswith("http:")
    return (parts.scheme == "https" and host != "") or (parts.scheme == "http" and near)


def _fetched(address: str) -> dict[str, Any]:
    try:
        with requests.get(
            address, timeout=_TIMEOUT, allow_redirects=False, headers={"Accept": "application/json"}, stream=True
        ) as answer:
            if answer.status_code >= 500 or answer.status_code == 429:
                raise Unreachable("Das Firmenverzeichnis antwortet gerade nicht.")
            body = _bounded(answer) if answer.status_code == 200 else b""
    except requests.RequestException as error:
        raise Unreachable("Das Firmenverzeichnis antwortet gerade nicht.") from error
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused("Unter POSTLOTSE_OIDC_ISSUER antwortet kein Verzeichnis für OpenID Connect.", "discovery")
    return found


def _bounded(answer: requests.Response) -> bytes:
    body = bytearray()
    for piece in answer.iter_content(16 * 1024):
        body += piece
        if len(body) > _MOST_BYTES:
            return b""
    return bytes(body)


def usable_keys(keys: Keys, issuer: str) -> list[Any]:
    """Return the public signature keys; Entra ties some of its keys to one issuer, which is then the only one."""
    found = []
    for key in keys:
        if not isinstance(key, dict) or key.get("kty") not in _KINDS or key.get("use", "sig") != "sig":
            continue
        if key["kty"] == "RSA" and _is_weak(str(key.get("n"))):
            continue
        tied = str(key.get("issuer", issuer))
        if tied != issuer and ANY_TENANT not in tied:
            continue
        try:
            found.append(JWKRegistry.import_key({name: value for name, value in key.items() if name != "issuer"}))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return found


def _is_weak(modulus: str) -> bool:
    """Return whether an RSA key can be broken: too short, or by chips of 2012 to 2017 whose primes can be computed.

    The mark of the latter is in the key itself (CVE-2017-15361): its remainders are powers of 65537.
    """
    if len(modulus) < _SHORTEST_MODULUS:
        return True
    try:
        number = int.from_bytes(urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4)))
    except ValueError:
        return True
    return all(number % prime in powers for prime, powers in _MARKED.items())


def _verified(token: str, keys: Keys, issuer: str) -> dict[str, Any]:
    return dict(jwt.decode(token, KeySet(usable_keys(keys, issuer)), algorithms=list(ALGORITHMS)).claims)


def bad_token() -> Refused:
    """Return the refusal of a token: one text for all, so that whoever forges tokens learns nothing from the answer."""
    return Refused("Der Nachweis des Firmenverzeichnisses gilt nicht. Bitte noch einmal anmelden.", "token")
