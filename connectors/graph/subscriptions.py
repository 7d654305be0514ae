"""Subscribes to change notifications of mailboxes at Microsoft Graph: make, renew, end."""

from datetime import UTC, datetime
from urllib.parse import quote

import msgspec

from connectors.base import Source
from connectors.errors import Malformed, Refused
from connectors.graph.client import Client, Order
from connectors.graph.source import GraphSource
from connectors.notices import Held

_PATH = "/subscriptions"


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    """What is read of a subscription as Graph answers it."""

    id: str
    expiration_date_time: datetime


class Subscriptions:
    """The calls, made with the client that reads the mailboxes. All raise ConnectorError."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def create(self, account: str, url: str, secret: str, until: datetime) -> Held:
        """Ask for notifications of new and changed messages of a mailbox at `url`; each will carry `secret`.

        Graph calls `url` before it answers. Notifications come without any data of the message.
        """
        body = {
            "changeType": "created,updated",
            "notificationUrl": url,
            "lifecycleNotificationUrl": url,
            "resource": f"users/{account}/messages",
            "expirationDateTime": _z(until),
            "clientState": secret,
        }
        return self._client.send(account, Order("POST", _PATH, body), _read)

    def renew(self, account: str, subscription: str, until: datetime) -> Held:
        """Let a subscription live longer. Raises Refused ("missing") when Graph knows it no more."""
        order = Order("PATCH", f"{_PATH}/{quote(subscription, safe='')}", {"expirationDateTime": _z(until)})
        return self._client.send(account, order, _read)

    def remove(self, account: str, subscription: str) -> None:
        """End a subscription; one that is gone already is no fault."""
        try:
            self._client.send(account, Order("DELETE", f"{_PATH}/{quote(subscription, safe='')}"), len)
        except Refused as error:
            if error.why != "missing":
                raise


def open_notices(source: Source) -> Subscriptions:
    """Return the calls over the client with which `source` reads: one token, one pace. Raises Refused for another."""
    if not isinstance(source, GraphSource):
        raise Refused("Diese Quelle kennt keine Benachrichtigungen.", "source")
    return Subscriptions(source._client)  # noqa: SLF001  both are behind the same door, and nobody else may have it


def _read(body: bytes) -> Held:
    try:
        found = msgspec.json.decode(body, type=_Answer, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("Die Antwort von Microsoft Graph auf ein Abonnement ist nicht lesbar.") from None
    at = found.expiration_date_time
    return Held(found.id, at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC))


def _z(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
