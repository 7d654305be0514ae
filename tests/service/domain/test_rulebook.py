"""The rule book: a text to begin with, what a version changed, and when it is due."""

from dataclasses import replace
from datetime import timedelta

from models.terms import Category
from service.domain import rulebook
from service.domain.rulebook import DEFAULT, YEAR
from tests.conftest import NOW


def test_the_text_survives_being_stored_and_has_a_chapter_for_every_class() -> None:
    stored = rulebook.plain(DEFAULT)

    assert rulebook.book(stored) == DEFAULT
    assert rulebook.book(None) == DEFAULT
    assert [chapter.category for chapter in DEFAULT.chapters] == list(Category)
    del stored["chapters"]["Werbung"]
    assert rulebook.book(stored).chapters[-1].rules == ()


def test_what_a_version_changed_is_said() -> None:
    first = replace(DEFAULT.chapters[0], rules=("Neue Regel",), examples=())
    changed = replace(DEFAULT, ground="Anders", chapters=(first, *DEFAULT.chapters[1:]), notes="Mehr")

    said = rulebook.differences(DEFAULT, changed)

    assert said[0] == "Grundregel geändert"
    assert "Kunde: „Neue Regel“ neu" in said
    assert "Kunde: „Alle E-Mails von Kundenadressen“ entfällt" in said
    assert said[-1] == "Weitere Absprachen geändert"
    assert rulebook.differences(DEFAULT, DEFAULT) == []


def test_typed_lists_lose_bullets_and_blank_lines() -> None:
    assert rulebook.lines("- Kaltakquise\n\n  • Angebote \n – \nohne") == ("Kaltakquise", "Angebote", "ohne")


def test_it_is_due_when_never_approved_or_a_year_ago() -> None:
    assert rulebook.due(None, NOW)
    assert rulebook.due(NOW - YEAR, NOW)
    assert not rulebook.due(NOW - YEAR + timedelta(seconds=1), NOW)
