"""Shows a letter as Microsoft Graph would: any property of a message that is asked for, header lines among them."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from connectors.emulator.firm import MAILING
from connectors.emulator.letters import Letter, Mail, Party, Style

# Outlook's alphabet turns RFC 4648 around: "-" stands for "/" and "_" for "+".
_OUTLOOK = bytes.maketrans(b"/+", b"-_")
_FILETIME_1601 = datetime(1601, 1, 1)  # noqa: DTZ001  the origin of FILETIME, only subtracted


@dataclass(slots=True)
class Item:
    """A mail as it lies in a folder now; `folder` is the folder's id, `change` counts its changes."""

    mail: Mail
    folder: str
    is_read: bool
    change: int = 0

    def id(self, *, immutable: bool) -> str:
        """Return its id; the mutable one changes when the mail is moved."""
        letter, mail = self.mail.letter, self.mail
        if immutable:
            return "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A" + _hash(f"{mail.mailbox} {mail.folder} {letter.key}", 36)
        return "AAMkADhk" + _hash(f"{mail.mailbox} {self.folder} {letter.key}", 84)


def show(item: Item, select: tuple[str, ...], *, immutable: bool) -> dict[str, Any]:
    """Return an item with the properties in `select` that it has; the id is always there."""
    shown: dict[str, Any] = {
        "@odata.type": "#microsoft.graph.message",
        "@odata.etag": f'W/"{_hash(f"{item.mail.letter.key} {item.change}", 24)}"',
        "id": item.id(immutable=immutable),
    }
    for name in select:
        make = _PROPERTIES.get(name)
        if make is not None and (name != "internetMessageHeaders" or item.mail.folder == "inbox"):
            shown[name] = make(item)
    return shown


def _hash(text: str, length: int) -> str:
    raw = b"".join(hashlib.sha256(f"{i} {text}".encode()).digest() for i in range(length // 42 + 1))
    return base64.b64encode(raw).translate(_OUTLOOK).decode()[:length]


def _z(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _person(party: Party) -> dict[str, Any]:
    return {"emailAddress": {"name": party.name, "address": party.address}}


def _people(parties: tuple[Party, ...]) -> list[dict[str, Any]]:
    return [_person(party) for party in parties]


def _index(letter: Letter) -> str:
    """Return the conversation index: 6 bytes of time, 16 of thread, 5 per reply."""
    ticks = int((letter.at.replace(tzinfo=None) - _FILETIME_1601) / timedelta(microseconds=1)) * 10
    head = ticks.to_bytes(8, "big")[:6]
    tail = b"".join(hashlib.sha256(f"{letter.key} {i}".encode()).digest()[:5] for i in range(letter.depth))
    return base64.b64encode(head + letter.thread + tail).decode()


def _conversation(item: Item) -> str:
    head = b"\x01\x04\x24\x00" + hashlib.sha256(item.mail.mailbox.encode()).digest()[:21] + b"\x10\x00"
    return base64.b64encode(head + item.mail.letter.thread).translate(_OUTLOOK).decode()


def message_id(letter: Letter) -> str:
    """Return the Message-ID of a letter."""
    return f"<{hashlib.sha256(letter.key.encode()).hexdigest()[:24]}@{letter.submitter.address.rpartition('@')[2]}>"


def _headers(item: Item) -> list[dict[str, str]]:
    letter = item.mail.letter
    domain = letter.sender.address.rpartition("@")[2]
    null = letter.style is Style.UNZUSTELLBAR
    lines = [
        (
            "Received",
            f"from mx.{domain} (203.0.113.7) by mail.protection.example with SMTP; {format_datetime(letter.at)}",
        ),
        *_trust(letter, domain),
        ("Return-Path", "<>" if null else f"<{letter.submitter.address}>"),
        ("From", f'"{letter.sender.name}" <{letter.sender.address}>'),
        ("To", ", ".join(party.address for party in letter.to)),
        ("Subject", letter.content.subject),
        ("Date", format_datetime(letter.at)),
        ("Message-ID", message_id(letter)),
        ("MIME-Version", "1.0"),
        *_style(letter, domain),
    ]
    if letter.depth:
        lines += [("In-Reply-To", message_id(letter)), ("References", message_id(letter) * min(letter.depth, 5))]
    return [{"name": name, "value": value} for name, value in lines]


def _trust(letter: Letter, domain: str) -> list[tuple[str, str]]:
    if letter.style in {Style.INTERN, Style.UNZUSTELLBAR}:
        return [("X-MS-Exchange-Organization-AuthAs", "Internal")]
    anonymous = ("X-MS-Exchange-Organization-AuthAs", "Anonymous")
    if letter.proof == "none":
        return [anonymous]
    poor = letter.style is Style.WERBUNG and sum(letter.key.encode()) % 4 == 0
    spf, dkim, dmarc = ("softfail", "none", "none") if poor else ("pass", "pass", "pass")
    if letter.proof == "fail":
        spf, dkim, dmarc = "fail", "none", "fail"
    results = (
        f"spf={spf} (sender IP is 203.0.113.7) smtp.mailfrom={domain}; dkim={dkim} (signature was verified) "
        f"header.d={domain}; dmarc={dmarc} action=none header.from={domain}; compauth={dmarc} reason=100"
    )
    signed = ("DKIM-Signature", f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1; bh=x; b=x")
    return [("Authentication-Results", results), *([signed] if dkim == "pass" else []), anonymous]


def _style(letter: Letter, domain: str) -> list[tuple[str, str]]:
    stop = ("List-Unsubscribe", f"<https://www.{domain}/abmelden>, <mailto:abmelden@{domain}>")
    many = ("Content-Type", 'multipart/alternative; boundary="x"')
    if letter.style is Style.NEWSLETTER:
        name = domain.partition(".")[0]
        listed = ("List-Id", f"{letter.sender.name} <{name}.{domain}>")
        return [listed, stop, ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"), ("Precedence", "bulk"), many]
    if letter.style is Style.WERBUNG:
        marked = letter.sender.address.partition("@")[0] in MAILING
        return [stop, ("X-Campaign-Id", letter.key), many] if marked else [("X-Mailer", "Serienbrief 7"), many]
    if letter.style is Style.UNZUSTELLBAR:
        return [("Auto-Submitted", "auto-replied"), ("Content-Type", "multipart/report; report-type=delivery-status")]
    if letter.style is Style.ABWESEND:
        return [("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"), many]
    return [("X-Mailer", "Microsoft Outlook 16.0"), many]


_PROPERTIES: dict[str, Callable[[Item], Any]] = {
    "createdDateTime": lambda item: _z(item.mail.letter.at + timedelta(seconds=2)),
    "lastModifiedDateTime": lambda item: _z(item.mail.letter.at + timedelta(seconds=3)),
    "receivedDateTime": lambda item: _z(item.mail.letter.at + timedelta(seconds=2)),
    "sentDateTime": lambda item: _z(item.mail.letter.at),
    "hasAttachments": lambda item: item.mail.letter.attachments,
    "internetMessageId": lambda item: message_id(item.mail.letter),
    "importance": lambda item: "high" if item.mail.letter.important else "normal",
    "parentFolderId": lambda item: item.folder,
    "conversationId": _conversation,
    "conversationIndex": lambda item: _index(item.mail.letter),
    "isRead": lambda item: item.is_read,
    "isDraft": lambda item: False,
    "inferenceClassification": lambda item: "focused",
    "categories": lambda item: [],
    "sender": lambda item: _person(item.mail.letter.submitter),
    "from": lambda item: _person(item.mail.letter.sender),
    "toRecipients": lambda item: _people(item.mail.letter.to),
    "ccRecipients": lambda item: _people(item.mail.letter.cc),
    "bccRecipients": lambda item: [],
    "replyTo": lambda item: [],
    "flag": lambda item: {"flagStatus": "notFlagged"},
    "internetMessageHeaders": _headers,
    "subject": lambda item: item.mail.letter.content.subject,
    "bodyPreview": lambda item: item.mail.letter.content.preview,
    "body": lambda item: {"contentType": "html", "content": item.mail.letter.content.body},
    "uniqueBody": lambda item: {"contentType": "html", "content": item.mail.letter.content.body},
    "webLink": lambda item: f"https://outlook.office365.com/owa/?ItemID={item.id(immutable=False)}&exvsurl=1",
}

# What Graph answers when nothing is selected; header lines and the unique body only come when asked for.
EVERYTHING: tuple[str, ...] = tuple(
    name for name in _PROPERTIES if name not in {"internetMessageHeaders", "uniqueBody"}
)
