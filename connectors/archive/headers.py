"""Reads a header block as a MessageRecord: no body, no subject, whatever the block looks like."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.archive.addresses import addresses, sender
from connectors.archive.block import Headers, split
from connectors.archive.clean import UNKNOWN_TIME
from connectors.archive.dates import instant
from connectors.archive.flags import flags, judged, message_id, topmost
from connectors.archive.lines import is_automated
from connectors.errors import Malformed
from models.record import MessageRecord, quickly
from models.terms import Channel, Direction

_MOST_COUNTED = 2_000
_MOST_KEPT = 50
# What a mail has at least one of; a file without any of them is no mail.
_ESSENTIAL = frozenset({"from", "sender", "to", "cc", "date", "received", "message-id", "return-path", "content-type"})
_HIGH = ("high", "1", "2")
_record = quickly(MessageRecord)
# What makes a mail this mail.
_IDENTITY = ("message-id", "date", "from", "to", "cc", "received", "references", "return-path", "content-type")


@dataclass(frozen=True, slots=True)
class Own:
    """What is ours: domains with everything below them, single addresses (a mailbox at a free-mail provider), and the
    names under which our boundary writes results; none where they are not known.
    """

    domains: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    boundaries: frozenset[str] = frozenset()

    def has(self, address: str) -> bool:
        """Say whether an address belongs to the firm."""
        if not address:
            return False
        host = address.rpartition("@")[2]
        below = any(host == domain or host.endswith(f".{domain}") for domain in self.domains)
        return below or address in self.addresses


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block was found: the account it belongs to, its position for people, the kind of folder, its marks."""

    account: str
    position: str
    folder: str = "archive"
    is_read: bool | None = None
    is_draft: bool = False


def parse(block: bytes, place: Place, own: Own) -> MessageRecord:
    """Return the record of a header block (read up to the first blank line, at most 1 MB).

    `received_at` is the topmost Received, else Date, else a fixed instant with `time_is_guessed`. Raises Malformed
    when the block has no header that a mail has.
    """
    headers = split(block)
    if _ESSENTIAL.isdisjoint(headers):
        raise Malformed("keine Kopfzeilen einer Mail")
    top = topmost(headers)
    own_id = message_id(top.get("message-id", ""))
    address, name = _author(headers)
    found = flags(headers, top, own_id, judged(headers, address, own.boundaries))
    sent, received = instant(top.get("date", "")), instant(top.get("received", "").rpartition(";")[2])
    at = received or sent
    to, cc = _recipients(headers, "to"), _recipients(headers, "cc", "bcc")
    automated = is_automated(found) or "mailer-daemon" in top.get("from", "").lower()
    return _record(
        channel=Channel.EMAIL,
        account=place.account,
        source_id=_hash(headers, place),
        direction=_direction(address, (*to, *cc), own),
        received_at=at or UNKNOWN_TIME,
        sent_at=sent,
        thread=_thread(top) or own_id,
        internet_message_id=own_id,
        sender=address,
        sender_name=name,
        submitter=_submitter(top, address),
        to=to[:_MOST_KEPT],
        cc=cc[: max(_MOST_KEPT - len(to), 0)],
        recipients_total=min(len(to) + len(cc), _MOST_COUNTED),
        folder=place.folder,
        is_read=_is_read(top) if place.is_read is None else place.is_read,
        is_draft=place.is_draft,
        important=top.get("importance", "").lower() == "high" or top.get("x-priority", "")[:1] in _HIGH,
        automated=automated,
        opens_clock=at is not None and not automated,
        time_is_guessed=at is None,
        flags=found,
    )


def _author(headers: Headers) -> tuple[str, str]:
    # Several From headers that disagree are forged: nobody can say which one a mail program shows (RFC 5322, 3.6).
    found = [sender(value) for value in headers.get("from", ())]
    if len(found) > 1 and len({address for address, _ in found}) > 1:
        return "", ""
    return found[0] if found else ("", "")


def _submitter(top: Mapping[str, str], author: str) -> str:
    found = sender(top["sender"])[0] if "sender" in top else ""
    return "" if found == author else found


def _is_read(top: Mapping[str, str]) -> bool | None:
    # mbox programs keep their marks in Status: R read, O old.
    return "R" in top["status"].upper() if "status" in top else None


def _recipients(headers: Headers, *names: str) -> tuple[str, ...]:
    found = [address for name in names for value in headers.get(name, ()) for address in addresses(value)]
    return tuple(dict.fromkeys(found[:_MOST_COUNTED]))


def _direction(author: str, recipients: tuple[str, ...], own: Own) -> Direction:
    if not own.has(author):
        return Direction.EINGANG
    inside = bool(recipients) and all(own.has(address) for address in recipients)
    return Direction.EINGANG if inside else Direction.AUSGANG


def _thread(top: Mapping[str, str]) -> str:
    return message_id(top.get("references", "")) or message_id(top.get("in-reply-to", ""))


def _hash(headers: Headers, place: Place) -> str:
    # The same mail has the same id wherever it lies, so that moving it or reading it twice changes nothing; marks
    # like Status change with every look at it and stay out.
    unique = "message-id" in headers or "received" in headers
    parts = [place.account, "" if unique else place.position]
    parts += [f"{name}:{value}" for name in _IDENTITY if name in headers for value in headers[name]]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
