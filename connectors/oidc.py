"""The door to the firm's directory: OpenID Connect code flow with PKCE by Authlib, every claim checked before use."""

import hmac
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet

from connectors.errors import Refused, Unreachable
from connectors.identity import Attempt, DirectorySettings, Identity

# Signatures that only the directory can make. Neither "none" nor HMAC, for which a public key would be the secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_KINDS = frozenset({"RSA", "EC"})
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
# Entra's discovery document for several tenants names this instead of a tenant.
_ANY_TENANT = "{tenantid}"
_TIMEOUT = 10
_LEEWAY = 60
# Directories change their keys seldom and announce them early; an unknown key id asks at once, at most this often.
_FRESH = timedelta(hours=1)
_AGAIN = timedelta(minutes=1)
_BYTES = 32
_LONGEST_NAME = 120


class Oidc:
    """One directory. Nothing is asked before the first sign-in, so that an offline start works."""

    def __init__(self, settings: DirectorySettings) -> None:
        self._settings = settings
        self._issuer = settings.oidc_issuer.rstrip("/")
        self._tenants = frozenset(part.strip().lower() for part in settings.oidc_tenants.split(",") if part.strip())
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._keys: list[dict[str, Any]] = []
        self._asked: datetime | None = None

    def begin(self, now: datetime) -> tuple[str, Attempt]:
        """Return the address to send the browser to, and what has to come back. Raises Refused, Unreachable."""
        metadata, _ = self._discovered(now)
        attempt = Attempt(token_urlsafe(_BYTES), token_urlsafe(_BYTES), token_urlsafe(48))
        with self._session(metadata) as session:
            address, _ = session.create_authorization_url(
                metadata["authorization_endpoint"],
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
        return str(address), attempt

    def finish(self, answer: Mapping[str, str], attempt: Attempt, now: datetime) -> Identity:
        """Return who came back. Raises Refused with `why` in {"state", "issuer", "denied", "token", "tenant"}."""
        if not hmac.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
            raise Refused("Diese Anmeldung wurde nicht hier begonnen. Bitte noch einmal anmelden.", "state")
        metadata, _ = self._discovered(now)
        # RFC 9207: an answer of another directory must not be redeemed here.
        told = answer.get("iss", "")
        needed = metadata.get("authorization_response_iss_parameter_supported") is True
        if (told or needed) and told != metadata["issuer"] and _ANY_TENANT not in metadata["issuer"]:
            raise Refused("Die Antwort kam von einem anderen Verzeichnis.", "issuer")
        code = answer.get("code", "")
        if not code or "error" in answer:
            raise Refused("Das Firmenverzeichnis hat die Anmeldung nicht erlaubt.", "denied")
        return self._identity(self._redeemed(metadata, code, attempt), attempt.nonce, now)

    def examine(self, now: datetime) -> tuple[str, ...]:
        """Return what was found good, one German sentence each. Raises Refused, Unreachable."""
        metadata, keys = self._discovered(now)
        methods = metadata.get("code_challenge_methods_supported")
        pkce = (
            "mit PKCE (S256)" if methods and "S256" in methods else "PKCE (S256) wird nicht angekündigt, aber benutzt"
        )
        return (
            f"Aussteller stimmt überein: {metadata['issuer']}",
            f"Anmeldeseite: {metadata['authorization_endpoint']}, {pkce}",
            f"Schlüssel des Verzeichnisses: {len(_usable(keys, metadata['issuer']))} brauchbar",
        )

    def _session(self, metadata: Mapping[str, Any]) -> Any:
        secret = self._settings.oidc_client_secret.get_secret_value()
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        # In the body a secret needs no escaping that the two sides could understand differently.
        how = "client_secret_post" if "client_secret_post" in methods else "client_secret_basic"
        return OAuth2Session(
            self._settings.oidc_client_id,
            secret or None,
            token_endpoint_auth_method=how if secret else "none",
            scope="openid profile",
            redirect_uri=self._settings.sign_in_url,
            code_challenge_method="S256",
            default_timeout=_TIMEOUT,
        )

    def _redeemed(self, metadata: Mapping[str, Any], code: str, attempt: Attempt) -> str:
        try:
            with self._session(metadata) as session:
                answer = session.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                    allow_redirects=False,
                )
        except OAuthError as error:
            raise Refused("Das Firmenverzeichnis löst diese Anmeldung nicht (noch einmal) ein.", "token") from error
        except (requests.RequestException, ValueError) as error:
            raise Unreachable("Das Firmenverzeichnis antwortet gerade nicht.") from error
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _bad_token()
        return token

    def _identity(self, token: str, nonce: str, now: datetime) -> Identity:
        metadata, _ = self._discovered(now)
        claims = self._signed(token, now)
        tenant = _text(claims, "tid")
        issuer = str(metadata["issuer"]).replace(_ANY_TENANT, tenant)
        client = self._settings.oidc_client_id
        checks = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
        )
        try:
            checks.validate(claims)
        except (JoseError, TypeError, ValueError) as error:
            raise _bad_token() from error
        audience = claims["aud"]
        # OpenID Connect Core 3.1.3.7, points 4 and 5: the token was made for us, not merely for us among others.
        if claims.get("azp", client) != client or (
            isinstance(audience, list) and len(audience) > 1 and "azp" not in claims
        ):
            raise _bad_token()
        if self._tenants and tenant.lower() not in self._tenants:
            raise Refused("Ihr Konto gehört zu einem Verzeichnis, das hier nicht zugelassen ist.", "tenant")
        return Identity(issuer, _subject(claims), _name(claims), _roles(claims, self._settings.oidc_role_claim))

    def _signed(self, token: str, now: datetime) -> dict[str, Any]:
        """Return the claims of a token whose signature holds; asks once for new keys when its key is unknown."""
        metadata, keys = self._discovered(now)
        try:
            return _verified(token, keys, metadata["issuer"])
        except InvalidKeyIdError:
            metadata, keys = self._discovered(now, _AGAIN)
        except (JoseError, ValueError, TypeError) as error:
            raise _bad_token() from error
        try:
            return _verified(token, keys, metadata["issuer"])
        except (JoseError, ValueError, TypeError) as error:
            raise _bad_token() from error

    def _discovered(self, now: datetime, fresh: timedelta = _FRESH) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return the discovery document and the keys, not older than `fresh`."""
        with self._lock:
            if self._asked is None or now - self._asked > fresh:
                metadata = self._checked(_fetched(f"{self._issuer}/.well-known/openid-configuration"))
                keys = _fetched(metadata["jwks_uri"]).get("keys")
                if not isinstance(keys, list) or not _usable(keys, metadata["issuer"]):
                    raise Refused("Das Firmenverzeichnis nennt keine brauchbaren Schlüssel.", "jwks")
                self._metadata, self._keys, self._asked = metadata, keys, now
            return self._metadata, self._keys

    def _checked(self, metadata: dict[str, Any]) -> dict[str, Any]:
        issuer = metadata.get("issuer")
        several = isinstance(issuer, str) and _ANY_TENANT in issuer
        if several and not self._tenants:
            raise Refused("Ein Aussteller für viele Verzeichnisse braucht POSTLOTSE_OIDC_TENANTS.", "issuer")
        # Entra's answer for several tenants names a pattern in place of "organizations", which was asked for.
        if not several and issuer not in {self._issuer, f"{self._issuer}/"}:
            raise Refused("Das Verzeichnis nennt einen anderen Aussteller als POSTLOTSE_OIDC_ISSUER.", "issuer")
        if several and urlsplit(str(issuer)).netloc != urlsplit(self._issuer).netloc:
            raise Refused("Das Verzeichnis nennt einen anderen Aussteller als POSTLOTSE_OIDC_ISSUER.", "issuer")
        for name in _ENDPOINTS:
            if not is_safe(metadata.get(name)):
                raise Refused(f"Das Verzeichnis nennt keine sichere Adresse für {name}.", "discovery")
        return metadata


def is_safe(address: object) -> bool:
    """Return whether an address may carry secrets: TLS, or this machine itself."""
    if not isinstance(address, str):
        return False
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return (parts.scheme == "https" and host != "") or (
        parts.scheme == "http" and host in {"127.0.0.1", "::1", "localhost"}
    )


def open_directory(settings: DirectorySettings) -> Oidc:
    """Return the door. Raises Refused when the issuer is no safe address."""
    if not is_safe(settings.oidc_issuer):
        raise Refused("POSTLOTSE_OIDC_ISSUER muss mit https:// beginnen.", "issuer")
    return Oidc(settings)


def _fetched(address: str) -> dict[str, Any]:
    try:
        answer = requests.get(address, timeout=_TIMEOUT, allow_redirects=False, headers={"Accept": "application/json"})
    except requests.RequestException as error:
        raise Unreachable("Das Firmenverzeichnis antwortet gerade nicht.") from error
    if answer.status_code >= 500 or answer.status_code == 429:
        raise Unreachable("Das Firmenverzeichnis antwortet gerade nicht.")
    try:
        found = answer.json() if answer.status_code == 200 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused("Unter POSTLOTSE_OIDC_ISSUER antwortet kein Verzeichnis für OpenID Connect.", "discovery")
    return found


def _usable(keys: list[dict[str, Any]], issuer: str) -> list[Any]:
    """Return the public signature keys; Entra ties some of its keys to one issuer, which is then the only one."""
    found = []
    for key in keys:
        if not isinstance(key, dict) or key.get("kty") not in _KINDS or key.get("use", "sig") != "sig":
            continue
        tied = str(key.get("issuer", issuer))
        if tied != issuer and _ANY_TENANT not in tied:
            continue
        try:
            found.append(JWKRegistry.import_key({name: value for name, value in key.items() if name != "issuer"}))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return found


def _verified(token: str, keys: list[dict[str, Any]], issuer: str) -> dict[str, Any]:
    return dict(jwt.decode(token, KeySet(_usable(keys, issuer)), algorithms=list(ALGORITHMS)).claims)


def _bad_token() -> Refused:
    # One text for all: whoever forges tokens learns nothing from the answer.
    return Refused("Der Nachweis des Firmenverzeichnisses gilt nicht. Bitte noch einmal anmelden.", "token")


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) and len(value) <= 255 else ""


def _subject(claims: Mapping[str, Any]) -> str:
    """Return the lasting id of the person: Entra's `oid` (the same in every application), elsewhere `sub`."""
    subject = _text(claims, "oid") if _text(claims, "tid") and _text(claims, "oid") else _text(claims, "sub")
    if not subject:
        raise _bad_token()
    return subject


def _name(claims: Mapping[str, Any]) -> str:
    told = _text(claims, "name") or _text(claims, "preferred_username")
    return "".join(letter for letter in told if letter.isprintable()).strip()[:_LONGEST_NAME] or "Mitglied"


def _roles(claims: Mapping[str, Any], claim: str) -> tuple[str, ...]:
    value = claims.get(claim)
    values = value if isinstance(value, list) else [value]
    return tuple(role for role in values if isinstance(role, str))
