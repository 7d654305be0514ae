"""Messages of a webhook: inbound ones, echoes of what staff wrote in the phone app, history, standby."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from connectors.whatsapp.decode import codes, mapping, name, objects, seconds, text, token
from connectors.whatsapp.update import Update
from connectors.whatsapp.wish import stops

_WITH_SUBTYPE = frozenset({"interactive", "system", "unsupported"})
_WITH_ORIGINAL = frozenset({"edit", "revoke"})
_USER_ID = r"[A-Z]{2}\.[A-Za-z0-9]{1,128}"
_FROM_TO = re.compile(rf"\bfrom ({_USER_ID}) to ({_USER_ID})\.?\s*\Z")


# What few messages have: looked for at once, because most have none of it.
_RARE = frozenset({"context", "reaction", "errors", "group_id", "history_context"})
_FLAGGED = frozenset({"context", "referral", "reaction"})


class Where(msgspec.Struct, frozen=True):
    """Where an update stands: field, business account, time of the entry, and our number."""

    field: str | None
    waba: str
    time: int | None
    account: str


def _facts(contact: dict[str, Any]) -> dict[str, Any]:
    return {
        "contact_wa_id": text(contact.get("wa_id")),
        "contact_user_id": text(contact.get("user_id")),
        "name": name(mapping(contact.get("profile")).get("name")),
    }


def _contacts(value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what finds the facts of the contact of a message: by number, by user id, else those of the first."""
    found = [_facts(contact) for contact in objects(value)]
    first = found[0] if found else {}
    if len(found) < 2:
        return lambda _message: first
    by_number = {facts["contact_wa_id"]: facts for facts in reversed(found)}
    by_user = {facts["contact_user_id"]: facts for facts in reversed(found)}

    def of(message: dict[str, Any]) -> dict[str, Any]:
        number, user = text(message.get("from")), text(message.get("from_user_id"))
        return (by_number.get(number) if number else None) or (by_user.get(user) if user else None) or first

    return of


def _reference(message: dict[str, Any]) -> str | None:
    """Return the id that a message answers or reacts to."""
    if "reaction" in message:
        return text(mapping(message["reaction"]).get("message_id"))
    return text(mapping(message.get("context")).get("id"))


def _flags(message: dict[str, Any]) -> dict[str, Any]:
    """Return the yes-or-no facts of a message; emoji and advertisement texts are looked at and dropped."""
    flags: dict[str, Any] = {}
    if _FLAGGED.isdisjoint(message):
        return flags
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


def _rare(message: dict[str, Any]) -> dict[str, Any]:
    """Return what few messages have; only what is there is looked at."""
    kept: dict[str, Any] = {}
    if "context" in message or "reaction" in message:
        kept["context_id"] = _reference(message)
    if "errors" in message:
        kept["error_codes"] = codes(message["errors"])
    if "group_id" in message:
        kept["group_id"] = text(message["group_id"])
    if "history_context" in message:
        kept["history_status"] = token(mapping(message["history_context"]).get("status"))
    return kept


def _kept(message: dict[str, Any]) -> dict[str, Any]:
    """Return what inbound messages, echoes and history have in common."""
    kept: dict[str, Any] = {} if _RARE.isdisjoint(message) else _rare(message)
    kept["id"] = text(message.get("id"))
    kept["timestamp"] = seconds(message.get("timestamp"))
    kept["type"] = kind = token(message.get("type"))
    if kind in _WITH_SUBTYPE:
        kept["subtype"] = token(mapping(message.get(kind)).get("type"))
    if kind in _WITH_ORIGINAL:
        kept["original_message_id"] = text(mapping(message.get(kind)).get("original_message_id"))
    return kept


def inbound(value: dict[str, Any], where: Where, kind: str = "message") -> Iterator[Update]:
    """Yield the messages that people sent to us."""
    contact_of = _contacts(value.get("contacts"))
    for message in objects(value.get("messages")):
        yield Update(
            kind=kind,
            field=where.field,
            direction="in",
            sender=text(message.get("from")),
            recipient=where.account or None,
            from_user_id=text(message.get("from_user_id")),
            from_parent_user_id=text(message.get("from_parent_user_id")),
            account=where.account,
            waba=where.waba,
            stop=stops(message),
            **contact_of(message),
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


def _past(message: dict[str, Any], where: Where, own: str, thread: str | None = None) -> Update:
    """Return one message of the past; it is ours when it comes from our `own` number (digits)."""
    ours = bool(own) and _digits(text(message.get("from"))) == own
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
    own = _digits(text(mapping(value.get("metadata")).get("display_phone_number")))
    for message in objects(value.get("messages")):
        yield _past(message, where, own)
    for chunk in objects(value.get("history")):
        refused = codes(chunk.get("errors"))
        if refused:
            yield Update(kind="error", field=where.field, error_codes=refused, account=where.account, waba=where.waba)
        for thread in objects(chunk.get("threads")):
            for message in objects(thread.get("messages")):
                yield _past(message, where, own, text(thread.get("id")))


def place(change: dict[str, Any], held: dict[str, Any], entry: dict[str, Any]) -> Where:
    """Return where the updates of one change with the value `held` stand; everything may be missing."""
    return Where(
        token(change.get("field")),
        text(entry.get("id")) or "",
        seconds(entry.get("time")),
        text(mapping(held.get("metadata")).get("phone_number_id")) or "",
    )
