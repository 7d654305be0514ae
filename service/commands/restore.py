"""`postlotse restore FILE`: put a copy back in the place of the database; the old one is kept beside it."""

from pathlib import Path

import click

from service import config as configuration
from service.clock import SystemClock
from service.errors import Invalid
from service.store import copies
from service.store.engine import Database


@click.command(help="Spielt die Sicherung DATEI zurück. Postlotse muss dafür angehalten sein.")
@click.argument("datei", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--pruefen", is_flag=True, help="Nur prüfen, nichts ändern.")
def command(datei: Path, pruefen: bool) -> None:
    """Check the copy in full and put it back. Raises Invalid for an unusable copy, Conflict while the service runs."""
    config = configuration.load()
    database = Database(config.url)
    database.dispose()
    if not database.is_sqlite:
        line = copies.foreign_command(database, datei, back=True)
        raise Invalid(f"Auf PostgreSQL spielt PostgreSQL selbst zurück. Der Befehl dafür:\n    {line}")
    if pruefen:
        copy = copies.check(datei)
        click.echo(f"Die Sicherung ist vollständig ({copy.size / 1e6:.1f} MB, Stand {copy.version}).")
        return
    stamp = SystemClock().now().strftime("%Y%m%d-%H%M%S")
    copy, aside = copies.put_back(datei, copies.path_of(database), stamp)
    click.echo(f"Zurückgespielt: {datei} (Stand {copy.version}).")
    if aside:
        click.echo(f"Die bisherige Datenbank liegt unter {aside}.")
    if copy.is_old:
        click.echo(f"Die Sicherung ist älter als dieses Programm. Als Nächstes: {configuration.call('upgrade')}")
