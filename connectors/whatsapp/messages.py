"""Messages of a webhook: inbound ones, echoes of what staff wrote in the phone app, history, standby."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.whatsapp.decode import codes, mapping, name, objects, seconds, text, token
from connectors.whatsapp.update import Update
from connectors.whatsapp.wish import stops

_WITH_SUBTYPE = frozenset({"interactive", "system", "unsupported"})
_WITH_ORIGINAL = frozenset({"edit", "revoke"})
_USER_ID = r"[A-Z]{2}\.[A-Za-z0-9]{1,128}"
_FROM_TO = re.compile(rf"\bfrom ({_USER_ID}) to ({_USER_ID})\.?\s*\Z")


@dataclass(frozen=True, slots=True)
class Where:
    """Where an update stands: field, business account, time of the entry, and our number."""

    field: str | None
    waba: str
    time: int | None
    account: str
    display: str


def _contact(message: dict[str, Any], contacts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the contact of a message: by number, by user id, else the first."""
    for mine, theirs in (("from", "wa_id"), ("from_user_id", "user_id")):
        wanted = text(message.get(mine))
        for contact in contacts if wanted else ():
            if text(contact.get(theirs)) == wanted:
                return contact
    return contacts[0] if contacts else {}


def _reference(message: dict[str, Any]) -> str | None:
    """Return the id that a message answers or reacts to."""
    if "reaction" in message:
        return text(mapping(message["reaction"]).get("message_id"))
    return text(mapping(message.get("context")).get("id"))


def _flags(message: dict[str, Any]) -> dict[str, Any]:
    """Return the yes-or-no facts of a message; emoji and advertisement texts are looked at and dropped."""
    flags = {}
    context = mapping(message.get("context"))
    if context.get("forwarded") or context.get("frequently_forwarded"):
        flags["forwarded"] = True
    if mapping(message.get("referral")):
        flags["has_referral"] = True
    if "reaction" in message and not mapping(message["reaction"]).get("emoji"):
        flags["reaction_removed"] = True
    return flags


def _former(system: dict[str, Any], new_user_id: str | None) -> str | None:
    """Return the user id that somebody had before, where only the sentence of a notice says it (until August 2026).

    The sentence names the person first, who may call himself as he likes: only its end counts, with the new id in it.
    """
    found = _FROM_TO.search(system["body"]) if isinstance(system.get("body"), str) else None
    return found[1] if found and found[2] == new_user_id else None


def _system(message: dict[str, Any]) -> dict[str, Any]:
    """Return what a change of number or user id says; of the sentence in `body` nothing but an id is kept."""
    if message.get("type") != "system":
        return {}
    system = mapping(message.get("system"))
    new, previous = text(system.get("user_id")), text(system.get("previous_user_id"))
    return {
        "new_wa_id": text(system.get("wa_id") or system.get("new_wa_id")),
        "new_user_id": new,
        "previous_user_id": previous,
        "former_user_id": "" if previous or not new else _former(system, new) or "",
    }


def _kept(message: dict[str, Any]) -> dict[str, Any]:
    """Return what inbound messages, echoes and history have in common; only what is there is looked at."""
    kept: dict[str, Any] = {
        "id": text(message.get("id")),
        "timestamp": seconds(message.get("timestamp")),
        "type": token(message.get("type")),
    }
    if "context" in message or "reaction" in message:
        kept["context_id"] = _reference(message)
    if "errors" in message:
        kept["error_codes"] = codes(message["errors"])
    if "group_id" in message:
        kept["group_id"] = text(message["group_id"])
    if "history_context" in message:
        kept["history_status"] = token(mapping(message["history_context"]).get("status"))
    if kept["type"] in _WITH_SUBTYPE:
        kept["subtype"] = token(mapping(message.get(kept["type"])).get("type"))
    if kept["type"] in _WITH_ORIGINAL:
        kept["original_message_id"] = text(mapping(message.get(kept["type"])).get("original_message_id"))
    return kept


def inbound(value: dict[str, Any], where: Where, kind: str = "message") -> Iterator[Update]:
    """Yield the messages that people sent to us."""
    contacts = objects(value.get("contacts"))
    for message in objects(value.get("messages")):
        contact = _contact(message, contacts)
        yield Update(
            kind=kind,
            field=where.field,
            direction="in",
            sender=text(message.get("from")),
            recipient=where.account or None,
            from_user_id=text(message.get("from_user_id")),
            from_parent_user_id=text(message.get("from_parent_user_id")),
            contact_wa_id=text(contact.get("wa_id")),
            contact_user_id=text(contact.get("user_id")),
            account=where.account,
            waba=where.waba,
            name=name(mapping(contact.get("profile")).get("name")),
            stop=stops(message),
            **_kept(message),
            **_flags(message),
            **_system(message),
        )


def echoes(value: dict[str, Any], where: Where) -> Iterator[Update]:
    """Yield what we wrote from the phone app, a linked device, or by Meta's agent (field `standby`)."""
    for message in objects(value.get("message_echoes")):
        yield Update(
            kind="echo",
            field=where.field,
            direction="out",
            sender=text(message.get("from")),
            recipient=text(message.get("to")),
            to_user_id=text(message.get("to_user_id")),
            account=where.account,
            waba=where.waba,
            **_kept(message),
        )


def _digits(number: str | None) -> str:
    return "".join(c for c in number or "" if c.isdigit())


def _past(message: dict[str, Any], where: Where, thread: str | None) -> Update:
    """Return one message of the past; it is ours when it comes from our own number."""
    ours = bool(where.display) and _digits(text(message.get("from"))) == where.display
    person = text(message.get("to")) or thread
    return Update(
        kind="history_message",
        field=where.field,
        direction="out" if ours else "in",
        sender=text(message.get("from")),
        recipient=person if ours else where.account or None,
        from_user_id=text(message.get("from_user_id")),
        to_user_id=text(message.get("to_user_id")),
        account=where.account,
        waba=where.waba,
        **_kept(message),
        **_flags(message),
    )


def history(value: dict[str, Any], where: Where) -> Iterator[Update]:
    """Yield the messages of the past that the phone app hands over once; media follow later without a thread."""
    for message in objects(value.get("messages")):
        yield _past(message, where, None)
    for chunk in objects(value.get("history")):
        refused = codes(chunk.get("errors"))
        if refused:
            yield Update(kind="error", field=where.field, error_codes=refused, account=where.account, waba=where.waba)
        for thread in objects(chunk.get("threads")):
            for message in objects(thread.get("messages")):
                yield _past(message, where, text(thread.get("id")))


def place(change: dict[str, Any], entry: dict[str, Any]) -> Where:
    """Return where the updates of one change stand; everything may be missing."""
    metadata = mapping(mapping(change.get("value")).get("metadata"))
    return Where(
        field=token(change.get("field")),
        waba=text(entry.get("id")) or "",
        time=seconds(entry.get("time")),
        account=text(metadata.get("phone_number_id")) or "",
        display=_digits(text(metadata.get("display_phone_number"))),
    )
