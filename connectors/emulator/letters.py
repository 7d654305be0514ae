"""The events of the emulated firm: a mail with its copies, a WhatsApp message; both carry invented content."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.emulator.names import SECRET_STEM, TOPICS
from models.terms import Direction


class Style(StrEnum):
    """How a mail was made; its header lines follow from it."""

    PERSON = "person"
    INTERN = "intern"
    NEWSLETTER = "newsletter"
    WERBUNG = "werbung"
    UNZUSTELLBAR = "unzustellbar"
    ABWESEND = "abwesend"


@dataclass(frozen=True, slots=True)
class Party:
    """A name with an address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Content:
    """What must never leave the mailbox. Every word carries the stem that tests look for."""

    subject: str
    preview: str
    body: str
    attachment: str


def content_of(key: str) -> Content:
    """Return the invented content of a message."""
    topic = TOPICS[sum(key.encode()) % len(TOPICS)]
    return Content(
        subject=f"{topic} {SECRET_STEM}-Betreff-{key}",
        preview=f"{SECRET_STEM}-Vorschau-{key}",
        body=f"<html><body><p>{SECRET_STEM}-Text-{key}</p></body></html>",
        attachment=f"{SECRET_STEM}-Anlage-{key}.pdf",
    )


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it was sent. `thread` are the 16 bytes that name its thread, `depth` how many came before it.

    `proof` is what our mail server found out about its domain: "pass", "none", "fail".
    """

    key: str
    at: datetime
    style: Style
    sender: Party
    submitter: Party
    to: tuple[Party, ...]
    cc: tuple[Party, ...]
    thread: bytes
    depth: int
    attachments: bool = False
    important: bool = False
    proof: str = "pass"

    @property
    def content(self) -> Content:
        """What the mail says; a connector must never ask for it."""
        return content_of(self.key)


@dataclass(frozen=True, slots=True)
class Mail:
    """A copy of a letter in one mailbox; `folder` is its well-known name."""

    letter: Letter
    mailbox: str
    folder: str
    is_read: bool


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One WhatsApp message. Outbound ones are echoes of what staff wrote. `kind` is Meta's type."""

    id: str
    number_id: str
    wa_id: str
    user_id: str
    name: str
    direction: Direction
    at: datetime
    kind: str
    context: str = ""

    @property
    def content(self) -> Content:
        """What the message says; a connector must never keep it."""
        return content_of(self.id)
