"""Gets access tokens for Microsoft Graph: one at a time, built lazily, errors as states a person understands."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msal
import requests
from msal.managed_identity import ManagedIdentityError

from connectors.errors import SignInNeeded, Unreachable
from connectors.graph import clouds, rights
from connectors.graph.refusals import refusal, sign_in_needed

_TIMEOUT = 15
# So long a refusal is taken for granted (seconds): a thousand mailboxes need not hear it one by one.
_REMEMBERED = 60.0
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Registration:
    """The app registration as configured: a certificate (PEM file with key and certificate), a secret, or neither.

    `identity` names a managed identity of the Azure machine instead: "system", or the client id of an assigned one.
    `may_be_wide`: the firm has decided to go on although the token opens texts of mails.
    """

    tenant: str
    client_id: str
    authority: str
    graph: str
    secret: str = ""
    certificate: Path | None = None
    identity: str = ""
    may_be_wide: bool = False


class _Asked(Protocol):
    """Something that is asked for a token; msal answers with a dict in good and in bad times."""

    def get(self, claims: str) -> Any:
        """Return msal's answer for a claims challenge ("" = none)."""

    def forget(self) -> None:
        """Drop what is cached, so that the next token is a new one."""


class Tokens:
    """Access tokens of one app registration (client credentials) or managed identity.

    The first call asks the tenant's discovery document, so nothing happens before a token is needed: an offline
    start must work. msal caches, but is not single-flight: one lock keeps a burst of threads to one request.
    """

    def __init__(
        self, registration: Registration, http: Any = None, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """`http` stands in for msal's HTTP client (get, post, close); `ticks` returns seconds that never jump."""
        self._registration = registration
        self._http = http
        self._ticks = ticks
        self._lock = threading.Lock()
        self._asked: _Asked | None = None
        self._last = ""
        self._refused: tuple[float, SignInNeeded] | None = None

    def __call__(self, claims: str = "") -> str:
        """Return a valid token; `claims` is a claims challenge of Graph. Raises Refused or Unreachable."""
        with self._lock:
            if self._refused is not None and self._ticks() < self._refused[0]:
                raise SignInNeeded(str(self._refused[1]), self._refused[1].why)
            try:
                self._last = self._ask(claims)
            except SignInNeeded as error:
                self._refused = (self._ticks() + _REMEMBERED, error)
                # A renewed certificate lies in the same file: the next try reads it, and msal forgets the refusal.
                self._asked = None
                raise
            self._refused = None
            return self._last

    def forget(self, token: str) -> None:
        """Make the next token a new one, because Graph refused this one; a token that is gone already stays so."""
        with self._lock:
            if token == self._last and self._asked is not None:
                self._asked.forget()
                self._last = ""

    def _ask(self, claims: str) -> str:
        try:
            if self._asked is None:
                self._asked = _open(self._registration, self._http)
            answer = self._asked.get(claims)
        except (requests.RequestException, OSError, KeyError) as error:
            # KeyError: something between us and Microsoft answers in its place.
            raise Unreachable("Der Anmeldeserver von Microsoft ist nicht erreichbar.", 60.0) from error
        except ManagedIdentityError as error:
            raise sign_in_needed("identity") from error
        except ValueError as error:
            raise sign_in_needed("tenant") from error
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if isinstance(token, str) and token:
            if not self._registration.may_be_wide:
                rights.check(token)
            return token
        raise refusal(answer)


class _Application:
    """An app registration with certificate or secret."""

    def __init__(self, where: Registration, http: Any) -> None:
        self._scope = f"{where.graph}/.default"
        self._app = msal.ConfidentialClientApplication(
            where.client_id,
            authority=f"{where.authority.rstrip('/')}/{where.tenant}",
            client_credential=_credential(where),
            client_capabilities=["CP1"],
            http_client=http,
            timeout=_TIMEOUT,
        )

    def get(self, claims: str) -> Any:
        return self._app.acquire_token_for_client([self._scope], claims_challenge=claims or None)

    def forget(self) -> None:
        self._app.remove_tokens_for_client()


class _Identity:
    """A managed identity of the machine: no secret anywhere, but only on Azure (or a server with Azure Arc)."""

    def __init__(self, where: Registration, http: Any) -> None:
        self._where = where
        self._http = http or _session()
        self._app = self._open()

    def get(self, claims: str) -> Any:
        return self._app.acquire_token_for_client(resource=self._where.graph, claims_challenge=claims or None)

    def forget(self) -> None:
        self._app = self._open()

    def _open(self) -> Any:
        named = self._where.identity
        identity = (
            msal.SystemAssignedManagedIdentity()
            if named == SYSTEM
            else msal.UserAssignedManagedIdentity(client_id=named)
        )
        return msal.ManagedIdentityClient(identity, http_client=self._http)


def _open(registration: Registration, http: Any) -> _Asked:
    clouds.check(registration.authority, registration.graph)
    return _Identity(registration, http) if registration.identity else _Application(registration, http)


def _session() -> requests.Session:
    session = requests.Session()
    # The machine's own metadata service: reached without any proxy, or not at all.
    session.trust_env = False
    return session


def _credential(registration: Registration) -> Any:
    if registration.certificate is None:
        return registration.secret
    try:
        pem = registration.certificate.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SignInNeeded("Die Zertifikatsdatei für Microsoft 365 ist nicht lesbar.", "certificate") from error
    return {"private_key": pem, "public_certificate": pem}
