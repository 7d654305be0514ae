"""Confirming: the sender decides, the book learns, clocks follow, undo restores exactly."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.decision import Decision
from models.key import SenderKey
from models.message import Conversation, Message
from models.party import CompanyDomain, ContactPoint, PartyRole
from models.terms import Category, KeyScope, Origin, Step
from service.actions import confirm, intake, register
from service.actions.confirm import Choice
from service.actions.intake import Judge
from service.errors import Conflict, Invalid, NotFound
from service.store import keys
from service.turn import Actor, Turn
from tests.factories import OWN, START, mail


def take(turn: Turn, mailbox: int, *records: object) -> list[int]:
    intake.take_in(turn, list(records), mailbox, Judge(keys.book(turn)))  # type: ignore[arg-type]
    return ids(turn)


def ids(turn: Turn) -> list[int]:
    return list(turn.session.scalars(select(Conversation.id).order_by(Conversation.id)))


def categories(turn: Turn) -> Sequence[Category | None]:
    turn.session.expire_all()
    return turn.session.scalars(select(Message.category).order_by(Message.received_at, Message.id)).all()


def test_a_newsletter_is_final_for_all_mails_of_its_sender(jana: Turn, mailbox: int) -> None:
    first, *_ = take(jana, mailbox, mail("news@blatt.example"), mail("news@blatt.example"), mail("a@b.example"))

    done = confirm.confirm(jana, Choice((first,), Category.NEWSLETTER))

    assert done.messages == 2
    assert sorted(map(str, categories(jana))) == ["Newsletter", "Newsletter", "None"]
    origins = jana.session.scalars(select(Message.origin).where(Message.category.is_not(None))).all()
    assert sorted(origins) == [Origin.PERSON, Origin.REGEL]


def test_the_clock_of_a_newsletter_ends(jana: Turn, mailbox: int) -> None:
    (only,) = take(jana, mailbox, mail("news@blatt.example"))

    confirm.confirm(jana, Choice((only,), Category.NEWSLETTER))

    jana.session.expire_all()
    assert jana.session.get_one(Conversation, only).waiting_since is None


def test_kunde_without_a_party_is_refused_and_nothing_changes(jana: Turn, mailbox: int) -> None:
    (only,) = take(jana, mailbox, mail())

    with pytest.raises(Invalid) as refused:
        confirm.confirm(jana, Choice((only,), Category.KUNDE))

    assert "party" in refused.value.fields
    assert categories(jana) == [None]


def test_kunde_with_an_unknown_party_is_listed_for_rework(jana: Turn, mailbox: int) -> None:
    (only,) = take(jana, mailbox, mail())

    confirm.confirm(jana, Choice((only,), Category.KUNDE, party_unknown=True))

    assert jana.session.get_one(Conversation, only).party_unknown


def test_a_domain_rule_teaches_the_domain_and_its_company(jana: Turn, mailbox: int, kunde: int) -> None:
    first, *_ = take(jana, mailbox, mail("erika@kunde.example"), mail("max@kunde.example"))

    done = confirm.confirm(jana, Choice((first,), Category.KUNDE, company_id=kunde, scope=KeyScope.DOMAIN))

    conversations = jana.session.scalars(select(Conversation.company_id)).all()
    assert done.messages == 2
    assert list(conversations) == [kunde, kunde]
    assert jana.session.get(CompanyDomain, "kunde.example") is not None
    assert jana.session.get(ContactPoint, "erika@kunde.example") is not None


def test_free_mail_teaches_the_address_only(jana: Turn, mailbox: int) -> None:
    first, second = take(jana, mailbox, mail("erika@gmx.de"), mail("anders@gmx.de", at=START + timedelta(minutes=1)))

    confirm.confirm(jana, Choice((first,), Category.WERBUNG, scope=KeyScope.DOMAIN))

    key = jana.session.execute(select(SenderKey)).scalar_one()
    assert (key.scope, key.value) == (KeyScope.ADRESSE, "erika@gmx.de")
    assert categories(jana) == [Category.WERBUNG, None]
    assert second


def test_an_unauthenticated_mail_of_a_confirmed_domain_stays_open(jana: Turn, mailbox: int, kunde: int) -> None:
    forged = mail("chef@kunde.example", flags=None)
    forged = replace(
        forged, flags=mail().flags and replace(mail().flags, auth_dmarc="fail", auth_spf="fail", auth_dkim="fail")
    )  # type: ignore[arg-type]
    first, *_ = take(jana, mailbox, mail("erika@kunde.example"), forged)

    confirm.confirm(jana, Choice((first,), Category.KUNDE, company_id=kunde, scope=KeyScope.DOMAIN))

    assert categories(jana).count(Category.KUNDE) == 1


def test_different_senders_need_a_second_look(jana: Turn, mailbox: int) -> None:
    both = take(jana, mailbox, mail("a@eins.example"), mail("b@zwei.example"))

    with pytest.raises(Invalid) as refused:
        confirm.confirm(jana, Choice(tuple(both), Category.WERBUNG))
    done = confirm.confirm(jana, Choice(tuple(both), Category.WERBUNG, mixed_ok=True))

    assert "a@eins.example (1)" in refused.value.fields["mixed"]
    assert done.conversations == 2


def test_suggestions_of_several_classes_are_accepted_as_one_act_each(jana: Turn, mailbox: int) -> None:
    both = take(jana, mailbox, mail("a@eins.example"), mail("b@zwei.example"))
    for number, category in zip(both, (Category.WERBUNG, Category.NEWSLETTER), strict=True):
        conversation = jana.session.get_one(Conversation, number)
        conversation.suggested, conversation.confidence = category, 0.9
    jana.session.flush()

    done = confirm.confirm(jana, Choice(tuple(both), None))
    undone = confirm.undo(jana, done.confirmation_id)

    assert len(done.confirmation_ids) == 2
    assert undone == 2
    assert categories(jana) == [None, None]


def test_a_row_without_suggestion_cannot_be_accepted(jana: Turn, mailbox: int) -> None:
    (only,) = take(jana, mailbox, mail())
    jana.session.get_one(Conversation, only).suggested = None

    with pytest.raises(Invalid):
        confirm.confirm(jana, Choice((only,), None))


def test_who_comes_second_hears_what_the_first_did(jana: Turn, mailbox: int) -> None:
    (only,) = take(jana, mailbox, mail())
    seen = jana.session.get_one(Conversation, only).version
    confirm.confirm(jana, Choice((only,), Category.WERBUNG, versions={only: seen}))

    colleague = replace(jana, actor=Actor(name="Timo"))
    with pytest.raises(Conflict, match=r"Jana war schneller: Werbung \(10:00 Uhr\)\."):
        confirm.confirm(colleague, Choice((only,), Category.NEWSLETTER, versions={only: seen}))

    assert categories(jana) == [Category.WERBUNG]


def test_new_mail_meanwhile_is_no_conflict(jana: Turn, mailbox: int) -> None:
    (only,) = take(jana, mailbox, mail(thread="a"))
    seen = jana.session.get_one(Conversation, only).version
    take(jana, mailbox, mail(thread="a", at=START + timedelta(minutes=5)))

    done = confirm.confirm(jana, Choice((only,), Category.WERBUNG, versions={only: seen}))

    assert done.messages == 2


def test_third_parties_in_a_thread_keep_their_own_class(jana: Turn, mailbox: int, kunde: int) -> None:
    (only,) = take(jana, mailbox, mail(thread="a"), mail("x@makler.example", thread="a", at=START - timedelta(hours=1)))

    confirm.confirm(jana, Choice((only,), Category.KUNDE, company_id=kunde))

    conversation = jana.session.get_one(Conversation, only)
    assert categories(jana) == [None, Category.KUNDE]
    assert conversation.peer == "x@makler.example"
    assert conversation.unclassified == 1


def test_a_party_can_be_kunde_and_lieferant(jana: Turn, mailbox: int, kunde: int) -> None:
    (only,) = take(jana, mailbox, mail())

    confirm.confirm(jana, Choice((only,), Category.LIEFERANT, company_id=kunde))

    assert sorted(jana.session.scalars(select(PartyRole.category))) == [Category.KUNDE, Category.LIEFERANT]


def test_unknown_things_are_not_found(jana: Turn, mailbox: int) -> None:
    (only,) = take(jana, mailbox, mail())

    for wrong in (
        Choice((99,), Category.WERBUNG),
        Choice((only,), Category.KUNDE, company_id=99),
        Choice((only,), Category.KUNDE, person_id=99),
    ):
        with pytest.raises(NotFound):
            confirm.confirm(jana, wrong)
    with pytest.raises(NotFound):
        confirm.undo(jana, "unbekannt")


@pytest.mark.parametrize("chosen", [(), tuple(range(1, 5002))])
def test_nothing_and_too_much_are_refused(jana: Turn, chosen: tuple[int, ...]) -> None:
    with pytest.raises(Invalid):
        confirm.confirm(jana, Choice(chosen, Category.WERBUNG))


def test_the_next_mail_of_a_confirmed_sender_is_final(jana: Turn, mailbox: int) -> None:
    (only,) = take(jana, mailbox, mail("news@blatt.example"))
    confirm.confirm(jana, Choice((only,), Category.NEWSLETTER))

    take(jana, mailbox, mail("news@blatt.example", at=START + timedelta(days=1)))

    later = jana.session.scalars(select(Message).order_by(Message.received_at.desc())).first()
    assert later is not None
    assert (later.category, later.step) == (Category.NEWSLETTER, Step.ADRESSE_BESTAETIGT)
    assert later.suggested is Category.NEWSLETTER


def test_a_person_is_a_party_too(jana: Turn, mailbox: int) -> None:
    person = register.person(jana, "Erika", "Muster", Category.KUNDE)
    (only,) = take(jana, mailbox, mail("erika@gmx.de"))

    confirm.confirm(jana, Choice((only,), Category.KUNDE, person_id=person))

    assert jana.session.get_one(Conversation, only).person_id == person


def test_internal_counts_do_not_grow(jana: Turn, mailbox: int) -> None:
    take(jana, mailbox, mail(f"anna@{OWN}"))

    assert jana.session.execute(select(func.count()).select_from(Decision)).scalar_one() == 1


def test_kunde_is_accepted_where_the_conversation_names_its_party(jana: Turn, mailbox: int, kunde: int) -> None:
    (only,) = take(jana, mailbox, mail())
    jana.session.get_one(Conversation, only).company_id = kunde

    done = confirm.confirm(jana, Choice((only,), Category.KUNDE))

    assert done.messages == 1
    assert jana.session.get_one(Conversation, only).company_id == kunde
