"""Parties: found however they are spelled, linked once, never by free mail."""

import pytest
from sqlalchemy import func, select

from models.party import CompanyDomain, ContactPoint, PartyRole
from models.terms import Category
from service.errors import NotFound
from service.store import parties
from service.turn import Turn


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("Müller & Partner", "mueller und partner"),
        ("MUELLER  und Partner", "mueller und partner"),
        ("Groß-Bau GmbH", "gross bau gmbh"),
        ("Café Résumé", "cafe resume"),
        ("", ""),
    ],
)
def test_names_fold_to_what_people_type(written: str, searched: str) -> None:
    assert parties.fold(written) == searched


def test_an_address_links_once_and_its_domain_only_when_wanted(turn: Turn) -> None:
    company = parties.add_company(turn, "Kunde GmbH")
    party = {"company_id": company.id, "person_id": None}

    parties.link(turn, "erika@kunde.example", party, domain=False)
    parties.link(turn, "erika@kunde.example", party, domain=True)
    parties.link(turn, "erika@gmx.de", party, domain=True)
    parties.link(turn, "491718388958", party, domain=True)

    assert turn.session.scalars(select(CompanyDomain.domain)).all() == ["kunde.example"]
    kinds = turn.session.execute(select(ContactPoint.value, ContactPoint.kind).order_by(ContactPoint.value)).all()
    assert [tuple(row) for row in kinds] == [
        ("491718388958", "Nummer"),
        ("erika@gmx.de", "E-Mail"),
        ("erika@kunde.example", "E-Mail"),
    ]


def test_a_domain_stays_with_its_first_company(turn: Turn) -> None:
    first, second = parties.add_company(turn, "Eins"), parties.add_company(turn, "Zwei")

    parties.own_domain(turn, "kunde.example", first.id)
    parties.own_domain(turn, "kunde.example", second.id)

    assert turn.session.get_one(CompanyDomain, "kunde.example").company_id == first.id


def test_a_role_is_held_once(turn: Turn) -> None:
    company = parties.add_company(turn, "Kunde GmbH")
    for _ in range(2):
        parties.role(turn, {"company_id": company.id, "person_id": None}, Category.KUNDE)

    assert turn.session.execute(select(func.count()).select_from(PartyRole)).scalar_one() == 1


def test_a_number_finds_its_company(turn: Turn) -> None:
    company = parties.add_company(turn, "Kunde GmbH")
    parties.number(turn, company.id, "DATEV", "10233")
    parties.number(turn, company.id, "DATEV", "10233")

    assert parties.by_number(turn, "DATEV", "10233") is company
    assert parties.by_number(turn, "ERP", "10233") is None


def test_unknown_parties_are_not_found(turn: Turn) -> None:
    assert parties.check(turn, None, None) == {"company_id": None, "person_id": None}
    with pytest.raises(NotFound):
        parties.check(turn, 99, None)
    with pytest.raises(NotFound):
        parties.check(turn, None, 99)
