"""`postlotse member team`: teams on the command line, through the same verbs as the pages."""

from dataclasses import dataclass

import click

from service import config as configuration
from service import runtime as running
from service.actions import teams
from service.errors import Invalid, NotFound
from service.store import accounts, members
from service.store import teams as sets
from service.store.teams import Part
from service.turn import Turn


@click.group()
def command() -> None:
    """Teams: Mengen von Postfächern mit den Mitgliedern, die dort arbeiten."""


@command.command("list")
def every() -> None:
    """Zeigt die Teams: Name, Postfächer, Leitung, Mitglieder."""
    runtime = running.start(configuration.load())
    with runtime.look() as turn:
        found = sets.every(turn)
    runtime.database.dispose()
    for line in found:
        boxes, leads, rest = (", ".join(names) or "-" for names in (line.accounts, line.leads, line.members))
        click.echo(f"{line.name}\t{boxes}\tLeitung: {leads}\tMitglieder: {rest}")
    if not found:
        click.echo("Noch kein Team.")


@command.command("set")
@click.argument("name")
@click.option("--mailbox", "--postfach", "mailboxes", multiple=True, help="Adresse oder Name; mehrfach möglich.")
@click.option("--member", "--mitglied", "people", multiple=True, metavar="WER", help="Mitglied; mehrfach möglich.")
@click.option("--lead", "--leitung", "leads", multiple=True, metavar="WER", help="Wer leitet; mehrfach möglich.")
@click.option("--name", "renamed", help="Neuer Name.")
def put(
    name: str, mailboxes: tuple[str, ...], people: tuple[str, ...], leads: tuple[str, ...], renamed: str | None
) -> None:
    """Legt ein Team an oder legt fest, was dazugehört; was nicht genannt wird, bleibt."""
    runtime = running.start(configuration.load())
    with runtime.turn() as turn:
        given = _Given(
            frozenset(account(turn, text) for text in mailboxes),
            frozenset(members.find(turn, who).id for who in people),
            frozenset(members.find(turn, who).id for who in leads),
        )
        _store(turn, name, renamed, given)
    runtime.database.dispose()
    click.echo(f"Das Team „{renamed or name}“ ist gespeichert.")


@dataclass(frozen=True, slots=True)
class _Given:
    """What was named on the command line; an empty set leaves what the team has."""

    accounts: frozenset[int]
    others: frozenset[int]
    leads: frozenset[int]

    def onto(self, before: Part) -> Part:
        """Return the team as it shall be: who led and no longer does stays as a member, unless members were named."""
        leads = self.leads or before.leads - self.others
        others = self.others or before.members
        return Part(self.accounts or before.accounts, others | leads, leads)


def _store(turn: Turn, name: str, renamed: str | None, given: _Given) -> None:
    try:
        team = sets.find(turn, name)
    except NotFound:
        teams.create(turn, renamed or name, given.onto(Part()))
    else:
        teams.change(turn, team.id, renamed or team.name, given.onto(sets.part(turn, team.id)))


@command.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Löscht ein Team; Mitglieder und Postfächer bleiben."""
    runtime = running.start(configuration.load())
    with runtime.turn() as turn:
        teams.remove(turn, sets.find(turn, name).id)
    runtime.database.dispose()
    click.echo(f"Das Team „{name}“ ist gelöscht.")


def account(turn: Turn, text: str) -> int:
    """Return the mailbox or number of this address, id or name. Raises Invalid with those there are."""
    wanted = text.strip().casefold()
    every_one = accounts.every(turn)
    by_address = [one.id for one in every_one if one.address.casefold() == wanted]
    found = by_address or [one.id for one in every_one if one.name.casefold() == wanted]
    if len(found) == 1:
        return found[0]
    known = ", ".join(one.address for one in every_one) or "noch keine"
    raise Invalid(f"„{text}“ ist kein Postfach und keine Nummer; es gibt: {known}.", {"mailbox": "Bitte eine davon."})
