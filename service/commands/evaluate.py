"""`postlotse evaluate`: measures the suggestions on metadata lines whose class is known."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from classifier import evaluate
from classifier.book import EMPTY, AddressBook, Known, may_teach
from classifier.evaluate import Outcome
from classifier.intervals import Interval, intervals
from classifier.learned import Learned
from classifier.report import PARTNER, Line
from models.address import clean_address, registrable
from models.terms import Category, Step
from service.commands.classify import book, judged, lines, model, together

_PARTNERS = frozenset({Category.KUNDE.value, Category.LIEFERANT.value})
_FROM_OUTSIDE = frozenset({Step.MODELL.value, Step.KEINER.value})
_CONFIRMATIONS = (0, 10, 50, 200, 1000)
_NEXT = 2000

Row = tuple[str, Any]


@click.command(help="Misst die Vorschläge an DATEI (auch .gz): JSON-Zeilen mit der wahren Klasse in „label“.")
@click.argument("datei", type=click.Path())
@click.option("--book", "book_path", type=click.Path(), help="Adressbuch als JSON.")
def command(datei: str, book_path: str | None) -> None:
    """Print accuracy, macro-F1, calibration and coverage with intervals, per class and step, and the cold-start curve.

    The file is read once and never held: what stays of a line is its outcome, and the rows that the curve needs.
    """
    known, learned = book(book_path), model()
    start = Start()
    outcomes: list[Outcome] = []
    groups: list[str] = []
    for lot in together((at, value) for at, value in lines(datei) if _has_class(value)):
        for row, line in zip(lot, judged(lot, known, learned), strict=True):
            outcomes.append(outcome(str(row[1]["label"]), line))
            groups.append(_key(row)[1])
            start.take(row)
    if not outcomes:
        click.echo("Keine Zeile nennt in „label“ eine Klasse; nichts zu messen.")
        return
    show(outcomes, groups)
    click.echo("\nKaltstart: Bestätigungen, dann die nächsten 2.000 Mails")
    for count in _CONFIRMATIONS:
        click.echo(f"{count:>5}: {start.told(count, learned)}")


def _has_class(value: object) -> bool:
    label = value.get("label") if isinstance(value, dict) else None
    return isinstance(label, str) and label in set(Category)


def outcome(label: str, line: Line) -> Outcome:
    """Compare a line with its truth; the model cannot tell Kunde from Lieferant, so there both are Geschäftspartner."""
    truth = PARTNER if label in _PARTNERS and line.step in _FROM_OUTSIDE else label
    return Outcome(truth, line.best or "keine", line.confidence, line.step, line.category is not None)


def show(outcomes: Sequence[Outcome], groups: Sequence[str]) -> None:
    """Print the figures of some outcomes; `groups` are the sender domains, for the intervals."""
    given = [each for each in outcomes if each.given]
    ends = intervals(outcomes, groups)
    click.echo(f"Zeilen mit Klasse      {len(outcomes)} von {len(set(groups))} Absenderdomains")
    click.echo(f"Vorschlag gegeben      {len(given) / len(outcomes):.3f}, davon richtig {evaluate.accuracy(given):.3f}")
    click.echo(f"Richtig (beste Klasse) {_with(evaluate.accuracy(outcomes), ends.accuracy)}")
    click.echo(f"Macro-F1               {_with(evaluate.macro_f1(outcomes), ends.macro_f1)}")
    click.echo(f"ECE                    {_with(evaluate.calibration_error(outcomes), ends.calibration_error)}")
    for precision, interval in ((0.95, ends.coverage_95), (0.99, ends.coverage_99)):
        click.echo(f"Abdeckung bei {precision:.0%}      {_with(evaluate.coverage(outcomes, precision), interval)}")
    click.echo("\nKlasse              Genauigkeit  Trefferquote  F1     Zahl")
    for name, figures in evaluate.per_class(outcomes).items():
        click.echo(f"{name:<20}{figures.precision:<13.3f}{figures.recall:<14.3f}{figures.f1:<7.3f}{figures.support}")
    click.echo("\nStufe                     Zahl   richtig")
    for step, (count, share) in evaluate.per_step(outcomes).items():
        click.echo(f"{step:<26}{count:<7}{share:.3f}")


def _with(value: float, interval: Interval) -> str:
    return f"{value:.3f} (95 %: {interval[0]:.3f} bis {interval[1]:.3f})"


def _key(row: Row) -> tuple[bool, str]:
    """Return whether a sender's domain can be confirmed, and the key: the domain, else the address."""
    address = clean_address(str(row[1].get("from_addr", "")))
    teaches = may_teach(address.rpartition("@")[2])
    return teaches, registrable(address) if teaches else address


@dataclass
class Start:
    """The rows in order of arrival, as far as the cold-start curve needs them: until the last of its points and the
    mails that follow it.
    """

    rows: list[Row] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)
    _following: int = 0

    def take(self, row: Row) -> None:
        """Keep a row while the curve still needs it."""
        if self._following >= _NEXT:
            return
        self.rows.append(row)
        if len(self._keys) >= _CONFIRMATIONS[-1]:
            self._following += 1
        else:
            self._keys.add(_key(row)[1])

    def told(self, count: int, learned: Learned | None) -> str:
        """Confirm the first `count` new sender keys, then say how the mails that follow are judged."""
        addresses: dict[str, Known] = {}
        domains: dict[str, Known] = {}
        at = 0
        while at < len(self.rows) and len(addresses) + len(domains) < count:
            teaches, key = _key(self.rows[at])
            if key:
                table = domains if teaches else addresses
                table.setdefault(key, Known(Category(self.rows[at][1]["label"]), 1, 0, None))
            at += 1
        following = self.rows[at : at + _NEXT]
        if not following or len(addresses) + len(domains) < count:
            return "zu wenige Mails"
        known = AddressBook(EMPTY.own_domains, addresses, {}, domains, {})
        answers = judged(following, known, learned)
        outcomes = [outcome(row[1]["label"], line) for row, line in zip(following, answers, strict=True)]
        figures = f"Macro-F1 {evaluate.macro_f1(outcomes):.3f}, richtig {evaluate.accuracy(outcomes):.3f}"
        return f"{figures} ({len(outcomes)} Mails)"
