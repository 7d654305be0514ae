"""An Excel workbook (XLSX) as a table: first sheet, cells as text; no formula is computed, no bomb unpacked."""

import io
from collections.abc import Iterator
from datetime import date, datetime
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile, ZipInfo

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from service.domain.sheet import MOST_COLUMNS, Line, Sheet, cell, guard_length
from service.errors import Invalid

_MAGIC = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
# Unpacked size of all parts, and of a part in relation to its packed size. Tables pack 10 to 40 times.
_MOST_UNPACKED = 400 * 1024 * 1024
_MOST_PARTS = 2_000
_MOST_RATIO = 200
_SMALL = 1024 * 1024
# Excel counts to 1,048,576; empty lines down to there are usual, a gap beyond is an attack.
_GAPS = 11

# What openpyxl has been seen to raise at files that are broken inside; it has no error of its own for them.
# DefusedXmlException is a ValueError, NotImplementedError a RuntimeError.
_BROKEN = (
    BadZipFile,
    InvalidFileException,
    ParseError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    EOFError,
    RuntimeError,
)


def is_workbook(data: bytes) -> bool:
    """Return whether these bytes are a packed workbook. Raises Invalid for the old Excel format (.xls)."""
    if data.startswith(_OLD_EXCEL):
        raise Invalid("Das alte Excel-Format (.xls) liest Postlotse nicht. Bitte als XLSX oder CSV speichern.")
    return data.startswith(_MAGIC)


def read(data: bytes) -> Sheet:
    """Return the lines of the first visible sheet that holds any.

    Raises Invalid (no workbook, a bomb, too many lines).
    """
    try:
        with ZipFile(io.BytesIO(data)) as packed:
            _guard(packed.infolist())
        return _first(data)
    except _BROKEN as error:
        raise Invalid("Die Excel-Datei ist beschädigt. Bitte noch einmal speichern oder CSV nehmen.") from error


def _guard(parts: list[ZipInfo]) -> None:
    """Refuse what unpacks to far more than it weighs; zipfile never reads more of a part than it declares."""
    bomb = any(part.file_size > _SMALL and part.file_size > _MOST_RATIO * part.compress_size for part in parts)
    if bomb or len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
        raise Invalid("Die Excel-Datei ist ausgepackt zu groß. Bitte nur die Liste speichern, am besten als CSV.")


def _first(data: bytes) -> Sheet:
    # Formulas stay the text they are: what they would give is known to Excel alone, and nobody has checked it.
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    try:
        # What somebody hid is an older list, or help for formulas: it is read only where nothing else is there.
        for sheet in sorted(book.worksheets, key=lambda each: each.sheet_state != "visible"):
            lines = tuple(_lines(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS)))
            if lines:
                return Sheet(lines)
    finally:
        book.close()
    return Sheet(())


def _lines(rows: Iterator[tuple[object, ...]]) -> Iterator[Line]:
    found = 0
    for number, row in enumerate(rows, 1):
        guard_length(number // _GAPS)
        cells = tuple(_plain(value) for value in row)
        if any(cells):
            found += 1
            guard_length(found - 1)
            yield Line(number, cells)


def _plain(value: object) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return cell(str(value))
