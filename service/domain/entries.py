"""A line of master data as a party: name, numbers, roles, and only those addresses and numbers that can be right."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import phonenumbers
from babel import Locale

from models.address import clean_address, domain_form, number_form, registrable
from models.terms import Category
from service.domain import oddities
from service.domain.columns import Field, Layout, Table
from service.domain.sheet import Line, Remark

# The programs under which a company's numbers are kept (S1.15). Customers' and suppliers' numbers of a plain list are
# two circles: customer 1001 need not be supplier 1001.
DATEV = "DATEV"
OWN_BOOKS = "Stammdaten"
SUPPLIERS = "Stammdaten Lieferanten"

UNKNOWN_KIND = "Art unbekannt"
BOTH = (Category.KUNDE, Category.LIEFERANT)
_CUSTOMER = re.compile(r"kund|debitor|customer|client|auftraggeber", re.IGNORECASE)
_SUPPLIER = re.compile(r"lieferant|kreditor|supplier|vendor|dienstleister", re.IGNORECASE)
# "Kein Kunde" and "ehemaliger Lieferant" name a role and mean another: a person has to say which.
_UNLIKE = re.compile(r"(?i)\b(kein|keine|nicht|non|not|ex|ehem)\b|\b(nicht|ex)-?(?=kund|lief)|ehemalig|former")
# Groups that an address book of Google makes by itself ("* myContacts") say nothing.
_SYSTEM_GROUP = "*"
_SEVERAL = re.compile(r"[;,]|:::")
_SPLIT = re.compile(r"[;,\s]+|:::")
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.\-\u0080-\U0010ffff]{1,64}")
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9\-]{0,61}[a-z0-9]")
_SCHEME = re.compile(r"^[a-z]+://")
_VAT = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,12}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of master data. A line with a number is a company, also when its name is that of a person.

    `kind` is what the line says it is in a word that names no role; only a line without roles has one.
    """

    line: int
    company: str
    first_name: str = ""
    last_name: str = ""
    numbers: tuple[tuple[str, str], ...] = ()
    roles: tuple[Category, ...] = ()
    addresses: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    city: str = ""
    postcode: str = ""
    country: str = ""
    website: str = ""
    vat_id: str = ""
    kind: str = ""

    @property
    def person(self) -> str:
        """The name of the person in this line; "" when it names a company alone."""
        return " ".join(filter(None, (self.first_name, self.last_name)))

    @property
    def name(self) -> str:
        """How people know this line: the company, else the person."""
        return self.company or self.person


@dataclass(frozen=True, slots=True)
class Reading:
    """What a table says: parties by line, and remarks on what was left out; `asked` are lines about whose role a
    person has to be asked, because they name it in a word that nobody knows.
    """

    layout: Layout
    entries: tuple[Entry, ...]
    remarks: tuple[Remark, ...]
    columns: tuple[str, ...] = ()
    asked: tuple[Entry, ...] = ()


def read(table: Table, roles: tuple[Category, ...] = ()) -> Reading:
    """Turn the lines of a table into entries; `roles` are those of lines that do not say theirs."""
    entries: list[Entry] = []
    asked: list[Entry] = []
    remarks: list[Remark] = []
    for line in table.lines:
        notes = list(oddities.noted(table, line))
        entry = _entry(table, oddities.left_out(line), roles, notes)
        why = _unusable(entry)
        if why:
            remarks.append(Remark(line.number, *why, lost=True))
        else:
            (asked if entry.kind else entries).append(entry)
        remarks += notes
    names = (table.header.cells[at] for places in table.columns.values() for at in places)
    return Reading(table.layout, tuple(entries), tuple(remarks), tuple(names), tuple(asked))


def words(asked: Iterable[Entry]) -> list[tuple[str, int]]:
    """Return the words that name no known role, each with the number of its lines, most frequent first."""
    return sorted(Counter(entry.kind for entry in asked).items(), key=lambda each: (-each[1], each[0]))


def explained(reading: Reading, roles: Mapping[str, tuple[Category, ...]]) -> Reading:
    """Return what was read with the words that a person explained (`roles` by word, in any case); the lines of other
    words stay out with a remark.
    """
    told = {word.casefold(): meant for word, meant in roles.items()}
    entries = list(reading.entries)
    remarks = list(reading.remarks)
    for entry in reading.asked:
        meant = told.get(entry.kind.casefold(), ())
        if meant:
            entries.append(replace(entry, roles=meant, kind=""))
        else:
            text = f"„{entry.kind}“ nennt weder Kunde noch Lieferant; „{entry.name}“ bleibt draußen."
            remarks.append(Remark(entry.line, UNKNOWN_KIND, text, lost=True))
    listed = sorted(entries, key=lambda entry: entry.line)
    return replace(reading, entries=tuple(listed), remarks=tuple(remarks), asked=())


def _unusable(entry: Entry) -> tuple[str, str] | None:
    if not (entry.company or entry.person):
        return "Name fehlt", "Die Zeile nennt weder Firma noch Person."
    if not entry.roles and not entry.kind:
        return "Rolle fehlt", "Weder Kunde noch Lieferant zu erkennen; bitte die Angabe „gilt als“ nutzen."
    if not entry.company and not entry.addresses and not entry.phones:
        return "Adresse fehlt", "Eine Person ohne E-Mail-Adresse und Rufnummer lässt sich nicht wiedererkennen."
    return None


def _entry(table: Table, line: Line, roles: tuple[Category, ...], notes: list[Remark]) -> Entry:
    numbers, said = _numbers(table, line, notes)
    company, first, last = _names(table, line, numbered=bool(numbers))
    told, unknown = _roles(table.values(line, Field.KIND))
    named = tuple(sorted({*said, *told}, key=BOTH.index))
    website = table.value(line, Field.WEBSITE)
    hosts = (*_parts(table.values(line, Field.DOMAIN)), *((website,) if website else ()))
    return Entry(
        line.number,
        company,
        first,
        last,
        numbers,
        named or (() if unknown else roles),
        tuple(dict.fromkeys(_addresses(table, line, notes))),
        tuple(dict.fromkeys(_phones(table, line, notes))),
        tuple(dict.fromkeys(_domains(line, hosts, notes))),
        table.value(line, Field.CITY),
        table.value(line, Field.POSTCODE)[:12],
        country(table.value(line, Field.COUNTRY)),
        website,
        _vat(table, line, notes),
        "" if named else unknown,
    )


def _numbers(table: Table, line: Line, notes: list[Remark]) -> tuple[tuple[tuple[str, str], ...], tuple[Category, ...]]:
    """Return the numbers in other programs and the roles that they say."""
    account = table.value(line, Field.ACCOUNT)
    if account:
        role = _account_role(account, table.account_length)
        if role is None:
            text = f"„{account}“ ist weder Debitor (10000-69999) noch Kreditor (70000-99999)."
            notes.append(Remark(line.number, "Kontonummer", text))
            return (), ()
        return ((DATEV, account.lstrip("0")),), (role,)
    customer, supplier = table.value(line, Field.CUSTOMER), table.value(line, Field.SUPPLIER)
    named = ((OWN_BOOKS, customer, Category.KUNDE), (SUPPLIERS, supplier, Category.LIEFERANT))
    numbers = tuple((program, number) for program, number, _ in named if number)
    plain = table.value(line, Field.NUMBER)
    if plain and not numbers:
        # "Nummer" says nothing about the role.
        return ((OWN_BOOKS, plain),), ()
    return numbers, tuple(role for _, number, role in named if number)


def _account_role(account: str, length: int) -> Category | None:
    """Debtors are 1-6, creditors 7-9 in the first digit, with one digit more than ledger accounts (SKR 03, SKR 04)."""
    digits = account.lstrip("0")
    if not (digits.isascii() and digits.isdigit()) or len(digits) != length:
        return None
    return Category.KUNDE if digits[0] <= "6" else Category.LIEFERANT


def _names(table: Table, line: Line, *, numbered: bool) -> tuple[str, str, str]:
    company = table.value(line, Field.COMPANY)
    first, last = table.value(line, Field.FIRST), table.value(line, Field.LAST)
    full = table.value(line, Field.NAME)
    split = table.columns.keys() & {Field.FIRST, Field.LAST}
    if full and not split and not company:
        # "Name" alone is a firm in a list of customers, a person in an export of contacts.
        company, last = ("", full) if table.layout is Layout.KONTAKTE else (full, "")
    elif full and not last and Field.LAST not in table.columns:
        last = full
    if not company and numbered:
        company = " ".join(filter(None, (first, last))) or table.value(line, Field.SHORT)
        first = last = ""
    return company or ("" if first or last else table.value(line, Field.SHORT)), first, last


def _roles(values: tuple[str, ...]) -> tuple[tuple[Category, ...], str]:
    """Return the roles that a line names, and what it says in words that name none ("" where it says nothing)."""
    parts = [part.strip() for value in values for part in _SEVERAL.split(value)]
    parts = [part for part in parts if part and not part.startswith(_SYSTEM_GROUP)]
    clear = " ".join(part for part in parts if not _UNLIKE.search(part))
    told = tuple(role for role, sign in zip(BOTH, (_CUSTOMER, _SUPPLIER), strict=True) if sign.search(clear))
    return told, "" if told else ", ".join(parts)


def _parts(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for value in values for part in _SPLIT.split(value) if part)


def _addresses(table: Table, line: Line, notes: list[Remark]) -> Iterator[str]:
    for value in table.values(line, Field.EMAIL):
        parts = [part for part in _parts((value,)) if "@" in part]
        for part in parts or [value]:
            address = clean_address(part.removeprefix("mailto:"))
            local, _, host = address.rpartition("@")
            if _LOCAL.fullmatch(local) and ".." not in local and _HOST.fullmatch(host) and registrable(host):
                yield address
            else:
                notes.append(Remark(line.number, "Adresse ungültig", f"„{part}“ ist keine E-Mail-Adresse."))


def _phones(table: Table, line: Line, notes: list[Remark]) -> Iterator[str]:
    for value in table.values(line, Field.PHONE):
        for part in filter(None, map(str.strip, _SEVERAL.split(value))):
            digits = number_form(part)
            if _is_number(digits):
                yield digits
            else:
                notes.append(Remark(line.number, "Rufnummer ungültig", f"„{part}“ ist keine Rufnummer."))


def _is_number(digits: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False


def _domains(line: Line, hosts: tuple[str, ...], notes: list[Remark]) -> Iterator[str]:
    for host in hosts:
        bare = _SCHEME.sub("", host.lower().strip()).split("/")[0].split(":")[0].lstrip("@")
        domain = registrable(domain_form(bare))
        if _HOST.fullmatch(domain):
            yield domain
        else:
            notes.append(Remark(line.number, "Domain ungültig", f"„{host}“ ist keine Domain."))


def _vat(table: Table, line: Line, notes: list[Remark]) -> str:
    text = re.sub(r"[\s.\-/]", "", table.value(line, Field.VAT)).upper()
    number = text if not text or text[:2].isalpha() else table.value(line, Field.VAT_COUNTRY).upper() + text
    if number and not _VAT.fullmatch(number):
        notes.append(Remark(line.number, "USt-IdNr. ungültig", f"„{number}“ ist keine USt-IdNr."))
        return ""
    return number


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in ("en", "de"):
        found |= {str(name).lower(): code for code, name in Locale(language).territories.items() if len(code) == 2}
    return found


def country(text: str) -> str:
    """Return the ISO 3166 code of a country given as code, German or English name; "" for what is none (S1.11)."""
    known = _countries()
    code = text.strip().upper()
    return code if code in set(known.values()) else known.get(text.strip().lower(), "")
