"""`postlotse login-link`: prints a one-time login link for this machine."""

import click

from models.terms import Role
from service import config as configuration
from service import runtime as running
from service.actions import members, signin
from service.config import Config
from service.errors import ConfigInvalid

_ROLES = {role.value.lower(): role for role in Role}


@click.command()
@click.option(
    "--role",
    "--rolle",
    "role",
    default=Role.ADMIN.value,
    show_default=True,
    type=click.Choice([role.value for role in Role], case_sensitive=False),
    help="Für welche Rolle; gibt es noch niemanden mit ihr, wird ein Mitglied angelegt.",
)
def command(role: str) -> None:
    """Druckt einen einmaligen Anmeldelink (10 Minuten gültig).

    Auf einem Server mit Anmeldung über das Firmenverzeichnis: den Link, mit dem die erste Verwaltung hereinkommt.
    """
    config = configuration.load()
    if config.oidc_issuer and not config.is_loopback:
        click.echo(first_link(config))
        click.echo("Gilt 7 Tage und nur einmal, für eine Person des Firmenverzeichnisses.", err=True)
        return
    if not config.is_loopback:
        raise ConfigInvalid(
            (
                (
                    "Anmeldelinks gibt es nur, solange Postlotse allein auf diesem Rechner lauscht "
                    "(POSTLOTSE_HOST=127.0.0.1 und kein POSTLOTSE_PUBLIC_URL)."
                ),
            )
        )
    runtime = running.start(config)
    with runtime.turn() as turn:
        token = signin.link(turn, _ROLES[role.lower()])
    runtime.database.dispose()
    host = f"[{config.host}]" if ":" in config.host else config.host
    click.echo(f"http://{host}:{config.port}/anmelden#{token}")
    click.echo(
        f"Gilt 10 Minuten und nur einmal. Postlotse muss dafür laufen ({configuration.call('serve')}).", err=True
    )


def first_link(config: Config) -> str:
    """Return the link by which the first Admin comes in through the directory. Raises Invalid once there is one."""
    runtime = running.start(config)
    try:
        with runtime.turn() as turn:
            token = members.invitation(turn, members.first_admin(turn).id)
    finally:
        runtime.database.dispose()
    return f"{config.sign_in_url.removesuffix('/anmelden/antwort')}/einladung#{token}"
