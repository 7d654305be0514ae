"""`postlotse mailboxes`: how far the reading of each mailbox has come; on demand it reads on at once."""

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from connectors import registry
from connectors.errors import Unreachable
from models.terms import AccountState
from service import config as configuration
from service import runtime as running
from service.config import names
from service.domain.days import LOCAL
from service.errors import ConfigInvalid, Conflict
from service.jobs import pull
from service.runtime import Runtime
from service.store import progress
from service.store.progress import MailboxProgress


@click.command(help="Zeigt, wie weit jedes Postfach gelesen ist. Abgebrochenes Lesen geht dort weiter, wo es stand.")
@click.option("--read", "--lesen", "read", is_flag=True, help="Vorher alle Postfächer lesen, mit Fortschritt.")
def command(read: bool) -> None:
    """Print one line per mailbox; with `--read`, read first. Exit code 1 when a mailbox cannot be read."""
    config = configuration.load()
    runtime = running.start(config)
    if read:
        if not config.graph_mailboxes:
            raise ConfigInvalid(("POSTLOTSE_GRAPH_MAILBOXES nennt kein Postfach.",))
        _read(runtime)
    with runtime.look() as turn:
        found = progress.mailboxes(turn)
    for one in found:
        click.echo(line(one))
    if not found:
        click.echo("Noch kein Postfach gelesen.")
    if any(one.incomplete_since is not None for one in found):
        raise SystemExit(1)


def _read(runtime: Runtime) -> None:
    source = registry.open_source("graph", runtime.config)
    for mailbox in names(runtime.config.graph_mailboxes):
        counter = _Counter()
        try:
            pull.account(runtime, mailbox.lower(), source, None, counter.add)
        except (Unreachable, Conflict) as error:
            click.echo(f"{mailbox}: {error} [{error.code}]", err=True)


class _Counter:
    """Counts what was read and says so on one line, where somebody looks."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, mailbox: str, count: int) -> None:
        self.count += count
        click.echo(f"{mailbox}: {self.count} gelesen", err=True)


def line(one: MailboxProgress, zone: ZoneInfo = LOCAL) -> str:
    """Return what a person reads about one mailbox."""
    parts = [one.state.value if one.state is not AccountState.BEREIT or not one.first else "unvollständig"]
    parts += [one.error_code] * bool(one.error_code)
    parts += [f"eingeschränkt ({one.warning_code})"] * bool(one.warning_code)
    if one.first:
        parts.append(f"erster Durchgang: {one.read} von {one.total or 'noch unbekannt'}")
    else:
        parts.append(f"{len(one.folders)} Ordner")
    damaged = sum(folder.damaged for folder in one.folders)
    parts += [f"{damaged} unlesbar"] * bool(damaged)
    parts.append(f"zuletzt gelesen {_when(one.last_ok_at, zone)}")
    if one.incomplete_since is not None:
        parts.append(f"Stand unvollständig seit {_when(one.incomplete_since, zone)}")
    return f"{one.address}: {', '.join(parts)}"


def _when(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%d.%m.%Y %H:%M}" if at else "noch nie"
