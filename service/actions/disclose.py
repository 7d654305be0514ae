"""Disclose: the answer to a request under Art. 15 GDPR, made from the column registry; other people stay hidden."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias

from models.address import same_identifier
from models.column import BY_CATEGORY, Column, Entry, Purpose, Retention, Whose
from models.registry import REGISTRY
from service.domain.threads import is_own
from service.errors import Invalid
from service.store import accounts, settings, subject, trail
from service.store.subject import Found, Subject
from service.turn import Turn

Package: TypeAlias = dict[str, Any]

FORMAT = 1
_NO_IDENTIFIER = (
    "Das ist weder eine Mailadresse noch eine Nummer noch eine WhatsApp-Kennung; es wurde nichts gesucht. "
    "Bitte nur die Kennung selbst angeben, ohne Namen davor."
)
OTHER = "andere Person"
FIRM = "die Firma selbst"
MEMBER = "ein Mitglied der Firma"
_LEFT_OUT = "…"
# What looks like an address or a number inside packed data is hidden unless it was asked for.
_LOOKS_LIKE = re.compile(r"\S+@\S+|\+?\d{7,20}")

# Art. 6 (1) per purpose: a draft that the data protection officer of the firm confirms or changes.
_BASIS = {
    Purpose.EINORDNEN: "Art. 6 Abs. 1 lit. b DSGVO bei Vertragspartnern, sonst lit. f (rechtzeitig antworten)",
    Purpose.STAMMDATEN: "Art. 6 Abs. 1 lit. b DSGVO bei Vertragspartnern, sonst lit. f (Geschäftspartner kennen)",
    Purpose.NACHWEIS: "Art. 6 Abs. 1 lit. c und f DSGVO (Nachweis, Art. 5 Abs. 2 DSGVO)",
    Purpose.ANMELDUNG: "Art. 6 Abs. 1 lit. b und f DSGVO (Zugang nur für Berechtigte)",
    Purpose.KENNZAHLEN: "ohne Bezug auf Personen",
    Purpose.BETRIEB: "Art. 6 Abs. 1 lit. f DSGVO (sicherer Betrieb)",
}
_RIGHTS = (
    "Berichtigung unrichtiger Daten (Art. 16 DSGVO)",
    "Löschung (Art. 17 DSGVO)",
    "Einschränkung der Verarbeitung (Art. 18 DSGVO)",
    "Übertragung der von Ihnen bereitgestellten Daten (Art. 20 DSGVO), soweit sie auf einem Vertrag beruht",
    "Widerspruch gegen eine Verarbeitung aus berechtigtem Interesse (Art. 21 DSGVO)",
    "Beschwerde bei einer Datenschutz-Aufsichtsbehörde (Art. 77 DSGVO)",
)
_LOGIC = (
    "Postlotse schlägt für jede eingehende Nachricht eine Klasse vor (Kunde, Lieferant, Intern, Newsletter, Werbung). "
    "Es sieht dabei nur, wer wem wann auf welchem Weg schrieb, nie Betreff, Text oder Anlagen. Zuerst gelten "
    "bestätigte Adressen, dann Stammdaten, dann die Domain, dann Merkmale von Massenversand, zuletzt ein gelerntes "
    "Modell. Endgültig wird eine Klasse nur durch einen Menschen oder eine ausdrückliche Regel. Die Klasse bestimmt, "
    "ob eine Antwortfrist läuft; eine Entscheidung mit rechtlicher Wirkung (Art. 22 DSGVO) hängt nicht an ihr."
)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody outside the firm who handles the data: name (Art. 15 (1) c) and what for."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the package says beside the data: who made it, with which version, and who receives data."""

    program: str
    receivers: Sequence[Receiver] = ()


@dataclass
class _View:
    """What may be shown of rows: the forms asked for, our own addresses, and a tally of what was hidden."""

    forms: tuple[str, ...]
    ours: Callable[[str], bool]
    places: Mapping[int, str]
    others: tuple[str, ...]
    hidden: Counter[str]


def disclose(turn: Turn, identifier: str, told: Told) -> Package:
    """Return the package for an address, a number or a WhatsApp user id: plain data that JSON can hold.

    An identifier that is stored nowhere gives a negative statement with the list of what was searched. Addresses and
    names of other people, and what is said about them, are left out and counted (Art. 15 (4)).
    Raises Invalid for a text that cannot be searched for.
    """
    if not any(letter.isalnum() for letter in identifier) or not same_identifier(identifier):
        # Nothing was searched then: a negative statement would be untrue.
        raise Invalid(_NO_IDENTIFIER, {"kennung": "Adresse ohne Namen davor, Nummer oder WhatsApp-Kennung"})
    found = subject.collect(turn, identifier)
    view = _view(turn, found)
    data = [_table(entry, found.of(entry.table), view) for entry in REGISTRY.values() if found.of(entry.table)]
    count = sum(len(table["zeilen"]) for table in data)
    return {
        "fassung": FORMAT,
        "anfrage": {
            "kennung": found.asked,
            "gesucht_als": list(found.forms),
            "erstellt_am": turn.now.isoformat(),
            "programm": told.program,
        },
        "bestaetigung": {"gespeichert": bool(data), "zeilen": count, "satz": _statement(found, count)},
        "zwecke": _purposes(found) if data else [],
        "empfaenger": [{"name": each.name, "wozu": each.why} for each in told.receivers] if data else [],
        "rechte": list(_RIGHTS),
        "logik": _LOGIC if data else "",
        "daten": data,
        "durchsucht": [
            {"was": entry.title, "gefunden": len(found.of(entry.table))}
            for entry in REGISTRY.values()
            if any(column.personal for column in entry.columns.values())
        ],
        "zurueckgehalten": [{"was": what, "anzahl": number} for what, number in sorted(view.hidden.items()) if number],
    }


def note(turn: Turn, package: Package) -> None:
    """Write into the trail that a package was made; apart from `disclose`, so that the search blocks no writer.

    The trail says that and when, never for whom: otherwise it would be one more place with the address.
    """
    trail.note(turn, "Auskunft erstellt", "auskunft", None, {"rows": package["bestaetigung"]["zeilen"]})


def _statement(found: Subject, count: int) -> str:
    if count:
        return f"Ja, zu „{found.asked}“ sind Daten gespeichert: {count} Einträge."
    return (
        f"Nein, zu „{found.asked}“ sind bei uns in Postlotse keine Daten gespeichert (Negativauskunft). Gesucht wurde "
        "in allen Tabellen, die personenbezogene Daten enthalten können."
    )


def _view(turn: Turn, found: Subject) -> _View:
    known = accounts.every(turn)
    domains = settings.own_domains(turn)
    addresses = {account.address for account in known}
    places = {account.id: account.name if account.shared else "Postfach eines Mitglieds" for account in known}
    others = subject.other_names(turn, found)
    return _View(found.forms, lambda text: text in addresses or is_own(text, domains), places, others, Counter())


def _purposes(found: Subject) -> list[dict[str, str]]:
    used = dict.fromkeys(REGISTRY[row.table].purpose for row in found.rows)
    return [{"zweck": purpose.value, "rechtsgrundlage": _BASIS[purpose]} for purpose in used]


def _table(entry: Entry, rows: Sequence[Found], view: _View) -> Package:
    return {
        "tabelle": entry.table,
        "titel": entry.title,
        "zweck": entry.purpose.value,
        "herkunft": entry.origin,
        "aufbewahrung": entry.retention.value,
        "zeilen": [_row(entry, row, view) for row in rows],
    }


def _row(entry: Entry, row: Found, view: _View) -> Package:
    fields = [_field(entry, column, row, view) for column in entry.columns.values()]
    view.hidden["Einträge, in denen Angaben über andere Personen fehlen"] += int(None in fields)
    shown: Package = {
        "felder": [field for field in fields if field is not None],
        "herkunft": _origin(entry, row, view),
        "aufbewahrung": _retention(entry, row, view),
        "gefunden_ueber": row.why,
    }
    total = row.values.get("recipients_total")
    if isinstance(total, int):
        mine = row.values.get("sender") not in view.forms
        shown["weitere_empfaenger"] = max(total - int(mine), 0)
    if "step" in row.values and not _hidden(entry, entry.columns["step"], row, view):
        shown["logik"] = {
            "stufe": _plain(row.values["step"]),
            "begruendung": _unnamed(row.values.get("reason", ""), view),
            "sicherheit": row.values.get("confidence"),
        }
    return shown


def _field(entry: Entry, column: Column, row: Found, view: _View) -> Package | None:
    if _hidden(entry, column, row, view):
        if not column.identifier:
            return None
        value: Any = _someone(str(row.values[column.name]), view)
    elif column.name == "member_id":
        value = MEMBER if row.values[column.name] is not None else None
    elif entry.table == "account" and column.personal and row.values["address"] not in view.forms:
        value = view.places.get(row.key[0], FIRM)
    elif column.name == "reason":
        value = _unnamed(row.values["reason"], view)
    elif column.packed:
        value = _opened(entry, row.values[column.name], view)
    else:
        value = _plain(row.values[column.name])
    return {"name": column.name, "bezeichnung": column.label, "wert": value, "art": _kind(row.values[column.name])}


def _hidden(entry: Entry, column: Column, row: Found, view: _View) -> bool:
    return entry.whose is not Whose.FIRMA and subject.speaks_of_other(entry, column, row.values, view.forms)


def _someone(identifier: str, view: _View) -> str:
    if view.ours(identifier):
        return FIRM
    view.hidden["Adressen und Nummern anderer Personen"] += 1
    return OTHER


def _unnamed(reason: str, view: _View) -> str:
    """Return a reason without the names of others: the key of a domain may belong to another person there."""
    for name in view.others:
        if name in reason:
            reason = reason.replace(name, OTHER)
    return reason


def _opened(entry: Entry, value: Any, view: _View) -> Any:
    """Return packed data cut down to what is about the person; lines of the trail keep their plain words."""
    return _cut(subject.opened(value), view, known=bool(entry.refers))


def _cut(value: Any, view: _View, *, known: bool) -> Any:
    if isinstance(value, Mapping):
        mine = known or any(part in view.forms for part in value.values() if isinstance(part, str))
        return {str(name): _cut(part, view, known=mine) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [
            _cut(part, view, known=known)
            for part in value
            if not isinstance(part, str | Mapping) or known or subject.holds(part, view.forms)
        ]
    if not isinstance(value, str) or value in view.forms:
        return value
    return value if known and not _LOOKS_LIKE.search(value) else _LEFT_OUT


def _origin(entry: Entry, row: Found, view: _View) -> str:
    place = view.places.get(row.values.get("account_id", 0), "")
    return f"{entry.origin}: {place}" if place else entry.origin


def _retention(entry: Entry, row: Found, view: _View) -> str:
    classed = entry.retention is Retention.WIE_NACHRICHT and "category" in row.values
    if not classed or _hidden(entry, entry.columns["category"], row, view):
        return entry.retention.value
    category = row.values["category"]
    return BY_CATEGORY["" if category is None else str(category.value)].value


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "ja/nein"
    if isinstance(value, datetime):
        return "zeitpunkt"
    return "anteil" if isinstance(value, float) else "text"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return value.hex() if isinstance(value, bytes) else value
