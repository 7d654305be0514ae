"""Shows what is kept of one recorded answer of Microsoft Graph, property by property, and nothing else of it."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from connectors.errors import Malformed
from connectors.graph.answer import code_of
from connectors.graph.headers import flags_of
from connectors.graph.parse import thread_of
from connectors.graph.shapes import LONGEST_NAME, MOST_RECIPIENTS, UNREADABLE, Header, Person, instant, plain
from models.address import clean_address

# A file that a person gives us may be no JSON at all (json: ValueError).
_UNREADABLE = (*UNREADABLE, ValueError)


class _Item(msgspec.Struct, frozen=True, rename="camel"):
    """The same properties as a page is read by, but each knows whether it was there at all."""

    id: str
    type: str = msgspec.field(default="", name="@odata.type")
    removed: dict[str, Any] | UnsetType | None = msgspec.field(default=UNSET, name="@removed")
    origin: Person | UnsetType | None = msgspec.field(default=UNSET, name="from")
    sender: Person | UnsetType | None = UNSET
    to_recipients: list[Person] | UnsetType | None = UNSET
    cc_recipients: list[Person] | UnsetType | None = UNSET
    received_date_time: datetime | UnsetType | None = UNSET
    sent_date_time: datetime | UnsetType | None = UNSET
    conversation_id: str | UnsetType | None = UNSET
    conversation_index: str | UnsetType | None = UNSET
    internet_message_id: str | UnsetType | None = UNSET
    internet_message_headers: list[Header] | UnsetType | None = UNSET
    parent_folder_id: str | UnsetType | None = UNSET
    is_read: bool | UnsetType | None = UNSET
    is_draft: bool | UnsetType | None = UNSET
    has_attachments: bool | UnsetType | None = UNSET
    importance: str | UnsetType | None = UNSET


# Every mail has one of these; folders, subscriptions and attachments share none of them.
_OF_A_MAIL = ("origin", "sender", "to_recipients", "received_date_time", "sent_date_time", "is_read", "is_draft")


def answers(raw: bytes) -> Iterator[dict[str, Any]]:
    """Yield the Graph bodies in a recording: a body, {"body": ...}, a list of those, or one per line.

    Raises Malformed when it is no JSON, or JSON without any answer of Graph.
    """
    found = 0
    for document in _documents(raw):
        several = document.get("mocks") if isinstance(document, dict) else document
        for each in several if isinstance(several, list) else [document]:
            body = _body(each)
            if body is not None:
                found += 1
                yield body
    if not found:
        raise Malformed("Die Datei enthält keine Antwort von Microsoft Graph.")


def kept(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"records", "removed", "next", "delta"} of one body, and "damaged" or "error" where there is such.

    Addresses are plain strings in the form in which they are stored, instants are UTC ("2026-05-04T09:47:53Z"), and a
    property that was absent (or null) in the answer is absent here. Drafts are shown with "is_draft": true; reading
    leaves them out.
    """
    items, damaged = _items(body)
    found: dict[str, Any] = {
        "records": [_record(item) for item in items if _is_mail(item)],
        "removed": [item.id for item in items if _is_removed(item) and _kind(item) in {"", "message"}],
        "next": isinstance(body.get("@odata.nextLink"), str),
        "delta": isinstance(body.get("@odata.deltaLink"), str),
    }
    if damaged:
        found["damaged"] = damaged
    if "error" in body:
        found["error"] = code_of(_packed({"error": body["error"]})) or "unnamed"
    return found


def _documents(raw: bytes) -> list[Any]:
    # json reads what PowerShell writes too: UTF-16, with or without a mark at the start.
    try:
        return [json.loads(raw)]
    except _UNREADABLE:
        pass
    try:
        lines = [line for line in raw.decode("utf-8-sig").splitlines() if line.strip()]
        found = [json.loads(line) for line in lines]
    except _UNREADABLE:
        found = []
    if not found:
        # No `from`: the text of a decoder's error may quote what it stumbled over.
        raise Malformed("Die Datei ist kein lesbares JSON.") from None
    return found


def _body(found: Any) -> dict[str, Any] | None:
    """Return the Graph body in one recorded answer, however it is wrapped; None for an answer without one (204)."""
    for wrapper in ("response", "body"):
        if isinstance(found, dict) and wrapper in found and not _is_body(found):
            found = found[wrapper]
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except _UNREADABLE:
            found = None
    return found if isinstance(found, dict) and _is_body(found) else None


def _is_body(found: dict[str, Any]) -> bool:
    return isinstance(found.get("value"), list) or isinstance(found.get("id"), str) or "error" in found


def _items(body: Mapping[str, Any]) -> tuple[list[_Item], int]:
    value = body.get("value")
    parts = value if isinstance(value, list) else [body] if "id" in body else []
    items: list[_Item] = []
    for part in parts:
        try:
            items.append(msgspec.json.decode(_packed(part), type=_Item, strict=False))
        except _UNREADABLE:  # one bad item must not hide the others
            continue
    return items, sum(isinstance(part, dict) and "id" in part for part in parts) - len(items)


def _packed(part: Any) -> bytes:
    return json.dumps(part, ensure_ascii=False).encode("utf-8", "replace")


def _is_removed(item: _Item) -> bool:
    return isinstance(item.removed, dict)


def _kind(item: _Item) -> str:
    return item.type.rpartition(".")[2].lower()


def _is_mail(item: _Item) -> bool:
    if _is_removed(item):
        return False
    kind = _kind(item)
    if kind:
        return kind == "message" or kind.startswith("eventmessage")
    return any(getattr(item, name) is not UNSET for name in _OF_A_MAIL)


def _record(item: _Item) -> dict[str, Any]:
    found: dict[str, Any] = {"source_id": item.id}
    found |= _texts(item)
    found |= _people(item)
    found |= _instants(item)
    found |= _marks(item, "is_read", "is_draft")
    if isinstance(item.parent_folder_id, str):
        found["folder"] = item.parent_folder_id
    if isinstance(item.origin, Person) and item.origin.email is not None and item.origin.email.name:
        found["from_name"] = plain(item.origin.email.name, LONGEST_NAME)
    found |= _marks(item, "has_attachments")
    if isinstance(item.importance, str):
        found["important"] = item.importance == "high"
    if isinstance(item.internet_message_headers, list):
        found["flags"] = _flags(item.internet_message_headers)
    return found


def _marks(item: _Item, *names: str) -> Iterator[tuple[str, bool]]:
    told = ((name, getattr(item, name)) for name in names)
    return ((name, value) for name, value in told if isinstance(value, bool))


def _texts(item: _Item) -> Iterator[tuple[str, str]]:
    if isinstance(item.internet_message_id, str):
        yield "internet_message_id", plain(item.internet_message_id)
    told = (item.conversation_index, item.conversation_id)
    index, conversation = (value if isinstance(value, str) else "" for value in told)
    if index or conversation:
        yield "thread", thread_of(index, conversation)


def _people(item: _Item) -> Iterator[tuple[str, Any]]:
    for name, person in (("from", item.origin), ("sender", item.sender)):
        if isinstance(person, Person) and person.email is not None:
            address = clean_address(plain(person.email.address or ""))
            if address:
                yield name, address
    for name, people in (("to", item.to_recipients), ("cc", item.cc_recipients)):
        if isinstance(people, list):
            yield name, list(_addresses(people))


def _addresses(people: list[Person]) -> dict[str, None]:
    told = (person.email.address for person in people[:MOST_RECIPIENTS] if person.email is not None)
    return dict.fromkeys(filter(None, (clean_address(plain(address)) for address in told if address)))


def _instants(item: _Item) -> Iterator[tuple[str, str]]:
    for name, at in (("received_at", item.received_date_time), ("sent_at", item.sent_date_time)):
        there = instant(at) if isinstance(at, datetime) else None
        if there is not None:
            yield name, there.isoformat().replace("+00:00", "Z")


def _flags(lines: list[Header]) -> dict[str, Any]:
    flags = flags_of((line.name, line.value) for line in lines if line.name and line.value)
    empty = flags_of(())
    told = {name: getattr(flags, name) for name in type(flags).__slots__}
    return {name: value for name, value in told.items() if value != getattr(empty, name)}
