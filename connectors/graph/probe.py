"""Asks Microsoft Graph what an admin wants to know before reading begins; of texts only whether they can be had."""

from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from connectors.base import Source
from connectors.errors import Malformed, Refused
from connectors.graph import rights
from connectors.graph.client import Client, Order
from connectors.graph.fields import INBOX, SENT
from connectors.graph.source import GraphSource
from connectors.office import Away

S = TypeVar("S", bound=msgspec.Struct)

# So many of the newest mails are looked at to tell whether header lines come.
_LOOKED_AT = 10


class _Content(msgspec.Struct, frozen=True):
    content: str | None = None


class _Message(msgspec.Struct, frozen=True, rename="camel"):
    id: str = ""
    body: _Content | None = None
    unique_body: _Content | None = None
    body_preview: str | None = None
    internet_message_headers: list[dict[str, str]] | None = None
    sender: dict[str, dict[str, str]] | None = None


class _Messages(msgspec.Struct, frozen=True):
    value: list[_Message]


class _Count(msgspec.Struct, frozen=True, rename="camel"):
    total_item_count: int = 0


class _Domain(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    is_verified: bool = False


class _Domains(msgspec.Struct, frozen=True):
    value: list[_Domain]


class _Instant(msgspec.Struct, frozen=True, rename="camel"):
    date_time: str = ""
    time_zone: str = "UTC"


class _Replies(msgspec.Struct, frozen=True, rename="camel"):
    """Of automaticRepliesSetting only whether and when; its texts are not read."""

    status: str
    scheduled_start_date_time: _Instant | None = None
    scheduled_end_date_time: _Instant | None = None


class Probe:
    """The questions; all raise ConnectorError where nothing else is said."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def roles(self) -> frozenset[str]:
        """Return the rights that stand in the token. Raises SignInNeeded and Unreachable."""
        return rights.roles_of(self._client.token())

    def newest(self, address: str) -> str:
        """Return the id of the newest mail in an inbox; "" when it is empty."""
        found = self._messages(address, INBOX, "$select=id&$top=1")
        return found[0].id if found else ""

    def is_open(self, address: str) -> bool:
        """Say whether a mailbox lets us in. A mailbox that does not exist is Refused as "missing"."""
        try:
            self.newest(address)
        except Refused as error:
            if error.why == "access":
                return False
            raise
        return True

    def gives_text(self, address: str, message: str) -> bool:
        """Say whether the text of a mail can be had; what comes is counted and forgotten."""
        path = f"/users/{_in_path(address)}/messages/{_in_path(message)}?$select=body,bodyPreview,uniqueBody"
        try:
            found = self._client.send(address, Order("GET", path), lambda body: _read(body, _Message))
        except Refused as error:
            if error.why in {"access", "request"}:
                return False
            raise
        told = [part.content for part in (found.body, found.unique_body) if part is not None]
        return any((*told, found.body_preview))

    def gives_headers(self, address: str) -> bool | None:
        """Say whether header lines come with received mails; None when the inbox has none to tell by."""
        try:
            found = self._messages(address, INBOX, f"$select=id,internetMessageHeaders&$top={_LOOKED_AT}")
        except Refused as error:
            if error.why in {"access", "request"}:
                return False
            raise
        return any(message.internet_message_headers for message in found) if found else None

    def counts(self, address: str) -> tuple[int, int]:
        """Return how many mails lie in the inbox and in the sent items."""
        inbox, sent = (
            self._client.folder(address, name, ("totalItemCount",), lambda body: _read(body, _Count))
            for name in (INBOX, SENT)
        )
        return inbox.total_item_count, sent.total_item_count

    def sent_by_others(self, address: str) -> bool:
        """Say whether somebody else's sending lies in the sent items: then copies of replies come here."""
        found = self._messages(address, SENT, f"$select=id,sender&$top={_LOOKED_AT * 5}")
        senders = (message.sender["emailAddress"].get("address", "") for message in found if message.sender)
        return any(sender and sender.lower() != address.lower() for sender in senders)

    def domains(self) -> tuple[str, ...] | None:
        """Return the verified mail domains of the firm; None without the right Domain.Read.All."""
        try:
            found = self._client.send("", Order("GET", "/domains?$select=id,isVerified"), lambda b: _read(b, _Domains))
        except Refused:
            return None
        return tuple(sorted(domain.id.lower() for domain in found.value if domain.is_verified))

    def away(self, address: str) -> Away | None:
        """Return what a mailbox says of its automatic replies; None without the right MailboxSettings.Read."""
        path = f"/users/{_in_path(address)}/mailboxSettings/automaticRepliesSetting"
        try:
            found = self._client.send(address, Order("GET", path), lambda body: _read(body, _Replies))
        except Refused as error:
            if error.why in {"access", "missing", "mailbox", "request"}:
                return None
            raise
        if found.status == "scheduled":
            return Away(
                enabled=True,
                from_at=_instant(found.scheduled_start_date_time),
                until_at=_instant(found.scheduled_end_date_time),
            )
        return Away(enabled=found.status == "alwaysEnabled")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _messages(self, address: str, folder: str, query: str) -> list[_Message]:
        path = f"/users/{_in_path(address)}/mailFolders/{folder}/messages?{query}"
        return self._client.send(address, Order("GET", path), lambda body: _read(body, _Messages)).value


def open_office(source: Source) -> Probe:
    """Return the questions over the client with which `source` reads. Raises Refused for another kind of source."""
    if not isinstance(source, GraphSource):
        raise Refused("Diese Quelle kennt keine Abwesenheiten.", "source")
    return Probe(source._client)  # noqa: SLF001  both are behind the same door, and nobody else may have it


def _read(body: bytes, kind: type[S]) -> S:
    try:
        return msgspec.json.decode(body, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("Die Antwort von Microsoft Graph ist nicht lesbar.") from None


def _in_path(text: str) -> str:
    return quote(text, safe="@")


def _instant(told: _Instant | None) -> datetime | None:
    """Return an instant of Outlook (wall time with the name of its zone, UTC unless asked otherwise)."""
    if told is None:
        return None
    try:
        at = datetime.fromisoformat(told.date_time)
        zone = UTC if told.time_zone in {"", "UTC"} else ZoneInfo(told.time_zone)
    except (ValueError, ZoneInfoNotFoundError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
