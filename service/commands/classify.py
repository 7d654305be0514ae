"""`postlotse classify`: reads metadata lines and writes a suggestion for each, as a stream."""

import gzip
import json
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

import click

from classifier import artifact
from classifier.book import EMPTY, AddressBook, Known, is_free_mail, lineage, may_teach
from classifier.classify import judge_all
from classifier.errors import ArtifactUnusable
from classifier.learned import Learned
from classifier.report import Line, told
from connectors.archive.lines import record
from connectors.errors import Malformed
from models.address import clean_address, domain_form
from models.record import MessageRecord
from models.terms import Category, Step
from service.errors import Invalid

_ACCOUNT = "datei"
TOGETHER = 500
_TABLES = ("addresses", "domains", "master")
# So many entries of an address book are named when something is wrong with them.
_NAMED = 5


def lines(path: str) -> Iterator[tuple[str, Any]]:
    """Yield (position, JSON value) of every line of a file (also .gz, "-" for standard input); None for a bad line.

    Raises Invalid when the file cannot be read, or no further than some line.
    """
    name = "Standardeingabe" if path == "-" else Path(path).name
    number = 0
    try:
        with closing(_open(path)) as stream:
            for number, text in enumerate(stream, 1):
                if text.strip():
                    yield f"{name}: Zeile {number}", _value(text)
    except (OSError, EOFError, zlib.error) as error:
        where = f" hinter Zeile {number}" if number else ""
        raise Invalid(f"{name} ist{where} nicht lesbar.") from error


def _open(path: str) -> TextIO:
    # JSON lines are UTF-8 whatever the terminal speaks; programs on Windows put a mark in front.
    if path == "-":
        return TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="replace")
    if _is_packed(path):
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace")
    return Path(path).open(encoding="utf-8-sig", errors="replace")


def _is_packed(path: str) -> bool:
    """Say whether a file is packed by gzip, whatever its name ends in (RFC 1952 section 2.3.1)."""
    with Path(path).open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


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
        found = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        addresses, domains, master = (_known(name, found.get(name, {})) for name in _TABLES)
        known = AddressBook(
            own_domains=_own(found.get("own_domains", [])),
            confirmed_addresses={key: value for key, value in addresses.items() if _is_address(key)},
            confirmed_domains={key: value for key, value in domains.items() if not _is_address(key)},
            master_addresses={key: value for key, value in master.items() if _is_address(key)},
            master_domains={key: value for key, value in master.items() if not _is_address(key)},
        )
    except _Wrong as error:
        raise Invalid(f"{Path(path).name} ist kein Adressbuch: {error}") from error
    except (OSError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise Invalid(f"{Path(path).name} ist kein Adressbuch (own_domains, addresses, domains, master).") from error
    _say_what_is_left_out(found, known)
    return known


def _own(domains: object) -> frozenset[str]:
    # A word is a sequence of letters, too, and each would be taken for a domain.
    if not isinstance(domains, list):
        raise TypeError("own_domains is no list")
    return frozenset(domain_form(each.strip().removeprefix("@")) for each in domains)


class _Wrong(Exception):
    """An entry of an address book that says nothing, with the place where it stands."""


def _known(name: str, table: Mapping[str, str]) -> dict[str, Known]:
    known: dict[str, Known] = {}
    for key, value in table.items():
        if value not in list(Category):
            raise _Wrong(f"In „{name}“ steht bei „{key}“ keine der Klassen {', '.join(Category)}.")
        known[_key(key)] = Known(Category(value), 1, 0, None)
    return known


def _key(key: str) -> str:
    return clean_address(key) if "@" in key.strip()[1:] else domain_form(key.strip().removeprefix("@"))


def _is_address(key: str) -> bool:
    return "@" in key or key.isdigit()


def _say_what_is_left_out(found: Mapping[str, Any], known: AddressBook) -> None:
    named = sum(len(found.get(name, ())) for name in _TABLES)
    tables = (known.confirmed_addresses, known.confirmed_domains, known.master_addresses, known.master_domains)
    left = named - sum(len(table.keys() - {""}) for table in tables)
    if left > 0:
        click.echo(f"{left} Einträge des Adressbuchs sind doppelt oder keine Adresse oder Domain.", err=True)
    domains = {*known.confirmed_domains, *known.master_domains} - {""}
    mute = sorted({key for key in domains if not may_teach(key)} | {own for own in known.own_domains if not _ours(own)})
    if mute:
        click.echo(f"Diese Domains gelten nie, weil sie vielen gehören: {', '.join(mute[:_NAMED])}", err=True)
    strange = sorted(found.keys() - {*_TABLES, "own_domains"})
    if strange:
        click.echo(f"Unbekannt und nicht beachtet: {', '.join(strange[:_NAMED])}", err=True)


def _ours(own: str) -> bool:
    return own in lineage(own) and not is_free_mail(own)


def model() -> Learned | None:
    """Return the model that comes with the program; None, with a word on standard error, when it cannot be used."""
    try:
        return artifact.shipped()
    except ArtifactUnusable as error:
        click.echo(f"{error} Es antworten nur die Regeln. [{error.code}]", err=True)
        return None


def judged(found: Sequence[tuple[str, Any]], known: AddressBook, learned: Learned | None) -> list[Line]:
    """Return the judgements about some lines, in order; a line that is none gets an abstention that says so."""
    read = [_read(position, value) for position, value in found]
    records = [each for each in read if isinstance(each, MessageRecord)]
    answers = iter(judge_all(records, known, learned))
    return [told(next(answers), known) if isinstance(each, MessageRecord) else each for each in read]


def _read(position: str, value: Any) -> MessageRecord | Line:
    try:
        return record(value, _ACCOUNT, position)
    except Malformed:
        reason = f"{position} ist kein JSON-Objekt"
        return Line("", None, None, 0.0, Step.KEINER.value, reason, auto=False, flags=("unreadable",))


def together(found: Iterable[tuple[str, Any]], count: int = TOGETHER) -> Iterator[list[tuple[str, Any]]]:
    """Yield lines in lots of `count`, because judging many at once costs less."""
    lot: list[tuple[str, Any]] = []
    try:
        for each in found:
            lot.append(each)
            if len(lot) == count:
                yield lot
                lot = []
    except Invalid:
        # What was read before a file breaks off is answered first.
        yield lot
        raise
    if lot:
        yield lot


@click.command(help="Schlägt für jede JSON-Zeile aus DATEI (auch .gz; - für die Standardeingabe) eine Klasse vor.")
@click.argument("datei", type=click.Path())
@click.option("--book", "book_path", type=click.Path(), help="Adressbuch als JSON.")
def command(datei: str, book_path: str | None) -> None:
    """Write one JSON line per line read, in the same order; whoever writes to standard input is answered at once."""
    known, learned = book(book_path), model()
    for lot in together(lines(datei), 1 if datei == "-" else TOGETHER):
        answers = zip(lot, judged(lot, known, learned), strict=True)
        text = "".join(f"{_shown(value, each)}\n" for (_, value), each in answers)
        # JSON is UTF-8, whatever the terminal speaks.
        click.echo(text.encode("utf-8", "replace"), nl=False)


def _shown(value: Any, line: Line) -> str:
    """Return a judgement as JSON; under the id of the line exactly as it was given, so that the two can be joined."""
    given = value.get("id") if isinstance(value, dict) else None
    same = isinstance(given, (str, int)) and not isinstance(given, bool) and given != ""
    return json.dumps(asdict(line) | ({"id": given} if same else {}), ensure_ascii=False)
