"""`postlotse backup FILE`: a copy of the database while the service runs."""

from pathlib import Path

import click

from service import config as configuration
from service.clock import SystemClock
from service.errors import Invalid
from service.store import copies
from service.store.engine import Database

# Where the doctor finds when the last copy was made; deploy/backup.sh writes it for PostgreSQL.
MARK = "letzte-sicherung"


@click.command(help="Sichert die Datenbank im laufenden Betrieb nach DATEI. Überschreibt nichts.")
@click.argument("datei", type=click.Path(dir_okay=False, path_type=Path))
def command(datei: Path) -> None:
    """Copy the database into `datei`. Raises Conflict when it exists, Invalid on PostgreSQL."""
    config = configuration.load()
    database = Database(config.url)
    try:
        if not database.is_sqlite:
            line = copies.foreign_command(database, datei, back=False)
            raise Invalid(f"Auf PostgreSQL sichert PostgreSQL selbst. Der Befehl dafür:\n    {line}")
        if not copies.path_of(database).exists():
            raise Invalid(f"Es gibt noch keine Datenbank ({copies.path_of(database)}).")
        copy = copies.make(database, datei)
    finally:
        database.dispose()
    now = SystemClock().now()
    (config.data_dir / MARK).write_text(now.isoformat(timespec="seconds") + "\n", encoding="utf-8")
    click.echo(f"Gesichert und geprüft: {datei} ({copy.size / 1e6:.1f} MB, Stand {copy.version}).")
