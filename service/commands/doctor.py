"""`postlotse doctor`: look at everything that can be wrong and say, line by line, what to do."""

import json
from collections.abc import Iterator

import click

from service import config as configuration
from service.clock import SystemClock
from service.commands import check_data, check_machine, check_sign_in
from service.commands.findings import Finding, Level, fault
from service.config import Config
from service.errors import ConfigInvalid, Unavailable
from service.runtime import Runtime
from service.store import health

_COLOURS = {Level.OK: "green", Level.HINWEIS: "yellow", Level.FEHLER: "red"}


@click.command(help="Prüft Einrichtung, Datenbank, Uhr und Anschlüsse. Rückgabewert 1, wenn etwas zu tun ist.")
@click.option("--json", "as_json", is_flag=True, help="Für Programme: JSON statt Zeilen.")
@click.option("--offline", is_flag=True, help="Ohne Fragen über das Netz.")
def command(as_json: bool, offline: bool) -> None:
    """Print one line per check; exit code 1 when one of them is a Fehler."""
    findings = tuple(examine(offline=offline))
    if as_json:
        lines = [{"about": f.about, "level": f.level, "code": f.code, "text": f.text} for f in findings]
        click.echo(json.dumps(lines, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            level = click.style(f"{finding.level:8}", fg=_COLOURS[finding.level])
            code = f" [{finding.code}]" if finding.code else ""
            click.echo(f"{level} {finding.about}: {finding.text}{code}")
    if any(f.level is Level.FEHLER for f in findings):
        raise SystemExit(1)


def examine(*, offline: bool) -> Iterator[Finding]:
    """Yield every finding; a broken configuration ends the round, because nothing else can be looked at."""
    yield check_machine.python()
    try:
        config = configuration.load()
    except ConfigInvalid as error:
        for problem in error.problems:
            yield fault("Konfiguration", f"{problem} Bedeutung: deploy/env.example")
        return
    yield check_machine.settings(configuration.strangers())
    yield from machine(config)
    if not offline:
        yield from check_sign_in.directory(config)
    yield from data(config, offline=offline)


def machine(config: Config) -> Iterator[Finding]:
    """Yield what can be said without the database."""
    yield check_machine.data_dir(config)
    yield check_machine.disk(config)
    yield check_machine.port(config)
    yield check_machine.address(config)
    yield check_sign_in.settings(config)
    yield check_machine.graph(config)
    yield check_machine.whatsapp(config)
    yield check_machine.copy_age(config, SystemClock().now())


def data(config: Config, *, offline: bool) -> Iterator[Finding]:
    """Yield what the database, the clock and the model say."""
    try:
        database = health.open_database(config.url)
    except (ConfigInvalid, Unavailable) as error:
        yield fault("Datenbank", f"{error} Beispiel: deploy/env.example")
        return
    runtime = Runtime(config, SystemClock(), database)
    try:
        found = tuple(check_data.database(runtime))
        yield from found
        if any(f.about == "Stand der Datenbank" and f.level is Level.OK for f in found):
            yield from check_data.rows(runtime)
    except Unavailable:
        yield fault("Datenbank", "Die Datenbank ist gesperrt oder verschwunden. Läuft gerade eine große Änderung?")
    finally:
        database.dispose()
    if not offline:
        yield from _outside(config, runtime)
    yield check_data.model(runtime.model_path)


def _outside(config: Config, runtime: Runtime) -> Iterator[Finding]:
    """Yield what others say over the network: the clock of a server, Microsoft, our own webhook from outside, Meta."""
    yield from check_data.server_clock(config, runtime)
    if config.graph_tenant and check_machine.graph(config).level is not Level.FEHLER:
        # Loaded here: the libraries of Microsoft are heavy, and most looks do without.
        from service.commands import check_graph

        yield from check_graph.examine(config)
    complete = check_machine.whatsapp(config).level is Level.OK and config.whatsapp_app_secret.get_secret_value()
    if not complete and not config.whatsapp_token.get_secret_value():
        return
    from service.commands import check_whatsapp

    if complete:
        yield check_whatsapp.call_ourselves(config)
    if config.whatsapp_token.get_secret_value():
        yield from check_whatsapp.examine(config, SystemClock().now().date())
