"""`postlotse train`: learns a model from metadata lines whose class is known and writes the model file."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from classifier import artifact
from classifier.learned import LIKENESS
from classifier.training import Example, example, fit
from connectors.archive.lines import record
from models.terms import Category
from service.commands.classify import lines
from service.errors import Invalid


def examples(path: str, headerless: tuple[str, str] | None) -> list[Example]:
    """Return the labelled lines of a file as examples, without headers where they are not known."""
    found = []
    for position, value in lines(path):
        if not isinstance(value, dict) or value.get("label") not in set(Category):
            continue
        read = record(value, "datei", position)
        if headerless is not None and str(value.get(headerless[0])) == headerless[1]:
            read = replace(read, flags=None)
        letters = (_count(value.get("n_out_addr")), _count(value.get("n_out_domain")))
        found.append(example(read, LIKENESS[Category(value["label"])], letters))
    return found


def _count(value: object) -> int:
    """Return how often somebody wrote to a sender; 0 where a line does not say."""
    return max(value, 0) if isinstance(value, int) else 0


def _pair(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, str] | None:
    if value is None:
        return None
    key, equals, wanted = value.partition("=")
    if not equals:
        raise click.BadParameter("erwartet SCHLÜSSEL=WERT")
    return key, wanted


def write(packed: bytes, path: Path) -> None:
    """Replace a file at once, so that nobody ever reads half a model. Raises Invalid when that fails."""
    draft = path.with_name(path.name + ".neu")
    try:
        draft.write_bytes(packed)
        draft.replace(path)
    except OSError as error:
        raise Invalid(f"{path} ist nicht beschreibbar.") from error


@click.command(help="Lernt aus JSON-Zeilen mit der wahren Klasse in „label“ und schreibt die Modelldatei.")
@click.argument("dateien", nargs=-1, required=True, type=click.Path())
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Modelldatei (.npz).")
@click.option("--basis", default="", help="Woraus gelernt wird; steht in der Modelldatei.")
@click.option(
    "--headerless", callback=_pair, metavar="SCHLÜSSEL=WERT", help="Zeilen, deren Kopfzeilen nicht bekannt sind."
)
def command(dateien: Sequence[str], out: Path, basis: str, headerless: Any) -> None:
    """Fit, pack, write, and print what was learned."""
    found = [each for path in dateien for each in examples(path, headerless)]
    learned = fit(found, {"basis": basis})
    packed = artifact.pack(learned)
    write(packed, out)
    click.echo(f"{out}: {len(packed) / 1000:.0f} kB aus {len(found)} Zeilen, Temperatur {learned.temperature:.2f}")
    for likeness, least in zip(learned.classes, learned.thresholds, strict=True):
        click.echo(f"  {likeness}: Vorschlag ab {least:.2f}" if least <= 1 else f"  {likeness}: nie ein Vorschlag")
