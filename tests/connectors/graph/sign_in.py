"""A sign-in server at the network, as the tests of tokens and of clouds need it."""

import json
from dataclasses import dataclass, field
from typing import Any

import requests

TENANT = "11111111-2222-4333-8444-555555555555"


AUTHORITY = "https://login.microsoftonline.com"


@dataclass
class Answer:
    """An HTTP answer as msal reads it."""

    text: str
    status_code: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def raise_for_status(self) -> None:
        """Complain as requests would."""
        if self.status_code >= 400:
            raise requests.HTTPError(str(self.status_code))


@dataclass
class SignIn:
    """A sign-in server at the network: discovery, then `answer` for every token request."""

    answer: dict[str, Any]
    posts: list[dict[str, Any]] = field(default_factory=list)
    down: bool = False

    def get(self, url: str, **_: Any) -> Answer:
        """Answer the discovery of the tenant."""
        if self.down:
            raise requests.ConnectionError("GEHEIM")
        base = f"{AUTHORITY}/{TENANT}"
        found = {
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "issuer": f"{base}/v2.0",
            "metadata": [],
        }
        return Answer(json.dumps(found))

    def post(self, url: str, data: dict[str, Any] | None = None, **_: Any) -> Answer:
        """Answer a token request."""
        self.posts.append(data or {})
        return Answer(json.dumps(self.answer), 200 if "access_token" in self.answer else 400)

    def close(self) -> None:
        """Nothing to close."""


GOOD = {"access_token": "abc", "expires_in": 3600, "token_type": "Bearer"}
