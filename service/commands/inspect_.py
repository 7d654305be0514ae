"""`postlotse inspect`: prints, one JSON line per recorded answer, what is kept of it."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from connectors.errors import Malformed
from connectors.graph import kept
from connectors.whatsapp import decode, webhook

# More than any recording of single answers; a file beyond it is some other file.
_LARGEST = 64 << 20


@click.group()
def command() -> None:
    """Zeigt, was von aufgezeichneten Antworten behalten wird: Metadaten, nie Inhalte."""


@command.command("graph")
@click.argument("files", metavar="DATEI...", nargs=-1, required=True, type=click.Path(path_type=Path))
def graph(files: tuple[Path, ...]) -> None:
    """Antworten von Microsoft Graph: eine JSON-Zeile je Antwort. Rückgabewert 1, wenn eine Datei nicht lesbar ist."""
    show(files, read_graph)


def read_graph(raw: bytes) -> Iterator[Mapping[str, Any]]:
    """Yield what is kept of each answer in a recording. Raises Malformed."""
    return (kept.kept(body) for body in kept.answers(raw))


@command.command("whatsapp")
@click.argument("files", metavar="DATEI...", nargs=-1, required=True, type=click.Path(path_type=Path))
def whatsapp(files: tuple[Path, ...]) -> None:
    """Webhooks von WhatsApp: eine JSON-Zeile je Datei. Rückgabewert 1, wenn eine Datei nicht lesbar ist."""
    show(files, read_whatsapp)


def read_whatsapp(raw: bytes) -> Iterator[Mapping[str, Any]]:
    """Yield what is kept of each update of a webhook body, in its order. Raises Malformed where it is no JSON."""
    decode.value(raw)
    yield {"updates": [update.line() for update in webhook.strip(raw)]}


def show(files: tuple[Path, ...], read: Callable[[bytes], Iterator[Mapping[str, Any]]]) -> None:
    """Print a line per answer, and one on stderr per file that cannot be read; exit code 1 when there was one."""
    failed = False
    for file in files:
        try:
            for found in list(read(_content(file))):
                click.echo(json.dumps({"file": str(file), **found}, ensure_ascii=True))
        except OSError as error:
            failed = True
            click.echo(f"{file}: nicht lesbar ({error.strerror})", err=True)
        except Malformed as error:
            failed = True
            click.echo(f"{file}: {error} [{error.code}]", err=True)
    if failed:
        raise SystemExit(1)


def _content(file: Path) -> bytes:
    if file.stat().st_size > _LARGEST:
        raise Malformed("Die Datei ist zu groß für eine Aufzeichnung.")
    return file.read_bytes()
