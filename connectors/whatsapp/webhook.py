"""The webhook of WhatsApp, without network and database: signature, every update cut to metadata, records."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from connectors.errors import Malformed
from connectors.whatsapp import events, messages
from connectors.whatsapp.decode import mapping, objects, shape, value
from connectors.whatsapp.messages import Where
from connectors.whatsapp.record import record
from connectors.whatsapp.signature import check
from connectors.whatsapp.update import Update, from_json, to_json

__all__ = ["LONGEST_BODY", "Update", "check", "from_json", "record", "strip", "to_json"]

# Meta sends up to 3 MB with 1,000 updates; a history chunk may hold some thousand messages.
LONGEST_BODY = 3 * 1024 * 1024
_MOST_UPDATES = 10_000

# What a value may hold, in the order in which it is read: key -> reader.
_PARTS = (
    ("messages", messages.inbound),
    ("statuses", events.statuses),
    ("message_echoes", messages.echoes),
    ("calls", events.calls),
    ("user_preferences", events.preferences),
    ("groups", events.groups),
    ("user_id_update", events.identities),
    ("state_sync", events.contact_book),
    ("errors", events.errors),
)


def _parts(held: dict[str, Any], where: Where) -> Iterator[Update]:
    """Yield the updates of a value; those that Meta's agent holds stand one level deeper."""
    for part in (held, {"contacts": held.get("contacts")} | mapping(held["standby"])) if "standby" in held else (held,):
        for key, read in _PARTS:
            if key in part:
                yield from read(part, where)


def _change(change: dict[str, Any], entry: dict[str, Any]) -> Iterator[Update]:
    """Yield the updates of one change; one of an unknown shape yields itself by name only."""
    held = mapping(change.get("value"))
    where = messages.place(change, held, entry)
    if where.field == "history":
        found: Iterator[Update] = chain(messages.history(held, where), events.errors(held, where))
    elif where.field == "messaging_handovers":
        found = events.handover(held, where)
    elif where.field in events.TEMPLATES:
        found = events.TEMPLATES[where.field](held, where)
    elif where.field in events.PLAIN:
        found = events.plain(held, where)
    else:
        found = _parts(held, where)
    first = next(found, None)
    if first is None:
        yield Update(
            kind="other", field=where.field, account=where.account, waba=where.waba, shape=shape(change.get("value"))
        )
    else:
        yield first
        yield from found


def _updates(body: Any) -> Iterator[Update]:
    entries = objects(mapping(body).get("entry"))
    changes = [(change, entry) for entry in entries for change in objects(entry.get("changes"))]
    if not changes:
        yield Update(kind="other", shape=shape(body))
    for change, entry in changes:
        yield from _change(change, entry)


def strip(raw: bytes) -> tuple[Update, ...]:
    """Return every update of a body, cut to metadata. Never raises: what cannot be read is one update of kind "other".

    Check the signature first. Nothing of the body outlives this call except what stands in the updates.
    """
    try:
        body = value(raw)
    except Malformed:
        return (Update(kind="other", shape="unreadable"),)
    found = tuple(islice(_updates(body), _MOST_UPDATES + 1))
    if len(found) > _MOST_UPDATES:
        return (*found[:_MOST_UPDATES], Update(kind="other", shape="too many updates"))
    return found
