"""`postlotse import master`: customers and suppliers from a list; shows what would happen, and does it with --apply."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from models.terms import Category
from service import config as configuration
from service import runtime as running
from service.actions import enlist
from service.domain.columns import Layout
from service.domain.entries import BOTH, UNKNOWN_KIND, Reading, explained
from service.domain.fates import Fate, Plan
from service.domain.sheet import MOST_BYTES
from service.errors import Invalid

_SHOWN = 10
# What a person says the file is: the roles of lines that do not say theirs.
_KINDS: dict[str, tuple[Category, ...]] = {
    "debitoren": (Category.KUNDE,),
    "kreditoren": (Category.LIEFERANT,),
    "liste": (),
    "kontakte": (),
}
_ROLES = {"kunde": (Category.KUNDE,), "lieferant": (Category.LIEFERANT,), "beides": BOTH}


@click.command(help="Übernimmt Kunden und Lieferanten: DATEV Debitoren/Kreditoren, Liste, Kontakte (CSV, XLSX).")
@click.argument("file", metavar="DATEI", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(list(_KINDS)), help="Was die Datei enthält; sonst erkennt Postlotse es.")
@click.option("--as", "roles", type=click.Choice(list(_ROLES)), help="Rolle der Zeilen, die selbst keine nennen.")
@click.option("--word", "meant", multiple=True, metavar="WORT=ROLLE", help="Was ein Wort der Spalte „Art“ heißt.")
@click.option("--apply", "wanted", is_flag=True, help="Wirklich übernehmen; ohne diese Angabe ist es eine Probe.")
def command(file: Path, kind: str | None, roles: str | None, meant: tuple[str, ...], *, wanted: bool) -> None:
    """Read the list, say what is new, changed and doubtful, and take it over when asked to."""
    reading = enlist.read(_bytes(file), _ROLES[roles] if roles else _KINDS.get(kind or "", ()))
    reading = _explained(reading, meant)
    if kind == "kontakte" and reading.layout is Layout.DATEV:
        raise Invalid("Das ist eine DATEV-Datei, keine Kontakte. Bitte --kind weglassen.")
    click.echo(f"Erkannt: {reading.layout.value}. Spalten: {', '.join(reading.columns)}")
    runtime = running.start(configuration.load())
    try:
        if not wanted:
            with runtime.look() as turn:
                lines = tell(enlist.plan(turn, reading.entries, reading.remarks))
            lines.append("Nur eine Probe, nichts ist geändert. Übernehmen: denselben Befehl mit --apply aufrufen.")
        else:
            with runtime.turn() as turn:
                done = enlist.apply(turn, reading.entries, reading.remarks)
            lines = [*tell(done.plan), f"Übernommen. Sofort eingeordnete Nachrichten: {done.messages}"]
    finally:
        runtime.database.dispose()
    for line in lines:
        click.echo(line)
    if any(remark.kind == UNKNOWN_KIND for remark in reading.remarks):
        click.echo('Was ein unbekanntes Wort heißt, sagt --word, zum Beispiel: --word "Interessent=kunde"')
    if not reading.entries:
        raise SystemExit(1)


def _explained(reading: Reading, meant: Sequence[str]) -> Reading:
    """Return what was read with the words of `meant` ("Interessent=kunde") explained; the lines of others stay out."""
    told: dict[str, tuple[Category, ...]] = {}
    for each in meant:
        word, _, role = each.rpartition("=")
        if not word.strip() or role.strip().lower() not in _ROLES:
            raise Invalid(f'--word „{each}“ heißt nichts. So wird es verstanden: --word "Interessent=kunde".')
        told[word.strip()] = _ROLES[role.strip().lower()]
    return explained(reading, told)


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise Invalid("Die Datei lässt sich nicht lesen. Gibt es sie, und dürfen Sie sie öffnen?") from error


def tell(plan: Plan) -> list[str]:
    """Return what a plan does, and by kind what people should look at, each with its first lines."""
    lost = sum(1 for remark in plan.remarks if remark.lost)
    counts = "   ".join(f"{fate.value}: {plan.counts.get(fate, 0)}" for fate in Fate)
    lines = [f"{counts}   nicht übernommen: {lost}"]
    kinds = Counter(remark.kind for remark in plan.remarks)
    for kind, count in sorted(kinds.items()):
        lines.append(f"{kind} ({count})")
        shown = [remark for remark in plan.remarks if remark.kind == kind][:_SHOWN]
        lines += [f"  Zeile {remark.line}: {remark.text}" for remark in shown]
        if count > _SHOWN:
            lines.append(f"  … und {count - _SHOWN} weitere")
    return lines
