"""The door to the firm's directory: OpenID Connect code flow with PKCE by Authlib, every claim checked before use."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError

from connectors import access
from connectors.errors import Refused, Unreachable
from connectors.identity import Access, Attempt, DirectorySettings, Identity
from connectors.keyring import ANY_TENANT, Keyring, bad_token, is_safe, usable_keys

_TIMEOUT = 10
_LEEWAY = 60
_BYTES = 32
_LONGEST_NAME = 120


class Oidc:
    """One directory. Nothing is asked before the first sign-in, so that an offline start works."""

    def __init__(self, settings: DirectorySettings) -> None:
        self._settings = settings
        self._tenants = frozenset(part.strip().lower() for part in settings.oidc_tenants.split(",") if part.strip())
        self._keyring = Keyring(settings.oidc_issuer, self._tenants)

    def begin(self, now: datetime) -> tuple[str, Attempt]:
        """Return the address to send the browser to, and what has to come back. Raises Refused, Unreachable."""
        metadata, _ = self._keyring.known(now)
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
        metadata, _ = self._keyring.known(now)
        # RFC 9207: an answer of another directory must not be redeemed here.
        told = answer.get("iss", "")
        needed = metadata.get("authorization_response_iss_parameter_supported") is True
        if (told or needed) and told != metadata["issuer"] and ANY_TENANT not in metadata["issuer"]:
            raise Refused("Die Antwort kam von einem anderen Verzeichnis.", "issuer")
        code = answer.get("code", "")
        if not code or "error" in answer:
            raise Refused("Das Firmenverzeichnis hat die Anmeldung nicht erlaubt.", "denied")
        return self._identity(self._redeemed(metadata, code, attempt), attempt.nonce, now)

    def examine(self, now: datetime) -> tuple[str, ...]:
        """Return what was found good, one German sentence each. Raises Refused, Unreachable."""
        metadata, keys = self._keyring.known(now)
        methods = metadata.get("code_challenge_methods_supported")
        pkce = (
            "mit PKCE (S256)" if methods and "S256" in methods else "PKCE (S256) wird nicht angekündigt, aber benutzt"
        )
        return (
            f"Aussteller stimmt überein: {metadata['issuer']}",
            f"Anmeldeseite: {metadata['authorization_endpoint']}, {pkce}",
            f"Schlüssel des Verzeichnisses: {len(usable_keys(keys, metadata['issuer']))} brauchbar",
        )

    def farewell(self, back: str, now: datetime) -> str:
        """Return where a browser signs out of the directory, too, and comes `back` from; "" where it has no such page.

        OpenID Connect RP-Initiated Logout 1.0; without a hint which person it is, so that no ID token is kept.
        Raises Refused, Unreachable.
        """
        metadata, _ = self._keyring.known(now)
        address = metadata.get("end_session_endpoint")
        if not is_safe(address, like=self._settings.oidc_issuer):
            return ""
        query = urlencode({"client_id": self._settings.oidc_client_id, "post_logout_redirect_uri": back})
        return f"{address}{'&' if '?' in str(address) else '?'}{query}"

    def access(self, token: str, now: datetime) -> Access:
        """Return whom an access token stands for. Raises Refused with `why` in {"token", "scope"}, Unreachable."""
        return access.check(token, self._settings, self._keyring, now)

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
            raise bad_token()
        return token

    def _identity(self, token: str, nonce: str, now: datetime) -> Identity:
        metadata, _ = self._keyring.known(now)
        claims = self._keyring.signed(token, now)
        tenant = _text(claims, "tid")
        issuer = str(metadata["issuer"]).replace(ANY_TENANT, tenant)
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
            raise bad_token() from error
        audience = claims["aud"]
        # OpenID Connect Core 3.1.3.7, points 4 and 5: the token was made for us, not merely for us among others.
        if claims.get("azp", client) != client or (
            isinstance(audience, list) and len(audience) > 1 and "azp" not in claims
        ):
            raise bad_token()
        if self._tenants and tenant.lower() not in self._tenants:
            raise Refused("Ihr Konto gehört zu einem Verzeichnis, das hier nicht zugelassen ist.", "tenant")
        return Identity(issuer, _subject(claims), _name(claims), _roles(claims, self._settings.oidc_role_claim))


def open_directory(settings: DirectorySettings) -> Oidc:
    """Return the door. Raises Refused when the issuer is no safe address."""
    if not is_safe(settings.oidc_issuer):
        raise Refused("POSTLOTSE_OIDC_ISSUER muss mit https:// beginnen.", "issuer")
    return Oidc(settings)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) and len(value) <= 255 else ""


def _subject(claims: Mapping[str, Any]) -> str:
    """Return the lasting id of the person: Entra's `oid` (the same in every application), elsewhere `sub`."""
    subject = _text(claims, "oid") if _text(claims, "tid") and _text(claims, "oid") else _text(claims, "sub")
    if not subject:
        raise bad_token()
    return subject


def _name(claims: Mapping[str, Any]) -> str:
    told = _text(claims, "name") or _text(claims, "preferred_username")
    return "".join(letter for letter in told if letter.isprintable()).strip()[:_LONGEST_NAME] or "Mitglied"


def _roles(claims: Mapping[str, Any], claim: str) -> tuple[str, ...]:
    value = claims.get(claim)
    values = value if isinstance(value, list) else [value]
    return tuple(role for role in values if isinstance(role, str))
