"""The rule book: by which rules the firm classifies, with examples; the text it begins with, and when it is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.terms import Category

# Once a year the management looks at it again (S4.52).
YEAR = timedelta(days=365)

GROUND = "Der Absender bestimmt die Klassifizierung, nicht der Inhalt."


@dataclass(frozen=True, slots=True)
class Chapter:
    """One class: its rules and examples of it, one sentence each."""

    category: Category
    rules: tuple[str, ...]
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """The whole wording: the ground rule, a chapter for each class in key order, and what else the firm agreed on."""

    ground: str
    chapters: tuple[Chapter, ...]
    notes: str = ""


DEFAULT = Book(
    GROUND,
    (
        Chapter(
            Category.KUNDE,
            (
                "Alle E-Mails von Kundenadressen",
                "Auch Marketing-Newsletter von Kunden",
                "Auch automatische Benachrichtigungen von Kunden",
            ),
            (
                "einkauf@ eines Kunden fragt nach einem Liefertermin",
                "Der monatliche Rundbrief eines Kunden",
                "Die Abwesenheitsnotiz einer Kundin: Klasse Kunde, aber ohne Antwortfrist",
            ),
        ),
        Chapter(
            Category.LIEFERANT,
            ("Alle E-Mails von Lieferantenadressen", "Bestellbestätigungen", "Rechnungen"),
            (
                "noreply@ im Webshop eines Lieferanten bestätigt eine Bestellung",
                "Ein Rechnungsdienst verschickt die Rechnung eines Lieferanten: Regel für diese Adresse",
            ),
        ),
        Chapter(
            Category.INTERN,
            ("E-Mails von der eigenen Domain", "System-Benachrichtigungen"),
            (
                "Eine Kollegin schreibt aus dem eigenen Haus",
                "Scanner, Datensicherung und Überwachung melden sich: Regel für ihre Adresse",
            ),
        ),
        Chapter(
            Category.NEWSLETTER,
            ("Massen-E-Mails von unbekannten Absendern", "Marketing ohne Geschäftsbeziehung"),
            (
                "Der Branchendienst, den jemand abonniert hat",
                "Rundbrief eines Verlags, mit dem niemand Geschäfte macht",
            ),
        ),
        Chapter(
            Category.WERBUNG,
            ("Kaltakquise", "Unaufgeforderte Angebote"),
            ("Eine fremde Agentur bietet Suchmaschinen-Plätze an", "Angebot für Adresslisten, um das niemand bat"),
        ),
    ),
)


def plain(book: Book) -> dict[str, Any]:
    """Return a book as plain data to be stored."""
    return {
        "ground": book.ground,
        "chapters": {
            chapter.category.value: {"rules": list(chapter.rules), "examples": list(chapter.examples)}
            for chapter in book.chapters
        },
        "notes": book.notes,
    }


def book(stored: Mapping[str, Any] | None) -> Book:
    """Return stored data as a book with a chapter for every class; None gives the text it begins with."""
    if stored is None:
        return DEFAULT
    chapters = stored["chapters"]
    return Book(
        stored["ground"],
        tuple(
            Chapter(
                category,
                tuple(chapters.get(category.value, {}).get("rules", ())),
                tuple(chapters.get(category.value, {}).get("examples", ())),
            )
            for category in Category
        ),
        stored["notes"],
    )


def lines(text: str) -> tuple[str, ...]:
    """Return the sentences of a typed list, one a line, without bullets and blank lines."""
    return tuple(line.strip().lstrip("-•*–").strip() for line in text.splitlines() if line.strip(" -•*–\t"))


def differences(old: Book, new: Book) -> Sequence[str]:
    """Return what a version changed, in words, for people who knew the one before."""
    found = [] if old.ground == new.ground else ["Grundregel geändert"]
    for before, after in zip(old.chapters, new.chapters, strict=True):
        for was, now, what in ((before.rules, after.rules, ""), (before.examples, after.examples, "Beispiel ")):
            found += [f"{after.category.value}: {what}„{line}“ neu" for line in now if line not in was]
            found += [f"{after.category.value}: {what}„{line}“ entfällt" for line in was if line not in now]
    return found if old.notes == new.notes else [*found, "Weitere Absprachen geändert"]


def due(approved_at: datetime | None, now: datetime) -> bool:
    """Say whether the management has to look at the rule book: never approved, or more than a year ago."""
    return approved_at is None or now - approved_at >= YEAR
