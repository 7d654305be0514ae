"""Finding parties while typing, and which party a correspondent most likely belongs to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, or_, select

from classifier.book import may_teach
from models.address import domain_form, number_form, registrable
from models.key import SenderKey
from models.message import Conversation
from models.party import Company, CompanyDomain, CompanyNumber, ContactPoint, PartyRole, Person, PersonCompany
from models.terms import Category
from service.errors import NotFound
from service.store import reach
from service.store.parties import fold
from service.turn import Turn

_MOST = 20

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Party:
    """A company or person as people tell it apart (S4.10): name, place, number, domains, roles."""

    kind: str
    id: int
    name: str
    city: str = ""
    number: str = ""
    domains: tuple[str, ...] = ()
    roles: tuple[Category, ...] = ()

    @property
    def key(self) -> str:
        """Return "firma:7" or "person:7"."""
        return f"{self.kind}:{self.id}"

    @property
    def path(self) -> str:
        """Return the address of the party's page."""
        return f"/partei/{self.kind}/{self.id}"


def conversation(turn: Turn, conversation_id: int) -> Conversation:
    """Return one conversation. Raises NotFound, the same for one that is missing and one out of reach."""
    found = turn.session.scalars(
        select(Conversation).where(Conversation.id == conversation_id, *reach.mine(turn))
    ).one_or_none()
    if found is None:
        raise NotFound("Diese Konversation gibt es nicht (mehr).")
    return found


def _literal(text: str) -> str:
    """Return text for LIKE in which nothing is a wildcard."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def matches(text: str) -> ColumnElement[bool]:
    """Return the condition that a conversation's sender, domain or company contains `text`."""
    pattern = f"%{_literal(text.strip().lower())}%"
    conditions = [
        func.lower(Conversation.peer).like(pattern, escape="\\"),
        func.lower(Conversation.peer_name).like(pattern, escape="\\"),
        Conversation.company_id.in_(
            select(Company.id).where(Company.search.like(f"%{_literal(fold(text))}%", escape="\\"))
        ),
    ]
    digits = "".join(c for c in text if c.isdigit())
    if len(digits) > 3:
        number = number_form(text) or digits
        conditions.append(Conversation.peer.like(f"%{number}%"))
        conditions.append(Conversation.peer.like(f"%{digits.lstrip('0')}%"))
    if fold(text) == "":
        conditions.pop(2)
    return or_(*conditions)


def teaches(address: str) -> str:
    """Return the domain for which a decision on this address may hold as a whole; "" where it says nothing."""
    host = registrable(address) if "@" in address else ""
    return host if host and may_teach(host) else ""


def search(turn: Turn, text: str, category: Category | None = None, most: int = _MOST) -> tuple[Party, ...]:
    """Return parties whose name, number, domain or address begins with or contains `text`, best first.

    An empty text gives the parties by name. `category` puts parties of that role first.
    """
    folded, raw = fold(text), text.strip().lower()
    if text.strip() and not folded:
        return ()
    companies = _companies(turn, folded, raw, most)
    persons = _persons(turn, folded, raw, most)
    found = [*companies, *persons]

    def rank(party: Party) -> tuple[bool, bool, str]:
        begins = fold(party.name).startswith(folded) or party.number.lower() == raw
        return category not in party.roles if category else False, not begins, fold(party.name)

    return tuple(sorted(found, key=rank)[:most])


def _companies(turn: Turn, folded: str, raw: str, most: int) -> tuple[Party, ...]:
    query = select(Company.id).order_by(Company.search).limit(most)
    if folded:
        like = f"%{_literal(folded)}%"
        hits = or_(
            Company.search.like(like, escape="\\"),
            Company.id.in_(
                select(CompanyNumber.company_id).where(
                    func.lower(CompanyNumber.number).like(f"%{_literal(raw)}%", escape="\\")
                )
            ),
            Company.id.in_(
                select(CompanyDomain.company_id).where(
                    CompanyDomain.domain.like(f"%{_literal(domain_form(raw))}%", escape="\\")
                )
            ),
            Company.id.in_(select(ContactPoint.company_id).where(ContactPoint.value == raw)),
        )
        query = query.where(hits)
    return tuple(companies(turn, turn.session.scalars(query).all()).values())


def _persons(turn: Turn, folded: str, raw: str, most: int) -> tuple[Party, ...]:
    query = select(Person.id).order_by(Person.search).limit(most)
    if folded:
        query = query.where(
            or_(
                Person.search.like(f"%{_literal(folded)}%", escape="\\"),
                Person.id.in_(
                    select(ContactPoint.person_id).where(ContactPoint.value.like(f"{_literal(raw)}%", escape="\\"))
                ),
            )
        )
    return tuple(persons(turn, turn.session.scalars(query).all()).values())


def companies(turn: Turn, ids: Iterable[int]) -> dict[int, Party]:
    """Return companies by id with what tells them apart."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = turn.session.scalars(select(Company).where(Company.id.in_(wanted))).all()
    numbers = _first(
        turn.session.execute(
            select(CompanyNumber.company_id, CompanyNumber.number).where(CompanyNumber.company_id.in_(wanted))
        ).all()
    )
    domains = _many(
        turn.session.execute(
            select(CompanyDomain.company_id, CompanyDomain.domain).where(CompanyDomain.company_id.in_(wanted))
        ).all()
    )
    roles = _many(
        turn.session.execute(
            select(PartyRole.company_id, PartyRole.category).where(PartyRole.company_id.in_(wanted))
        ).all()
    )
    return {
        row.id: Party(
            "firma", row.id, row.name, row.city, numbers.get(row.id, ""), domains.get(row.id, ()), roles.get(row.id, ())
        )
        for row in rows
    }


def persons(turn: Turn, ids: Iterable[int]) -> dict[int, Party]:
    """Return persons by id; the company they work with stands in the place of the city."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = turn.session.scalars(select(Person).where(Person.id.in_(wanted))).all()
    firms = _first(
        turn.session.execute(
            select(PersonCompany.person_id, Company.name)
            .join(Company, Company.id == PersonCompany.company_id)
            .where(PersonCompany.person_id.in_(wanted))
        ).all()
    )
    roles = _many(
        turn.session.execute(
            select(PartyRole.person_id, PartyRole.category).where(PartyRole.person_id.in_(wanted))
        ).all()
    )
    return {
        row.id: Party("person", row.id, row.display_name, firms.get(row.id, ""), roles=roles.get(row.id, ()))
        for row in rows
    }


def _first(pairs: Iterable[tuple[Any, str]]) -> dict[int, str]:
    found: dict[int, str] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def _many(pairs: Iterable[tuple[Any, V]]) -> dict[int, tuple[V, ...]]:
    found: dict[int, tuple[V, ...]] = {}
    for key, value in pairs:
        found[key] = (*found.get(key, ()), value)
    return found


def likely_parties(turn: Turn, found: Sequence[Conversation]) -> dict[int, Party]:
    """Return for each conversation its party, or the one that its address, number or domain points to."""
    guesses = {c.id: _guess(c) for c in found}
    known = _pointers(turn, {value for values in guesses.values() for value in values})
    chosen: dict[int, tuple[int | None, int | None]] = {}
    for c in found:
        if c.company_id or c.person_id:
            chosen[c.id] = (c.company_id, c.person_id)
        else:
            chosen[c.id] = next((known[value] for value in guesses[c.id] if value in known), (None, None))
    firms = companies(turn, {company for company, _ in chosen.values() if company})
    people = persons(turn, {person for _, person in chosen.values() if person})
    return _of_each(chosen, firms, people)


def given_parties(turn: Turn, found: Sequence[Conversation]) -> dict[int, Party]:
    """Return for each conversation the party that it was given, by its name alone; nothing for the others."""
    given = {c.id: (c.company_id, c.person_id) for c in found if c.company_id or c.person_id}
    firms = _names(turn, "firma", Company.id, Company.name, {company for company, _ in given.values() if company})
    people = _names(turn, "person", Person.id, Person.display_name, {person for _, person in given.values() if person})
    return _of_each(given, firms, people)


def _names(turn: Turn, kind: str, key: Any, name: Any, ids: Collection[int]) -> dict[int, Party]:
    rows = turn.session.execute(select(key, name).where(key.in_(sorted(ids)))) if ids else ()
    return {number: Party(kind, number, said) for number, said in rows}


def _of_each(
    chosen: Mapping[int, tuple[int | None, int | None]], firms: Mapping[int, Party], people: Mapping[int, Party]
) -> dict[int, Party]:
    named: dict[int, Party] = {}
    for number, (company, person) in chosen.items():
        party = firms.get(company or 0) or people.get(person or 0)
        if party is not None:
            named[number] = party
    return named


def _guess(c: Conversation) -> tuple[str, ...]:
    """Return what might name the party: the address itself, then its domain where a domain says something.

    Without a suggestion nothing is guessed: the sender may only claim to be somebody (failed authentication).
    """
    if c.category is None and c.suggested is None:
        return ()
    host = teaches(c.peer)
    return (c.peer, host) if host else (c.peer,)


def _pointers(turn: Turn, values: set[str]) -> Mapping[str, tuple[int | None, int | None]]:
    wanted = sorted(value for value in values if value)
    found: dict[str, tuple[int | None, int | None]] = {}
    for table in (
        select(ContactPoint.value, ContactPoint.company_id, ContactPoint.person_id).where(
            ContactPoint.value.in_(wanted)
        ),
        select(SenderKey.value, SenderKey.company_id, SenderKey.person_id).where(
            SenderKey.value.in_(wanted), SenderKey.active
        ),
    ):
        for value, company, person in turn.session.execute(table):
            if company or person:
                found.setdefault(value, (company, person))
    for domain, company in turn.session.execute(
        select(CompanyDomain.domain, CompanyDomain.company_id).where(CompanyDomain.domain.in_(wanted))
    ):
        found.setdefault(domain, (company, None))
    return found
