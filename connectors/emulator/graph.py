"""Serves the mailboxes of the emulated firm over HTTP in the shapes of Microsoft Graph v1.0, metadata as asked for."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from connectors.emulator import delta, listing
from connectors.emulator.control import PATH as CONTROL
from connectors.emulator.control import Control
from connectors.emulator.delta import PLAIN, Manners
from connectors.emulator.items import EVERYTHING
from connectors.emulator.mailboxes import Box, Mailboxes
from connectors.emulator.subscriptions import Subscriptions
from connectors.emulator.wire import Answer, Ask, Failed, Fault, Server, error_body, handler

__all__ = ["Ask", "Fault", "GraphEmulator", "Rights"]

# Both spellings occur: users/{id}/mailFolders/{id} in requests, users('{id}')/mailFolders('{id}') in links.
_USER = r"/v1\.0/users(?:/([^/()]+)|\('([^/']+)'\))"
_FOLDER = r"/mailFolders(?:/([^/()]+)|\('([^/']+)'\))"
_DELTA = r"/(?:microsoft\.graph\.)?delta(?:\(\))?"
_ROUTES = {
    "tree": re.compile(f"^{_USER}/mailFolders{_DELTA}$", re.IGNORECASE),
    "list": re.compile(f"^{_USER}/mailFolders$", re.IGNORECASE),
    "children": re.compile(f"^{_USER}{_FOLDER}/childFolders$", re.IGNORECASE),
    "delta": re.compile(f"^{_USER}{_FOLDER}/messages{_DELTA}$", re.IGNORECASE),
    "all": re.compile(f"^{_USER}/messages{_DELTA}$", re.IGNORECASE),
    "folder": re.compile(f"^{_USER}{_FOLDER}$", re.IGNORECASE),
    "messages": re.compile(f"^{_USER}{_FOLDER}/messages$", re.IGNORECASE),
    "everywhere": re.compile(f"^{_USER}/messages$", re.IGNORECASE),
    "message": re.compile(f"^{_USER}/messages(?:/([^/()]+)|\\('([^/']+)'\\))$", re.IGNORECASE),
    "settings": re.compile(f"^{_USER}/mailboxSettings$", re.IGNORECASE),
    "replies": re.compile(f"^{_USER}/mailboxSettings/automaticRepliesSetting$", re.IGNORECASE),
}
_SUBSCRIPTION = re.compile(r"^/v1\.0/subscriptions(?:/([^/]+))?$", re.IGNORECASE)
_CONTENT = frozenset({"body", "bodyPreview", "uniqueBody"})
_NO_MAILBOX = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
_NO_TRACKING = "Unsupported request: Change tracking is not supported against 'microsoft.graph.message'."


@dataclass(slots=True)
class Rights:
    """What the app may do. `content`: Mail.Read instead of Mail.ReadBasic; `headers`: whether header lines are given.

    `settings` is MailboxSettings.Read, `domains` Domain.Read.All.
    """

    content: bool = True
    headers: bool = True
    settings: bool = True
    domains: bool = True


def _noon() -> datetime:
    return datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


class GraphEmulator:
    """A server on 127.0.0.1. `faults` may answer any request itself; `token` is the only one that is let in.

    `manners` says how a page comes; `clock` tells the time, by which subscriptions end.
    """

    def __init__(
        self,
        mailboxes: Mailboxes,
        port: int = 0,
        token: str = "emulator",
        faults: Callable[[Ask], Fault | None] = lambda ask: None,
        clock: Callable[[], datetime] = _noon,
    ) -> None:
        self.mailboxes = mailboxes
        self.token = token
        self.faults = faults
        self.manners: Manners = lambda ask: PLAIN
        self.rights = Rights()
        self.domains: tuple[str, ...] = tuple(dict.fromkeys(a.rpartition("@")[2] for a in mailboxes.addresses))
        self.subscriptions = Subscriptions(clock)
        self.control = Control(mailboxes, self.subscriptions, self.use, lambda: self.requests)
        self.requests = 0
        mailboxes.listeners.append(self.subscriptions.tell)
        self._server = Server(("127.0.0.1", port), handler(self.respond))
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}/v1.0"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="graph-emulator", daemon=True
        )

    def start(self) -> "GraphEmulator":
        """Begin to serve; returns itself."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and close the port."""
        if self.subscriptions.tell in self.mailboxes.listeners:
            self.mailboxes.listeners.remove(self.subscriptions.tell)
        self.subscriptions.close()
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def use(self, schedule: Any) -> None:
        """Let a schedule of faults.py decide about requests and pages from now on."""
        self.faults, self.manners = schedule, schedule.manner

    def respond(self, ask: Ask) -> Fault:
        """Return what goes out for a request: a fault, or the right answer."""
        if ask.path.startswith(CONTROL):
            return self._controlled(ask)
        fault = self.faults(ask)
        return fault or Fault(*self.answer(ask))

    def answer(self, ask: Ask) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for a request."""
        self.requests += 1
        try:
            found = self._route(ask)
        except Failed as error:
            return error.status, error.headers, error_body(error.code, error.text, self.requests)
        return found.status, {}, b"" if found.body is None else msgspec.json.encode(found.body)

    def _controlled(self, ask: Ask) -> Fault:
        try:
            self._let_in(ask)
            found = self.control.look() if ask.method == "GET" else self.control.do(ask.json())
        except Failed as error:
            return Fault(error.status, body=error_body(error.code, error.text))
        return Fault(200, body=msgspec.json.encode(found))

    def _let_in(self, ask: Ask) -> None:
        if ask.token != self.token:
            raise Failed(401, "InvalidAuthenticationToken", "Access token is empty or not valid.")

    def _route(self, ask: Ask) -> Answer:
        self._let_in(ask)
        subscription = _SUBSCRIPTION.match(ask.path)
        if subscription:
            return self._subscription(ask, subscription[1] or "")
        if ask.method != "GET":
            raise Failed(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
        if ask.path.lower() == "/v1.0/domains":
            self._permit(self.rights.domains, "Authorization_RequestDenied")
            return Answer(self._told("domains", listing.domains(self.domains)))
        for name, pattern in _ROUTES.items():
            match = pattern.match(ask.path)
            if match:
                user, part = (*(unquote(group) for group in match.groups() if group), "")[:2]
                with self.mailboxes.lock:
                    return Answer(self._serve(name, ask, user, part))
        raise Failed(400, "BadRequest", "Resource not found for the segment.")

    def _subscription(self, ask: Ask, wanted: str) -> Answer:
        if ask.method == "POST" and not wanted:
            return Answer(self._told("subscriptions/$entity", self.subscriptions.create(ask.json())), 201)
        if ask.method == "PATCH" and wanted:
            return Answer(self._told("subscriptions/$entity", self.subscriptions.renew(wanted, ask.json())))
        if ask.method == "DELETE" and wanted:
            self.subscriptions.remove(wanted)
            return Answer(None, 204)
        if ask.method != "GET":
            raise Failed(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
        if wanted:
            return Answer(self._told("subscriptions/$entity", self.subscriptions.get(wanted).shown()))
        return Answer(self._told("subscriptions", self.subscriptions.every()))

    def _serve(self, name: str, ask: Ask, user: str, part: str) -> dict[str, Any]:
        box = self._box(user)
        if name == "all":
            raise Failed(400, "BadRequest", _NO_TRACKING)
        if name in {"settings", "replies"}:
            self._permit(self.rights.settings, "ErrorAccessDenied")
            return self._told(name, listing.settings(box) if name == "settings" else listing.replies(box))
        if "message" in name or name in {"delta", "everywhere"}:
            ask = self._permitted(ask)
        start = f"{self.base}/users('{quote(user)}')"
        if name == "tree":
            return self._told("Collection(mailFolder)", listing.tree(ask, box, f"{start}/mailFolders/delta"))
        if name == "message":
            return self._told("messages/$entity", listing.message(ask, box, part))
        if name == "everywhere":
            return self._told("messages", listing.messages(ask, tuple(box.drawers.values()), f"{start}/messages"))
        return self._in_folder(name, ask, box, (user, part or "msgfolderroot"))

    def _in_folder(self, name: str, ask: Ask, box: Box, where: tuple[str, str]) -> dict[str, Any]:
        user, part = where
        try:
            drawer = self.mailboxes.folder(user, part)
        except KeyError:
            raise Failed(404, "ErrorItemNotFound", "The specified object was not found in the store.") from None
        start = f"{self.base}/users('{quote(user)}')/mailFolders"
        if name == "folder":
            return self._told("mailFolders/$entity", listing.folder(drawer, ask, box))
        if name == "list":
            return self._told("mailFolders", listing.children(ask, box, drawer, start))
        if name == "children":
            return self._told(
                "mailFolders", listing.children(ask, box, drawer, f"{start}('{quote(part)}')/childFolders")
            )
        if name == "messages":
            return self._told("messages", listing.messages(ask, (drawer,), f"{start}('{quote(part)}')/messages"))
        if box.full:
            raise Failed(403, "ErrorQuotaExceeded", "Mailbox has exceeded maximum mailbox size.")
        limits = (self.mailboxes.generations, self.manners(ask))
        found = delta.answer(ask, drawer, delta.address_of(self.base, user, part), limits)
        return self._told("Collection(message)", found)

    def _box(self, user: str) -> Box:
        try:
            box = self.mailboxes.box(user)
        except KeyError:
            raise Failed(404, "ErrorInvalidUser", "The requested user is invalid.") from None
        if box.state == "outside":
            raise Failed(403, "ErrorAccessDenied", "Access to OData is disabled.")
        if box.state == "unlicensed":
            raise Failed(404, "MailboxNotEnabledForRESTAPI", _NO_MAILBOX)
        return box

    def _permit(self, right: bool, code: str) -> None:
        if not right:
            raise Failed(403, code, "Access is denied. Check credentials and try again.")

    def _permitted(self, ask: Ask) -> Ask:
        """With Mail.ReadBasic no content can be had; whether header lines can is a right of its own here."""
        chosen = set(filter(None, ask.query.get("$select", "").split(",")))
        self._permit(self.rights.content or not chosen & _CONTENT, "ErrorAccessDenied")
        self._permit(self.rights.headers or "internetMessageHeaders" not in chosen, "ErrorAccessDenied")
        if self.rights.content or chosen:
            return ask
        return replace(ask, query={**ask.query, "$select": ",".join(n for n in EVERYTHING if n not in _CONTENT)})

    def _told(self, of: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"@odata.context": f"{self.base}/$metadata#{of}"} | body
