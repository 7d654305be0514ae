"""The gate: what is reserved, and when a new model may not answer."""

from types import SimpleNamespace

import pytest

from classifier import gate
from classifier.gate import Case
from classifier.learned import CATEGORY, LIKENESS, Guess, Learned
from classifier.measures import UNWRITTEN, Letters
from models.record import MessageRecord
from models.terms import Category
from tests.factories import mail


class Says(Learned):
    """A model that answers what the sender's name says: its first letters name the class."""

    def __init__(self, wrong: frozenset[str] = frozenset(), *, sure: bool = True) -> None:
        object.__setattr__(self, "rules", SimpleNamespace(wrong=wrong, sure=sure))

    def judge(self, record: MessageRecord, letters: Letters = UNWRITTEN) -> Guess:
        rules = self.rules  # type: ignore[attr-defined]  # a dataclass of the test
        name = record.sender.partition("@")[0]
        category = Category.WERBUNG if name in rules.wrong else Category(name.split("-")[0].title())
        likeness = LIKENESS[category]
        return Guess(likeness, 0.99, rules.sure, CATEGORY[likeness])


def gold(each: int = 40) -> list[Case]:
    return [
        Case(mail(f"{category.value.lower()}-{number}@x{number}.example"), category)
        for category in (Category.KUNDE, Category.NEWSLETTER, Category.WERBUNG)
        for number in range(each)
    ]


def named(category: str, many: int) -> frozenset[str]:
    return frozenset(f"{category}-{number}" for number in range(many))


@pytest.mark.parametrize(
    ("model", "cases", "says"),
    [
        (Says(), gold(), ""),
        (Says(named("kunde", 1)), gold(), "Es verlöre Kunden: erkannt 97,5 %, nötig 98,0 %."),
        (Says(named("newsletter", 2)), gold(), "Es wäre schlechter: Macro-F1"),
        (Says(named("newsletter", 1)), gold(), ""),
        (Says(), gold(20), "Der Prüfsatz ist noch zu klein: 60 von 100 Entscheidungen, davon 20 von 20 zu Kunden."),
        (Says(), gold(400)[390:], "Der Prüfsatz ist noch zu klein: 810 von 100 Entscheidungen, davon 10 von 20"),
        (Says(named("kunde", 40), sure=False), gold(), "Es wäre schlechter"),
    ],
)
def test_a_model_answers_only_when_it_is_not_worse_and_loses_no_customers(
    model: Learned, cases: list[Case], says: str
) -> None:
    verdict = gate.check(Says(), model, cases)

    assert verdict.refused.startswith(says)
    assert bool(verdict.refused) == bool(says)


def test_a_fifth_of_the_domains_is_reserved_whoever_confirms_them() -> None:
    share = sum(gate.reserved(f"firma{number}.example") for number in range(2_000)) / 2_000

    assert 0.17 < share < 0.23
    assert gate.group(mail("Anna@Kunde.Example"), Category.KUNDE) == "kunde.example"
    assert gate.group(mail("anna@muster.example"), Category.INTERN) == "anna@muster.example"


def test_moved_is_the_share_that_differs() -> None:
    first = gate.decisions(Says(), gold(10))
    second = gate.decisions(Says(named("kunde", 3)), gold(10))

    assert gate.moved(first, second) == 0.1
    assert gate.moved((), ()) == 0
    assert set(gate.decisions(Says(sure=False), gold(2))) == {None}
