"""Gets access tokens for Microsoft Graph: one at a time, built lazily, errors as states a person understands."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msal
import requests

from connectors.errors import Refused, Unreachable

_TIMEOUT = 15
# Failures of the sign-in server that pass by themselves; everything else needs a person.
_PASSING = frozenset({"temporarily_unavailable", "server_error", "throttled"})


@dataclass(frozen=True, slots=True)
class Registration:
    """The app registration as configured: a certificate (PEM file with key and certificate) or a secret."""

    tenant: str
    client_id: str
    authority: str
    graph: str
    secret: str = ""
    certificate: Path | None = None


class Tokens:
    """Access tokens of one app registration (client credentials).

    The first call asks the tenant's discovery document, so nothing happens before a token is needed: an offline
    start must work. msal caches, but is not single-flight: one lock keeps a burst of threads to one request.
    """

    def __init__(self, registration: Registration, http: Any = None) -> None:
        """`http` stands in for msal's own HTTP client (an object with get, post and close)."""
        self._registration = registration
        self._http = http
        self._lock = threading.Lock()
        self._app: Any = None

    def __call__(self, claims: str = "") -> str:
        """Return a valid token; `claims` is a claims challenge of Graph. Raises Refused or Unreachable."""
        with self._lock:
            try:
                answer = self._application().acquire_token_for_client(
                    [f"{self._registration.graph}/.default"], claims_challenge=claims or None
                )
            except (requests.RequestException, OSError, KeyError) as error:
                # KeyError: something between us and Microsoft answers in its place.
                raise Unreachable("Der Anmeldeserver von Microsoft ist nicht erreichbar.") from error
            except ValueError as error:
                raise Refused(
                    "Verzeichnis oder Anmeldeserver von Microsoft 365 sind falsch eingetragen.", "tenant"
                ) from (error)
        return _token(answer)

    def _application(self) -> Any:
        if self._app is None:
            where = self._registration
            self._app = msal.ConfidentialClientApplication(
                where.client_id,
                authority=f"{where.authority.rstrip('/')}/{where.tenant}",
                client_credential=_credential(where),
                http_client=self._http,
                timeout=_TIMEOUT,
            )
        return self._app


def _credential(registration: Registration) -> Any:
    if registration.certificate is None:
        return registration.secret
    try:
        pem = registration.certificate.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("Die Zertifikatsdatei für Microsoft 365 ist nicht lesbar.", "certificate") from error
    return {"private_key": pem, "public_certificate": pem}


def _token(answer: Any) -> str:
    """Return the token of msal's answer, which is a dict in good and in bad times. Raises Refused or Unreachable."""
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if isinstance(token, str) and token:
        return token
    word = str(answer.get("error", "")) if isinstance(answer, dict) else ""
    codes = answer.get("error_codes") if isinstance(answer, dict) else None
    number = f" (AADSTS{codes[0]})" if isinstance(codes, list) and codes and isinstance(codes[0], int) else ""
    if word in _PASSING:
        raise Unreachable(f"Der Anmeldeserver von Microsoft ist gerade überlastet{number}.")
    raise Refused(f"Microsoft 365 gibt kein Zugriffstoken heraus{number}.", "token")
