"""Rules of people: what cannot be written, what changes nothing, and what of a sender is learned."""

import pytest
from sqlalchemy import select

from models.terms import Category, KeyScope
from models.trail import Trail
from service.actions import rules, train
from service.actions.rules import Draft
from service.errors import Invalid, NotFound
from service.store import keys
from service.turn import Turn


def test_a_rule_needs_a_sender_and_a_mailbox_that_exist(turn: Turn) -> None:
    with pytest.raises(NotFound):
        rules.read(turn, Draft("a@muster-kunde.example", Category.KUNDE, account_id=99))
    with pytest.raises(Invalid, match="Bitte eine Adresse"):
        rules.read(turn, Draft("!", Category.KUNDE))
    with pytest.raises(Invalid, match="nicht lesbar"):
        rules.read(turn, Draft("a b@muster", Category.KUNDE))


def test_what_a_rule_names_is_kept_in_its_normal_form(turn: Turn) -> None:
    senders = ("Anna@Muster-Kunde.example", "@Muster-Kunde.example", "mail.muster-kunde.example", "0171 8388958")

    found = [rules.read(turn, Draft(sender, Category.KUNDE)) for sender in senders]

    assert [(rule.scope, rule.value) for rule in found] == [
        (KeyScope.ADRESSE, "anna@muster-kunde.example"),
        (KeyScope.DOMAIN, "muster-kunde.example"),
        (KeyScope.DOMAIN, "mail.muster-kunde.example"),
        (KeyScope.ADRESSE, "491718388958"),
    ]
    assert found[1].name == "muster-kunde.example: Kunde"


@pytest.mark.parametrize("sender", ["haus24680.example", "24680.example", "müller24680.example"])
def test_a_domain_with_digits_is_no_telephone_number(turn: Turn, sender: str) -> None:
    rule = rules.read(turn, Draft(sender, Category.KUNDE))

    assert rule.scope is KeyScope.DOMAIN


@pytest.mark.parametrize(
    "sender", ["192.168.0.1", "<script>alert(1)</script>.de", "muster .de", "muster..de", "-", "*.de"]
)
def test_what_is_no_domain_makes_no_rule(turn: Turn, sender: str) -> None:
    with pytest.raises(Invalid, match="Bitte eine Adresse"):
        rules.read(turn, Draft(sender, Category.KUNDE))


def test_saying_the_same_again_leaves_no_trace(turn: Turn) -> None:
    draft = Draft("muster-kunde.example", Category.KUNDE, "Muster")
    rule, _ = rules.add(turn, draft)
    other, _ = rules.add(turn, Draft("zwei.example", Category.WERBUNG))

    changed = rules.change(turn, rule.id, draft)
    switched = rules.switch(turn, rule.id, on=True)
    rules.move(turn, other.id, up=False)

    turn.session.flush()
    verbs = turn.session.scalars(select(Trail.verb)).all()
    assert (changed[1], switched) == (0, 0)
    assert verbs == ["Regel angelegt", "Regel angelegt"]


def test_master_data_are_no_learned_senders(turn: Turn) -> None:
    with pytest.raises(NotFound):
        rules.switch_key(turn, 1, on=False)
    key = keys.teach(turn, KeyScope.ADRESSE, "a@muster-kunde.example", Category.WERBUNG, {})
    rules.switch_key(turn, key.id, on=False)
    rules.switch_key(turn, key.id, on=True)

    assert (key.active, key.off_at) == (True, None)


def test_a_handful_of_senders_is_nothing_to_learn_from(turn: Turn) -> None:
    assert train.material(turn) is None
    assert train.material(turn, at_once=True) is None
