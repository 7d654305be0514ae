"""Which column of a list of parties means what: German and English names, DATEV, Outlook, Google."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.domain.sheet import Line, Sheet
from service.errors import Invalid

_HEAD = 20
_DATEV_MARKS = frozenset({"EXTF", "DTVF"})
# DATEV's interface "Debitoren/Kreditoren" is data category 16 (header field 3); field 14 is the length of ledger
# account numbers, accounts of persons are one digit longer. developer.datev.de, DATEV-Format.
_DATEV_CATEGORY = "16"


class Field(StrEnum):
    """What a column can hold."""

    COMPANY = "Firma"
    SHORT = "Kurzbezeichnung"
    NAME = "Name"
    FIRST = "Vorname"
    LAST = "Nachname"
    NUMBER = "Nummer"
    CUSTOMER = "Kundennummer"
    SUPPLIER = "Lieferantennummer"
    ACCOUNT = "Konto"
    EMAIL = "E-Mail"
    PHONE = "Telefon"
    DOMAIN = "Domain"
    WEBSITE = "Webseite"
    CITY = "Ort"
    POSTCODE = "PLZ"
    COUNTRY = "Land"
    VAT_COUNTRY = "EU-Land"
    VAT = "USt-IdNr."
    KIND = "Art"


class Layout(StrEnum):
    """The forms in which such lists come."""

    DATEV = "DATEV Debitoren/Kreditoren"
    KONTAKTE = "Kontakte"
    LISTE = "Liste"


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet whose columns are understood: `columns` says for each field at which places it stands."""

    layout: Layout
    columns: Mapping[Field, tuple[int, ...]]
    lines: tuple[Line, ...]
    header: Line
    account_length: int = 5

    def values(self, line: Line, field: Field) -> tuple[str, ...]:
        """Return what a line says in all columns of a field, empty ones left out."""
        places = self.columns.get(field, ())
        return tuple(line.cells[at] for at in places if at < len(line.cells) and line.cells[at])

    def value(self, line: Line, field: Field) -> str:
        """Return the first thing that a line says in the columns of a field; "" for nothing."""
        return next(iter(self.values(line, field)), "")


_NAMES: Mapping[Field, str] = {
    Field.COMPANY: "firma firmenname firmenbezeichnung unternehmen unternehmensname kunde kundenname lieferant "
    "lieferantenname geschaeftspartner company companyname organisation organization organizationname "
    "organisationname organization1name customer customername supplier suppliername vendor vendorname name1 "
    "nameadressattypunternehmen nameadressattypkeineangabe",
    Field.SHORT: "kurzbezeichnung kurzname matchcode bezeichnung",
    Field.NAME: "name displayname anzeigename fullname fileas",
    Field.FIRST: "vorname firstname givenname vornameadressattypnatuerlperson",
    Field.LAST: "nachname familienname lastname surname familyname nameadressattypnatuerlperson",
    Field.NUMBER: "nummer nr number datensatznummer recordnumber",
    Field.CUSTOMER: "kundennummer kundennr kdnr kundenno kundenid customernumber customerno customerid debitor "
    "debitorennummer debitorennr debitorenkonto debitornr",
    Field.SUPPLIER: "lieferantennummer lieferantennr lieferantenid liefnr kreditor kreditorennummer kreditorennr "
    "kreditorenkonto kreditornr suppliernumber supplierno supplierid vendornumber vendorno vendorid",
    Field.ACCOUNT: "konto",
    Field.DOMAIN: "domain domains maildomain maildomains emaildomain",
    Field.WEBSITE: "webseite webseiten website homepage url web webpage internet internetadresse website1value",
    Field.CITY: "ort stadt wohnort city town businesscity ortgeschaeftlich address1city",
    Field.POSTCODE: "plz postleitzahl postcode zip zipcode postalcode businesspostalcode postleitzahlgeschaeftlich "
    "address1postalcode",
    Field.COUNTRY: "land country countryregion businesscountryregion landregiongeschaeftlich address1country",
    Field.VAT_COUNTRY: "euland",
    Field.VAT: "ustid ustidnr umsatzsteuerid umsatzsteueridentifikationsnummer euustid vatid vatnumber vatno",
    Field.KIND: "art kategorie kategorien typ rolle klasse type role category categories labels groupmembership",
}
_KNOWN = {name: field for field, names in _NAMES.items() for name in names.split()}
_EMAIL = re.compile(r"e?mail\d?(adresse|address|value|wert)?\d?(geschaeftlich|privat|rechnung)?")
_PHONE = re.compile(
    r"(geschaeftlich|business|home|company|companymain|primary|other)?"
    r"(telefon|tel|telephone|phone|mobil|mobile|mobiltelefon|mobilephone|handy|whatsapp|rufnummer|hauptrufnummer|festnetz)"
    r"(nummer|nr|number|gl)?\d?(value|wert)?(geschaeftlich|privat|mobil|firma)?"
)
_FOLD = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
# Columns that only an export of contacts has.
_CONTACTS = (
    "emaildisplayname email1type email1label phone1value mobilephone businessphone email1value weiterervorname "
    "middlename additionalname emailangezeigtername"
)
_MARKS = frozenset(_CONTACTS.split())


def _key(name: str) -> str:
    return "".join(c for c in name.lower().translate(_FOLD) if c.isascii() and c.isalnum())


def _field(name: str) -> Field | None:
    key = _key(name)
    if _EMAIL.fullmatch(key):
        return Field.EMAIL
    if _PHONE.fullmatch(key):
        return Field.PHONE
    return _KNOWN.get(key)


def _columns(header: Line) -> dict[Field, tuple[int, ...]]:
    found: dict[Field, tuple[int, ...]] = {}
    for at, name in enumerate(header.cells):
        field = _field(name)
        if field is not None:
            found[field] = (*found.get(field, ()), at)
    return found


def understand(sheet: Sheet) -> Table:
    """Find the header line and what its columns mean. Raises Invalid where no list of parties can be seen."""
    lines = sheet.lines
    if lines and lines[0].cells[0].upper() in _DATEV_MARKS:
        return _datev(lines)
    header = max(lines[:_HEAD], key=lambda line: len(_columns(line)), default=None)
    columns = _columns(header) if header else {}
    # What names somebody, and what tells them from others or says more about them.
    named = columns.keys() & {Field.COMPANY, Field.NAME, Field.LAST, Field.FIRST, Field.SHORT, Field.EMAIL}
    if header is None or not named or len(columns) < 2:
        raise Invalid(
            "In der Datei sind keine Spalten zu erkennen.",
            {"datei": "Die Spalten brauchen Überschriften, zum Beispiel Kundennummer; Firma; Ort; E-Mail."},
        )
    contacts = bool({_key(name) for name in header.cells} & _MARKS)
    layout = Layout.KONTAKTE if contacts else Layout.LISTE
    # "Konto" in a plain list may be a bank account: only DATEV's layout says that it is a debtor.
    columns.pop(Field.ACCOUNT, None)
    below = tuple(line for line in lines if line.number > header.number)
    return Table(layout, columns, below, header)


def _datev(lines: Sequence[Line]) -> Table:
    first = lines[0].cells
    if len(first) < 4 or first[2] != _DATEV_CATEGORY:
        raise Invalid(
            "Das ist eine DATEV-Datei, aber keine mit Debitoren und Kreditoren.",
            {"datei": "Bitte in DATEV „Debitoren/Kreditoren“ exportieren (Datenkategorie 16)."},
        )
    columns = _columns(lines[1]) if len(lines) > 1 else {}
    if Field.ACCOUNT not in columns:
        raise Invalid("Der DATEV-Datei fehlt die Zeile mit den Spalten.", {"datei": "Es fehlt die Spalte „Konto“."})
    length = first[13] if len(first) > 13 else ""
    return Table(Layout.DATEV, columns, tuple(lines[2:]), lines[1], int(length) + 1 if length in set("45678") else 5)
