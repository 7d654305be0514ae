"""Lists in every usual form are understood; damaged lines are named, and hostile files end in a sentence."""

import io
from datetime import date
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from models.terms import Category
from service.actions import enlist
from service.domain.columns import Layout
from service.domain.entries import BOTH, country, explained, words
from service.errors import Invalid

DATEV = (
    '"EXTF";700;16;"Debitoren/Kreditoren";5;20261101120000000;;"RE";"";"";1001;1;20260101;4;;;"";"";;;;"";;"";;;"";;""\r\n'
    "Konto;Name (Adressattyp Unternehmen);Name (Adressattyp natürl. Person);Vorname (Adressattyp natürl. Person);"
    "EU-Land;EU-UStID;Ort;Land;Telefon;E-Mail\r\n"
    '10001;"Müller Bau GmbH";"";"";"DE";"123456789";"Köln";"DE";"0431 5550100";"info@mueller-bau.example"\r\n'
    '70002;"";"Beispiel";"Erika";"";"!";"Kiel";"";"12";"erika@@x"\r\n'
    '4711;"Sachkonto";"";"";"";"";"";"";"";""\r\n'
)


def test_datev_tells_debtors_from_creditors_by_the_account() -> None:
    reading = enlist.read(DATEV.encode("cp1252"))

    first, second = reading.entries
    assert reading.layout is Layout.DATEV
    assert (first.company, first.roles, first.vat_id) == ("Müller Bau GmbH", (Category.KUNDE,), "DE123456789")
    assert (second.company, second.roles, second.numbers) == (
        "Erika Beispiel",
        (Category.LIEFERANT,),
        (("DATEV", "70002"),),
    )
    assert sorted(r.kind for r in reading.remarks if r.line == 4) == [
        "Adresse ungültig",
        "Rufnummer ungültig",
        "USt-IdNr. ungültig",
    ]
    assert [r.line for r in reading.remarks if r.lost] == [5]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("sign", ";,\t|")
def test_encoding_and_delimiter_are_found_out(encoding: str, sign: str) -> None:
    text = f"Liste\nName{sign}Art{sign}Domain{sign}Nummer\nMüller{sign}Kunde und Lieferant{sign}müller.example{sign}7\n"

    (entry,) = enlist.read(text.encode(encoding)).entries

    assert (entry.company, entry.roles, entry.domains) == ("Müller", BOTH, ("xn--mller-kva.example",))


def test_a_broken_quote_costs_its_own_line_only() -> None:
    text = 'sep=;\nFirma;Kundennummer\n"Offen;1\nA "lt" B;2\n"Zwei\nZeilen";3\n"C" und "D";4\n\n'

    reading = enlist.read(text.encode())

    assert [entry.company for entry in reading.entries] == ['A "lt" B', "Zwei Zeilen", 'C und "D"']
    assert [(r.line, r.lost) for r in reading.remarks] == [(3, True)]


def test_persons_and_wrong_domains_in_a_plain_list() -> None:
    text = "Vorname;Name;E-Mail;Domain;Art\nErika;Muster;mailto:e@x.example;nichts;Lieferant\nMax;;;;Kunde\n"

    reading = enlist.read(text.encode())

    assert [entry.person for entry in reading.entries] == ["Erika Muster"]
    assert [r.kind for r in reading.remarks] == ["Domain ungültig", "Adresse fehlt"]


def test_formulas_in_a_workbook_are_never_computed_and_never_a_name() -> None:
    book = openpyxl.Workbook()
    for row in (["Firma", "Nummer", "Art", "Leer"], ["=1+1", 7.0, "Kunde", True], [], [None, 7.5, None, None]):
        book.active.append(row)
    packed = io.BytesIO()
    book.save(packed)

    reading = enlist.read(packed.getvalue())

    assert reading.entries == ()
    assert [(r.line, r.kind, r.lost) for r in reading.remarks if r.line == 2] == [
        (2, "Name fehlt", True),
        (2, "Formel", False),
    ]


def test_formulas_errors_and_unreadable_letters_are_reported_with_their_line() -> None:
    text = "Firma;Kundennummer\n=SUM(A1:A3);1\n#REF!;2\nM\x81ller;3\n=HYPERLINK GmbH;4\nPlus + Minus KG;=B2+1\n"

    reading = enlist.read(text.encode("latin-1"), (Category.KUNDE,))

    assert [(entry.company, entry.numbers) for entry in reading.entries][1:] == [
        ("=HYPERLINK GmbH", (("Stammdaten", "4"),)),
        ("Plus + Minus KG", ()),
    ]
    assert [(r.line, r.kind) for r in reading.remarks if not r.lost] == [
        (2, "Formel"),
        (3, "Formel"),
        (4, "Zeichen unlesbar"),
        (6, "Formel"),
    ]


def test_a_hidden_sheet_is_not_read_while_a_visible_one_holds_something() -> None:
    book = openpyxl.Workbook()
    book.active.append(["Firma", "Kundennummer"])
    book.active.append(["Alt AG", 1])
    book.active.sheet_state = "hidden"
    seen = book.create_sheet("2026")
    seen.append(["Firma", "Kundennummer"])
    seen.append(["Neu AG", 2])
    book.active = 1
    packed = io.BytesIO()
    book.save(packed)

    assert [entry.company for entry in enlist.read(packed.getvalue()).entries] == ["Neu AG"]


def test_the_first_sheet_that_holds_something_is_read_with_large_numbers_in_full_and_dates() -> None:
    book = openpyxl.Workbook()
    second = book.create_sheet("Liste")
    for row in (["Firma", "Kundennummer", "Ort"], ["Muster AG", 1e16, date(2026, 3, 5)]):
        second.append(row)
    packed = io.BytesIO()
    book.save(packed)

    (entry,) = enlist.read(packed.getvalue()).entries

    assert (entry.numbers[0][1], entry.city) == ("10000000000000000", "2026-03-05T00:00:00")


def test_a_workbook_without_any_cell_is_no_list() -> None:
    packed = io.BytesIO()
    openpyxl.Workbook().save(packed)

    with pytest.raises(Invalid, match="keine Spalten"):
        enlist.read(packed.getvalue())


def bomb() -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", b"0" * (4 * 1024 * 1024))
    return packed.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        bomb(),
        b"PK\x03\x04 no zip",
        b"\xd0\xcf\x11\xe0 old",
        b"\xff\xfe\x00",
        b"a\x00b;c\n",
        b"x;y\n1;2\n",
        b"EXTF;700;21;Buchungsstapel\n",
        b"EXTF;700;16;Debitoren/Kreditoren\n",
        b"EXTF;700;16;Debitoren/Kreditoren\nFirma;Ort\n",
        b"Firma;Ort\n" + b"A;B\n" * 100_001,
        b"\n" * 2_100_000,
    ],
    ids=["bomb", "nozip", "xls", "cut", "binary", "strange", "datev21", "datevbare", "datevkonto", "long", "ends"],
)
def test_hostile_and_foreign_files_end_in_a_sentence(data: bytes) -> None:
    with pytest.raises(Invalid):
        enlist.read(data)


def test_countries_come_as_code_or_name() -> None:
    assert [country(text) for text in ("de", "Österreich", "Italy", "Atlantis")] == ["DE", "AT", "IT", ""]


def test_a_word_under_art_that_names_no_role_is_asked_about_and_never_takes_the_role_of_lines_without_one() -> None:
    text = (
        "Firma;Art;E-Mail\nA GmbH;Interessent;a@a.example\nB AG;kein Kunde;b@b.example\nC KG;;c@c.example\n"
        "D UG;Partner, Lieferant;d@d.example\nE OHG;* myContacts;e@e.example\nF SE;interessent;f@f.example\n"
    )

    reading = enlist.read(text.encode(), (Category.KUNDE,))

    assert [(e.company, e.roles) for e in reading.entries] == [
        ("C KG", (Category.KUNDE,)),
        ("D UG", (Category.LIEFERANT,)),
        ("E OHG", (Category.KUNDE,)),
    ]
    assert words(reading.asked) == [("Interessent", 1), ("interessent", 1), ("kein Kunde", 1)]


def test_lines_of_an_explained_word_come_in_and_those_of_others_are_named_with_row_and_word() -> None:
    text = "Firma;Art\nA GmbH;Interessent\nB AG;Presse\nC KG;Kunde\nD UG;interessent\n"

    settled = explained(enlist.read(text.encode()), {"INTERESSENT": (Category.LIEFERANT,)})

    assert [(e.line, e.roles) for e in settled.entries] == [
        (2, (Category.LIEFERANT,)),
        (4, (Category.KUNDE,)),
        (5, (Category.LIEFERANT,)),
    ]
    (remark,) = settled.remarks
    assert (remark.line, remark.kind, remark.lost) == (3, "Art unbekannt", True)
    assert "„Presse“" in remark.text


def test_a_customer_number_says_the_role_whatever_stands_under_art() -> None:
    (entry,) = enlist.read(b"Kundennummer;Firma;Art\n7;A GmbH;Altbestand\n").entries

    assert (entry.roles, entry.kind) == ((Category.KUNDE,), "")
