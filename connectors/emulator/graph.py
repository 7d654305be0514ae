"""Serves the mailboxes of the emulated firm over HTTP in the shapes of Microsoft Graph v1.0, metadata as asked for."""

import base64
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec

from connectors.emulator.items import EVERYTHING, show
from connectors.emulator.mailboxes import Drawer, Mailboxes

# Both spellings occur: users/{id}/mailFolders/{id} in requests, users('{id}')/mailFolders('{id}') in links.
_USER = r"/v1\.0/users(?:/([^/()]+)|\('([^/']+)'\))"
_FOLDER = r"/mailFolders(?:/([^/()]+)|\('([^/']+)'\))"
_DELTA = r"/(?:microsoft\.graph\.)?delta(?:\(\))?"
_ROUTES = {
    "tree": re.compile(f"^{_USER}/mailFolders{_DELTA}$", re.IGNORECASE),
    "list": re.compile(f"^{_USER}/mailFolders$", re.IGNORECASE),
    "messages": re.compile(f"^{_USER}{_FOLDER}/messages{_DELTA}$", re.IGNORECASE),
    "all": re.compile(f"^{_USER}/messages{_DELTA}$", re.IGNORECASE),
    "folder": re.compile(f"^{_USER}{_FOLDER}$", re.IGNORECASE),
}
_PAGE_SIZE = re.compile(r"odata\.maxpagesize=(\d+)", re.IGNORECASE)
_DEFAULT_PAGE = 10
_LARGEST_PAGE = 999


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer given in place of the right one; `cut` closes the connection after half of the body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as the emulator sees it."""

    path: str
    query: dict[str, str]
    prefer: str
    token: str

    @property
    def immutable(self) -> bool:
        """Whether immutable ids are preferred."""
        return 'idtype="immutableid"' in self.prefer.lower()

    @property
    def page_size(self) -> int:
        """How many items a page may have; $top changes nothing here, as at Graph."""
        match = _PAGE_SIZE.search(self.prefer)
        return min(max(int(match[1]), 1), _LARGEST_PAGE) if match else _DEFAULT_PAGE


class _Failed(Exception):
    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a caller that hangs up before its answer is his affair, and no news for the console."""


class GraphEmulator:
    """A server on 127.0.0.1. `faults` may answer any request itself; `token` is the only one that is let in."""

    def __init__(
        self,
        mailboxes: Mailboxes,
        port: int = 0,
        token: str = "emulator",
        faults: Callable[[Ask], Fault | None] = lambda ask: None,
    ) -> None:
        self.mailboxes = mailboxes
        self.token = token
        self.faults = faults
        self.requests = 0
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="graph-emulator", daemon=True
        )

    @property
    def base(self) -> str:
        """The address to configure as Graph's base."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1.0"

    def start(self) -> "GraphEmulator":
        """Begin to serve; returns itself."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and close the port."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, ask: Ask) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for a request."""
        self.requests += 1
        try:
            body = self._route(ask)
        except _Failed as error:
            return error.status, {}, _error(error, self.requests)
        return 200, {}, msgspec.json.encode(body)

    def _route(self, ask: Ask) -> dict[str, Any]:
        if ask.token != self.token:
            raise _Failed(401, "InvalidAuthenticationToken", "Access token is empty or not valid.")
        for name, pattern in _ROUTES.items():
            match = pattern.match(ask.path)
            if match:
                user, folder = (*(unquote(group) for group in match.groups() if group), "")[:2]
                with self.mailboxes.lock:
                    return self._serve(name, ask, user, folder)
        raise _Failed(400, "BadRequest", "Resource not found for the segment.")

    def _serve(self, name: str, ask: Ask, user: str, folder: str) -> dict[str, Any]:
        if name == "all":
            raise _Failed(
                400,
                "BadRequest",
                "Unsupported request: Change tracking is not supported against 'microsoft.graph.message'.",
            )
        try:
            folders = self.mailboxes.folders(user)
        except KeyError:
            raise _Failed(404, "ErrorInvalidUser", "The requested user is invalid.") from None
        if name == "tree":
            return self._tree(ask, user, folders)
        if name == "list":
            top = [drawer for drawer in folders if drawer.parent == folders[0].id]
            shown = [_drawer(drawer, ask, kind=False) for drawer in top[: int(ask.query.get("$top", _DEFAULT_PAGE))]]
            return {"@odata.context": self._context(f"users('{quote(user)}')/mailFolders"), "value": shown}
        try:
            drawer = self.mailboxes.folder(user, folder)
        except KeyError:
            raise _Failed(404, "ErrorItemNotFound", "The specified object was not found in the store.") from None
        if name == "folder":
            return {"@odata.context": self._context("mailFolders/$entity")} | _drawer(drawer, ask, kind=False)
        return self._messages(ask, user, folder, drawer)

    def _tree(self, ask: Ask, user: str, folders: tuple[Drawer, ...]) -> dict[str, Any]:
        start = int(_token(ask).get("p", 0))
        page = folders[start : start + ask.page_size]
        body: dict[str, Any] = {
            "@odata.context": self._context("Collection(mailFolder)"),
            "value": [_drawer(drawer, ask, kind=True) for drawer in page],
        }
        last = start + ask.page_size >= len(folders)
        link = f"{self.base}/users('{quote(user)}')/mailFolders/delta?"
        body |= _link(link, {"p": start + ask.page_size}, last=last)
        return body

    def _messages(self, ask: Ask, user: str, folder: str, drawer: Drawer) -> dict[str, Any]:
        state = _token(ask)
        if state and state.get("g") != drawer.generation:
            newest = drawer.generation
            raise _Failed(
                410,
                "SyncStateNotFound",
                f"The sync state generation is not found; generation={state.get('g')};[{newest}]",
            )
        select = tuple(state["s"]) if state else _select(ask)
        start, end = int(state.get("p", 0)), int(state.get("e", 0)) or len(drawer.log)
        stop = min(start + ask.page_size, end)
        value = [
            _shown(drawer, key, {what for what, other in drawer.log[start:stop] if other == key}, select, ask)
            for key in dict.fromkeys(key for _, key in drawer.log[start:stop])
        ] if state.get("r") else [
            show(drawer.items[key], select, immutable=ask.immutable)
            for what, key in drawer.log[start:stop]
            if what == "add" and key in drawer.items
        ]  # fmt: skip
        last = stop >= end
        following = {"p": stop, "s": select, "g": drawer.generation, "r": 1 if last else state.get("r", 0)}
        if not last:
            following["e"] = end
        link = f"{self.base}/users('{quote(user)}')/mailFolders('{quote(folder)}')/messages/delta?"
        return {"@odata.context": self._context("Collection(message)"), "value": value} | _link(
            link, following, last=last
        )

    def _context(self, of: str) -> str:
        return f"{self.base}/$metadata#{of}"


def _shown(drawer: Drawer, key: str, what: set[str], select: tuple[str, ...], ask: Ask) -> dict[str, Any]:
    """Return an item in a later round: gone, new (whole), or only its changed properties in spite of $select."""
    item = drawer.items.get(key)
    if item is None:
        gone = drawer.gone[key].id(immutable=ask.immutable)
        return {"@odata.type": "#microsoft.graph.message", "id": gone, "@removed": {"reason": "deleted"}}
    chosen = select if "add" in what else ("isRead", "parentFolderId")
    return show(item, chosen, immutable=ask.immutable)


def _drawer(drawer: Drawer, ask: Ask, *, kind: bool) -> dict[str, Any]:
    whole = {
        "id": drawer.id,
        "displayName": drawer.display,
        "parentFolderId": drawer.parent or drawer.id,
        "childFolderCount": 0,
        "unreadItemCount": sum(not item.is_read for item in drawer.items.values()),
        "totalItemCount": len(drawer.items),
        "isHidden": False,
    }
    chosen = ask.query.get("$select")
    shown = {k: v for k, v in whole.items() if not chosen or k in {"id", *chosen.split(",")}}
    return ({"@odata.type": "#microsoft.graph.mailFolder"} if kind else {}) | shown


def _select(ask: Ask) -> tuple[str, ...]:
    chosen = ask.query.get("$select", "")
    return tuple(part.strip() for part in chosen.split(",")) if chosen else EVERYTHING


def _link(link: str, state: dict[str, Any], *, last: bool) -> dict[str, str]:
    name, param = ("@odata.deltaLink", "$deltatoken") if last else ("@odata.nextLink", "$skiptoken")
    packed = base64.urlsafe_b64encode(json.dumps(state, separators=(",", ":")).encode()).decode().rstrip("=")
    return {name: f"{link}{param}={packed}"}


def _token(ask: Ask) -> dict[str, Any]:
    packed = ask.query.get("$skiptoken") or ask.query.get("$deltatoken")
    if not packed:
        return {}
    try:
        state = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except ValueError:
        raise _Failed(400, "SyncStateInvalid", "The sync state is invalid.") from None
    return dict(state)


def _error(error: _Failed, number: int) -> bytes:
    request_id = f"00000000-0000-4000-8000-{number:012d}"
    inner = {"date": "2026-01-01T00:00:00", "request-id": request_id, "client-request-id": request_id}
    return msgspec.json.encode({"error": {"code": error.code, "message": error.text, "innerError": inner}})


def _handler(emulator: GraphEmulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 60

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            _, _, token = self.headers.get("Authorization", "").partition(" ")
            ask = Ask(unquote(parts.path), query, self.headers.get("Prefer", ""), token)
            fault = emulator.faults(ask)
            status, headers, body = (fault.status, fault.headers, fault.body) if fault else emulator.answer(ask)
            self._send(status, headers, body, cut=bool(fault and fault.cut))

        def _send(self, status: int, headers: dict[str, str], body: bytes, *, cut: bool) -> None:
            self.send_response(status)
            kind = "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8"
            for name, value in ({"Content-Type": kind, "Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut else body)
            self.close_connection = cut

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name that http.server uses
            """Say nothing: a log line would hold addresses."""

    return Handler
