"""Sets up the people of the demo: members, the mailboxes they look after, teams, who stands in, working hours."""

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from connectors.emulator import duties
from connectors.emulator.firm import Firm
from models.terms import AbsenceKind, Channel, Delivery, Role
from service.actions import absence, deputies, members, teams
from service.actions.absence import Plan
from service.actions.members import Work
from service.domain.days import local_day, midnight
from service.runtime import Runtime
from service.store import accounts, care, settings, staff
from service.store.accounts import Facts
from service.store.teams import Part
from service.turn import Turn


def people(runtime: Runtime, firm: Firm) -> None:
    """Add the staff as members, the mailboxes and numbers as accounts of the sample, and who looks after what."""
    with runtime.turn() as turn:
        numbers = {person.address: _member(turn, person.name, person.address, person.role) for person in firm.staff}
        for mailbox in firm.mailboxes:
            facts = Facts(mailbox.name, shared=mailbox.shared, people=mailbox.people, sample=True)
            accounts.ensure(turn, Channel.EMAIL, mailbox.address, facts)
        for number in firm.numbers:
            facts = Facts(number.name, shared=True, people=len(firm.staff) // 2, sample=True)
            accounts.ensure(turn, Channel.WHATSAPP, number.id, facts)
        _duties(turn, firm, numbers)


def _member(turn: Turn, name: str, address: str, role: Role) -> int:
    made = staff.add(turn, name, role, sample=True)
    made.address = address
    return made.id


def _duties(turn: Turn, firm: Firm, numbers: Mapping[str, int]) -> None:
    places = {account.address: account.id for account in accounts.every(turn)}
    for place, order in duties.care(firm).items():
        care.arrange(turn, places[place], (numbers[address] for address in order))
    for team in duties.teams(firm):
        boxes = frozenset(places[place] for place in team.places)
        inside, leads = (frozenset(numbers[address] for address in who) for who in (team.members, team.leads))
        teams.create(turn, team.name, Part(boxes, inside, leads), sample=True)
    care.recount(turn)
    for address, order in duties.deputies(firm).items():
        deputies.put(turn, numbers[address], tuple(numbers[deputy] for deputy in order))
    for address, week in duties.hours(firm).items():
        members.work(turn, numbers[address], Work(week, "", Delivery.MORGENS))
    zone = ZoneInfo(settings.zone(turn))
    today = local_day(turn.now, zone)
    holiday = Plan(
        AbsenceKind.URLAUB, midnight(today - timedelta(days=2), zone), midnight(today + timedelta(days=6), zone)
    )
    for address in duties.away(firm):
        absence.enter(turn, numbers[address], holiday)
