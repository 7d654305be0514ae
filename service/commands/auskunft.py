"""`postlotse auskunft`: write down everything stored about an address, a number or a user id (Art. 15 GDPR)."""

import json
import os
from pathlib import Path

import click

from models.terms import Channel
from service import config as configuration
from service.actions import disclose
from service.actions.disclose import Receiver, Told
from service.clock import SystemClock
from service.commands.auskunft_page import page
from service.config import VERSION, Config
from service.errors import ConfigInvalid
from service.runtime import Runtime
from service.store import accounts, health, subject
from service.turn import Turn

_OPERATOR = Receiver(
    "Betreiber des Servers, auf dem Postlotse läuft", "Rechner und Datensicherung; Namen bitte ergänzen"
)
_MICROSOFT = Receiver(
    "Microsoft Ireland Operations Limited, Dublin", "Microsoft 365: Postfächer, aus denen gelesen wird"
)
_META = Receiver("WhatsApp Ireland Limited, Dublin (Meta)", "WhatsApp: Zustellung der Nachrichten")


@click.command(help="Schreibt alles auf, was zu einer Adresse, Nummer oder WhatsApp-Kennung gespeichert ist.")
@click.argument("identifier", metavar="KENNUNG")
@click.option(
    "--out", "folder", default=Path("auskunft"), show_default=True, type=click.Path(path_type=Path), help="Zielordner."
)
def command(identifier: str, folder: Path) -> None:
    """Write auskunft.json and auskunft.html into a folder that only the owner can read."""
    config = configuration.load()
    database = health.open_database(config.url)
    try:
        if health.version(database) == "":
            raise ConfigInvalid((f"In {config.data_dir} ist noch keine Datenbank von Postlotse.",))
        runtime = Runtime(config, SystemClock(), database)
        with runtime.look() as turn:
            package = disclose.disclose(turn, identifier, Told(VERSION, receivers(turn, config)))
            others = subject.siblings(turn, identifier)
        with runtime.turn() as turn:
            disclose.note(turn, package)
    finally:
        database.dispose()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps(package, ensure_ascii=False, indent=1)
    write(folder / "auskunft.json", text)
    write(folder / "auskunft.html", page(json.loads(text)))
    click.echo(package["bestaetigung"]["satz"])
    click.echo(f"Geschrieben: {folder / 'auskunft.html'} und {folder / 'auskunft.json'}")
    if others:
        click.echo(f"Dieselbe Person schrieb auch als {', '.join(others)}; dafür bitte eine eigene Auskunft erstellen.")
    click.echo(
        "Vor der Herausgabe prüfen, dass die anfragende Person über diese Kennung verfügt (Art. 12 Abs. 6 DSGVO)."
    )


def receivers(turn: Turn, config: Config) -> tuple[Receiver, ...]:
    """Return who outside the firm handles data, by the connectors that are set up."""
    channels = {account.channel for account in accounts.every(turn)}
    found = [_OPERATOR]
    if config.graph_tenant:
        found.append(_MICROSOFT)
    if Channel.WHATSAPP in channels or config.whatsapp_app_secret.get_secret_value():
        found.append(_META)
    return tuple(found)


def write(path: Path, text: str) -> None:
    """Write a file that only its owner can read, in one step: a half-written package is never there."""
    part = path.with_suffix(path.suffix + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)
