"""The wording of message templates: which places it has, what Meta takes, what may be filled in, how it then reads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import phonenumbers

_REGION = "DE"
TEXT, DAY, TIME, PHONE = "Text", "Datum", "Uhrzeit", "Telefon"
# A text that is filled in from the firm's forecast (S2.7); whoever sends it sees it first and may change it.
FORECAST = "Prognose"
KINDS = (TEXT, DAY, TIME, PHONE, FORECAST)
CATEGORIES = {"UTILITY": "Service", "MARKETING": "Werbung"}
# Limits of the Cloud API (business management, templates): body, name, one value; texts of a conversation.
LONGEST_WORDING = 1024
LONGEST_TEXT = 4096
_LONGEST_NAME = 512
_LONGEST_TITLE = 60
_LONGEST_VALUE = 200
_MOST_PLACES = 10
_PLACE = re.compile(r"\{\{\s*(\d{1,3})\s*\}\}")
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_GAPS = re.compile(r"\n{3,}|\t| {5,}")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Place:
    """A place to fill in: what stands there, of which kind, and the sample that Meta is shown."""

    label: str
    kind: str = TEXT
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A template as an Admin writes it; `name` is its name at Meta, `title` what colleagues read."""

    name: str
    language: str
    title: str
    category: str
    wording: str
    places: tuple[Place, ...] = ()
    purpose: str = ""
    holding: bool = False
    answers: bool = False


# S4.69 to S4.72 and S4.81: shipped as drafts; nothing is sent before Meta has approved them.
SHIPPED = (
    Draft("willkommen", "de", "Willkommen", "UTILITY", "Vielen Dank für Ihre Nachricht! Wir melden uns in Kürze.",
          purpose="Erstkontakt", holding=True),
    Draft("bestaetigung", "de", "Bestätigung", "UTILITY", "Ihr Termin am {{1}} um {{2}} Uhr ist bestätigt.",
          (Place("Datum", DAY, "24.11.2026"), Place("Uhrzeit", TIME, "14:30")), "Terminbestätigung"),
    Draft("nachfrage", "de", "Nachfrage", "UTILITY", "Haben Sie noch Fragen zu Ihrer Anfrage?",
          purpose="Nach 24 Stunden"),
    Draft("rueckruf", "de", "Rückruf", "UTILITY", "Sollen wir Sie unter {{1}} zurückrufen?",
          (Place("Telefon", PHONE, "+49 721 5550100"),), "Telefonangebot"),
    Draft("wir_melden_uns", "de", "Wir melden uns", "UTILITY",
          "Ihre Nachricht ist angekommen. Wir melden uns so bald wie möglich bei Ihnen.",
          purpose="In Vertretung", holding=True),
)  # fmt: skip


def count(wording: str) -> int:
    """Return how many different places a wording has."""
    return len(set(_PLACE.findall(wording)))


def problems(draft: Draft) -> dict[str, str]:
    """Return for each field of a draft what Meta would refuse, as a German sentence; empty when it can be submitted.

    Source: Cloud API, template components and error codes 132000, 2388040, 2388072, 2388293, 2388299.
    """
    found: dict[str, str] = {}
    if not _NAME.fullmatch(draft.name):
        found["name"] = f"Nur kleine Buchstaben a–z, Ziffern und _, höchstens {_LONGEST_NAME} Zeichen."
    if not draft.title.strip() or len(draft.title) > _LONGEST_TITLE:
        found["title"] = f"Bitte einen Titel mit höchstens {_LONGEST_TITLE} Zeichen."
    if not _LANGUAGE.fullmatch(draft.language):
        found["language"] = "Bitte eine Sprache wie de oder en_US."
    if draft.category not in CATEGORIES:
        found["category"] = "Bitte eine der Kategorien wählen."
    wrong = _wording(draft.wording)
    if wrong:
        found["wording"] = wrong
    elif len(draft.places) != count(draft.wording):
        found["places"] = f"Der Wortlaut hat {count(draft.wording)} Stellen, beschrieben sind {len(draft.places)}."
    else:
        found |= _places(draft.places)
    return found


def _wording(text: str) -> str:
    """Return what is wrong with a wording, "" for nothing."""
    numbers = [int(number) for number in _PLACE.findall(text)]
    bare = _PLACE.sub("", text)
    plain = _PLACE.sub("\x00", text).strip()
    words = len(bare.split())
    places = len(set(numbers))
    checks = (
        (not bare.strip(), "Der Wortlaut ist leer."),
        (len(text) > LONGEST_WORDING, f"Höchstens {LONGEST_WORDING} Zeichen; es sind {len(text)}."),
        ("{" in bare or "}" in bare, "Stellen schreibt man {{1}}, {{2}} und so weiter, ohne andere Klammern."),
        (sorted(set(numbers)) != list(range(1, places + 1)), "Stellen zählen von {{1}} an lückenlos."),
        (places > _MOST_PLACES, f"Höchstens {_MOST_PLACES} Stellen."),
        (plain[:1] == "\x00" or plain[-1:] == "\x00", "Der Wortlaut darf nicht mit einer Stelle beginnen oder enden."),
        (re.search(r"\x00\s*\x00", plain) is not None, "Zwischen zwei Stellen muss etwas stehen."),
        (places > 0 and words < 2 * places + 1, "Für so viele Stellen ist der Wortlaut zu kurz."),
        (_GAPS.search(text.replace("\r\n", "\n")) is not None, "Ohne Tabulator, Leerzeilen-Folgen und lange Lücken."),
    )
    return next((sentence for wrong, sentence in checks if wrong), "")


def _places(places: Sequence[Place]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, place in enumerate(places, 1):
        if not place.label.strip() or len(place.label) > _LONGEST_TITLE:
            found[f"label-{number}"] = "Bitte sagen, was hier steht."
        if place.kind not in KINDS:
            found[f"kind-{number}"] = "Diese Art gibt es nicht."
        if not place.sample.strip() or len(place.sample) > _LONGEST_VALUE or _is_odd(place.sample):
            found[f"sample-{number}"] = "Meta verlangt ein Beispiel in einer Zeile."
    return found


def fill(wording: str, places: Sequence[Place], typed: Sequence[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the values as they are sent and, for each place that was not filled well, a German sentence.

    Days and times come as browsers give them (2026-11-24, 14:30); a telephone number must be one (E.164, S4.72).
    """
    values: list[str] = []
    wrong: dict[str, str] = {}
    for number, place in enumerate(places, 1):
        value = typed[number - 1].strip() if number <= len(typed) else ""
        shown = _value(place.kind, value)
        if not shown:
            wrong[f"wert-{number}"] = _ASKED[place.kind].format(label=place.label)
        values.append(shown)
    if not wrong and len(read(wording, values)) > LONGEST_WORDING:
        wrong["wert-1"] = "Mit diesen Angaben wird die Vorlage zu lang."
    return tuple(values), wrong


_ASKED: Mapping[str, str] = {
    TEXT: "Bitte „{label}“ in einer Zeile ausfüllen.",
    DAY: "Bitte bei „{label}“ einen Tag wählen.",
    TIME: "Bitte bei „{label}“ eine Uhrzeit angeben.",
    PHONE: "Bitte bei „{label}“ eine Telefonnummer mit Vorwahl angeben.",
    FORECAST: "Bitte „{label}“ in einer Zeile ausfüllen.",
}


def _value(kind: str, typed: str) -> str:
    """Return a value in the form in which people read it; "" when it is none of its kind."""
    if kind == DAY:
        match = _DAY.fullmatch(typed)
        try:
            return date(*map(int, match.groups())).strftime("%d.%m.%Y") if match else ""
        except ValueError:
            return ""
    if kind == TIME:
        return typed if _TIME.fullmatch(typed) else ""
    if kind == PHONE:
        return _phone(typed)
    return typed if 0 < len(typed) <= _LONGEST_VALUE and not _is_odd(typed) else ""


def _phone(typed: str) -> str:
    """Return a number with country code ("+49721..."), "" for what can be no telephone number."""
    try:
        number = phonenumbers.parse(typed, _REGION)
    except phonenumbers.NumberParseException:
        return ""
    valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else ""


def _is_odd(value: str) -> bool:
    """Say whether a value has what Meta refuses inside one: breaks of lines, tabs, more than four blanks in a row."""
    return not value.isprintable() or "     " in value or "{{" in value


def pieces(wording: str) -> tuple[str | int, ...]:
    """Return a wording as what stands there and the numbers of its places, in order."""
    parts = _PLACE.split(wording)
    return tuple(int(part) if at % 2 else part for at, part in enumerate(parts) if part)


def read(wording: str, values: Sequence[str]) -> str:
    """Return the wording with values in its places; a place without one keeps its mark. Values are never read again."""
    return _PLACE.sub(lambda m: values[int(m[1]) - 1] if 0 < int(m[1]) <= len(values) else m[0], wording)
