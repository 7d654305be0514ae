"""Settings: defaults where nothing was decided, and the book that rules read."""

from models.terms import Category, Channel, KeyScope
from service.actions import configure, intake
from service.actions.intake import Judge
from service.domain.hours import DEFAULT_HOURS
from service.domain.windows import DEFAULT_TARGETS
from service.store import accounts, keys, settings
from service.store.accounts import Facts
from service.turn import Turn
from tests.factories import OWN, answer


def test_a_fresh_firm_has_the_defaults(turn: Turn) -> None:
    assert settings.hours(turn) == DEFAULT_HOURS
    assert settings.targets(turn) == DEFAULT_TARGETS
    assert settings.zone(turn) == "Europe/Berlin"
    assert settings.calendar_version(turn) == 1
    assert settings.own_domains(turn) == frozenset()


def test_equal_hours_share_one_calendar(turn: Turn) -> None:
    assert settings.windows(turn)[Channel.EMAIL] is settings.windows(turn)[Channel.EMAIL]


def test_the_book_knows_to_whom_the_firm_wrote(turn: Turn) -> None:
    configure.own_domains(turn, (OWN,))
    account = accounts.ensure(turn, Channel.EMAIL, f"info@{OWN}", Facts("info@")).id
    intake.take_in(turn, [answer("erika@kunde.example"), answer("max@kunde.example")], account, Judge(keys.book(turn)))

    book = keys.book(turn)

    assert book.written_to["kunde.example"] == 2
    assert book.written_to["erika@kunde.example"] == 1


def test_a_contradicted_key_takes_the_newest_word_and_counts_the_others(turn: Turn) -> None:
    party = {"company_id": None, "person_id": None}
    for category in (Category.KUNDE, Category.KUNDE, Category.WERBUNG):
        keys.teach(turn, KeyScope.ADRESSE, "a@b.example", category, party)

    known = keys.book(turn).confirmed_addresses["a@b.example"]
    assert (known.category, known.hits, known.others) == (Category.WERBUNG, 1, 2)
