"""The firm's own model: it learns what was confirmed, no further, and nobody turns it over alone."""

import random
from dataclasses import replace

import numpy as np
import pytest

from classifier import artifact, gate, refit
from classifier.errors import TooFewExamples
from classifier.gate import Case, Lesson
from classifier.learned import LIKENESS, Learned
from classifier.training import Example
from models.record import HeaderFlags, MessageRecord
from models.terms import Category
from tests.factories import mail

BULK = HeaderFlags(list_unsubscribe=True, precedence="bulk", auth_dmarc="pass", feedback_id=True)
PLAIN = HeaderFlags(auth_dmarc="pass", in_reply_to=True, content_type="text/plain")
WORDS = ("bau", "holz", "stahl", "optik", "druck", "agrar", "kaffee", "dach", "garten", "licht", "metall", "textil")
ENDS = {Category.KUNDE: "werk", Category.NEWSLETTER: "post", Category.WERBUNG: "angebot"}


def firm(seed: int, many: int) -> list[tuple[MessageRecord, Category]]:
    """Records of invented senders whose names tell what they are."""
    rng = random.Random(seed)
    found = []
    for number in range(many):
        category = list(ENDS)[number % 3]
        domain = f"{rng.choice(WORDS)}{rng.choice(WORDS)}-{ENDS[category]}{number}.de"
        flags = PLAIN if category is Category.KUNDE else BULK
        found.append((mail(f"info@{domain}", flags=flags), category))
    return found


def lessons(pairs: list[tuple[MessageRecord, Category]], by: str = "1", *, fresh: bool = True) -> list[Lesson]:
    return [Lesson(record, LIKENESS[category], gate.group(record, category), by, fresh) for record, category in pairs]


def cases(pairs: list[tuple[MessageRecord, Category]]) -> list[Case]:
    return [Case(record, category) for record, category in pairs]


@pytest.fixture(scope="module")
def shipped() -> Learned:
    return artifact.shipped()


def test_what_was_confirmed_is_learned_and_the_file_keeps_its_form(shipped: Learned) -> None:
    gold = cases(firm(2, 60))

    model = refit.refit(shipped, [Example(e.record, e.label, e.group) for e in lessons(firm(1, 90))], {"note": "x"})

    packed = artifact.pack(model)
    assert len(packed) < 1_000_000
    read = artifact.unpack(packed)
    assert gate.figures(read, gold).macro_f1 > gate.figures(shipped, gold).macro_f1
    assert read.facts["note"] == "x"
    assert read.facts["examples"] == shipped.facts["examples"]


def test_without_new_evidence_the_shipped_model_stays_what_it_is(shipped: Learned) -> None:
    table = refit._table(shipped, [Example(e.record, e.label, e.group) for e in lessons(firm(1, 12))])

    for (record, _), scores in zip(firm(1, 12), table.base, strict=True):
        guess = shipped.judge(record)
        assert shipped.classes[int(scores.argmax())] is guess.best


def test_letters_of_the_firm_count_for_its_own_model_as_they_do_for_every_other(shipped: Learned) -> None:
    often = [Example(e.record, e.label, e.group, (9, 40)) for e in lessons(firm(1, 12))]
    reserved = [replace(case, letters=(9, 40)) for case in cases(firm(1, 12))]

    table = refit._table(shipped, often)

    for each, case, scores in zip(often, reserved, table.base, strict=False):
        guess = shipped.judge(each.record, (9, 40))
        assert shipped.classes[int(scores.argmax())] is guess.best
        assert gate.decisions(shipped, [case]) == (guess.category if guess.sure else None,)
    assert not np.array_equal(table.base, refit._table(shipped, [replace(e, letters=(0, 0)) for e in often]).base)


def test_too_few_senders_are_refused(shipped: Learned) -> None:
    with pytest.raises(TooFewExamples):
        refit.refit(shipped, [Example(e.record, e.label, e.group) for e in lessons(firm(1, 3))], {})


@pytest.mark.unmeasured
def test_a_hostile_member_moves_at_most_a_hundredth_of_the_reserved_decisions_a_day(shipped: Learned) -> None:
    honest = lessons(firm(1, 40), by="1", fresh=False)
    hostile = [
        replace(each, label=LIKENESS[Category.KUNDE], by="2", fresh=True)
        for each in lessons([pair for pair in firm(3, 60) if pair[1] is not Category.KUNDE])
    ]
    gold = cases(firm(2, 100))
    without = gate.decisions(refit.careful(shipped, honest, gold, {})[0], gold)
    unchecked = refit.refit(shipped, [Example(e.record, e.label, e.group) for e in [*honest, *hostile]], {})

    model, held = refit.careful(shipped, [*honest, *hostile], gold, {})

    assert gate.moved(without, gate.decisions(unchecked, gold)) > 0.05
    assert gate.moved(without, gate.decisions(model, gold)) <= gate.MOST_MOVED
    assert set(held) == {"2"}


def test_who_moves_nothing_is_learned_whole(shipped: Learned) -> None:
    said = lessons(firm(1, 12))

    _, held = refit.careful(shipped, said, [], {})

    assert held == {}


@pytest.mark.unmeasured
def test_many_members_who_say_the_same_are_believed(shipped: Learned) -> None:
    said = [replace(each, by=str(number % 6)) for number, each in enumerate(lessons(firm(1, 30)))]

    _, held = refit.careful(shipped, said, cases(firm(2, 100)), {})

    assert len(held) < 6


def test_one_person_alone_who_has_too_few_senders_leaves_the_basis(shipped: Learned) -> None:
    gold = cases(firm(2, 30))

    model, held = refit.careful(shipped, lessons(firm(1, 90)), gold, {})

    assert gate.moved(gate.decisions(shipped, gold), gate.decisions(model, gold)) <= gate.MOST_MOVED
    assert set(held) == {"1"}
