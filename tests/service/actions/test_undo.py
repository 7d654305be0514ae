"""Taking an act back leaves nothing of it: roles, links and parties that it made go, too; what others say stays."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from models.message import Conversation, Message
from models.party import CompanyDomain, ContactPoint, PartyRole
from models.record import HeaderFlags
from models.terms import Category, KeyScope, Step
from service.actions import confirm, enlist, intake, register
from service.actions.confirm import Choice, Confirmed
from service.actions.intake import Judge
from service.errors import Invalid
from service.store import keys, tallies
from service.turn import Turn
from tests.factories import mail

ERIKA = "erika@kunde.example"
FORGED = HeaderFlags(auth_dmarc="fail")


def _take(turn: Turn, mailbox: int, *senders: str) -> list[int]:
    intake.take_in(turn, [mail(sender) for sender in senders], mailbox, Judge(keys.book(turn)))
    return list(turn.session.scalars(select(Conversation.id).order_by(Conversation.id)))


def _confirm(turn: Turn, number: int, company: int, category: Category = Category.KUNDE, minute: int = 0) -> Confirmed:
    later = replace(turn, now=turn.now + timedelta(minutes=minute))
    return confirm.confirm(later, Choice((number,), category, company_id=company, scope=KeyScope.DOMAIN))


def _made(turn: Turn) -> tuple[Sequence[Row[Any]], ...]:
    turn.session.flush()
    turn.session.expire_all()
    parties = select(Conversation.id, Conversation.company_id, Conversation.party_unknown).order_by(Conversation.id)
    roles = select(PartyRole.company_id, PartyRole.category).order_by(PartyRole.id)
    points, domains = select(ContactPoint.value, ContactPoint.company_id), select(CompanyDomain.domain)
    return tuple(turn.session.execute(each).all() for each in (parties, roles, points, domains))


def test_an_undo_takes_role_links_and_parties_back(jana: Turn, mailbox: int, kunde: int) -> None:
    first, _ = _take(jana, mailbox, ERIKA, "hans@kunde.example")
    before = _made(jana)

    done = _confirm(jana, first, kunde, Category.LIEFERANT)
    between = _made(jana)
    confirm.undo(jana, done.confirmation_id)

    assert _made(jana) == before
    assert all(one != other for one, other in zip(between, before, strict=True))


def test_after_an_undo_the_right_party_gets_the_sender(jana: Turn, mailbox: int, kunde: int) -> None:
    (only,) = _take(jana, mailbox, ERIKA)
    other = register.company(jana, "Richtig GmbH", Category.KUNDE)
    confirm.undo(jana, _confirm(jana, only, kunde).confirmation_id)

    _confirm(jana, only, other, minute=1)

    assert jana.session.get_one(ContactPoint, ERIKA).company_id == other
    assert jana.session.get_one(CompanyDomain, "kunde.example").company_id == other


def test_what_a_later_act_says_as_well_stays_until_that_is_taken_back(jana: Turn, mailbox: int, kunde: int) -> None:
    first, second = _take(jana, mailbox, ERIKA, ERIKA)
    before = _made(jana)
    one = _confirm(jana, first, kunde, Category.LIEFERANT)
    other = _confirm(jana, second, kunde, Category.LIEFERANT, minute=1)

    confirm.undo(jana, one.confirmation_id)
    between = _made(jana)
    confirm.undo(jana, other.confirmation_id)

    assert [point.value for point in between[2]] == [ERIKA]
    assert between[1] != before[1]
    assert _made(jana) == before


def test_what_master_data_say_as_well_stays(jana: Turn, mailbox: int, kunde: int) -> None:
    (only,) = _take(jana, mailbox, ERIKA)
    done = _confirm(jana, only, kunde)
    listed = enlist.read(b"Firma;Domain;E-Mail;Art\nKunde GmbH;kunde.example;erika@kunde.example;Kunde\n")
    enlist.apply(jana, listed.entries)

    confirm.undo(jana, done.confirmation_id)

    assert jana.session.get_one(ContactPoint, ERIKA).company_id == kunde
    assert jana.session.get_one(CompanyDomain, "kunde.example").company_id == kunde


@pytest.mark.parametrize("alone", [False, True])
def test_who_only_claims_to_be_the_customer_stays_open_beside_the_customer(
    jana: Turn, mailbox: int, kunde: int, alone: bool
) -> None:
    records = [mail("chef@kunde.example", thread="t", flags=FORGED), mail(ERIKA, thread="t")]
    intake.take_in(jana, records[: 1 if alone else 2], mailbox, Judge(keys.book(jana)))
    (only,) = jana.session.scalars(select(Conversation.id))

    _confirm(jana, only, kunde)

    found = dict(jana.session.execute(select(Message.sender, Message.category)).all())
    assert found == ({"chef@kunde.example": Category.KUNDE} if alone else {"chef@kunde.example": None, ERIKA: "Kunde"})


def test_unsure_suggestions_are_never_accepted_together(jana: Turn, mailbox: int) -> None:
    numbers = _take(jana, mailbox, "a@eins.example", "b@zwei.example")
    for number, confidence in zip(numbers, (0.95, 0.79), strict=True):
        conversation = jana.session.get_one(Conversation, number)
        conversation.suggested, conversation.confidence = Category.NEWSLETTER, confidence

    with pytest.raises(Invalid, match="Unsicher: 1 von 2") as refused:
        confirm.confirm(jana, Choice(tuple(numbers), None))

    assert "b@zwei.example" in refused.value.fields["category"]
    assert confirm.confirm(jana, Choice((numbers[1],), None)).messages == 1


def test_what_came_in_meanwhile_goes_back_too(jana: Turn, mailbox: int, kunde: int) -> None:
    (first,) = _take(jana, mailbox, ERIKA)
    done = _confirm(jana, first, kunde)
    _take(jana, mailbox, ERIKA, "neu@kunde.example")

    confirm.undo(jana, done.confirmation_id)

    jana.session.expire_all()
    found = jana.session.execute(select(Message.category, Message.origin, Message.step, Message.reason)).all()
    assert set(found) == {(None, None, Step.KEINER, "Neuer Absender")}
    assert jana.session.scalars(select(Conversation.company_id)).all() == [None] * 3
    assert tallies.recount(jana) == ()


def test_what_another_act_says_as_well_holds_for_what_came_in_meanwhile(jana: Turn, mailbox: int, kunde: int) -> None:
    first, second = _take(jana, mailbox, ERIKA, "hans@kunde.example")
    one = confirm.confirm(jana, Choice((second,), Category.KUNDE, company_id=kunde))
    other = _confirm(jana, first, kunde, minute=1)
    later = replace(jana, now=jana.now + timedelta(minutes=2))
    _take(later, mailbox, "hans@kunde.example", "neu@kunde.example")

    confirm.undo(jana, other.confirmation_id)

    jana.session.expire_all()
    found = jana.session.execute(select(Message.sender, Message.category).order_by(Message.sender, Message.id)).all()
    said = Category.KUNDE
    assert found == [
        (ERIKA, None),
        ("hans@kunde.example", said),
        ("hans@kunde.example", said),
        ("neu@kunde.example", None),
    ]
    assert one.messages == 1
    assert tallies.recount(jana) == ()
