"""Builders: a test names only what it is about."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

from models.record import HeaderFlags, MessageRecord
from models.terms import Channel, Direction

START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Berlin
OWN = "muster.example"
GENUINE = HeaderFlags(auth_dmarc="pass", auth_spf="pass", auth_dkim="pass")
_numbers: Iterator[int] = count(1)


def mail(sender: str = "erika@kunde.example", *, at: datetime = START, **more: object) -> MessageRecord:
    """Return an authenticated inbound mail to the shared mailbox."""
    number = next(_numbers)
    values: dict[str, object] = {
        "channel": Channel.EMAIL,
        "account": f"info@{OWN}",
        "source_id": f"id-{number}",
        "direction": Direction.EINGANG,
        "received_at": at,
        "sent_at": at,
        "sender": sender,
        "thread": f"thread-{number}",
        "to": (f"info@{OWN}",),
        "folder": "inbox",
        "kind": "mail",
        "is_read": False,
        "internet_message_id": f"<{number}@kunde.example>",
        "flags": GENUINE,
    }
    return MessageRecord(**(values | more))  # type: ignore[arg-type]


def answer(
    to: str = "erika@kunde.example", *, at: datetime = START + timedelta(hours=2), **more: object
) -> MessageRecord:
    """Return a mail that a colleague sent from the shared mailbox."""
    values: dict[str, object] = {
        "direction": Direction.AUSGANG,
        "to": (to,),
        "folder": "sentitems",
        "flags": None,
        "is_read": True,
    }
    return mail(f"info@{OWN}", at=at, **(values | more))


def chat(number: str = "491718388958", *, at: datetime = START, **more: object) -> MessageRecord:
    """Return an inbound WhatsApp message."""
    counted = next(_numbers)
    values: dict[str, object] = {
        "channel": Channel.WHATSAPP,
        "account": "1001",
        "source_id": f"wamid.{counted}",
        "direction": Direction.EINGANG,
        "received_at": at,
        "sent_at": at,
        "sender": number,
        "sender_name": "Erika",
        "kind": "text",
        "to": ("1001",),
    }
    return MessageRecord(**(values | more))  # type: ignore[arg-type]
