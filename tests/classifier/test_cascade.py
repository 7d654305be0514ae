"""The order of the cascade, sentence by sentence: each step answers only where no step above it does."""

from dataclasses import replace

import pytest

from classifier.book import EMPTY, AddressBook, Known, Written
from classifier.classify import classify
from models.record import HeaderFlags
from models.terms import Category, Channel, Step
from tests.factories import GENUINE, chat, mail

SENDER = "erika@kunde.example"
LISTED = replace(GENUINE, list_id="post.kunde.example", list_unsubscribe=True)


def known(category: Category = Category.KUNDE) -> Known:
    return Known(category, 3, 0, None)


# From the top of the cascade to its end; all of it in one book, then one step after the other taken away.
STEPS: tuple[tuple[Step, dict[str, object]], ...] = (
    (Step.ADRESSE_BESTAETIGT, {"confirmed_addresses": {SENDER: known()}}),
    (Step.ADRESSE_STAMMDATEN, {"master_addresses": {SENDER: known()}}),
    (Step.LISTE_BESTAETIGT, {"confirmed_listed": {"kunde.example": known()}}),
    (Step.DOMAIN_BESTAETIGT, {"confirmed_domains": {"kunde.example": known()}}),
    (Step.DOMAIN_STAMMDATEN, {"master_domains": {"kunde.example": known()}}),
    (Step.EIGENE_DOMAIN, {"own_domains": frozenset({"kunde.example"})}),
    (Step.MASSENVERSAND, {}),
)


def test_the_first_step_that_knows_the_sender_answers() -> None:
    for at, (step, _) in enumerate(STEPS):
        tables = {name: table for _, part in STEPS[at:] for name, table in part.items()}

        answer = classify(mail(SENDER, flags=LISTED), replace(EMPTY, **tables), None)

        assert answer.step is step
        assert answer.reason


@pytest.mark.parametrize("step", [step for step, _ in STEPS[:6]])
def test_a_step_that_was_wrong_too_often_only_suggests(step: Step) -> None:
    at = [each for each, _ in STEPS].index(step)
    tables = {name: table for _, part in STEPS[at:] for name, table in part.items()}
    book = replace(EMPTY, **tables, suggest_only=frozenset({step}))

    answer = classify(mail(SENDER, flags=LISTED), book, None)

    assert (answer.step, answer.explicit) == (step, False)
    assert answer.reason.endswith("diese Stufe schlägt zurzeit nur vor")


def rules(**by_sender: tuple[Written, ...]) -> AddressBook:
    named = {name.replace("_at_", "@").replace("_", "."): found for name, found in by_sender.items()}
    return replace(EMPTY, rules=named, confirmed_addresses={SENDER: known(Category.WERBUNG)})


def test_a_rule_of_people_stands_above_what_was_learned_and_says_its_name() -> None:
    book = rules(erika_at_kunde_example=(Written(7, "Einkauf", Category.KUNDE, party="Kunde GmbH", company_id=3),))

    answer = classify(mail(SENDER), book, None)

    assert (answer.category, answer.step, answer.explicit) == (Category.KUNDE, Step.ADRESSE_BESTAETIGT, True)
    assert (answer.rule, answer.company_id) == (7, 3)
    assert answer.reason == "Regel „Einkauf“: erika@kunde.example (Kunde GmbH)"


@pytest.mark.parametrize(
    ("conditions", "flags", "answers"),
    [
        ({"listed": True}, LISTED, Step.LISTE_BESTAETIGT),
        ({"listed": True}, GENUINE, Step.KEINER),
        ({"listed": False}, GENUINE, Step.LISTE_BESTAETIGT),
        ({"listed": False}, None, Step.KEINER),
        ({"channel": Channel.EMAIL}, GENUINE, Step.DOMAIN_BESTAETIGT),
        ({"channel": Channel.WHATSAPP}, GENUINE, Step.KEINER),
        ({"account": "info@muster.example"}, None, Step.DOMAIN_BESTAETIGT),
        ({"account": "anders@muster.example"}, GENUINE, Step.KEINER),
    ],
)
def test_a_rule_answers_only_under_its_conditions(
    conditions: dict[str, object], flags: HeaderFlags | None, answers: Step
) -> None:
    rule = Written(1, "Nur so", Category.KUNDE, **conditions)  # type: ignore[arg-type]  # conditions by name
    book = replace(EMPTY, rules={"kunde.example": (rule,)})

    answer = classify(mail("neu@kunde.example", flags=flags), book, None)

    assert answer.step is answers


def test_of_two_rules_for_a_domain_the_one_about_lists_is_asked_first_and_then_their_order() -> None:
    first, second, third = (
        Written(1, "Erste", Category.LIEFERANT),
        Written(2, "Zweite", Category.KUNDE),
        Written(3, "Liste", Category.NEWSLETTER, listed=True),
    )
    book = replace(EMPTY, rules={"kunde.example": (first, second, third)})

    assert classify(mail(SENDER), book, None).rule == 1
    assert classify(mail(SENDER, flags=LISTED), book, None).rule == 3


def test_who_only_claims_to_be_the_sender_of_a_rule_gets_no_class() -> None:
    book = replace(EMPTY, rules={"kunde.example": (Written(1, "R", Category.KUNDE),), "x": ()})
    forged = replace(GENUINE, auth_dmarc="fail", auth_spf="fail", auth_dkim="fail")
    weak = HeaderFlags(compauth="pass")

    assert classify(mail(SENDER, flags=forged), book, None).category is None
    by_address = replace(EMPTY, rules={SENDER: (Written(1, "R", Category.KUNDE),)})
    assert classify(mail(SENDER, flags=forged), by_address, None).category is None
    assert not classify(mail(SENDER, flags=weak), by_address, None).explicit


def test_a_rule_for_a_number_answers_a_chat() -> None:
    book = replace(EMPTY, rules={"491718388958": (Written(4, "Chat", Category.LIEFERANT),)})

    answer = classify(chat("491718388958"), book, None)

    assert (answer.category, answer.rule) == (Category.LIEFERANT, 4)
    assert classify(chat("4915112345678"), book, None).rule is None


def test_what_the_firm_wrote_stands_in_the_reason_of_a_stranger() -> None:
    from classifier import artifact

    book = replace(EMPTY, written_to={"kunde.example": 7, "privat@gmx.de": 2})

    domain = classify(mail(SENDER), book, artifact.shipped())
    address = classify(mail("privat@gmx.de"), book, artifact.shipped())

    assert "Ihr Team schrieb 7x an diese Domain" in domain.reason
    assert "Ihr Team schrieb 2x an diese Adresse" in address.reason
