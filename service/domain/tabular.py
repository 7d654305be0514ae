"""Tables as files: CSV as a German Excel opens it, and XLSX workbooks; no cell is ever a formula.

CSV: UTF-8 with BOM, semicolons, decimal comma, CRLF, local times. A text that a spreadsheet would compute gets an
apostrophe in front (OWASP, CSV injection). XLSX: every text is written as a text, whatever it begins with.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook

from service.domain.days import LOCAL

Cell = str | int | float | bool | date | datetime | None
Format = Literal["csv", "xlsx"]
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
# Excel knows no day before its own first one, no longer text in a cell, and no longer sheet (2**20 rows).
_FIRST_DAY = date(1900, 3, 1)
_LONGEST = 32_767
SHEET_ROWS = 1 << 20
_WIDTH = 20
# The same rows are the same file.
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001  a workbook's own date has no zone
_BAD_IN_SHEET_NAMES = str.maketrans("", "", "[]:*?/\\")
_YES, _NO = "ja", "nein"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title, the names of its columns, and its rows."""

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]] = field(default_factory=tuple)


def csv_line(cells: Sequence[Cell], zone: ZoneInfo = LOCAL) -> str:
    """Return one line of a CSV file, with its end."""
    return ";".join(_quoted(_text(cell, zone)) for cell in cells) + "\r\n"


def csv(table: Table, zone: ZoneInfo = LOCAL) -> bytes:
    """Return a table as a CSV file."""
    lines = [csv_line(table.columns, zone), *(csv_line(row, zone) for row in table.rows)]
    return ("\ufeff" + "".join(lines)).encode("utf-8", "replace")


def _text(cell: Cell, zone: ZoneInfo) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return _YES if cell else _NO
    if isinstance(cell, datetime):
        return f"{cell.astimezone(zone):%d.%m.%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, int | float):
        return _number(cell).replace(".", ",")
    return f"'{cell}" if cell.lstrip(" ").startswith(_STARTS) else cell


def _number(value: float) -> str:
    """Return a number with a point and at most six places, as short as it is exact."""
    return str(value) if isinstance(value, int) else f"{value:.6f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    if any(c in text for c in ';"\r\n') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


class Sink(io.RawIOBase):
    """Takes what is written and gives it out in pieces, so that a file of any size needs little memory."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.held = 0

    def writable(self) -> bool:
        """Return that this can be written to; it cannot be wound back."""
        return True

    def write(self, data) -> int:  # type: ignore[no-untyped-def]  # whatever buffer zipfile hands over
        """Take a piece."""
        piece = bytes(data)
        self._pieces.append(piece)
        self.held += len(piece)
        return len(piece)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        found, self._pieces, self.held = b"".join(self._pieces), [], 0
        return found


class CsvWriter:
    """Writes one table into a sink, row by row."""

    def __init__(self, sink: Sink, table: Table, zone: ZoneInfo = LOCAL) -> None:
        self._sink, self._zone = sink, zone
        sink.write(("\ufeff" + csv_line(table.columns, zone)).encode())
        self.add(table.rows)

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write rows."""
        self._sink.write("".join(csv_line(row, self._zone) for row in rows).encode("utf-8", "replace"))

    def close(self) -> None:
        """Write the end; a CSV file has none."""


class XlsxWriter:
    """Writes a workbook row by row; what does not fit on one sheet goes on on the next.

    Rows wait in a file in `folder` (None: the machine's folder for such files), the sink gets everything at the end.
    """

    def __init__(self, sink: Sink, table: Table, zone: ZoneInfo = LOCAL, folder: Path | None = None) -> None:
        self._table, self._zone = table, zone
        self._book = Workbook(sink, {"constant_memory": True, "tmpdir": None if folder is None else str(folder)})
        self._sheet = _Sheet(self._book, table, zone)
        self.add(table.rows)

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write rows."""
        for cells in rows:
            if self._sheet.is_full:
                self._sheet = _Sheet(self._book, self._table, self._zone)
            self._sheet.add(cells)

    def close(self) -> None:
        """Write the file."""
        self._book.close()


def xlsx(tables: Sequence[Table], zone: ZoneInfo = LOCAL) -> bytes:
    """Return tables as one workbook, a sheet each; no more rows than fit on one."""
    whole = io.BytesIO()
    book = Workbook(whole, {"in_memory": True})
    for table in tables:
        sheet = _Sheet(book, table, zone)
        for cells in table.rows:
            sheet.add(cells)
    book.close()
    return whole.getvalue()


class _Sheet:
    """One sheet: the names of the columns stay in sight, rows come one after the other."""

    def __init__(self, book: Any, table: Table, zone: ZoneInfo) -> None:
        book.set_properties({"created": _MADE})
        number = len(book.worksheets()) + 1
        self._sheet = book.add_worksheet(_sheet_name(table.title, number))
        self._zone, self._row = zone, 0
        self._time = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        self._day = book.add_format({"num_format": "dd.mm.yyyy"})
        bold = book.add_format({"bold": True})
        self._sheet.set_column(0, max(0, len(table.columns) - 1), _WIDTH)
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(table.columns):
            self._sheet.write_string(0, column, name, bold)

    @property
    def is_full(self) -> bool:
        """Return whether no further row fits."""
        return self._row + 1 >= SHEET_ROWS

    def add(self, cells: Sequence[Cell]) -> None:
        """Write a row."""
        self._row += 1
        for column, cell in enumerate(cells):
            self._write(column, cell)

    def _write(self, column: int, cell: Cell) -> None:
        place = (self._row, column)
        if cell is None or cell == "":
            return
        if isinstance(cell, bool):
            self._sheet.write_string(*place, _YES if cell else _NO)
        elif isinstance(cell, datetime):
            self._sheet.write_datetime(*place, cell.astimezone(self._zone).replace(tzinfo=None), self._time)
        elif isinstance(cell, date) and cell >= _FIRST_DAY:
            self._sheet.write_datetime(*place, cell, self._day)
        elif isinstance(cell, int | float):
            self._sheet.write_number(*place, cell)
        else:
            text = f"{cell:%d.%m.%Y}" if isinstance(cell, date) else cell
            self._sheet.write_string(*place, text[:_LONGEST].encode("utf-8", "replace").decode())


def _sheet_name(title: str, number: int) -> str:
    """Return the name of a sheet: at most 31 letters, none that Excel refuses, no name twice."""
    name = title.translate(_BAD_IN_SHEET_NAMES).strip("' ") or "Tabelle"
    return name[:31] if number == 1 else f"{name[: 28 - len(str(number))]} ({number})"
