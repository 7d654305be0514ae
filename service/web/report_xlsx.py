"""The report of a month as a workbook: one sheet, one row per figure; texts stay texts, whatever they begin with."""

from io import BytesIO

from xlsxwriter import Workbook

from service.web import words
from service.web.report import Report, Written, beside, standing, target

_HEAD = ("Teil", "Kennzahl", "Wert", "Zahl", "Einheit", "Ziel", "Stand", "Anmerkung")
_WIDTHS = (20, 36, 14, 12, 10, 16, 12, 60)


def workbook(report: Report, written: Written) -> bytes:
    """Return the workbook; a closed month gives the same bytes each time."""
    shown = report.frozen
    out = BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"Monatsbericht {shown.title}", "created": shown.as_of.replace(tzinfo=None)})
    head = book.add_format({"bold": True, "bottom": 1})
    title = book.add_format({"bold": True, "font_size": 14})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(shown.month)
    sheet.write_string(0, 0, f"Monatsbericht {shown.title}", title)
    sheet.write_string(1, 0, state(shown))
    for column, (name, width) in enumerate(zip(_HEAD, _WIDTHS, strict=True)):
        sheet.write_string(3, column, name, head)
        sheet.set_column(column, column, width)
    row = 4
    for part, lines in shown.sections:
        for one in lines:
            cells = (part, one.label, written(one, one.value), None, one.unit, target(one, written), standing(one))
            for column, text in enumerate((*cells, beside(one))):
                if text is not None:
                    sheet.write_string(row, column, text, wrapped)
            if one.value is not None:
                sheet.write_number(row, 3, one.value)
            row += 1
    sheet.freeze_panes(4, 0)
    book.close()
    return out.getvalue()


def state(report: Report) -> str:
    """Return since when the figures are fixed, or that they still move."""
    if report.closed_at is None:
        return f"Noch nicht abgeschlossen; Stand {words.full(report.as_of)}. Die Zahlen können sich noch ändern."
    by = f" von {report.closed_by}" if report.closed_by else ""
    return f"Abgeschlossen am {words.full(report.closed_at)}{by}. Diese Zahlen ändern sich nicht mehr."
