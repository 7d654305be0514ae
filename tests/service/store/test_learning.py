"""What rules, watching and learning ask of the database, on both of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.message import Conversation, Message
from models.terms import Category, Channel, KeyScope, ModelState, Step
from service.actions import intake, rules
from service.actions.intake import Judge
from service.actions.rules import Draft
from service.errors import NotFound
from service.store import accounts, conflicts, fitted, keys, lessons, rechecks, watching, written
from service.store.accounts import Facts
from service.turn import Turn
from tests.factories import GENUINE, OWN, mail

LISTED = replace(GENUINE, list_id="post.kunde.example")


@pytest.fixture
def firm(turn: Turn) -> Turn:
    box = accounts.ensure(turn, Channel.EMAIL, f"info@{OWN}", Facts("Info", shared=True))
    keys.teach(turn, KeyScope.DOMAIN, "sicher.example", Category.NEWSLETTER, {})
    at = turn.now - timedelta(hours=1)
    records = [mail("a@kunde.example", at=at), mail("news@kunde.example", at=at, flags=LISTED)]
    records += [mail(f"a{n}@sicher.example", at=at) for n in range(40)]
    intake.take_in(turn, records, box.id, Judge(keys.book(turn)))
    return turn


def test_the_effect_of_a_rule_follows_its_conditions(firm: Turn) -> None:
    counts = {}
    for listed in (None, True, False):
        rule = rules.read(firm, Draft("kunde.example", Category.KUNDE, listed=listed, channel=Channel.EMAIL))
        counts[listed] = written.effect(firm, rule).matching
    rule, settled = rules.add(firm, Draft("kunde.example", Category.WERBUNG, listed=True))

    assert counts == {None: 2, True: 1, False: 1}
    assert settled == 1
    assert (written.get(firm, rule.id).hits, [line.rule.id for line in written.lines(firm)]) == (1, [rule.id])
    assert [key.value for key in written.learned(firm, "SICHER", 5)] == ["sicher.example"]
    with pytest.raises(NotFound):
        written.get(firm, 99)


def test_watching_counts_what_steps_settled_and_asks_a_part_of_it_again(firm: Turn) -> None:
    since = firm.now - timedelta(days=1)

    asked = rechecks.draw(firm)

    assert watching.automatic(firm, since) == {Step.DOMAIN_BESTAETIGT: 40}
    assert watching.shares(firm, since, firm.now)["Newsletter"] == 41  # the list mail looks like one
    assert watching.newcomers(firm, since) == (42, 42)
    assert watching.cases(firm, since) == ()
    assert rechecks.tally(firm, since).waiting == asked
    open_ones = firm.session.scalars(select(Conversation).where(Conversation.id.in_(rechecks.waiting()))).all()
    assert rechecks.masked(firm, open_ones) == frozenset(row.id for row in open_ones)
    watching.put(firm, "x", {"a": 1})
    watching.put(firm, "x", {"a": 2})
    assert (watching.latest(firm, "x"), watching.latest(firm, "y")) == ({"a": 2}, {})


def test_the_report_compares_messages_keys_master_data_and_rules(firm: Turn) -> None:
    assert conflicts.report(firm).count == 0
    two = firm.session.scalars(select(Message).where(Message.sender == "a@kunde.example")).one()
    two.category = Category.KUNDE
    keys.teach(firm, KeyScope.ADRESSE, "a@kunde.example", Category.LIEFERANT, {})
    rules.add(firm, Draft("a@kunde.example", Category.KUNDE))

    found = conflicts.report(firm)

    assert [(clash.value, clash.category, clash.other) for clash in found.clashes] == [
        ("a@kunde.example", Category.KUNDE, Category.LIEFERANT)
    ]


def test_models_are_kept_activated_and_forgotten(firm: Turn) -> None:
    made = []
    for number in range(5):
        made.append(fitted.add(firm, bytes([number]), (1, number), {"refused": ""}))
        fitted.activate(firm, made[-1].id)

    kept = [each.id for each in fitted.versions(firm) if each.packed is not None]
    assert kept == [made[4].id, made[3].id, made[2].id]
    assert fitted.seen(firm) == 4
    active = fitted.active(firm)
    assert active is not None
    assert (active.id, active.state) == (made[4].id, ModelState.AKTIV)
    assert fitted.activate(firm, 0) is None
    assert (fitted.active(firm), fitted.since(firm), lessons.acts(firm), lessons.confirmed(firm)) == (None, None, 0, ())
    with pytest.raises(NotFound):
        fitted.activate(firm, made[0].id)
