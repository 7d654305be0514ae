"""Writes single letters and chats of the emulated firm, with all their copies, as one event each."""

import random
from dataclasses import dataclass, field
from datetime import datetime

from connectors.emulator.firm import Chatter, Firm, Sender
from connectors.emulator.letters import ChatMessage, Letter, Mail, Party, Style
from connectors.emulator.office import utc
from models.terms import Category, Direction

_KINDS = ("text", "image", "audio", "document", "location", "reaction", "contacts")
_KIND_WEIGHTS = (72, 12, 8, 4, 1, 2, 1)
# Where a class of sender usually writes to: shared mailbox -> weight.
_TARGETS = {
    Category.KUNDE: {"service": 35, "info": 28, "angebote": 22, "notdienst": 7, "buchhaltung": 8},
    Category.LIEFERANT: {"einkauf": 55, "buchhaltung": 35, "info": 10},
    Category.NEWSLETTER: {"info": 60, "einkauf": 20, "angebote": 20},
    Category.WERBUNG: {"info": 75, "buchhaltung": 10, "angebote": 15},
}
_STYLES = {Category.NEWSLETTER: Style.NEWSLETTER, Category.WERBUNG: Style.WERBUNG}


@dataclass(slots=True)
class Thread:
    """A thread while it is written: who is outside, which of our addresses is inside, who of us answers."""

    outside: Party
    inside: Party
    employee: Party
    id: bytes
    depth: int = 0
    proof: str = "pass"


@dataclass(slots=True)
class Writer:
    """Writes with the random numbers of one seed; `mails` and `chats` collect what has been written.

    `stem` begins the key of every letter, so that two writers never give the same one.
    """

    firm: Firm
    rng: random.Random
    stem: str
    mails: list[Mail] = field(default_factory=list)
    chats: list[ChatMessage] = field(default_factory=list)
    count: int = 0

    def employee(self) -> Party:
        """Return one of the staff."""
        person = self.rng.choice(self.firm.staff)
        return Party(person.name, person.address)

    def thread(self, sender: Sender) -> Thread:
        """Begin a thread with somebody outside: at a shared mailbox, or with one of the staff."""
        targets = _TARGETS[sender.truth]
        local = self.rng.choices(tuple(targets), tuple(targets.values()))[0]
        shared = next(box for box in self.firm.mailboxes if box.address == f"{local}@{self.firm.domain}")
        employee = self.employee()
        direct = self.rng.random() < (0.28 if sender.truth is not Category.NEWSLETTER else 0.5)
        inside = employee if direct else Party(shared.name, shared.address)
        return Thread(Party(sender.name, sender.address), inside, employee, self.rng.randbytes(16), proof=sender.proof)

    def receive(self, thread: Thread, at: datetime, style: Style, *, is_read: bool = True) -> Letter:
        """Let somebody outside write; now and then a colleague has a copy in his own mailbox."""
        cc: tuple[Party, ...] = ()
        if style is Style.PERSON and self.rng.random() < 0.12:
            other = self.employee()
            cc = (other,) if other.address != thread.inside.address else ()
        letter = self._letter(at, style, thread, (thread.outside, thread.outside), ((thread.inside,), cc))
        for party in (thread.inside, *cc):
            self.mails.append(Mail(letter, party.address, "inbox", is_read))
        return letter

    def answer(self, thread: Thread, at: datetime) -> Letter:
        """Let one of us answer: as the mailbox (a copy in its sent items or only in his own), or as himself."""
        inside, employee = thread.inside, thread.employee
        as_himself = inside.address == employee.address or self.rng.random() < 0.15
        sender = employee if as_himself else inside
        letter = self._letter(at, Style.PERSON, thread, (sender, employee), ((thread.outside,), ()))
        copy = employee.address if as_himself or self.rng.random() < 0.3 else inside.address
        self.mails.append(Mail(letter, copy, "sentitems", is_read=True))
        return letter

    def internal(self, at: datetime) -> None:
        """Let one of us write to colleagues."""
        first, *others = self.rng.sample(self.firm.staff, self.rng.choice((2, 2, 2, 3, 4)))
        sender = Party(first.name, first.address)
        to = tuple(Party(other.name, other.address) for other in others)
        thread = Thread(sender, to[0], sender, self.rng.randbytes(16))
        letter = self._letter(at, Style.INTERN, thread, (sender, sender), (to, ()))
        self.mails.append(Mail(letter, sender.address, "sentitems", is_read=True))
        self.mails += [Mail(letter, party.address, "inbox", is_read=True) for party in to]

    def bulk(self, sender: Sender, at: datetime, *, is_read: bool = True) -> None:
        """Let a newsletter or an advertiser write."""
        self.receive(self.thread(sender), at, _STYLES[sender.truth], is_read=is_read)

    def chat(
        self, chatter: Chatter, number_id: str, at: datetime, direction: Direction, context: str = ""
    ) -> ChatMessage:
        """Let somebody write on WhatsApp, or one of us answer there."""
        kind = self.rng.choices(_KINDS, _KIND_WEIGHTS)[0]
        inbound = direction is Direction.EINGANG
        if not inbound or (kind == "reaction" and not context):
            kind = "text"
        message = ChatMessage(
            id=f"wamid.{self.rng.randbytes(24).hex().upper()}",
            number_id=number_id,
            wa_id=chatter.wa_id,
            user_id=chatter.user_id,
            name=chatter.name,
            direction=direction,
            at=utc(at),
            kind=kind,
            context=context if kind == "reaction" or self.rng.random() < 0.1 else "",
        )
        self.chats.append(message)
        return message

    def _letter(
        self,
        at: datetime,
        style: Style,
        thread: Thread,
        who: tuple[Party, Party],
        whom: tuple[tuple[Party, ...], tuple[Party, ...]],
    ) -> Letter:
        self.count += 1
        letter = Letter(
            key=f"{self.stem}{self.count:05x}",
            at=utc(at),
            style=style,
            sender=who[0],
            submitter=who[1],
            to=whom[0],
            cc=whom[1],
            thread=thread.id,
            depth=thread.depth,
            attachments=style is Style.PERSON and self.rng.random() < 0.25,
            important=style is Style.PERSON and self.rng.random() < 0.03,
            proof=thread.proof,
        )
        thread.depth += 1
        return letter
