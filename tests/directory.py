"""A directory for tests: real HTTP on this machine, honest by default, and able to forge every part of its answer."""

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

CLIENT, SECRET = "postlotse", "erfundenes-geheimnis"
TENANT, FOREIGN = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
KEY = RSAKey.generate_key(2048, {"kid": "eins", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "zwei", "use": "sig"})

Signer = Callable[[dict[str, Any]], str]


def signed(claims: dict[str, Any], key: RSAKey = KEY, **header: Any) -> str:
    """Return a token as an honest directory makes it."""
    return jwt.encode({"alg": "RS256", "kid": key.kid, **header}, claims, key)


def part(value: object) -> str:
    """Return one part of a token."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Directory:
    """What it serves may be changed by a test: `metadata`, `keys`, `status` of the token endpoint, `body` of its answer."""

    url: str = ""
    now: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=lambda: [KEY.as_dict(private=False)])
    status: int = 200
    body: dict[str, Any] | None = None
    asked: list[str] = field(default_factory=list)
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    granted: int = 0

    def document(self) -> dict[str, Any]:
        """Return the discovery document."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
        } | self.metadata

    def claims(self, asked_nonce: str, **changed: Any) -> dict[str, Any]:
        """Return the claims of a good token; a value of None leaves a claim out."""
        told = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "je-anwendung-verschieden",
            "oid": "a1",
            "tid": TENANT,
            "name": "Lea Lead",
            "roles": ["Team-Lead"],
            "nonce": asked_nonce,
            "iat": self.now,
            "exp": self.now + 3600,
        } | changed
        return {name: value for name, value in told.items() if value is not None}

    def grant(self, address: str, sign: Signer = signed, **changed: Any) -> dict[str, str]:
        """Let the person that was sent to `address` sign in; return the query with which the browser goes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        self.granted += 1
        code = f"code-{self.granted}"
        claims = self.claims(asked["nonce"], **changed)
        self.codes[code] = (asked["code_challenge"], sign(claims))
        return {"code": code, "state": asked["state"], "iss": self.url}

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        """Answer a request (WSGI)."""
        request = Request(environ)
        self.asked.append(request.path)
        answers = {"/.well-known/openid-configuration": self.document, "/keys": lambda: {"keys": self.keys}}
        if request.path == "/token":
            return self._token(request)(environ, start)
        body = json.dumps(answers[request.path]()) if request.path in answers else "{}"
        return Response(body, 200 if request.path in answers else 404, mimetype="application/json")(environ, start)

    def _token(self, request: Request) -> Response:
        challenge, token = self.codes.pop(request.form.get("code", ""), ("", ""))
        proof = part(sha256(request.form.get("code_verifier", "").encode()).digest())
        right = request.form.get("client_secret") == SECRET or request.authorization is not None
        body: dict[str, Any] = {"access_token": "x", "token_type": "Bearer", "id_token": token}
        status = self.status
        if not right or proof != challenge:
            status, body = 400, {"error": "invalid_grant"}
        return Response(json.dumps(self.body or body), status, mimetype="application/json")


class _Silent(WSGIRequestHandler):
    def log_request(self, *_args: object) -> None:
        pass


@contextmanager
def serving(now: int) -> Iterator[Directory]:
    """Serve a directory on a free port; `now` is the second at which its tokens are made."""
    directory = Directory(now=now)
    server = make_server("127.0.0.1", 0, directory, threaded=True, request_handler=_Silent)
    directory.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield directory
    server.shutdown()
    server.server_close()
