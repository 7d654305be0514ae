"""Turns one answer of Microsoft Graph into records; what is not in MessageRecord ends here."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from connectors.base import Change
from connectors.errors import Malformed
from connectors.graph.fields import SENT
from connectors.graph.headers import flags_of, role_of
from connectors.graph.shapes import (
    EARLIEST,
    LONGEST_ID,
    LONGEST_NAME,
    MOST_RECIPIENTS,
    UNREADABLE,
    Header,
    Person,
    instant,
    plain,
)
from connectors.machine import is_reply
from models.address import clean_address, registrable
from models.record import HeaderFlags, MessageRecord
from models.terms import Channel, Direction

# A conversation index is 6 bytes of time, 16 bytes that name the thread, then 5 bytes per reply.
_THREAD = slice(6, 22)

T = TypeVar("T")
# Members of an enumeration are slow to look up (Python 3.11); these are asked for with every message.
_MAIL, _IN, _OUT = Channel.EMAIL, Direction.EINGANG, Direction.AUSGANG


class _Item(msgspec.Struct, frozen=True, rename="camel"):
    """What we look at of a message. Absent (UNSET) means unchanged, which null does not."""

    id: str
    type: str = msgspec.field(default="", name="@odata.type")
    removed: dict[str, Any] | None = msgspec.field(default=None, name="@removed")
    origin: Person | None = msgspec.field(default=None, name="from")
    sender: Person | None = None
    to_recipients: list[Person] | None = None
    cc_recipients: list[Person] | None = None
    reply_to: list[Person] | None = None
    received_date_time: datetime | None = None
    sent_date_time: datetime | None = None
    conversation_id: str | None = None
    conversation_index: str | None = None
    internet_message_id: str | None = None
    internet_message_headers: list[Header] | UnsetType | None = UNSET
    parent_folder_id: str | UnsetType | None = UNSET
    is_read: bool | UnsetType | None = UNSET
    is_draft: bool | None = None
    has_attachments: bool | None = None
    importance: str | None = None


class _Answer(msgspec.Struct, Generic[T], frozen=True):
    value: list[T]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")
    delta_link: str | None = msgspec.field(default=None, name="@odata.deltaLink")
    count: int | str | None = msgspec.field(default=None, name="@odata.count")


# One pass for a healthy page; lenient (strict=False) because Graph has been seen to write isRead as the text "true".
_PAGE = msgspec.json.Decoder(_Answer[_Item], strict=False)
_PARTS = msgspec.json.Decoder(_Answer[msgspec.Raw], strict=False)
_ITEM = msgspec.json.Decoder(_Item, strict=False)


@dataclass(frozen=True, slots=True)
class Parsed:
    """One answer of messages/delta. Links are as Graph sent them, whole; exactly one is set on a complete answer."""

    records: tuple[MessageRecord, ...]
    changes: tuple[Change, ...]
    removed: tuple[str, ...]
    next_link: str
    delta_link: str
    damaged: int
    total: int = 0


def messages(body: bytes, account: str, kind: str) -> Parsed:
    """Read one answer of messages or messages/delta of a folder of `kind`. Raises Malformed when it is no answer.

    An item that cannot be read is counted in `damaged` and left out; the others of its page survive. Drafts and
    items that are no mail (no sender at all) are left out without being counted.
    """
    answer, items, damaged = _items(body)
    records: list[MessageRecord] = []
    changes: list[Change] = []
    removed: list[str] = []
    for item in items:
        if not 0 < len(item.id) <= LONGEST_ID or not item.id.isprintable():
            damaged += 1
        elif item.removed is not None:
            removed.append(item.id)
        elif item.received_date_time is None and item.sent_date_time is None:
            changes += _change(item, account)
        elif not item.is_draft and (item.origin or item.sender):
            records.append(_record(item, account, kind))
    return Parsed(
        tuple(records),
        tuple(changes),
        tuple(removed),
        answer.next_link or "",
        answer.delta_link or "",
        damaged,
        answer.count if isinstance(answer.count, int) else 0,
    )


def message(body: bytes, account: str, kind: str) -> MessageRecord | None:
    """Read the answer about one message; None for a draft or something that is no mail. Raises Malformed.

    A whole answer in a shape that cannot be read says that the message is there, and no more: a record without folder
    and sender, which nobody stores and nobody takes for removed.
    """
    try:
        item = _ITEM.decode(body)
    except UNREADABLE:
        return _there(body, account)
    return None if item.is_draft or not (item.origin or item.sender) else _record(item, account, kind)


def _there(body: bytes, account: str) -> MessageRecord:
    try:
        said = json.loads(body.decode("utf-8", "replace"))
    except (*UNREADABLE, ValueError):
        said = None
    if not isinstance(said, dict):
        # Cut short, or the page of a proxy: the next try may bring it whole.
        raise Malformed("Die Nachricht von Microsoft Graph ist nicht lesbar.")
    return MessageRecord(
        channel=Channel.EMAIL,
        account=account,
        source_id=plain(str(said.get("id", ""))),
        direction=Direction.EINGANG,
        received_at=EARLIEST,
        opens_clock=False,
        time_is_guessed=True,
    )


def thread_of(index: str, conversation: str) -> str:
    """Return the thread as 32 hex digits, the same in every mailbox; "" when neither value names one.

    The 16 bytes stand in conversationIndex[6:22] and, where that is missing, at the end of conversationId, whose
    alphabet is "-" for "/" and "_" for "+" (the reverse of RFC 4648).
    """
    raw = _decoded(index)
    if len(raw) >= _THREAD.stop:
        return raw[_THREAD].hex()
    raw = _decoded(conversation.replace("-", "/").replace("_", "+"))
    return raw[-16:].hex() if len(raw) > 16 else conversation[:LONGEST_ID]


def _items(body: bytes) -> tuple[_Answer[Any], list[_Item], int]:
    try:
        page = _PAGE.decode(body)
        return page, page.value, 0
    except UNREADABLE:
        return _one_by_one(body)


def _one_by_one(body: bytes) -> tuple[_Answer[Any], list[_Item], int]:
    # `from None`: the text of a decoder's error may quote what it stumbled over.
    try:
        parts = _PARTS.decode(body)
    except UNREADABLE:
        parts = _mended(body)
    items: list[_Item] = []
    for part in parts.value:
        try:
            items.append(_ITEM.decode(part))
        except UNREADABLE:  # one bad item must not cost its page
            continue
    return parts, items, len(parts.value) - len(items)


def _mended(body: bytes) -> _Answer[Any]:
    """Decode once more with broken characters replaced: one lone surrogate must not hold up its mailbox for ever."""
    try:
        text = json.dumps(json.loads(body.decode("utf-8", "replace")), ensure_ascii=False)
        return _PARTS.decode(text.encode("utf-8", "replace"))
    except (*UNREADABLE, ValueError):
        raise Malformed("Die Antwort von Microsoft Graph ist nicht lesbar.") from None


def _change(item: _Item, account: str) -> list[Change]:
    read = item.is_read if isinstance(item.is_read, bool) else None
    folder = item.parent_folder_id[:LONGEST_ID] if isinstance(item.parent_folder_id, str) else None
    return [] if read is None and folder is None else [Change(account, item.id, read, folder)]


def _record(item: _Item, account: str, kind: str) -> MessageRecord:
    sender, name = _who(item.origin or item.sender)
    submitter = _who(item.sender)[0] if item.sender != item.origin else sender
    to, cc = _addresses(item.to_recipients), _addresses(item.cc_recipients)
    sent = instant(item.sent_date_time)
    received, guessed = _received(item, sent)
    flags = _header_flags(item, sender)
    automated = flags is not None and is_automated(flags)
    return MessageRecord(
        channel=_MAIL,
        account=account,
        source_id=item.id,
        # Sent as, or on behalf of, another mailbox: the submitter says who did, wherever the mail lies now.
        direction=_OUT if kind == SENT or account in {sender, submitter} else _IN,
        received_at=received,
        sent_at=sent,
        thread=thread_of(item.conversation_index or "", item.conversation_id or ""),
        internet_message_id=plain(item.internet_message_id, LONGEST_ID),
        sender=sender,
        sender_name=name,
        submitter=submitter if submitter != sender else "",
        to=to,
        cc=cc,
        recipients_total=len(item.to_recipients or ()) + len(item.cc_recipients or ()),
        folder=item.parent_folder_id[:LONGEST_ID] if isinstance(item.parent_folder_id, str) else "",
        kind=plain(item.type.rpartition(".")[2], 40),
        is_read=item.is_read if isinstance(item.is_read, bool) else None,
        has_attachments=item.has_attachments,
        important=item.importance == "high",
        automated=automated,
        opens_clock=not automated and not guessed,
        time_is_guessed=guessed,
        flags=flags,
    )


def is_automated(flags: HeaderFlags) -> bool:
    """Say whether no person wrote this: automatic replies and notices (RFC 3834), delivery reports (RFC 3464)."""
    said = flags.auto_submitted not in {"", "no"}
    report = flags.return_path_null or flags.content_type == "multipart/report"
    return said or report or is_reply(flags.precedence)


def _header_flags(item: _Item, sender: str) -> HeaderFlags | None:
    lines = item.internet_message_headers
    if isinstance(lines, list):
        return flags_of(((line.name, line.value) for line in lines if line.name and line.value), sender)
    reply_to, _ = _who(item.reply_to[0]) if item.reply_to else ("", "")
    # Answers that go elsewhere are a warning; those to the sender's own house say nothing, and headers stay unknown.
    if not reply_to or registrable(reply_to) == registrable(sender):
        return None
    return HeaderFlags(reply_to_domain=registrable(reply_to), reply_to_role=role_of(reply_to.partition("@")[0]))


def _who(person: Person | None) -> tuple[str, str]:
    if person is None or person.email is None:
        return "", ""
    return _address(person.email.address or ""), plain(person.email.name, LONGEST_NAME)


@lru_cache(maxsize=20_000)
def _address(text: str) -> str:
    """Return the clean form of an address; a firm writes with the same few thousand over and over."""
    return clean_address(plain(text, 400))


def _addresses(people: list[Person] | None) -> tuple[str, ...]:
    if not people:
        return ()
    told = [_address(one.email.address) for one in people[:MOST_RECIPIENTS] if one.email and one.email.address]
    if len(told) == 1:
        return (told[0],) if told[0] else ()
    return tuple(dict.fromkeys(filter(None, told)))


def _received(item: _Item, sent: datetime | None) -> tuple[datetime, bool]:
    received = instant(item.received_date_time)
    return (received, False) if received else (sent or EARLIEST, True)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
