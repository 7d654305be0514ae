"""The firm's directory and what a caller of the API shows, for the tests of access tokens."""

import json
from typing import Any

import pytest
from pydantic import SecretStr

from connectors import access
from connectors.errors import Refused
from connectors.keyring import Keyring
from connectors.oidc import Oidc, open_directory
from service.config import Config
from tests.conftest import NOW
from tests.directory import CLIENT, SECRET, TENANT, Directory

API, ADDIN, SCOPE = "schnittstelle", "outlook", "Konversation.Einordnen"
SECOND = int(NOW.timestamp())


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


def written(directory: Directory) -> bytes:
    return json.dumps(claims(directory)).encode()


def held(issuer: str, keys: list[dict[str, Any]]) -> Keyring:
    """Return a keyring that holds these keys and asks nobody."""
    ring = Keyring(issuer, ())
    ring._metadata = {"issuer": issuer, "id_token_signing_alg_values_supported": list(access.ALGORITHMS)}
    ring._keys, ring._asked = keys, NOW
    return ring
