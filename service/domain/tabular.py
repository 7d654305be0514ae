"""Tables as files: CSV as a German Excel opens it, and XLSX workbooks; no cell is ever a formula.

CSV: UTF-8 with BOM, semicolons, decimal comma, CRLF, local times. A text that a spreadsheet would compute gets an
apostrophe in front (OWASP, CSV injection). XLSX (ECMA-376): texts are inline strings, which are never computed; made
here and not by openpyxl, which takes six times as long and holds every row.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from service.domain.days import LOCAL

Cell = str | int | float | bool | date | datetime | None
Format = Literal["csv", "xlsx"]
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
_EPOCH = date(1899, 12, 30)
_LONGEST = 32_767
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
    """Writes a workbook with one sheet into a sink, row by row."""

    def __init__(self, sink: Sink, table: Table, zone: ZoneInfo = LOCAL) -> None:
        self._zone, self._row = zone, 0
        self._book = ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=4)
        _frame(self._book, [table.title])
        self._sheet = self._book.open(_part("xl/worksheets/sheet1.xml"), "w")
        self._sheet.write(_opening(len(table.columns)).encode())
        self._write([table.columns], style=1)
        self.add(table.rows)

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write rows."""
        self._write(rows, style=0)

    def _write(self, rows: Iterable[Sequence[Cell]], style: int) -> None:
        lines = []
        for cells in rows:
            self._row += 1
            lines.append(_line(cells, self._row, style, self._zone))
        self._sheet.write("".join(lines).encode())

    def close(self) -> None:
        """Write the end of the sheet and of the file."""
        self._sheet.write(_CLOSING.encode())
        self._sheet.close()
        self._book.close()


def xlsx(tables: Sequence[Table], zone: ZoneInfo = LOCAL) -> bytes:
    """Return tables as one workbook, a sheet each."""
    whole = io.BytesIO()
    with ZipFile(whole, "w", ZIP_DEFLATED, compresslevel=4) as book:
        _frame(book, [table.title for table in tables])
        for number, table in enumerate(tables, 1):
            lines = [_line(table.columns, 1, 1, zone)]
            lines += [_line(cells, row, 0, zone) for row, cells in enumerate(table.rows, 2)]
            content = _opening(len(table.columns)) + "".join(lines) + _CLOSING
            book.writestr(_part(f"xl/worksheets/sheet{number}.xml"), content)
    return whole.getvalue()


def _part(name: str) -> ZipInfo:
    # A fixed time: the same rows are the same file.
    part = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    part.compress_type = ZIP_DEFLATED
    return part


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CLOSING = "</sheetData></worksheet>"
# Styles by number: 0 plain, 1 heading, 2 local time, 3 day.
_STYLES = (
    f"{_HEAD}<styleSheet {_MAIN}>"
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="dd.mm.yyyy hh:mm"/>'
    '<numFmt numFmtId="165" formatCode="dd.mm.yyyy"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4">'
    '<xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/><xf xfId="0" numFmtId="164" applyNumberFormat="1"/>'
    '<xf xfId="0" numFmtId="165" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def _frame(book: ZipFile, titles: Sequence[str]) -> None:
    """Write everything of a workbook but its sheets."""
    count = range(1, len(titles) + 1)
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in count
    )
    names = "".join(
        f'<sheet name="{_attribute(_sheet_name(title))}" sheetId="{n}" r:id="rId{n}"/>'
        for n, title in enumerate(titles, 1)
    )
    ties = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in count
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
        f'PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{sheets}<Override '
        f'PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{ties}<Relationship '
        f'Id="rId0" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    }
    for name, content in parts.items():
        book.writestr(_part(name), _HEAD + content)
    book.writestr(_part("xl/styles.xml"), _STYLES)


def _sheet_name(title: str) -> str:
    return title.translate(_BAD_IN_SHEET_NAMES)[:31] or "Tabelle"


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def _opening(columns: int) -> str:
    """Return the start of a sheet: the first row stays in sight, columns are wide enough for a time."""
    return (
        f'{_HEAD}<worksheet {_MAIN}><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        f'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols><col min="1" '
        f'max="{max(1, columns)}" width="20" customWidth="1"/></cols><sheetData>'
    )


def _line(cells: Sequence[Cell], number: int, style: int, zone: ZoneInfo) -> str:
    return f'<row r="{number}">' + "".join(_cell(cell, style, zone) for cell in cells) + "</row>"


def _cell(cell: Cell, style: int, zone: ZoneInfo) -> str:
    if cell is None or cell == "":
        return "<c/>"
    if isinstance(cell, bool):
        cell = _YES if cell else _NO
    if isinstance(cell, datetime):
        local = cell.astimezone(zone)
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        return f'<c s="2"><v>{(local.date() - _EPOCH).days + seconds / 86400:.10f}</v></c>'
    if isinstance(cell, date):
        return f'<c s="3"><v>{(cell - _EPOCH).days}</v></c>'
    if isinstance(cell, int | float):
        return f'<c s="{style}"><v>{cell}</v></c>'
    text = escape("".join(c for c in cell[:_LONGEST] if _is_xml(c)))
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{text}</t></is></c>'


def _is_xml(letter: str) -> bool:
    """Say whether XML 1.0 knows a character."""
    return (letter >= " " and letter not in "\ufffe\uffff" and not "\ud800" <= letter <= "\udfff") or letter in "\t\n"
