"""`postlotse classify`: reads metadata lines and writes a suggestion for each, as a stream."""

import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import click

from classifier import artifact
from classifier.book import EMPTY, AddressBook, Known
from classifier.errors import ArtifactUnusable
from classifier.learned import Learned
from classifier.report import Line, line
from connectors.archive.lines import record
from connectors.errors import Malformed
from models.address import clean_address, domain_form
from models.terms import Category, Step
from service.errors import Invalid

_ACCOUNT = "datei"


def lines(path: str) -> Iterator[tuple[str, Any]]:
    """Yield (position, JSON value) of every line of a file (also .gz, "-" for standard input); None for a bad line.

    Raises Invalid when the file cannot be read.
    """
    name = "Standardeingabe" if path == "-" else Path(path).name
    try:
        with closing(_open(path)) as stream:
            for number, text in enumerate(stream, 1):
                if text.strip():
                    yield f"{name}: Zeile {number}", _value(text)
    except (OSError, EOFError) as error:
        raise Invalid(f"{name} ist nicht lesbar.") from error


def _open(path: str) -> TextIO:
    if path == "-":
        return sys.stdin
    if path.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8", errors="replace")
    return Path(path).open(encoding="utf-8", errors="replace")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def book(path: str | None) -> AddressBook:
    """Return the address book of a BOOK.json (empty for None): own_domains, addresses, domains, master.

    Raises Invalid with a German sentence when the file is not of that form.
    """
    if path is None:
        return EMPTY
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        master = _known(found.get("master", {}))
        return AddressBook(
            own_domains=frozenset(domain_form(each) for each in found.get("own_domains", [])),
            confirmed_addresses=_known(found.get("addresses", {})),
            confirmed_domains=_known(found.get("domains", {})),
            master_addresses={key: known for key, known in master.items() if "@" in key or key.isdigit()},
            master_domains={key: known for key, known in master.items() if "@" not in key},
        )
    except (OSError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise Invalid(f"{Path(path).name} ist kein Adressbuch (own_domains, addresses, domains, master).") from error


def _known(table: Mapping[str, str]) -> dict[str, Known]:
    return {_key(key): Known(Category(value), 1, 0, None) for key, value in table.items()}


def _key(key: str) -> str:
    return clean_address(key) if "@" in key else domain_form(key)


def model() -> Learned | None:
    """Return the model that comes with the program; None, with a word on standard error, when it cannot be used."""
    try:
        return artifact.shipped()
    except ArtifactUnusable as error:
        click.echo(f"{error} Es antworten nur die Regeln. [{error.code}]", err=True)
        return None


def judged(position: str, value: Any, known: AddressBook, learned: Learned | None) -> Line:
    """Return the judgement about one line; a line that is none gets an abstention that says so."""
    try:
        return line(record(value, _ACCOUNT, position), known, learned)
    except Malformed:
        reason = f"{position} ist kein JSON-Objekt"
        return Line("", None, None, 0.0, Step.KEINER.value, reason, auto=False, flags=("unreadable",))


@click.command(help="Schlägt für jede JSON-Zeile aus DATEI (auch .gz; - für die Standardeingabe) eine Klasse vor.")
@click.argument("datei", type=click.Path())
@click.option("--book", "book_path", type=click.Path(), help="Adressbuch als JSON.")
def command(datei: str, book_path: str | None) -> None:
    """Write one JSON line per line read, in the same order, as soon as it is judged."""
    known, learned = book(book_path), model()
    for position, value in lines(datei):
        click.echo(json.dumps(asdict(judged(position, value, known, learned)), ensure_ascii=False))
