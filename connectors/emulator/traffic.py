"""Writes 90 days of plausible traffic up to an instant and goes on live; the same seed and instant, the same mails."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.emulator.firm import NEW_CHATTERS, Chatter, Firm, Sender
from connectors.emulator.letters import ChatMessage, Mail, Party, Style
from connectors.emulator.office import after, before, busy, midnight, moment, reply_hours
from connectors.emulator.writer import Thread, Writer
from models.terms import Category, Direction

DAYS = 90

# Threads and single mails on an average working day.
_CUSTOMERS = 42.0
_SUPPLIERS = 14.0
_INTERNAL = 17.0
_LETTERS = 22.5
_OFFERS = 17.0
_RETURNS = 2.0
_CHATS = 8.5

# Almost every thread ends with our answer; of the last weeks some are forgotten, as in life.
_FORGOTTEN = 0.004
_FORGETFUL_DAYS = 14


@dataclass(frozen=True, slots=True)
class Traffic:
    """Everything that was sent, oldest first."""

    mails: tuple[Mail, ...]
    chats: tuple[ChatMessage, ...]


NOTHING = Traffic((), ())


@dataclass(frozen=True, slots=True)
class Event:
    """What happens next in live traffic, `delay` seconds after the event before."""

    delay: float
    mails: tuple[Mail, ...] = ()
    chats: tuple[ChatMessage, ...] = ()


def past(firm: Firm, now: datetime, days: int = DAYS) -> Traffic:
    """Return the traffic of `days` days before `now`; what would be answered later is still open then."""
    writer = Writer(firm, random.Random(firm.seed * 7919 + 1), stem=f"{firm.seed:x}p{int(now.timestamp()):x}")
    for back in range(days, -1, -1):
        _day(writer, midnight(now, back), _FORGOTTEN if back < _FORGETFUL_DAYS else 0.0)
    _fresh(writer, now)
    _open(writer, now)
    mails = sorted((m for m in writer.mails if m.letter.at <= now), key=lambda m: (m.letter.at, m.letter.key))
    chats = sorted((c for c in writer.chats if c.at <= now), key=lambda c: (c.at, c.id))
    return Traffic(tuple(_unread(mails, writer.rng, now)), tuple(chats))


def live(firm: Firm, now: datetime, pace: float = 9.0, past: Traffic = NOTHING) -> Iterator[Event]:
    """Yield what happens after `now`, without end; `pace` is the mean delay in seconds.

    What stands open at the end of `past` is answered first, the oldest before the others.
    """
    instant = int(now.timestamp())
    writer = Writer(firm, random.Random(firm.seed * 104729 + instant), stem=f"{firm.seed:x}l{instant:x}")
    waiting, asked = _waiting(writer, past, now), _asked(past)
    at = now
    while True:
        delay = min(writer.rng.expovariate(1 / pace), pace * 3)
        at += timedelta(seconds=delay)
        writer.mails.clear()
        writer.chats.clear()
        _next(writer, at, waiting, asked)
        yield Event(delay, tuple(writer.mails), tuple(writer.chats))


def _waiting(writer: Writer, past: Traffic, now: datetime) -> list[Thread]:
    """Return the threads of the last days in which somebody known waits for us."""
    fresh = {sender.address for sender in writer.firm.senders if sender.fresh}
    last = {mail.letter.thread: mail for mail in past.mails if mail.letter.style is Style.PERSON}
    threads = []
    for mail in last.values():
        letter = mail.letter
        known = mail.folder == "inbox" and letter.sender.address not in fresh
        if known and now - letter.at < timedelta(days=4):
            shared = next(box.shared for box in writer.firm.mailboxes if box.address == letter.to[0].address)
            employee = writer.employee() if shared else letter.to[0]
            threads.append(Thread(letter.sender, letter.to[0], employee, letter.thread, letter.depth + 1))
    return threads


def _asked(past: Traffic) -> list[ChatMessage]:
    last = {(chat.wa_id, chat.user_id): chat for chat in past.chats}
    return [chat for chat in last.values() if chat.direction is Direction.EINGANG]


def _day(writer: Writer, day: datetime, forgotten: float) -> None:
    rng, firm, load = writer.rng, writer.firm, busy(day)
    for _ in range(_some(rng, _CUSTOMERS * load)):
        _exchange(writer, _who(rng, firm.of(Category.KUNDE)), moment(rng, day), forgotten)
    for _ in range(_some(rng, _SUPPLIERS * load)):
        _exchange(writer, _who(rng, firm.of(Category.LIEFERANT)), moment(rng, day), forgotten)
    for _ in range(_some(rng, _INTERNAL * load)):
        writer.internal(moment(rng, day))
    for _ in range(_some(rng, _LETTERS * (load + 0.2))):
        writer.bulk(_who(rng, firm.of(Category.NEWSLETTER)), moment(rng, day))
    for _ in range(_some(rng, _OFFERS * (load + 0.2))):
        writer.bulk(_who(rng, firm.of(Category.WERBUNG)), moment(rng, day))
    for _ in range(_some(rng, _RETURNS * load)):
        _returned(writer, moment(rng, day))
    for _ in range(_some(rng, _CHATS * (load + 0.1))):
        _talk(writer, rng.choice(firm.chatters[:-NEW_CHATTERS]), moment(rng, day))


def _exchange(writer: Writer, sender: Sender, at: datetime, forgotten: float) -> None:
    """Write a thread: they ask, we answer, and again while it goes on."""
    rng = writer.rng
    thread = writer.thread(sender)
    if sender.truth is Category.LIEFERANT and rng.random() < 0.5:
        writer.answer(thread, at)
        at = after(at, reply_hours(rng, 4.0))
    while True:
        writer.receive(thread, at, Style.PERSON)
        if rng.random() < forgotten:
            return
        at = after(at, reply_hours(rng, 1.7))
        writer.answer(thread, at)
        if rng.random() < 0.02:
            writer.receive(thread, at + timedelta(seconds=40), Style.ABWESEND)
        if rng.random() > 0.36:
            return
        at = after(at, reply_hours(rng, 4.0))


def _returned(writer: Writer, at: datetime) -> None:
    """Let one of our mails come back as undeliverable."""
    robot = Sender("Mail Delivery System", f"mailer-daemon@{writer.firm.domain}", Category.KUNDE)
    writer.receive(writer.thread(robot), at, Style.UNZUSTELLBAR)


def _talk(writer: Writer, chatter: Chatter, at: datetime) -> None:
    """Write a conversation on WhatsApp."""
    rng = writer.rng
    number = rng.choices(writer.firm.numbers, (3, 1))[0].id
    while True:
        asked = writer.chat(chatter, number, at, Direction.EINGANG)
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
            at += timedelta(seconds=rng.randrange(10, 200))
            asked = writer.chat(chatter, number, at, Direction.EINGANG, asked.id)
        at = after(at, reply_hours(rng, 0.35, 1.2))
        writer.chat(chatter, number, at, Direction.AUSGANG, asked.id)
        if rng.random() > 0.38:
            return
        at = after(at, reply_hours(rng, 0.6))


def _fresh(writer: Writer, now: datetime) -> None:
    """Let everybody write who has not been classified yet, in the last days."""
    rng = writer.rng
    for sender in (sender for sender in writer.firm.senders if sender.fresh):
        at = before(now, rng.uniform(0.3, 8.0))
        if sender.truth in {Category.NEWSLETTER, Category.WERBUNG}:
            writer.bulk(sender, at, is_read=False)
        else:
            writer.receive(writer.thread(sender), at, Style.PERSON, is_read=False)
    for chatter in writer.firm.chatters[-NEW_CHATTERS:]:
        writer.chat(chatter, writer.firm.numbers[0].id, before(now, rng.uniform(0.1, 3.5)), Direction.EINGANG)


def _open(writer: Writer, now: datetime) -> None:
    """Leave clocks that run: e-mail due within hours and just overdue, WhatsApp waiting and one or two too late."""
    rng = writer.rng
    customers = [sender for sender in writer.firm.of(Category.KUNDE) if sender.weight > 0 and not sender.fresh]
    for left in (0.4, 1.1, 2.3, 3.7, 5.2, 7.9, -1.5, -4.0, -9.0):
        at = before(now, 24.0 - left, all_day=True)
        writer.receive(writer.thread(rng.choice(customers)), at, Style.PERSON, is_read=False)
    for hours in (5.5, 4.6, 3.7, 2.2, 0.9, 0.2):
        chatter = rng.choice(writer.firm.chatters[:-NEW_CHATTERS])
        writer.chat(chatter, writer.firm.numbers[0].id, before(now, hours), Direction.EINGANG)


def _unread(mails: list[Mail], rng: random.Random, now: datetime) -> Iterator[Mail]:
    for mail in mails:
        recent = now - mail.letter.at < timedelta(hours=20)
        unread = mail.folder == "inbox" and recent and rng.random() < 0.4
        yield Mail(mail.letter, mail.mailbox, mail.folder, is_read=False) if unread else mail


def _next(writer: Writer, at: datetime, waiting: list[Thread], asked: list[ChatMessage]) -> None:
    rng, firm = writer.rng, writer.firm
    what = rng.choices(
        ("kunde", "antwort", "chat", "chatantwort", "lieferant", "intern", "masse"), (30, 24, 9, 9, 8, 8, 12)
    )
    if what[0] == "antwort" and waiting:
        writer.answer(waiting.pop(0), at)
    elif what[0] == "chatantwort" and asked:
        last = asked.pop(0)
        writer.chat(_chatter(firm, last), last.number_id, at, Direction.AUSGANG, last.id)
    elif what[0] in {"chat", "chatantwort"}:
        asked.append(writer.chat(rng.choice(firm.chatters), firm.numbers[0].id, at, Direction.EINGANG))
    elif what[0] == "intern":
        writer.internal(at)
    elif what[0] == "masse":
        writer.bulk(_who(rng, (*firm.of(Category.NEWSLETTER), *firm.of(Category.WERBUNG))), at, is_read=False)
    else:
        truth = Category.LIEFERANT if what[0] == "lieferant" else Category.KUNDE
        thread = writer.thread(_who(rng, firm.of(truth)))
        writer.receive(thread, at, Style.PERSON, is_read=False)
        waiting.append(thread)


def _chatter(firm: Firm, message: ChatMessage) -> Chatter:
    return next(c for c in firm.chatters if (c.wa_id, c.user_id) == (message.wa_id, message.user_id))


def _who(rng: random.Random, senders: tuple[Sender, ...]) -> Sender:
    """Return one of the senders who are not fresh, the frequent ones more often."""
    known = [sender for sender in senders if not sender.fresh]
    return rng.choices(known, [sender.weight for sender in known])[0]


def _some(rng: random.Random, mean: float) -> int:
    """Return a count around a mean."""
    return max(0, round(rng.gauss(mean, mean**0.5)))


def outside_of(mail: Mail) -> Party:
    """Return the party outside the firm of a mail: its sender, or its first recipient when we wrote."""
    return mail.letter.to[0] if mail.folder == "sentitems" else mail.letter.sender
