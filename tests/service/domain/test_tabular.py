"""Tables as files: what goes in comes out of a CSV reader and of openpyxl, and no cell is a formula."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from service.domain import tabular
from service.domain.tabular import CsvWriter, Sink, Table, XlsxWriter

AT = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
cells = st.one_of(st.none(), texts, st.integers(-(10**9), 10**9), st.booleans(), st.dates(date(1900, 3, 1)))
ROW = ["Müller; Söhne", '"Kunde"', 12, 94.25, True, None, AT, date(2026, 1, 2)]
COLUMNS = [f"Spalte {n}" for n in range(len(ROW))]


def lines(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_a_german_excel_reads_umlauts_commas_and_local_times() -> None:
    found = lines(tabular.csv(Table("Liste", COLUMNS, [ROW])))

    assert found[1] == ["Müller; Söhne", '"Kunde"', "12", "94,25", "ja", "", "22.11.2026 06:30", "02.01.2026"]


@pytest.mark.parametrize(
    "attack", ["=1+1", "+49 171 5550100", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "＝1", "%0A=1"]
)
def test_no_text_is_computed_by_a_spreadsheet(attack: str) -> None:
    found = lines(tabular.csv(Table("Liste", ["Name"], [[attack]])))
    sheet = load_workbook(io.BytesIO(tabular.xlsx([Table("Liste", ["Name"], [[attack]])]))).active

    assert found[1][0].startswith("'")
    assert sheet is not None
    assert (sheet["A2"].data_type, str(sheet["A2"].value).strip()) != ("f", attack)
    assert sheet["A2"].data_type in {"s", "inlineStr"}


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=6))
def test_every_row_comes_back_from_both_formats(rows: list[list[tabular.Cell]]) -> None:
    table = Table("Alle [Zeilen]", ["a", "b", "c"], rows)

    from_csv = lines(tabular.csv(table))
    book = load_workbook(io.BytesIO(tabular.xlsx([table, table])))

    assert len(from_csv) == len(rows) + 1
    assert book.sheetnames[0] == "Alle Zeilen"
    sheet = book.worksheets[1]
    for number, row in enumerate(rows, 2):
        for column, cell in enumerate(row, 1):
            shown = sheet.cell(number, column).value
            if isinstance(cell, int) and not isinstance(cell, bool):
                assert (shown, from_csv[number - 1][column - 1]) == (cell, str(cell))
            if isinstance(cell, date):
                assert str(shown)[:10] == cell.isoformat()


def test_what_does_not_fit_on_a_sheet_goes_on_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "SHEET_ROWS", 4)
    sink = Sink()
    made = XlsxWriter(sink, Table("Eine Liste mit einem viel zu langen Namen", ["n"], [[n] for n in range(7)]))
    made.close()

    book = load_workbook(io.BytesIO(sink.take()))

    assert [[c.value for c in sheet["A"]] for sheet in book] == [["n", 0, 1, 2], ["n", 3, 4, 5], ["n", 6]]
    assert len({name[:31] for name in book.sheetnames}) == 3


def test_half_a_letter_and_a_day_before_the_first_one_are_written_as_text() -> None:
    table = Table("", ["a", "b"], [["Mül\ud800ler", date(1800, 1, 2)]])

    sheet = load_workbook(io.BytesIO(tabular.xlsx([table]))).active

    assert sheet is not None
    assert (sheet.title, sheet["A2"].value, sheet["B2"].value) == ("Tabelle", "Mül?ler", "02.01.1800")


@pytest.mark.parametrize(("writer", "whole"), [(CsvWriter, tabular.csv), (XlsxWriter, lambda t: tabular.xlsx([t]))])
def test_a_file_written_in_pieces_is_the_same_table(writer: type, whole: object) -> None:
    sink, pieces = Sink(), []
    made = writer(sink, Table("Liste", COLUMNS, [ROW]))
    for _ in range(3):
        made.add([ROW, ROW])
        pieces.append(sink.take())
    made.close()
    pieces.append(sink.take())
    table = Table("Liste", COLUMNS, [ROW] * 7)

    data = b"".join(pieces)

    if writer is CsvWriter:
        assert data == tabular.csv(table)
    else:
        one, other = (load_workbook(io.BytesIO(d)).active for d in (data, tabular.xlsx([table])))
        assert one is not None
        assert other is not None
        assert list(one.iter_rows(values_only=True)) == list(other.iter_rows(values_only=True))
        assert str(one["G2"].value) == "2026-11-22 06:30:00"
        assert one["D2"].value == 94.25
    assert sink.writable()
    assert sink.held == 0
