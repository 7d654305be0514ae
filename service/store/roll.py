"""The parties as plain data for an import to try itself out on, and writing the difference that it makes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import insert, or_, select, update

from models.base import Base
from models.key import SenderKey
from models.message import Message
from models.party import Company, CompanyDomain, CompanyNumber, ContactPoint, PartyRole, Person, PersonCompany
from models.terms import Direction, KeyScope, KeySource
from service.domain.books import Books, Firm, MasterKey, Party
from service.store import parties, settings
from service.turn import Turn

_CHUNK = 400
_FIRM = ("name", "city", "postcode", "country", "website", "vat_id")


def books(turn: Turn) -> Books:
    """Return all parties with what tells them apart."""
    ask = turn.session.execute
    firms = ask(select(Company.id, *(getattr(Company, name) for name in _FIRM)))
    roles = ask(select(PartyRole.company_id, PartyRole.person_id, PartyRole.category))
    points = ask(select(ContactPoint.value, ContactPoint.company_id, ContactPoint.person_id))
    found = Books(
        own_domains=settings.own_domains(turn),
        firms={row[0]: Firm(*row[1:]) for row in firms},
        people={row[0]: (row[1], row[2]) for row in ask(select(Person.id, Person.first_name, Person.last_name))},
        numbers={
            (row[0], row[1]): row[2]
            for row in ask(select(CompanyNumber.program, CompanyNumber.number, CompanyNumber.company_id))
        },
        domains={row[0]: row[1] for row in ask(select(CompanyDomain.domain, CompanyDomain.company_id))},
        points={row[0]: (row[1], row[2]) for row in points},
        roles={((row[0], row[1]), row[2]) for row in roles},
        works={(row[0], row[1]) for row in ask(select(PersonCompany.person_id, PersonCompany.company_id))},
    )
    for key in turn.session.scalars(select(SenderKey).where(SenderKey.active)):
        if key.source is KeySource.STAMMDATEN:
            found.keys[key.scope, key.value] = MasterKey(key.category, (key.company_id, key.person_id))
        else:
            found.confirmed[key.scope, key.value] = key.category
    return found


class _Ids(dict[int | None, int | None]):
    """The ids that the database gave to what an import made; all others stay what they are."""

    def __missing__(self, key: int | None) -> int | None:
        return key


def write(turn: Turn, before: Books, after: Books) -> dict[str, int]:
    """Store what differs; returns the party ("company:7") of each new or changed one with the id of the plan."""
    firms = _Ids(_firms(turn, before, after).items())
    people = _Ids(_people(turn, after).items())
    told = {f"company:{firms[at]}": at for at, firm in after.firms.items() if before.firms.get(at) != firm}
    told |= {f"person:{people[at]}": at for at in after.people.keys() - before.people.keys()}

    def party(of: Party) -> dict[str, int | None]:
        return {"company_id": firms[of[0]], "person_id": people[of[1]]}

    _put(turn, CompanyNumber, (
        {"program": key[0], "number": key[1], "company_id": firms[at]}
        for key, at in after.numbers.items() if key not in before.numbers
    ))  # fmt: skip
    _put(turn, CompanyDomain, (
        {"domain": domain, "company_id": firms[at]}
        for domain, at in after.domains.items() if domain not in before.domains
    ))  # fmt: skip
    _put(turn, ContactPoint, (
        {"value": value, "kind": "E-Mail" if "@" in value else "Nummer", **party(of)}
        for value, of in after.points.items() if value not in before.points
    ))  # fmt: skip
    for value, of in after.points.items():
        if before.points.get(value, of) != of:
            turn.session.execute(update(ContactPoint).where(ContactPoint.value == value).values(**party(of)))
    fresh = sorted(after.roles - before.roles, key=str)
    _put(turn, PartyRole, ({**party(of), "category": role, "since": turn.now} for of, role in fresh))
    _put(turn, PersonCompany, (
        {"person_id": people[who], "company_id": firms[where], "function": ""}
        for who, where in sorted(after.works - before.works)
    ))  # fmt: skip
    _keys(turn, [(at, key, party(key.party)) for at, key in after.keys.items() if before.keys.get(at) != key])
    turn.session.flush()
    return told


def _firms(turn: Turn, before: Books, after: Books) -> dict[int, int]:
    made: dict[int, Company] = {}
    for at, firm in after.firms.items():
        values = {name: getattr(firm, name) for name in _FIRM} | {"search": parties.fold(firm.name)}
        if at < 0:
            values["country"] = firm.country or "DE"
            made[at] = Company(**values, created_at=turn.now)
        elif before.firms[at] != firm:
            turn.session.execute(update(Company).where(Company.id == at).values(**values))
    turn.session.add_all(made.values())
    turn.session.flush()
    return {at: company.id for at, company in made.items()}


def _people(turn: Turn, after: Books) -> dict[int, int]:
    made: dict[int, Person] = {}
    for at, (first, last) in after.people.items():
        if at < 0:
            name = f"{first} {last}".strip()
            parts = {"first_name": first, "last_name": last, "display_name": name, "search": parties.fold(name)}
            made[at] = Person(**parts, created_at=turn.now)
    turn.session.add_all(made.values())
    turn.session.flush()
    return {at: person.id for at, person in made.items()}


def _put(turn: Turn, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    values = list(rows)
    if values:
        turn.session.execute(insert(table), values)


def _keys(turn: Turn, rows: Sequence[tuple[tuple[KeyScope, str], MasterKey, dict[str, int | None]]]) -> None:
    held: dict[tuple[KeyScope, str], SenderKey] = {}
    for part in _parts([value for (_, value), _, _ in rows]):
        found = select(SenderKey).where(SenderKey.source == KeySource.STAMMDATEN, SenderKey.value.in_(part))
        held |= {(key.scope, key.value): key for key in turn.session.scalars(found)}
    for (scope, value), key, party in rows:
        known = held.get((scope, value))
        if known is None:
            known = SenderKey(scope=scope, value=value, source=KeySource.STAMMDATEN, hits=0, others=0)
            turn.session.add(known)
        known.category, known.active, known.last_at = key.category, True, turn.now
        known.company_id, known.person_id = party["company_id"], party["person_id"]


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(values), _CHUNK):
        yield values[at : at + _CHUNK]


def waiting(turn: Turn, values: Sequence[str]) -> Iterator[Sequence[Message]]:
    """Yield, part by part, the unclassified inbound messages whose sender or domain is among these keys."""
    for part in _parts(values):
        sender = or_(Message.sender.in_(part), Message.sender_domain.in_(part), Message.user_id.in_(part))
        open_ = select(Message).where(
            Message.category.is_(None), Message.direction == Direction.EINGANG, Message.removed_at.is_(None), sender
        )
        yield turn.session.scalars(open_).all()
