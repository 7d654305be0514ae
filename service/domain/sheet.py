"""A table as people save it (CSV in any usual form): bytes become numbered lines; broken lines are named, not lost."""

import csv
import io
from dataclasses import dataclass

from service.errors import Invalid

# What one file may hold; beyond that somebody chose the wrong file, or wants to fill our memory.
MOST_BYTES = 32 * 1024 * 1024
MOST_LINES = 100_000
MOST_COLUMNS = 400
MOST_LETTERS = 500

# A cell may hold line ends (notes of a contact); a quote that never ends must not swallow the rest of the file.
_SPAN = 200
_LINE_ENDS = 20
_DELIMITERS = ";,\t|"
_PEEK = 20


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know about one line of a file. `lost` says that the line itself could not be taken over."""

    line: int
    kind: str
    text: str
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table under the number that a person sees in their own program; cells without outer blanks."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All lines that hold something, and what could not be read."""

    lines: tuple[Line, ...]
    damaged: tuple[Remark, ...] = ()


def cell(value: str) -> str:
    """Return the text of a cell in one line, without control signs, cut to 500 letters."""
    return " ".join("".join(c if c.isprintable() else " " for c in value[: 4 * MOST_LETTERS]).split())[:MOST_LETTERS]


def guard_length(count: int) -> None:
    """Raise Invalid when a table has more lines than one import takes."""
    if count > MOST_LINES:
        raise Invalid(f"Die Datei hat mehr als {MOST_LINES:,} Zeilen. Bitte teilen Sie sie auf.".replace(",", "."))


def read(data: bytes) -> Sheet:
    """Return the lines of a CSV file; encoding (UTF-8, UTF-16, Windows-1252) and delimiter are found out.

    Raises Invalid for what is no text table or has too many lines.
    """
    text = _text(data)
    # Cells may hold line ends, so there may be more of them than lines; not without bound.
    guard_length(text.count("\n") // _LINE_ENDS)
    lines = list(io.StringIO(text, newline=""))
    start = 1 if lines and lines[0].lower().startswith("sep=") else 0
    delimiter = lines[0].strip()[4:5] or ";" if start else _delimiter(lines)
    return _lines(lines, start, delimiter)


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        # What is no UTF-8 is what German Windows programs and DATEV write.
        text = data.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise Invalid("Das ist keine Tabelle im Textformat. Bitte speichern Sie sie als CSV oder XLSX.")
    return text


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that cuts the first lines into the most cells."""
    head = [line[:20_000] for line in lines[:_PEEK]]
    return max(_DELIMITERS, key=lambda sign: sum(_outside_quotes(line, sign) for line in head))


def _outside_quotes(line: str, sign: str) -> int:
    return sum(part.count(sign) for part in line.split('"')[::2])


def _lines(lines: list[str], at: int, delimiter: str) -> Sheet:
    found: list[Line] = []
    damaged: list[Remark] = []
    while at < len(lines):
        try:
            cells, used = _record(lines[at : at + _SPAN], delimiter)
        except csv.Error:
            damaged.append(Remark(at + 1, "Zeile unlesbar", "Ein Anführungszeichen ist beschädigt.", lost=True))
            at += 1
            continue
        if any(cells):
            found.append(Line(at + 1, cells))
            guard_length(len(found) - 1)
        at += used
    return Sheet(tuple(found), tuple(damaged))


def _record(lines: list[str], delimiter: str) -> tuple[tuple[str, ...], int]:
    """Return the cells of the first record and how many lines it takes. Raises csv.Error for a broken one."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        cells = next(reader)
        used = reader.line_num
    except csv.Error:
        # A stray quote inside a cell is harmless; an odd number of them hides where the cell ends.
        if lines[0].count('"') % 2:
            raise
        cells, used = next(csv.reader(lines[:1], delimiter=delimiter)), 1
    return tuple(cell(text) for text in cells[:MOST_COLUMNS]), used
