"""Registering parties: names, twins, numbers, roles."""

import pytest
from sqlalchemy import select

from models.party import Company, CompanyNumber, PartyRole, Person
from models.terms import Category
from service.actions import register
from service.errors import Conflict, Invalid
from service.turn import Turn


def test_a_company_has_name_number_and_role(turn: Turn) -> None:
    made = register.company(turn, " Müller & Partner ", Category.KUNDE, "Kiel", "K-10233")

    company = turn.session.get_one(Company, made)
    assert (company.name, company.search, company.city) == ("Müller & Partner", "mueller und partner", "Kiel")
    assert turn.session.execute(select(CompanyNumber.number)).scalar_one() == "K-10233"
    assert turn.session.execute(select(PartyRole.category)).scalar_one() is Category.KUNDE


def test_a_twin_is_refused_however_it_is_spelled(turn: Turn) -> None:
    register.company(turn, "Müller & Partner", Category.KUNDE)

    with pytest.raises(Conflict, match="gibt es schon"):
        register.company(turn, "Mueller und Partner", Category.LIEFERANT)


def test_the_same_name_in_another_town_is_another_company(turn: Turn) -> None:
    first = register.company(turn, "Bau Müller", Category.KUNDE, "Kiel")

    assert register.company(turn, "Bau Müller", Category.KUNDE, "Lübeck") != first


def test_a_person_is_named_by_both_parts(turn: Turn) -> None:
    made = register.person(turn, "Erika", "Muster", Category.LIEFERANT)

    assert turn.session.get_one(Person, made).display_name == "Erika Muster"


def test_names_and_classes_are_checked(turn: Turn) -> None:
    with pytest.raises(Invalid) as no_name:
        register.company(turn, "  ", Category.KUNDE)
    with pytest.raises(Invalid):
        register.person(turn, "", " ", Category.KUNDE)
    with pytest.raises(Invalid):
        register.company(turn, "Blatt", Category.NEWSLETTER)

    assert "name" in no_name.value.fields
