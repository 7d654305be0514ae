"""Invents a German firm from a seed: staff, mailboxes, numbers, who writes to it, and what it knows of them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.emulator.names import (
    CITIES,
    FIRST_NAMES,
    LAST_NAMES,
    LETTERS,
    OFFERS,
    SUPPLIES,
    TRADES,
    local_form,
)
from models.address import registrable
from models.terms import Category, KeyScope, Role

DOMAIN = "hartmann-soehne.example"
NAME = "Hartmann & Söhne Gebäudetechnik GmbH"

# Free mailers that exist; the local parts are invented and say so.
_FREE = ("gmail.com", "web.de", "gmx.de")
# Local parts of advertisers that send through a mailing program.
MAILING = ("angebot", "vertrieb", "sales", "marketing")
# So many chat partners at the end of the list are new.
NEW_CHATTERS = 3
_ROLES = (Role.TEAM_LEAD, Role.ADMIN, Role.MANAGEMENT, Role.DATENSCHUTZ)
_SHARED = (
    ("info", "Zentrale", 6),
    ("service", "Kundendienst", 7),
    ("angebote", "Angebote", 3),
    ("buchhaltung", "Buchhaltung", 2),
    ("einkauf", "Einkauf", 3),
    ("notdienst", "Notdienst", 5),
)


@dataclass(frozen=True, slots=True)
class Employee:
    """One of the twelve; `role` is what the person may do in Postlotse."""

    name: str
    address: str
    role: Role


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox that is read. `people` look after it; five or more may have averages shown."""

    address: str
    name: str
    shared: bool
    people: int


@dataclass(frozen=True, slots=True)
class Number:
    """A WhatsApp number of the firm: Meta's id of it, its display form, its name."""

    id: str
    display: str
    name: str


@dataclass(frozen=True, slots=True)
class Company:
    """A company in the master data: what the demo imports as Stammdaten."""

    name: str
    city: str
    domain: str
    number: str
    category: Category


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody outside who writes. `truth` is what staff would say; `fresh` means nobody has been asked yet.

    `proof` says what our mail server found out about the domain: "pass", "none" (it did not look), "fail" (forged).
    """

    name: str
    address: str
    truth: Category
    company: str = ""
    fresh: bool = False
    weight: float = 1.0
    proof: str = "pass"


@dataclass(frozen=True, slots=True)
class Chatter:
    """Somebody who writes on WhatsApp; without a number (`wa_id`) only the user id is known."""

    name: str
    wa_id: str
    user_id: str
    truth: Category
    company: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One confirmation that a member of staff gave: this address or registrable domain is that.

    `company` names a company of the master data, `name` who wrote; both empty stands for nobody in particular.
    """

    value: str
    scope: KeyScope
    category: Category
    company: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Firm:
    """The whole invented firm; the same seed gives the same firm."""

    seed: int
    name: str
    domain: str
    staff: tuple[Employee, ...]
    mailboxes: tuple[Mailbox, ...]
    numbers: tuple[Number, ...]
    companies: tuple[Company, ...]
    senders: tuple[Sender, ...]
    chatters: tuple[Chatter, ...]

    def of(self, category: Category) -> tuple[Sender, ...]:
        """Return the senders that are of this class."""
        return tuple(sender for sender in self.senders if sender.truth is category)

    def staff_script(self) -> tuple[Spoken, ...]:
        """Return what staff have confirmed so far: everybody outside the master data except the fresh senders."""
        mastered = {company.domain for company in self.companies}
        spoken: dict[str, Spoken] = {}
        for sender in self.senders:
            domain = sender.address.rpartition("@")[2]
            if sender.fresh or (domain in mastered and sender.company):
                continue
            single = domain in _FREE or domain in mastered
            value, scope = (sender.address, KeyScope.ADRESSE) if single else (registrable(domain), KeyScope.DOMAIN)
            spoken.setdefault(value, Spoken(value, scope, sender.truth, sender.company, sender.name))
        for chatter in self.chatters[:-NEW_CHATTERS]:
            value = chatter.wa_id or chatter.user_id
            spoken.setdefault(value, Spoken(value, KeyScope.ADRESSE, chatter.truth, chatter.company, chatter.name))
        return tuple(spoken.values())


def invent(seed: int = 20) -> Firm:
    """Return the firm of a seed: 12 staff, 6 shared mailboxes, 2 WhatsApp numbers, some 250 correspondents."""
    rng = random.Random(seed)
    people = _people(rng)
    staff = _staff(people)
    customers = tuple(_companies(rng, Category.KUNDE, 60))
    suppliers = tuple(_companies(rng, Category.LIEFERANT, 30))
    senders = (
        *_contacts(rng, people, customers),
        *_contacts(rng, people, suppliers),
        *_letters(rng, people),
        *_private(rng, people),
    )
    # Two contacts of one company may come to the same address: the first keeps it.
    single = {sender.address: sender for sender in reversed(senders)}
    known = tuple(company for company in (*customers, *suppliers) if not _is_fresh(company))
    return Firm(
        seed,
        NAME,
        DOMAIN,
        staff,
        _mailboxes(staff),
        _numbers(),
        known,
        tuple(reversed(single.values())),
        tuple(_chatters(rng, people, customers)),
    )


def _people(rng: random.Random) -> Iterator[str]:
    """Yield invented full names, none twice."""
    names = [f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES]
    rng.shuffle(names)
    return iter(names)


def _staff(people: Iterator[str]) -> tuple[Employee, ...]:
    roles = (*_ROLES, *(Role.MITARBEITER,) * 8)
    return tuple(
        Employee(name, f"{local_form(name).replace('-', '.', 1)}@{DOMAIN}", role)
        for role, name in zip(roles, people, strict=False)
    )


def _mailboxes(staff: tuple[Employee, ...]) -> tuple[Mailbox, ...]:
    shared = [Mailbox(f"{local}@{DOMAIN}", name, shared=True, people=people) for local, name, people in _SHARED]
    return (*shared, *(Mailbox(person.address, person.name, shared=False, people=1) for person in staff))


def _numbers() -> tuple[Number, ...]:
    # 0171 39200xx and 0176 040690xx are ranges that the Bundesnetzagentur keeps for films and books.
    return (
        Number("100000000000011", "4917604069011", "Kundendienst"),
        Number("100000000000012", "4917604069012", "Notdienst"),
    )


def _companies(rng: random.Random, category: Category, count: int) -> Iterator[Company]:
    kunde = category is Category.KUNDE
    first = [("Mueller & Partner", "mueller-partner"), ("Bau Müller", "bau-mueller")] if kunde else []
    trades = TRADES if kunde else SUPPLIES
    lasts = rng.sample(LAST_NAMES, len(LAST_NAMES))
    made = [(f"{trades[i % len(trades)]} {lasts[i % len(lasts)]}", "") for i in range(count)]
    for i, (name, short) in enumerate([*first, *made][:count]):
        number = f"K-{10200 + i * 3}" if kunde else f"L-{4400 + i * 2}"
        tail = rng.choice(("", "", "", "-de", "-gruppe"))
        ending = rng.choice((" GmbH", " GmbH & Co. KG", " e. K.", " KG", ""))
        yield Company(
            name if short else name + ending,
            rng.choice(CITIES),
            f"{short or local_form(name) + tail}.example",
            number if i < count - (3 if kunde else 2) else "",
            category,
        )


def _is_fresh(company: Company) -> bool:
    """A company without a number is new: neither in the master data nor confirmed by anybody."""
    return not company.number


def _contacts(rng: random.Random, people: Iterator[str], companies: tuple[Company, ...]) -> Iterator[Sender]:
    for rank, company in enumerate(companies):
        fresh = _is_fresh(company)
        weight = 0.0 if fresh else 6.0 / (1 + rank % 20) + 0.4
        for _ in range(1 if fresh else rng.choice((1, 2, 2, 3))):
            name = next(people)
            local = rng.choice((local_form(name).replace("-", "."), local_form(name.split()[-1])))
            yield Sender(name, f"{local}@{company.domain}", company.category, company.name, fresh, weight)
        if rank == 1 and company.category is Category.KUNDE:
            # A sub-supplier that writes from its customer's domain: the address has to beat the domain.
            yield Sender("Montage Süßmuth", f"subunternehmer@{company.domain}", Category.LIEFERANT)
        if rank % 9 == 3 and not fresh:
            yield _newcomer(next(people), company, rank)


def _newcomer(name: str, company: Company, rank: int) -> Sender:
    """Return a new contact of a known company whose mail came unchecked; one of them is somebody else's forgery."""
    forged = rank == 12 and company.category is Category.KUNDE
    address = f"{local_form(name).replace('-', '.')}@{company.domain}"
    truth = Category.WERBUNG if forged else company.category
    return Sender(name, address, truth, company.name, fresh=True, weight=0.0, proof="fail" if forged else "none")


def _letters(rng: random.Random, people: Iterator[str]) -> Iterator[Sender]:
    for i in range(40):
        name = LETTERS[i % len(LETTERS)] + (" Plus" if i >= len(LETTERS) else "")
        domain = f"news.{local_form(name)}.example" if i % 3 else f"{local_form(name)}.example"
        yield Sender(name, f"newsletter@{domain}", Category.NEWSLETTER, "", i % 3 == 1, rng.uniform(0.5, 2))
    for i in range(60):
        house = OFFERS[i % len(OFFERS)] + ("", " Deutschland", " International")[i // len(OFFERS)]
        fresh = i >= 44
        local = rng.choice(MAILING) if fresh or i % 2 else local_form(next(people))
        yield Sender(house, f"{local}@{local_form(house)}.example", Category.WERBUNG, "", fresh, rng.uniform(0.5, 2))


def _private(rng: random.Random, people: Iterator[str]) -> Iterator[Sender]:
    for i in range(26):
        name = next(people)
        local = f"{local_form(name).replace('-', '.')}-beispiel"
        yield Sender(name, f"{local}@{_FREE[i % 3]}", Category.KUNDE, "", i >= 23, 1.0)


def _chatters(rng: random.Random, people: Iterator[str], customers: tuple[Company, ...]) -> Iterator[Chatter]:
    for i in range(90):
        company = rng.choice(customers[:50]).name if i % 3 else ""
        number = f"4917139200{i:02d}"
        hidden = i % 30 == 29
        yield Chatter(
            next(people), "" if hidden else number, f"DE.{7000000000 + i * 37}" if i % 4 == 1 or hidden else "",
            Category.KUNDE, company,
        )  # fmt: skip
