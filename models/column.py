"""The words of the column registry: whose data a column is, for which purpose, how long; and how a table is declared.

The declarations stand in models/registry.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Whose(StrEnum):
    """Whose data the rows of a table are."""

    ABSENDER = "Absender"
    EMPFAENGER = "Empfänger"
    PERSON = "Person"
    MITGLIED = "Mitglied"
    FIRMA = "Firma"
    NIEMAND = "niemand"


class Purpose(StrEnum):
    """What a table is for, as the record of processing says it (Art. 30 (1) b GDPR)."""

    EINORDNEN = "Eingehende Nachrichten einordnen und Antwortfristen einhalten"
    STAMMDATEN = "Geschäftspartner kennen, damit ihre Nachrichten richtig eingeordnet werden"
    NACHWEIS = "Nachweisen, wer wann was entschieden hat, und Entscheidungen zurücknehmen können"
    ANMELDUNG = "Mitglieder der Firma anmelden und ihre Rechte prüfen"
    KENNZAHLEN = "Menge und Antwortzeit zählen, ohne Bezug auf Personen"
    VERTRETUNG = "Zuständigkeit und Vertretung regeln, damit keine Nachricht liegen bleibt"
    BETRIEB = "Das Programm betreiben: Postfächer lesen, Einstellungen, Aufträge"


class Retention(StrEnum):
    """How long rows are meant to stay; defaults that a data protection officer may change."""

    KUNDE_LIEFERANT = "24 Monate nach der Nachricht"
    INTERN = "12 Monate nach der Nachricht"
    NEWSLETTER = "180 Tage nach der Nachricht"
    WERBUNG = "90 Tage nach der Nachricht"
    UNKLASSIFIZIERT = "6 Monate nach dem letzten Kontakt"
    WIE_NACHRICHT = "je nach Klasse der Nachricht"
    SOLANGE_KONTAKT = "solange die Geschäftsbeziehung besteht, dann 24 Monate"
    SOLANGE_MITGLIED = "solange die Person Mitglied der Firma ist"
    KURZ = "bis zur Verarbeitung, meist Sekunden; bei Fehlern 14 Tage"
    SITZUNG = "bis zum Ablauf, höchstens 8 Stunden; der Eintrag 90 Tage"
    PROTOKOLL = "36 Monate"
    EXPORT = "24 Stunden"
    SOLANGE_NOETIG = "solange die Einrichtung besteht"


# The values of models.terms.Category, "" for no class; a test holds the two together.
BY_CATEGORY: Mapping[str, Retention] = {
    "Kunde": Retention.KUNDE_LIEFERANT,
    "Lieferant": Retention.KUNDE_LIEFERANT,
    "Intern": Retention.INTERN,
    "Newsletter": Retention.NEWSLETTER,
    "Werbung": Retention.WERBUNG,
    "": Retention.UNKLASSIFIZIERT,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `identifier` says what may stand in it ("adresse", "nummer", "kennung", several with "/"; "" = none).

    `packed` means that identifiers stand somewhere inside JSON. `speaks_of` names the identifier column of the same
    table whose bearer this value is about; "" = the row as a whole.
    """

    name: str
    label: str
    personal: bool
    whose: Whose
    purpose: Purpose
    retention: Retention
    identifier: str = ""
    packed: bool = False
    speaks_of: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One table. A row whose parent (by a column in `belongs_to`) is about a person is about that person, too.

    `brings` names columns whose parent row is shown together with a row. `refers` names a column with text like
    "conversation:17" that points at a row of another table. `origin` says where the data comes from.
    """

    table: str
    title: str
    whose: Whose
    purpose: Purpose
    retention: Retention
    origin: str
    columns: Mapping[str, Column]
    belongs_to: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()
    refers: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    # How a table's rows find their person: identifiers (column -> kinds), ties, and who a value speaks of.
    identifiers: Mapping[str, str] = field(default_factory=dict)
    packed: tuple[str, ...] = ()
    speaks_of: Mapping[str, str] = field(default_factory=dict)
    belongs_to: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()
    refers: str = ""


ANY = "adresse/nummer/kennung"
_NO_LINKS = Links()


def entry(
    names: str,
    law: tuple[Whose, Purpose, Retention, str],
    personal: Mapping[str, str],
    technical: str,
    links: Links = _NO_LINKS,
) -> Entry:
    """Declare one table: its name and German title, the four parts of its law, labels of personal columns, the rest."""
    table, title = names.split(" ", 1)
    whose, purpose, retention, origin = law
    of = {name: owner for owner, group in links.speaks_of.items() for name in group.split()}
    labels = {**dict.fromkeys(technical.split(), ""), **personal}
    # Who acted is data about that member, in whichever table it stands.
    labels |= {"member_id": "Handelndes Mitglied"} if "member_id" in labels else {}
    columns = {
        name: Column(
            name, label, label != "", _whose(name, label, whose), purpose, retention,
            links.identifiers.get(name, ""), name in links.packed, of.get(name, ""),
        )
        for name, label in labels.items()
    }  # fmt: skip
    return Entry(table, title, whose, purpose, retention, origin, columns, links.belongs_to, links.brings, links.refers)


def _whose(name: str, label: str, whose: Whose) -> Whose:
    if name == "member_id" or (label and whose is Whose.NIEMAND):
        return Whose.MITGLIED
    return whose if label else Whose.NIEMAND
