"""`postlotse member`: members on the command line, through the same verbs as the pages."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from models.staff import Member
from models.terms import Delivery, Role
from service import config as configuration
from service import runtime as running
from service.actions import depart, members, signin
from service.actions.members import Work
from service.commands import member_team
from service.config import Config
from service.domain import working_hours
from service.domain.duty import WORKING
from service.errors import Invalid
from service.store import care
from service.store import members as people
from service.turn import Turn

_ROLES = {role.value.lower(): role for role in Role}
_ROLE = click.Choice([role.value for role in Role], case_sensitive=False)
_DELIVERIES = {kind.value: kind for kind in Delivery}


@contextmanager
def opened() -> Iterator[tuple[Config, Turn]]:
    """Open the configuration and one writing turn; the trail says that nobody signed in did it."""
    config = configuration.load()
    runtime = running.start(config)
    try:
        with runtime.turn() as turn:
            yield config, turn
    finally:
        runtime.database.dispose()


@click.group()
def command() -> None:
    """Mitglieder: anzeigen, einladen, Rollen, Postfächer, Teams, Arbeitszeit, deaktivieren.

    WER ist die Nummer aus `member list`, die eigene Adresse oder der genaue Name.
    """


command.add_command(member_team.command, "team")


@command.command("list")
@click.option("--all", "--alle", "everybody", is_flag=True, help="Auch deaktivierte Mitglieder.")
def every(everybody: bool) -> None:
    """Zeigt die Mitglieder: Nummer, Name, Rolle, Zustand, Postfächer, Teams, Vertretung."""
    with opened() as (_, turn):
        found = people.every(turn, inactive=everybody)
    for line in found:
        who = line.member
        state = "deaktiviert" if not who.active else "eingeladen" if who.invited_at else "aktiv"
        lacking = "ohne Vertretung" if who.active and who.role in WORKING else "-"
        deputy = "mit Vertretung" if line.has_deputy else lacking
        looks, teams = (", ".join(names) or "-" for names in (line.accounts, line.teams))
        click.echo(f"{who.id}\t{who.name}\t{who.role.value}\t{state}\t{looks}\t{teams}\t{deputy}")
    if not found:
        click.echo("Noch kein Mitglied. Den ersten Anmeldelink druckt: " + configuration.call("login-link"))


@command.command("invite")
@click.argument("name")
@click.option("--address", "--adresse", default="", help="Eigene E-Mail-Adresse, nur für Mitteilungen.")
@click.option("--role", "--rolle", type=_ROLE, help="Rolle; ohne Angabe Mitarbeiter.")
def invite(name: str, address: str, role: str | None) -> None:
    """Lädt eine Person ein und druckt ihren Link, einmal."""
    with opened() as (config, turn):
        if role is not None:
            _given_here(config)
        made = members.invite(turn, name, address, _ROLES[(role or Role.MITARBEITER.value).lower()])
        address = way_in(config, turn, made)
    click.echo(f"Mitglied {made.id} angelegt: {made.name}, {made.role.value}", err=True)
    _show(config, address)


@command.command("link")
@click.argument("who", metavar="WER")
def link(who: str) -> None:
    """Druckt einen neuen Link für ein Mitglied; frühere Einladungen gelten nicht mehr."""
    with opened() as (config, turn):
        address = way_in(config, turn, people.find(turn, who))
    _show(config, address)


def way_in(config: Config, turn: Turn, who: Member) -> str:
    """Return the address by which a member comes in: an invitation where there is a directory, else a login link.

    "" where this installation lets nobody in yet: it can be reached from elsewhere and has no directory.
    """
    base = config.sign_in_url.removesuffix("/anmelden/antwort")
    if config.oidc_issuer:
        return f"{base}/einladung#{members.invitation(turn, who.id)}"
    return f"{base}/anmelden#{signin.link(turn, who.role, who.id)}" if config.is_loopback else ""


def _show(config: Config, address: str) -> None:
    if not address:
        click.echo(f"Herein kommt noch niemand: {configuration.call('setup', 'sign-in')}", err=True)
        return
    click.echo(address)
    click.echo("Gilt 7 Tage und nur einmal." if config.oidc_issuer else "Gilt 10 Minuten und nur einmal.", err=True)


def _given_here(config: Config) -> None:
    if config.roles_from_directory:
        raise Invalid(
            "Rollen vergibt hier das Firmenverzeichnis; die neue gilt ab der nächsten Anmeldung.",
            {"role": "Ohne --role aufrufen."},
        )


@command.command("role")
@click.argument("who", metavar="WER")
@click.argument("role", metavar="ROLLE", type=_ROLE)
def role(who: str, role: str) -> None:
    """Gibt einem Mitglied eine andere Rolle; seine Sitzungen enden."""
    with opened() as (config, turn):
        _given_here(config)
        found = people.find(turn, who)
        members.change_role(turn, found.id, _ROLES[role.lower()])
    click.echo(f"{found.name}: {found.role.value}")


@command.command("name")
@click.argument("who", metavar="WER")
@click.argument("name")
@click.option("--address", "--adresse", help="Eigene E-Mail-Adresse; leer löscht sie.")
def name(who: str, name: str, address: str | None) -> None:
    """Ändert Namen und eigene Adresse."""
    with opened() as (_, turn):
        found = people.find(turn, who)
        members.describe(turn, found.id, name, found.address if address is None else address)
    click.echo(f"{found.name}: gespeichert")


@command.command("mailboxes")
@click.argument("who", metavar="WER")
@click.argument("places", metavar="[POSTFACH[=STELLE]]...", nargs=-1)
@click.option("--none", "--keine", "nothing", is_flag=True, help="Betreut keines mehr.")
def mailboxes(who: str, places: tuple[str, ...], nothing: bool) -> None:
    """Zeigt, welche Postfächer und Nummern ein Mitglied betreut, oder legt sie alle fest.

    Stelle 1 ist zuerst zuständig; ohne Angabe kommt das Mitglied ans Ende.
    """
    with opened() as (_, turn):
        found = people.find(turn, who)
        if places or nothing:
            members.look_after(turn, found.id, _places(turn, places))
        kept = [place for place in care.places(turn, found.id) if place.rank]
    for place in kept:
        click.echo(f"{place.address}\t{place.name}\tStelle {place.rank} von {place.of}")
    if not kept:
        click.echo(f"{found.name} betreut kein Postfach.")


def _places(turn: Turn, words: tuple[str, ...]) -> dict[int, int]:
    wanted = {}
    for word in words:
        text, _, place = word.partition("=")
        if place and not (place.isascii() and place.isdigit() and len(place) < 3):
            raise Invalid(f"„{word}“: Die Stelle ist eine Zahl ab 1.", {"place": "So geht es: info@firma.de=1"})
        wanted[member_team.account(turn, text)] = int(place or 99)
    return wanted


@command.command("hours")
@click.argument("who", metavar="WER")
@click.argument("week", metavar="[TAGE=ZEITEN]...", nargs=-1)
@click.option("--like-firm", "--wie-firma", "like_firm", is_flag=True, help="Wieder die Öffnungszeiten der Firma.")
@click.option("--zone", help="Zeitzone wie Europe/Vienna; leer heißt wie die Firma.")
@click.option("--delivery", "--mitteilungen", type=click.Choice(list(_DELIVERIES)), help="Wann es Mitteilungen gibt.")
def hours(who: str, week: tuple[str, ...], like_firm: bool, zone: str | None, delivery: str | None) -> None:
    """Zeigt oder ändert Arbeitszeit, Zeitzone und Mitteilungen, etwa: mo-do=08:00-12:00,13:00-17:00 fr=08:00-14:00"""
    with opened() as (_, turn):
        found = people.find(turn, who)
        if week or like_firm or zone is not None or delivery:
            wanted = found.hours if not (week or like_firm) else None if like_firm else _week(week)
            kind = _DELIVERIES[delivery] if delivery else found.delivery
            members.work(turn, found.id, Work(wanted, found.zone if zone is None else zone, kind))
        text = working_hours.written(found.hours)
    click.echo(f"{found.name}\t{text}\t{found.zone or 'Zeitzone der Firma'}\t{found.delivery.value}")


def _week(words: tuple[str, ...]) -> dict[str, list[list[str]]]:
    try:
        return working_hours.read(words)
    except ValueError as error:
        raise Invalid(str(error), {"week": "So geht es: mo-fr=08:00-16:00"}) from error


@command.command("deactivate")
@click.argument("who", metavar="WER")
@click.option("--successor", "--nachfolge", metavar="WER", help="Wer Offenes übernimmt; sonst die erste Vertretung.")
def deactivate(who: str, successor: str | None) -> None:
    """Beendet den Zugang sofort und übergibt, was offen ist."""
    with opened() as (_, turn):
        found = people.find(turn, who)
        heir = people.find(turn, successor).id if successor else None
        held = depart.deactivate(turn, found.id, heir)
    click.echo(
        f"{found.name} ist deaktiviert. Übergeben: {held.conversations} Konversationen, {held.parties} Kunden und "
        f"Lieferanten; betreut hat das Mitglied {len(held.accounts)} Postfächer."
    )


@command.command("activate")
@click.argument("who", metavar="WER")
def activate(who: str) -> None:
    """Lässt ein deaktiviertes Mitglied wieder herein."""
    with opened() as (_, turn):
        found = people.find(turn, who)
        depart.reactivate(turn, found.id)
    click.echo(f"{found.name} ist wieder aktiv.")
