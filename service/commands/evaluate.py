"""`postlotse evaluate`: measures the suggestions on metadata lines whose class is known."""

from collections.abc import Sequence
from typing import Any

import click

from classifier import evaluate
from classifier.book import EMPTY, AddressBook, Known, may_teach
from classifier.evaluate import Outcome
from classifier.learned import Learned
from classifier.report import PARTNER, Line
from models.address import clean_address, registrable
from models.terms import Category, Step
from service.commands.classify import book, judged, lines, model

_PARTNERS = frozenset({Category.KUNDE.value, Category.LIEFERANT.value})
_FROM_OUTSIDE = frozenset({Step.MODELL.value, Step.KEINER.value})
_CONFIRMATIONS = (0, 10, 50, 200, 1000)
_NEXT = 2000


@click.command(help="Misst die Vorschläge an DATEI: JSON-Zeilen mit der wahren Klasse in „label“.")
@click.argument("datei", type=click.Path())
@click.option("--book", "book_path", type=click.Path(), help="Adressbuch als JSON.")
def command(datei: str, book_path: str | None) -> None:
    """Print accuracy, macro-F1, calibration and coverage, per class and step, and the cold-start curve."""
    known, learned = book(book_path), model()
    rows = [(at, value) for at, value in lines(datei) if isinstance(value, dict) and _is_class(value.get("label"))]
    if not rows:
        click.echo("Keine Zeile nennt in „label“ eine Klasse; nichts zu messen.")
        return
    outcomes = [outcome(str(value["label"]), judged(at, value, known, learned)) for at, value in rows]
    show(outcomes)
    click.echo("\nKaltstart: Bestätigungen, dann die nächsten 2.000 Mails")
    for count in _CONFIRMATIONS:
        cold_start(rows, count, learned)


def _is_class(label: object) -> bool:
    return isinstance(label, str) and label in set(Category)


def outcome(label: str, line: Line) -> Outcome:
    """Compare a line with its truth; the model cannot tell Kunde from Lieferant, so there both are Geschäftspartner."""
    truth = PARTNER if label in _PARTNERS and line.step in _FROM_OUTSIDE else label
    return Outcome(truth, line.best or "keine", line.confidence, line.step, line.category is not None)


def show(outcomes: Sequence[Outcome]) -> None:
    """Print the figures of some outcomes."""
    given = [each for each in outcomes if each.given]
    click.echo(f"Zeilen mit Klasse      {len(outcomes)}")
    click.echo(f"Vorschlag gegeben      {len(given) / len(outcomes):.3f}, davon richtig {evaluate.accuracy(given):.3f}")
    click.echo(f"Richtig (beste Klasse) {evaluate.accuracy(outcomes):.3f}")
    click.echo(f"Macro-F1               {evaluate.macro_f1(outcomes):.3f}")
    click.echo(f"ECE                    {evaluate.calibration_error(outcomes):.3f}")
    for precision in (0.95, 0.99):
        click.echo(f"Abdeckung bei {precision:.0%}      {evaluate.coverage(outcomes, precision):.3f}")
    click.echo("\nKlasse              Genauigkeit  Trefferquote  F1     Zahl")
    for name, figures in evaluate.per_class(outcomes).items():
        click.echo(f"{name:<20}{figures.precision:<13.3f}{figures.recall:<14.3f}{figures.f1:<7.3f}{figures.support}")
    click.echo("\nStufe                     Zahl   richtig")
    for step, (count, share) in evaluate.per_step(outcomes).items():
        click.echo(f"{step:<26}{count:<7}{share:.3f}")


def cold_start(rows: Sequence[tuple[str, Any]], count: int, learned: Learned | None) -> None:
    """Confirm the first `count` new sender keys in order of arrival, then measure the mails that follow."""
    addresses: dict[str, Known] = {}
    domains: dict[str, Known] = {}
    at = 0
    while at < len(rows) and len(addresses) + len(domains) < count:
        address = clean_address(str(rows[at][1].get("from_addr", "")))
        teaches = may_teach(address.rpartition("@")[2])
        table, key = (domains, registrable(address)) if teaches else (addresses, address)
        if key:
            table.setdefault(key, Known(Category(rows[at][1]["label"]), 1, 0, None))
        at += 1
    following = rows[at : at + _NEXT]
    if not following:
        click.echo(f"{count:>5}: zu wenige Mails")
        return
    known = AddressBook(EMPTY.own_domains, addresses, {}, domains, {})
    outcomes = [outcome(str(value["label"]), judged(where, value, known, learned)) for where, value in following]
    figures = f"Macro-F1 {evaluate.macro_f1(outcomes):.3f}, richtig {evaluate.accuracy(outcomes):.3f}"
    click.echo(f"{count:>5}: {figures} ({len(outcomes)} Mails)")
