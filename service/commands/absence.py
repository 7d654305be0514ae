"""`postlotse absence`: absences and deputies on the command line, through the same verbs as the pages."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click

from models.terms import AbsenceKind
from service.actions import absence, cover, deputies
from service.actions.absence import Plan
from service.commands.member import opened
from service.domain.days import midnight
from service.store import absences, duty, members, settings

_KINDS = [kind.value for kind in AbsenceKind if kind is not AbsenceKind.OUTLOOK]


@click.group()
def command() -> None:
    """Abwesenheiten und Vertretung: anzeigen, eintragen, beenden, festlegen.

    WER ist die Nummer aus `member list`, die eigene Adresse oder der genaue Name.
    """


@command.command("list")
@click.option("--over", "--vorbei", is_flag=True, help="Was vorbei ist, statt was läuft und geplant ist.")
def show(over: bool) -> None:
    """Zeigt Abwesenheiten: Nummer, Name, Grund, von, bis, wer vertritt."""
    with opened() as (_, turn):
        zone, names, duties = ZoneInfo(settings.zone(turn)), duty.names(turn), duty.load(turn)
        for line in absences.lines(turn, over=over):
            found = line.absence
            stand_ins = duties.stand_ins(found.member_id, max(turn.now, found.from_at))
            deputy = ", ".join(names[number] for number in stand_ins) or "niemand"
            period = _period(found.from_at.astimezone(zone), absences.over_at(found).astimezone(zone))
            ending = "" if over else f"  Vertretung: {deputy}"
            click.echo(f"{found.id:>5}  {line.name}  {found.kind.value}  {period}{ending}")


def _period(start: datetime, end: datetime) -> str:
    """Return whole days as days, the last one included as it was entered; anything else with times."""
    if start.time() == end.time() == time(0):
        return f"{start:%d.%m.%Y} bis {end - timedelta(days=1):%d.%m.%Y}"
    return f"{start:%d.%m.%Y %H:%M} bis {end:%d.%m.%Y %H:%M}"


@command.command()
@click.argument("wer")
@click.option("--reason", "--grund", type=click.Choice(_KINDS, case_sensitive=False), default=_KINDS[0])
@click.option("--from", "--von", "start", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Erster Tag.")
@click.option("--until", "--bis", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Letzter Tag.")
def add(wer: str, reason: str, start: datetime, last: datetime) -> None:
    """Trägt eine Abwesenheit von WER ein; beide Tage zählen mit."""
    with opened() as (_, turn):
        who, zone = members.find(turn, wer), ZoneInfo(settings.zone(turn))
        plan = Plan(AbsenceKind(reason), midnight(_day(start), zone), midnight(_day(last) + timedelta(days=1), zone))
        done = absence.enter(turn, who.id, plan)
        cover.cover(turn)
    click.echo(f"{who.name} ist eingetragen, Nummer {done.absence_id}.")
    for text in done.warnings:
        click.echo(text)


def _day(at: datetime) -> date:
    return at.date()


@command.command()
@click.argument("nummer", type=int)
def end(nummer: int) -> None:
    """Beendet die Abwesenheit NUMMER jetzt, oder zieht eine geplante zurück."""
    with opened() as (_, turn):
        ran = absence.end(turn, nummer)
    click.echo("Beendet; was offen ist, ist zurückgegeben." if ran else "Zurückgezogen.")


@command.command("deputies")
@click.argument("wer")
@click.argument("vertretung", nargs=-1)
def put(wer: str, vertretung: tuple[str, ...]) -> None:
    """Legt fest, wer WER vertritt, in dieser Reihenfolge; ohne Angabe niemand."""
    with opened() as (_, turn):
        who = members.find(turn, wer)
        chosen = [members.find(turn, one) for one in vertretung]
        deputies.put(turn, who.id, [one.id for one in chosen])
        cover.cover(turn)
    names = ", ".join(one.name for one in chosen) or "niemand"
    click.echo(f"{who.name} wird vertreten von: {names}")
