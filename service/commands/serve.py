"""`postlotse serve`: pages, API, webhooks and, unless told otherwise, the background work, in one process."""

import socket

import click

from service import config as configuration
from service.errors import ConfigInvalid


def free(host: str, port: int) -> bool:
    """Whether the port can be listened on."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def next_free(host: str, port: int) -> int:
    """Return the first port above `port` (after 65535 from 1024 on) that can be listened on; the next one if none."""
    above: tuple[int, ...] = (*range(port + 1, 65536), *range(1024, port))
    for other in above[:100]:
        if free(host, other):
            return other
    return above[0]


def check_port(host: str, port: int) -> None:
    """Raise ConfigInvalid with the way out when something else listens there."""
    if not free(host, port):
        way_out = f"Anderen Port nehmen: POSTLOTSE_PORT={next_free(host, port)}, oder das andere Programm beenden."
        raise ConfigInvalid((f"Auf {host}:{port} lauscht schon ein Programm. {way_out}",))


def _check_database(url: str) -> None:
    # Here, because one sentence is better than the stack of a server's worker that dies again and again.
    from service.store import health, schema

    database = health.open_database(url)
    try:
        schema.upgrade(database)
    finally:
        database.dispose()


@click.command()
def command() -> None:
    """Startet Seiten, Schnittstellen und Hintergrundarbeit."""
    config = configuration.load()
    check_port(config.host, config.port)
    _check_database(config.url)
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "service.app:alone",
        factory=True,
        interface=Interfaces.WSGI,
        address=config.host,
        port=config.port,
        workers=1,
        blocking_threads=config.threads,
        log_access=False,
        # Our own log says when the service is ready; the server speaks up only when something is wrong.
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=25,
    ).serve()
