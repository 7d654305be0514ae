"""Persons and companies: finding them while typing, adding them, linking addresses and domains to them."""

import unicodedata
from collections.abc import Mapping

from sqlalchemy import select

from classifier.book import may_teach
from models.address import registrable
from models.party import Company, CompanyDomain, CompanyNumber, ContactPoint, PartyRole, Person
from models.terms import Category
from service.errors import Conflict, NotFound
from service.turn import Turn

# The program name under which numbers of the firm's own books are kept.
OWN_BOOKS = "Stammdaten"

_FOLD = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "&": " und "})


def fold(name: str) -> str:
    """Return a name as it is searched: lower case, umlauts spelled out, accents and signs gone.

    "Müller & Partner" and "Mueller und Partner" fold to the same text.
    """
    plain = unicodedata.normalize("NFKD", name.lower().translate(_FOLD))
    return " ".join("".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split())


def add_company(turn: Turn, name: str, city: str = "", *, sample: bool = False) -> Company:
    """Add a company. Raises Conflict when one of that name and place exists."""
    search = fold(name)
    twin = turn.session.execute(select(Company).where(Company.search == search, Company.city == city)).scalars().first()
    if twin is not None:
        raise Conflict(f"„{twin.name}“{f' in {twin.city}' if twin.city else ''} gibt es schon.")
    company = Company(name=name, search=search, city=city, created_at=turn.now, sample=sample)
    turn.session.add(company)
    turn.session.flush()
    return company


def add_person(turn: Turn, first_name: str, last_name: str) -> Person:
    """Add a person; the display name is built from both parts."""
    display = " ".join(part for part in (first_name, last_name) if part)
    person = Person(
        first_name=first_name, last_name=last_name, display_name=display, search=fold(display), created_at=turn.now
    )
    turn.session.add(person)
    turn.session.flush()
    return person


def number(turn: Turn, company_id: int, program: str, value: str) -> None:
    """Give a company its number in another program; the same number again changes nothing."""
    found = turn.session.execute(
        select(CompanyNumber).where(CompanyNumber.program == program, CompanyNumber.number == value)
    ).scalar_one_or_none()
    if found is None:
        turn.session.add(CompanyNumber(company_id=company_id, program=program, number=value))


def by_number(turn: Turn, program: str, value: str) -> Company | None:
    """Return the company with this number in another program; None when there is none."""
    return turn.session.execute(
        select(Company).join(CompanyNumber).where(CompanyNumber.program == program, CompanyNumber.number == value)
    ).scalar_one_or_none()


def role(turn: Turn, party: Mapping[str, int | None], category: Category) -> None:
    """Note that a party is Kunde or Lieferant; a party can be both."""
    company_id, person_id = party.get("company_id"), party.get("person_id")
    held = (
        turn.session.execute(
            select(PartyRole).where(
                PartyRole.category == category,
                PartyRole.company_id.is_not_distinct_from(company_id),
                PartyRole.person_id.is_not_distinct_from(person_id),
            )
        )
        .scalars()
        .first()
    )
    if held is None:
        turn.session.add(PartyRole(company_id=company_id, person_id=person_id, category=category, since=turn.now))


def link(turn: Turn, identifier: str, party: Mapping[str, int | None], *, domain: bool) -> None:
    """Link an address or number, and where wanted its domain, to a party; what is linked already stays."""
    if identifier and turn.session.get(ContactPoint, identifier) is None:
        kind = "E-Mail" if "@" in identifier else "Nummer"
        turn.session.add(ContactPoint(value=identifier, kind=kind, **party))
    host = registrable(identifier) if "@" in identifier else ""
    company_id = party.get("company_id")
    if domain and company_id and host and may_teach(host):
        own_domain(turn, host, company_id)
    turn.session.flush()


def own_domain(turn: Turn, domain: str, company_id: int) -> None:
    """Note that a domain belongs to a company; a domain that belongs to one already stays there."""
    if turn.session.get(CompanyDomain, domain) is None:
        turn.session.add(CompanyDomain(domain=domain, company_id=company_id))


def check(turn: Turn, company_id: int | None, person_id: int | None) -> dict[str, int | None]:
    """Return the party as columns. Raises NotFound when it does not exist."""
    if company_id is not None and turn.session.get(Company, company_id) is None:
        raise NotFound("Dieses Unternehmen gibt es nicht.")
    if person_id is not None and turn.session.get(Person, person_id) is None:
        raise NotFound("Diese Person gibt es nicht.")
    return {"company_id": company_id, "person_id": person_id}


def hold(turn: Turn, kind: str, party_id: int) -> Company | Person:
    """Return a company ("firma") or person, held until the turn ends. Raises NotFound."""
    found: Company | Person | None
    if kind == "firma":
        found = turn.session.get(Company, party_id, with_for_update=True, populate_existing=True)
    else:
        found = turn.session.get(Person, party_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("Diesen Eintrag gibt es nicht (mehr).")
    return found
