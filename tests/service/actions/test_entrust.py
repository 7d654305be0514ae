"""Who looks after a customer or supplier: chosen by hand, noted, and never over a colleague's choice."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from models.staff import Member
from models.terms import Category, Role
from models.trail import Trail
from service.actions import entrust, register
from service.errors import Conflict, Invalid, NotFound
from service.store import card, staff
from service.turn import Actor, Turn


@pytest.fixture
def anna(turn: Turn) -> Member:
    return staff.add(turn, "Anna Beck", Role.MITARBEITER)


@pytest.fixture
def firm(turn: Turn) -> int:
    return register.company(turn, "Kontor Nord KG", Category.KUNDE, "Hamburg")


def lines(turn: Turn) -> list[Trail]:
    turn.session.flush()
    return list(turn.session.scalars(select(Trail).where(Trail.verb == "Betreuung geändert").order_by(Trail.id)))


def test_a_company_gets_a_person_who_looks_after_it(turn: Turn, anna: Member, firm: int) -> None:
    entrust.entrust(replace(turn, actor=Actor(anna.id, anna.name)), ("firma", firm), anna.id, None)

    assert card.owner(turn, "firma", firm) is anna
    assert [(one.member_id, one.about, one.before, one.after) for one in lines(turn)] == [
        (anna.id, f"company:{firm}", {"owner": None}, {"owner": anna.id})
    ]


def test_a_person_too_and_nobody_again(turn: Turn, anna: Member) -> None:
    person = register.person(turn, "Erika", "Muster", Category.KUNDE)
    entrust.entrust(turn, ("person", person), anna.id, None)

    entrust.entrust(turn, ("person", person), None, anna.id)

    assert card.owner(turn, "person", person) is None
    assert [one.about for one in lines(turn)] == [f"person:{person}"] * 2


def test_the_same_choice_again_changes_nothing(turn: Turn, anna: Member, firm: int) -> None:
    entrust.entrust(turn, ("firma", firm), anna.id, None)

    entrust.entrust(turn, ("firma", firm), anna.id, None)

    assert len(lines(turn)) == 1


def test_who_comes_second_hears_whom_a_colleague_chose(turn: Turn, anna: Member, firm: int) -> None:
    timo = staff.add(turn, "Timo Roth", Role.TEAM_LEAD)
    entrust.entrust(turn, ("firma", firm), anna.id, None)

    with pytest.raises(Conflict, match="Inzwischen wurde Anna Beck eingetragen"):
        entrust.entrust(turn, ("firma", firm), timo.id, None)
    entrust.entrust(turn, ("firma", firm), None, anna.id)
    with pytest.raises(Conflict, match="Inzwischen wurde niemand eingetragen"):
        entrust.entrust(turn, ("firma", firm), timo.id, anna.id)


def test_only_who_classifies_and_is_there_can_look_after_somebody(turn: Turn, anna: Member, firm: int) -> None:
    chief = staff.add(turn, "Max Chef", Role.MANAGEMENT)
    anna.active = False
    turn.session.flush()

    with pytest.raises(Invalid, match="Max Chef kann niemanden betreuen"):
        entrust.entrust(turn, ("firma", firm), chief.id, None)
    with pytest.raises(Invalid, match="nicht \\(mehr\\)"):
        entrust.entrust(turn, ("firma", firm), anna.id, None)


@pytest.mark.parametrize("kind", ["firma", "person"])
def test_an_unknown_party_is_not_found(turn: Turn, anna: Member, kind: str) -> None:
    with pytest.raises(NotFound):
        entrust.entrust(turn, (kind, 99), anna.id, None)
