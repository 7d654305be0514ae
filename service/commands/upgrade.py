"""`postlotse upgrade`: bring the database to the version of this program."""

import click

from service import config as configuration
from service.store import schema
from service.store.engine import Database


@click.command(help="Bringt die Datenbank auf den Stand dieses Programms. Vorher sichern.")
def command() -> None:
    """Upgrade the schema. Raises ConfigInvalid when the database is newer than this program."""
    database = Database(configuration.load().url)
    try:
        before = schema.current(database)
        done = schema.upgrade(database)
        after = schema.current(database)
    finally:
        database.dispose()
    if done:
        click.echo(f"Die Datenbank ist jetzt auf Stand {after} (vorher: {before or 'leer'}).")
    else:
        click.echo(f"Die Datenbank ist schon auf Stand {after}; nichts zu tun.")
