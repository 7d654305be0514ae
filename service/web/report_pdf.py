"""The report of a month as PDF on A4: figures with target and state, the sample, errors, who ticked what, formulas."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from service.store.month_report import Figure
from service.web import words
from service.web.report import Report, Written, beside, standing, target
from service.web.report_xlsx import state

_FONTS = Path(__file__).parent / "static"
_TEXT, _MUTED, _LINE, _ACCENT = (28, 31, 36), (92, 98, 108), (214, 218, 224), (23, 92, 166)
_STATES = {"im Ziel": (30, 122, 58), "knapp": (146, 92, 0), "verfehlt": (176, 26, 40)}
# Millimetres: label, value, target, state; together the text width of A4 with margins of 18.
_COLUMNS = (82.0, 32.0, 34.0, 26.0)
_MARGIN = 18.0
_LINE_HEIGHT = 6.2


class _Paper(FPDF):
    """A4 with a foot on every page that says what it is and when it was fixed."""

    def __init__(self, report: Report) -> None:
        super().__init__(format="A4")
        self.report = report
        self.set_margins(_MARGIN, 16, _MARGIN)
        self.set_auto_page_break(auto=True, margin=20)
        self.add_font("inter", "", _FONTS / "inter-400.ttf")
        self.add_font("inter", "B", _FONTS / "inter-650.ttf")
        self.set_lang("de-DE")
        self.set_title(f"Monatsbericht {report.title}")
        self.set_creator("Postlotse")
        self.set_creation_date(report.as_of)

    def footer(self) -> None:
        """Print the foot of a page."""
        self.set_y(-14)
        self.set_font("inter", "", 8)
        self.set_text_color(*_MUTED)
        self.cell(0, 5, f"Postlotse · Monatsbericht {self.report.title}")
        page = f"Seite {self.page_no()} von"
        # How many there are is filled in at the end: it is as wide as one digit.
        self.set_x(self.w - _MARGIN - self.get_string_width(f"{page} 9") - 2 * self.c_margin)
        self.cell(0, 5, f"{page} {{nb}}")


def pdf(report: Report, written: Written) -> bytes:
    """Return the report; a closed month gives the same bytes each time."""
    shown = report.frozen
    paper = _Paper(shown)
    paper.add_page()
    _say(paper, f"Monatsbericht {shown.title}", _TITLE)
    _say(paper, f"{state(shown)} {shown.silent}".strip(), _BESIDE)
    for title, lines in shown.sections:
        _section(paper, title, lines, written)
    _foot(paper, shown)
    _formulas(paper, shown)
    return bytes(paper.output())


@dataclass(frozen=True, slots=True)
class _Style:
    """Size in points, height of a line in millimetres, colour, weight."""

    size: float
    height: float
    colour: tuple[int, int, int] = _TEXT
    weight: str = ""


_TITLE, _HEADING = _Style(20, 10, weight="B"), _Style(12.5, 7, _ACCENT, "B")
_PLAIN, _BESIDE, _SMALL = _Style(9.5, 5.5), _Style(9.5, 5.5, _MUTED), _Style(8, 4.2, _MUTED)


def _say(paper: FPDF, text: str, style: _Style) -> None:
    paper.set_font("inter", style.weight, style.size)
    paper.set_text_color(*style.colour)
    paper.multi_cell(0, style.height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _section(paper: FPDF, title: str, figures: Sequence[Figure], written: Written) -> None:
    if paper.will_page_break(28):
        paper.add_page()
    paper.ln(5)
    _say(paper, title, _HEADING)
    if not figures:
        _say(paper, "In diesem Monat nichts.", _BESIDE)
        return
    has_targets = any(one.target is not None for one in figures)
    heads = ("", "Wert", *(("Ziel", "Stand") if has_targets else ()))
    _head(paper, heads)
    for one in figures:
        if paper.will_page_break(_LINE_HEIGHT + _height(paper, beside(one))):
            paper.add_page()
            _head(paper, heads)
        _line(paper, one, written)


def _head(paper: FPDF, names: Sequence[str]) -> None:
    """Print what the columns are, above the first line of a section and again on every further page."""
    paper.set_font("inter", "", 8)
    paper.set_text_color(*_MUTED)
    for name, width in zip(names, _COLUMNS, strict=False):
        paper.cell(width, 4.6, name, align="R")
    paper.ln(4.6)
    _rule(paper)


def _height(paper: FPDF, note: str) -> float:
    """Return how many millimetres a note takes, so that it stays on the page of its figure."""
    if not note:
        return 0
    paper.set_font("inter", "", _SMALL.size)
    lines = paper.multi_cell(0, _SMALL.height, note, align="L", dry_run=True, output=MethodReturnValue.LINES)
    return len(lines) * _SMALL.height + 1  # type: ignore[arg-type]  # typed as any of its kinds of answers; LINES gives a list


def _line(paper: FPDF, one: Figure, written: Written) -> None:
    note = beside(one)
    cells = (one.label, written(one, one.value), target(one, written), standing(one))
    for number, (text, width) in enumerate(zip(cells, _COLUMNS, strict=True)):
        paper.set_font("inter", "B" if number == 1 else "", 9.5)
        paper.set_text_color(*(_STATES.get(text, _MUTED) if number > 1 else _TEXT))
        paper.cell(width, _LINE_HEIGHT, text, align="L" if number == 0 else "R")
    paper.ln(_LINE_HEIGHT)
    if note:
        _say(paper, note, _SMALL)
        paper.ln(1)
    _rule(paper)


def _rule(paper: FPDF) -> None:
    paper.set_draw_color(*_LINE)
    paper.line(_MARGIN, paper.get_y(), paper.w - _MARGIN, paper.get_y())


def _formulas(paper: FPDF, report: Report) -> None:
    """Print how each figure is counted: who reads only the paper can check it."""
    lines = [one for _, some in report.sections for one in some]
    told = [(one.label, one.facts["formel"]) for one in lines if one.facts and "formel" in one.facts]
    if not told:
        return
    paper.ln(6)
    if paper.will_page_break(28):
        paper.add_page()
    _say(paper, "So ist gerechnet", _HEADING)
    for label, formula in told:
        if paper.will_page_break(6 + _height(paper, formula)):
            paper.add_page()
        _say(paper, label, _PLAIN)
        _say(paper, formula, _SMALL)
        paper.ln(1.5)


def _foot(paper: FPDF, report: Report) -> None:
    paper.ln(6)
    _say(paper, "Schritte", _HEADING)
    for tick in report.ticks:
        when = f"{words.full(tick.at)}{', ' + tick.who if tick.who else ''}" if tick.at else "offen"
        _say(paper, f"{tick.step.title}: {when}", _PLAIN)
    paper.ln(3)
    drawn = f"Stichprobe aus {words.number(report.population)} klassifizierten E-Mails, Los {report.seed}."
    _say(paper, f"{drawn} Intervall nach Wilson, 95 %.", _SMALL)
