"""`postlotse token`: makes, lists and revokes tokens with which other programs read the API."""

from datetime import timedelta

import click

from service import config as configuration
from service import runtime as running
from service.store import tokens


@click.group()
def command() -> None:
    """Legt Dienst-Token für die Schnittstelle an, zeigt und sperrt sie."""


@command.command("new")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(list(tokens.SCOPES)),
    help="Wofür das Token gilt; mehrfach angeben für mehrere Zwecke.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="Nach wie vielen Tagen es endet; ohne Angabe nie.")
def new(name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Legt ein Token an und zeigt es einmal."""
    runtime = running.start(configuration.load())
    with runtime.turn() as turn:
        token = tokens.new(turn, name, scopes, timedelta(days=days) if days else None)
    runtime.database.dispose()
    click.echo(token)
    click.echo("Nur jetzt sichtbar; bitte gleich im anderen Programm hinterlegen.", err=True)


@command.command("list")
def every() -> None:
    """Zeigt alle Token: Name, Zweck, gültig, gesperrt oder abgelaufen, angelegt, Ende, zuletzt benutzt."""
    runtime = running.start(configuration.load())
    with runtime.look() as turn:
        found, now = tokens.every(turn), turn.now
    runtime.database.dispose()
    for token in found:
        used = f"{token.last_used_at:%d.%m.%Y %H:%M} UTC" if token.last_used_at else "nie"
        state = "gesperrt" if token.revoked_at else "gültig" if token.holds(now) else "abgelaufen"
        scopes = ", ".join(token.scopes)
        until = f"bis {token.expires_at:%d.%m.%Y}" if token.expires_at else "ohne Ende"
        click.echo(f"{token.name}\t{scopes}\t{state}\tangelegt {token.created_at:%d.%m.%Y}\t{until}\tbenutzt {used}")
    if not found:
        click.echo("Noch kein Dienst-Token angelegt.")


@command.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Sperrt das Token dieses Namens sofort."""
    runtime = running.start(configuration.load())
    with runtime.turn() as turn:
        tokens.revoke(turn, name)
    runtime.database.dispose()
    click.echo(f"Das Dienst-Token „{name}“ ist gesperrt.")
