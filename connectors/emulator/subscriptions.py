"""Plays Graph's change notifications: handshake, subscriptions that end, deliveries with retries and duplicates."""

import hashlib
import queue
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests

from connectors.emulator.items import Item
from connectors.emulator.wire import Failed

TENANT = "84bd8158-6d4d-4958-8b9f-9d6445542f95"
_APP = "24d3b144-21ae-4080-943f-7067b395b913"
# Graph: at most 4,230 minutes for messages, less than 45 become 45, clientState up to 128 characters.
_LONGEST, _SHORTEST, _STATE = timedelta(minutes=4230), timedelta(minutes=45), 128
_RESOURCE = re.compile(r"/?users/([^/]+)(?:/mailFolders\('?[^/']+'?\))?/messages", re.IGNORECASE)
_KINDS = frozenset({"created", "updated", "deleted"})
# Seconds between tries of one delivery; Graph goes on for hours, with growing pauses.
_PAUSES = (0.05, 0.2, 1.0)
_HANDSHAKE_SECONDS, _DELIVERY_SECONDS = 10, 10


@dataclass(slots=True)
class Subscription:
    """One subscription as Graph keeps it."""

    id: str
    mailbox: str
    kinds: frozenset[str]
    url: str
    lifecycle_url: str
    client_state: str
    resource: str
    expires: datetime

    def shown(self) -> dict[str, Any]:
        """Return it as Graph answers: never with its clientState."""
        return {
            "id": self.id, "resource": self.resource, "applicationId": _APP, "clientState": None,
            "changeType": ",".join(sorted(self.kinds)), "notificationUrl": self.url,
            "lifecycleNotificationUrl": self.lifecycle_url or None, "expirationDateTime": _z(self.expires),
            "creatorId": "8ee44408-0679-472c-bc2a-692812af3437", "latestSupportedTlsVersion": "v1_2",
            "includeResourceData": False, "encryptionCertificate": None, "encryptionCertificateId": None,
            "notificationQueryOptions": None, "notificationUrlAppId": None,
        }  # fmt: skip


@dataclass(slots=True)
class Subscriptions:
    """All subscriptions of the tenant, and the one thread that delivers. `clock` tells the emulator the time.

    `copies` is how often each notification comes (2 = every one twice); `refused` counts deliveries given up.
    """

    clock: Callable[[], datetime]
    known: dict[str, Subscription] = field(default_factory=dict)
    copies: int = 1
    delivered: int = 0
    refused: int = 0
    made: int = 0
    silent: bool = False
    _queue: "queue.SimpleQueue[tuple[str, dict[str, Any]] | None]" = field(default_factory=queue.SimpleQueue)
    _thread: threading.Thread | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def create(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Make a subscription after both addresses proved that they want it. Raises Failed (400)."""
        match = _RESOURCE.fullmatch(str(wanted.get("resource", "")))
        kinds = frozenset(str(wanted.get("changeType", "")).split(","))
        if match is None or not kinds or not kinds <= _KINDS or not wanted.get("notificationUrl"):
            raise Failed(400, "InvalidRequest", "The subscription request is not valid.")
        if len(str(wanted.get("clientState") or "")) > _STATE:
            raise Failed(400, "InvalidRequest", "clientState is too long.")
        url, lifecycle = str(wanted["notificationUrl"]), str(wanted.get("lifecycleNotificationUrl") or "")
        expires = self._until(wanted.get("expirationDateTime"))
        for address in filter(None, (url, lifecycle)):
            self._prove(address)
        self.made += 1
        found = Subscription(
            f"7f105c7d-2dc5-4530-97cd-{self.made:012x}", match[1].lower(), kinds, url, lifecycle,
            str(wanted.get("clientState") or ""), str(wanted["resource"]), expires,
        )  # fmt: skip
        self.known[found.id] = found
        return found.shown() | {"clientState": found.client_state}

    def get(self, wanted: str) -> Subscription:
        """Return one that has not ended. Raises Failed (404)."""
        found = self.known.get(wanted)
        if found is None or found.expires <= self.clock():
            self.known.pop(wanted, None)
            raise Failed(404, "ResourceNotFound", "The object was not found.")
        return found

    def every(self) -> dict[str, Any]:
        """Return all that have not ended."""
        return {"value": [one.shown() for one in self.known.values() if one.expires > self.clock()]}

    def renew(self, wanted: str, change: dict[str, Any]) -> dict[str, Any]:
        """Move the end of a subscription. Raises Failed (404, 400)."""
        found = self.get(wanted)
        found.expires = self._until(change.get("expirationDateTime"))
        return found.shown()

    def remove(self, wanted: str) -> None:
        """End a subscription. Raises Failed (404)."""
        self.get(wanted)
        del self.known[wanted]

    def tell(self, mailbox: str, what: str, item: Item) -> None:
        """Queue notifications of a change for everybody who asked for it; a listener of Mailboxes."""
        if self.silent:
            return
        for one in list(self.known.values()):
            if one.mailbox == mailbox and what in one.kinds and one.expires > self.clock():
                self._send(one.url, notification(one, what, item))

    def lifecycle(self, wanted: str, event: str) -> None:
        """Send a lifecycle event: "reauthorizationRequired", "subscriptionRemoved" (it ends now), "missed"."""
        one = self.known[wanted]
        if event == "subscriptionRemoved":
            del self.known[wanted]
        body = {
            "subscriptionId": one.id, "subscriptionExpirationDateTime": _z(one.expires), "tenantId": TENANT,
            "clientState": one.client_state, "lifecycleEvent": event,
        }  # fmt: skip
        self._send(one.lifecycle_url or one.url, body)

    def close(self) -> None:
        """Stop delivering; what waits is lost, as in a real outage."""
        self._stop.set()
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(_DELIVERY_SECONDS)

    def _until(self, wanted: object) -> datetime:
        try:
            until = datetime.fromisoformat(str(wanted)).astimezone(UTC)
        except ValueError:
            raise Failed(400, "InvalidRequest", "expirationDateTime is not valid.") from None
        now = self.clock()
        if until > now + _LONGEST:
            raise Failed(400, "ExtensionError", "Subscription expiration can only be 4230 minutes in the future.")
        if until <= now:
            raise Failed(400, "InvalidRequest", "expirationDateTime is in the past.")
        return max(until, now + _SHORTEST)

    def _prove(self, address: str) -> None:
        """Let the address repeat a token, as plain text and within ten seconds."""
        parts = urlsplit(address)
        if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
            raise Failed(400, "InvalidRequest", "The notification URL must begin with https.")
        word = f"Validation: Testing client application reachability for subscription Request-Id: {self.made:08d} +/=?&"
        try:
            answer = requests.post(
                address, params={"validationToken": word}, timeout=_HANDSHAKE_SECONDS, allow_redirects=False,
                headers={"Content-Type": "text/plain; charset=utf-8"},
            )  # fmt: skip
        except requests.RequestException:
            raise Failed(400, "ValidationError", "Subscription validation request timed out.") from None
        kind = answer.headers.get("Content-Type", "")
        if answer.status_code != 200 or answer.text != word or not kind.startswith("text/plain"):
            raise Failed(400, "ValidationError", "Subscription validation request failed.")

    def _send(self, address: str, body: dict[str, Any]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="graph-notifications", daemon=True)
            self._thread.start()
        for _ in range(self.copies):
            self._queue.put((address, body))

    def _run(self) -> None:
        with requests.Session() as session:
            while not self._stop.is_set():
                due = self._queue.get()
                if due is not None:
                    self._deliver(session, *due)

    def _deliver(self, session: requests.Session, address: str, body: dict[str, Any]) -> None:
        for pause in (*_PAUSES, 0.0):
            try:
                answer = session.post(address, json={"value": [body]}, timeout=_DELIVERY_SECONDS, allow_redirects=False)
                if answer.ok:
                    self.delivered += 1
                    return
            except requests.RequestException:
                pass
            if self._stop.wait(pause):
                break
        self.refused += 1


def notification(one: Subscription, what: str, item: Item) -> dict[str, Any]:
    """Return one notification about one message, without any of its properties."""
    person = hashlib.sha256(one.mailbox.encode()).hexdigest()[:32]
    path = f"Users/{person}@{TENANT}/Messages/{item.id(immutable=True)}"
    return {
        "subscriptionId": one.id,
        "subscriptionExpirationDateTime": _z(one.expires),
        "changeType": what,
        "resource": path,
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Message",
            "@odata.id": path,
            "@odata.etag": f'W/"{item.change}"',
            "id": item.id(immutable=True),
        },
        "clientState": one.client_state,
        "tenantId": TENANT,
    }


def _z(at: datetime) -> str:
    """Write an instant as Graph does, with seven digits of a second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
