"""Cells of a table that hold something else than what people see in their program: formulas, broken letters."""

import re
from collections.abc import Iterator
from dataclasses import replace

from service.domain.columns import Table
from service.domain.sheet import Line, Remark

# Names of functions and cells, and what Excel shows for a broken one; "=HYPERLINK GmbH" is a name.
_FORMULA = re.compile(r"=[A-Z0-9+\-(]*[(+\-*/]|#(REF|NAME|VALUE|DIV/0|N/A|NULL|NUM|BEZUG|WERT|NV|ZAHL)[!?]?$")


def noted(table: Table, line: Line) -> Iterator[Remark]:
    """Yield a remark for each cell that holds something else than what a person sees in their program."""
    for field in table.columns:
        for value in table.values(line, field):
            if _FORMULA.match(value):
                text = (
                    f"„{value[:60]}“ ist eine Formel oder ein Fehler von Excel, kein Wert. Bitte als Werte speichern."
                )
                yield Remark(line.number, "Formel", text)
            elif "\ufffd" in value:
                text = f"„{value[:60]}“ enthält unlesbare Zeichen. Bitte als UTF-8 speichern."
                yield Remark(line.number, "Zeichen unlesbar", text)


def left_out(line: Line) -> Line:
    """Return a line without its formulas: what they would give, nobody has seen."""
    return replace(line, cells=tuple("" if _FORMULA.match(value) else value for value in line.cells))
