"""One party in full: its addresses and numbers, keys that lead to it, the people or companies linked to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from models.key import SenderKey
from models.party import Company, CompanyNumber, ContactPoint, Person, PersonCompany
from models.staff import Member
from service.errors import NotFound
from service.store import lookup
from service.store.lookup import Party
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Card:
    """What a party's page shows beside its name."""

    points: Sequence[ContactPoint]
    numbers: Sequence[CompanyNumber]
    keys: Sequence[SenderKey]
    linked: tuple[Party, ...]


def party(turn: Turn, kind: str, party_id: int) -> Party:
    """Return a company ("firma") or person. Raises NotFound."""
    found = (lookup.companies if kind == "firma" else lookup.persons)(turn, [party_id]).get(party_id)
    if found is None:
        raise NotFound("Diesen Eintrag gibt es nicht (mehr).")
    return found


def owner(turn: Turn, kind: str, party_id: int) -> Member | None:
    """Return the member who looks after a party; None when nobody does."""
    table = Company if kind == "firma" else Person
    return turn.session.scalars(
        select(Member).where(Member.id == select(table.owner_id).where(table.id == party_id).scalar_subquery())
    ).one_or_none()


def read(turn: Turn, kind: str, party_id: int) -> Card:
    """Return everything beside the name."""
    of_company = kind == "firma"
    mine = ContactPoint.company_id == party_id if of_company else ContactPoint.person_id == party_id
    keyed = SenderKey.company_id == party_id if of_company else SenderKey.person_id == party_id
    run = turn.session.scalars
    links = turn.session.scalars(
        select(PersonCompany).where(
            PersonCompany.company_id == party_id if of_company else PersonCompany.person_id == party_id
        )
    ).all()
    linked = (
        lookup.persons(turn, [link.person_id for link in links])
        if of_company
        else lookup.companies(turn, [link.company_id for link in links])
    )
    return Card(
        points=run(select(ContactPoint).where(mine).order_by(ContactPoint.value).limit(200)).all(),
        numbers=run(select(CompanyNumber).where(CompanyNumber.company_id == party_id)).all() if of_company else (),
        keys=run(select(SenderKey).where(keyed).order_by(SenderKey.scope, SenderKey.value).limit(200)).all(),
        linked=tuple(linked.values()),
    )
