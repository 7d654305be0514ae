"""What the emulator and its callers exchange: requests, answers, errors in Graph's shape, tokens of links, a server."""

import base64
import json
import os
import re
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

_PAGE_SIZE = re.compile(r"odata\.maxpagesize=(\d+)", re.IGNORECASE)
DEFAULT_PAGE = 10
_LARGEST_PAGE = 999
_JSON = "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8"
# Bytes that go out at once when an answer drips.
_DRIP = 64
_LONGEST_BODY = 1 << 20


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer given in place of the right one; `cut` closes the connection after half of the body.

    `reset` sends nothing and resets the connection (RST); `drip` is the pause in seconds after every 64 bytes.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False
    reset: bool = False
    drip: float = 0.0


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as the emulator sees it."""

    path: str
    query: dict[str, str]
    prefer: str
    token: str
    method: str = "GET"
    body: bytes = b""

    @property
    def immutable(self) -> bool:
        """Whether immutable ids are preferred."""
        return 'idtype="immutableid"' in self.prefer.lower()

    @property
    def page_size(self) -> int:
        """How many items a page may have; $top changes nothing here, as at Graph's delta."""
        match = _PAGE_SIZE.search(self.prefer)
        return min(max(int(match[1]), 1), _LARGEST_PAGE) if match else DEFAULT_PAGE

    def json(self) -> dict[str, Any]:
        """Return the body as an object. Raises Failed (400) when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Failed(400, "BadRequest", "Unable to read JSON request payload.")
        return found


class Failed(Exception):
    """An answer that is no success, with Graph's code and text; `headers` go with it."""

    def __init__(self, status: int, code: str, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.headers = status, code, text, headers or {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: status and body (None = no content)."""

    body: dict[str, Any] | None
    status: int = 200


def error_body(code: str, text: str, number: int = 0) -> bytes:
    """Return an error in Graph's shape; `number` makes its request id."""
    request_id = f"00000000-0000-4000-8000-{number:012d}"
    inner = {"date": "2026-01-01T00:00:00", "request-id": request_id, "client-request-id": request_id}
    return msgspec.json.encode({"error": {"code": code, "message": text, "innerError": inner}})


def link(address: str, state: dict[str, Any], *, last: bool) -> dict[str, str]:
    """Return the property that leads on from a page: a next link, or a delta link after the last page of a round."""
    name, param = ("@odata.deltaLink", "$deltatoken") if last else ("@odata.nextLink", "$skiptoken")
    packed = base64.urlsafe_b64encode(json.dumps(state, separators=(",", ":")).encode()).decode().rstrip("=")
    return {name: f"{address}?{param}={packed}"}


def unpack(packed: str) -> dict[str, Any]:
    """Return what a token holds. Raises Failed (400) for one that nobody gave out."""
    try:
        return dict(json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))))
    except (ValueError, TypeError):
        raise Failed(400, "SyncStateInvalid", "The sync state is invalid.") from None


def state_of(ask: Ask) -> dict[str, Any]:
    """Return the state inside the token of a request; empty without one. Raises Failed like `unpack`."""
    packed = ask.query.get("$skiptoken") or ask.query.get("$deltatoken")
    return unpack(packed) if packed else {}


class Server(ThreadingHTTPServer):
    """A server on 127.0.0.1 whose threads end with the process."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a caller that hangs up before its answer is his affair, and no news for the console."""


def handler(answer: Callable[[Ask], Fault]) -> type[BaseHTTPRequestHandler]:
    """Return a handler class for http.server that sends what `answer` says."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 60

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            _, _, token = self.headers.get("Authorization", "").partition(" ")
            length = min(int(self.headers.get("Content-Length") or 0), _LONGEST_BODY)
            body = self.rfile.read(length) if length else b""
            self._send(
                answer(Ask(unquote(parts.path), query, self.headers.get("Prefer", ""), token, self.command, body))
            )

        do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815  the names that http.server looks for

        def _send(self, fault: Fault) -> None:
            if fault.reset:
                # Linger of zero seconds turns the close into a reset.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os.close(self.connection.detach())
                self.close_connection = True
                return
            self.send_response(fault.status)
            for name, value in (
                {"Content-Type": _JSON, "Content-Length": str(len(fault.body))} | fault.headers
            ).items():
                self.send_header(name, value)
            self.end_headers()
            body = fault.body[: len(fault.body) // 2] if fault.cut else fault.body
            for start in range(0, len(body), _DRIP) if fault.drip else ():
                self.wfile.write(body[start : start + _DRIP])
                self.wfile.flush()
                time.sleep(fault.drip)
            self.wfile.write(b"" if fault.drip else body)
            self.close_connection = fault.cut

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name that http.server uses
            """Say nothing: a log line would hold addresses."""

    return Handler
