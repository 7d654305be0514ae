"""Between records and rows: what of a record is stored, and the record as the classifier wants it back."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec

from classifier.suggestion import Suggestion
from models.address import registrable
from models.message import Message
from models.record import HeaderFlags, MessageRecord
from models.terms import Direction, Origin
from service.domain.threads import is_own
from service.store.ids import message_id

_BLANK = asdict(HeaderFlags())
_LISTS = frozenset(name for name, value in _BLANK.items() if isinstance(value, tuple))
_BLANKS = tuple(_BLANK.values())
_values = attrgetter(*_BLANK)
# Members of an enumeration are slow to look up (Python 3.11); these are asked for with every message.
_EINGANG = Direction.EINGANG
# What a person could never type and PostgreSQL refuses; everything else is kept as it came.
_POISON = {0: None} | dict.fromkeys(range(0xD800, 0xE000))


def clean(text: str, longest: int = 400) -> str:
    """Return text without NUL and lone surrogates, cut to a sane length."""
    # What can be printed holds neither, and nearly everything can be.
    if text.isprintable():
        return text if len(text) <= longest else text[:longest]
    return text.translate(_POISON)[:longest]


@lru_cache(maxsize=10_000)
def flags_json(flags: HeaderFlags | None) -> msgspec.Raw | None:
    """Return header flags as they are stored (`pack_flags` as JSON); many mails of one sender have the same."""
    packed = pack_flags(flags)
    return None if packed is None else msgspec.Raw(msgspec.json.encode(packed))


def pack_flags(flags: HeaderFlags | None) -> dict[str, Any] | None:
    """Return header flags as a small dict that leaves out what is absent; None stays None (flags not known)."""
    if flags is None:
        return None
    values = _values(flags)
    if values == _BLANKS:
        return {}
    return {name: _packed(value) for name, value, blank in zip(_BLANK, values, _BLANKS, strict=True) if value != blank}


def _packed(value: Any) -> Any:
    if isinstance(value, tuple):
        return [clean(str(part)) for part in value]
    return clean(value) if isinstance(value, str) else value


def unpack_flags(stored: Mapping[str, Any] | None) -> HeaderFlags | None:
    """Return header flags from their stored form."""
    if stored is None:
        return None
    known: dict[str, Any] = {
        name: tuple(value) if name in _LISTS else value for name, value in stored.items() if name in _BLANK
    }
    return HeaderFlags(**known)


def outside(addresses: tuple[str, ...], own_domains: frozenset[str]) -> tuple[str, ...]:
    """Return the addresses that are not of the own firm."""
    return tuple(a for a in addresses if "@" not in a or not is_own(a, own_domains))


def row(record: MessageRecord, account_id: int, suggestion: Suggestion, now: datetime) -> dict[str, Any]:
    """Return the message row of a record, without its conversation; its flags are JSON already.

    An explicit suggestion is final at once.
    """
    inbound = record.direction is _EINGANG
    final = suggestion.category if inbound and suggestion.explicit else None
    source_id = clean(record.source_id, 1000)
    return {
        "id": message_id(record.received_at, account_id, source_id),
        "account_id": account_id,
        "channel": record.channel,
        "direction": record.direction,
        "source_id": source_id,
        "internet_message_id": clean(record.internet_message_id),
        "sender": clean(record.sender),
        "sender_name": clean(record.sender_name, 200),
        "sender_domain": registrable(record.sender) if "@" in record.sender else "",
        "submitter": clean(record.submitter),
        "user_id": clean(record.user_id),
        "received_at": record.received_at,
        "sent_at": record.sent_at,
        "folder": clean(record.folder),
        "kind": clean(record.kind, 60),
        "context_id": clean(record.context_id),
        "is_read": record.is_read,
        "has_attachments": record.has_attachments,
        "important": record.important,
        "automated": record.automated,
        "system": suggestion.system,
        "opens_clock": record.opens_clock and not record.automated and not suggestion.system,
        "time_is_guessed": record.time_is_guessed,
        "recipients_total": record.recipients_total or len(record.to) + len(record.cc),
        "flags": flags_json(record.flags),
        "category": final,
        "origin": Origin.REGEL if final else None,
        "decided_at": now if final else None,
        "suggested": suggestion.category if inbound else None,
        "confidence": suggestion.confidence if inbound else 0.0,
        "step": suggestion.step,
        "reason": clean(suggestion.reason) if inbound else "",
        "removed_at": None,
        "holding": False,
    }


def record(message: Message, account: str) -> MessageRecord:
    """Return the record that the classifier needs to judge a stored message again."""
    return MessageRecord(
        channel=message.channel,
        account=account,
        source_id=message.source_id,
        direction=message.direction,
        received_at=message.received_at,
        sent_at=message.sent_at,
        internet_message_id=message.internet_message_id,
        sender=message.sender,
        sender_name=message.sender_name,
        submitter=message.submitter,
        user_id=message.user_id,
        folder=message.folder,
        kind=message.kind,
        context_id=message.context_id,
        automated=message.automated,
        recipients_total=message.recipients_total,
        flags=unpack_flags(message.flags),
    )
