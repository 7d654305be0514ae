"""`postlotse work`: only the background work, beside `serve`, when the database is PostgreSQL."""

import signal
from threading import Event

import click

from service import config as configuration
from service.errors import ConfigInvalid


@click.command()
def command() -> None:
    """Startet nur die Hintergrundarbeit."""
    from service import app, telemetry
    from service.runtime import settle, start

    config = configuration.load()
    telemetry.start(config.log_level)
    runtime = start(config)
    if runtime.database.is_sqlite:
        text = "Mit SQLite läuft die Hintergrundarbeit in `postlotse serve`; `work` braucht PostgreSQL."
        raise ConfigInvalid((text,))
    worker = app.make_worker(runtime)
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    worker.start()
    settle()
    stopped.wait()
    worker.stop()
