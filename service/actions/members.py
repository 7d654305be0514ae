"""Members: a person is invited, gets a name, a role, mailboxes and working hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any

from models.address import clean_address
from models.staff import Member
from models.terms import Delivery, Role
from service.domain import working_hours
from service.domain.working_hours import Week
from service.errors import Invalid
from service.store import absences, care, invitations, members, settings, staff, trail
from service.turn import Turn

INVITATION_LIFE = timedelta(days=7)
_BYTES = 32
_LONGEST = 120
# The name of the member that the first printed link makes; the directory's name replaces it at sign-in.
_FIRST_NAME = "Verwaltung"


@dataclass(frozen=True, slots=True)
class Work:
    """When and how a member works: the week in `zone` (None = the firm's hours, "" = the firm's zone), and delivery."""

    week: Week | None
    zone: str
    delivery: Delivery


def invite(turn: Turn, name: str, address: str, role: Role) -> Member:
    """Add a member who has not come in yet. Raises Invalid for a name or an address that cannot be."""
    name, address = _name(name), _address(turn, address)
    made = staff.add(turn, name, role)
    made.address, made.invited_at = address, turn.now
    trail.note(turn, "Mitglied eingeladen", f"member:{made.id}", None, {"name": name, "role": role.value})
    turn.session.flush()
    return made


def invitation(turn: Turn, member_id: int) -> str:
    """Make a one-time token (256 bit, 7 days) by which a person of the directory becomes this member.

    Only its hash is stored, and earlier ones of the member end. Raises NotFound, and Invalid for a member whom a
    directory knows already or who was deactivated.
    """
    who = members.get(turn, member_id)
    if not who.active or invitations.is_bound(turn, who.id):
        raise Invalid(f"{who.name} braucht keine Einladung (mehr).", {"member": "Bitte die Seite neu laden."})
    token = token_urlsafe(_BYTES)
    invitations.add(turn, token, who.id, turn.now + INVITATION_LIFE)
    trail.note(turn, "Einladungslink erzeugt", f"member:{who.id}", None, {"role": who.role.value})
    return token


def first_admin(turn: Turn) -> Member:
    """Return the Admin for whom the first link is printed, made now if nobody waits for one.

    Raises Invalid once an Admin has come in: from then on Admins invite each other.
    """
    if members.has_admin(turn):
        raise Invalid("Es gibt schon eine Verwaltung, die sich angemeldet hat.", {"role": "Sie vergibt die Rollen."})
    waiting = [who for who in staff.with_role(turn, Role.ADMIN) if who.invited_at]
    return waiting[0] if waiting else invite(turn, _FIRST_NAME, "", Role.ADMIN)


def describe(turn: Turn, member_id: int, name: str, address: str, version: int | None = None) -> None:
    """Store a member's name and own address. Raises NotFound, Conflict, Invalid."""
    who = members.hold(turn, member_id, version)
    name, address = _name(name), _address(turn, address, who.id)
    # The address itself never stands in the trail: that it changed is enough to find out when.
    before = {"name": who.name, "address": "eingetragen" if who.address else ""}
    after = {"name": name, "address": "eingetragen" if address else ""}
    if (who.name, who.address) != (name, address):
        trail.note(turn, "Angaben geändert", f"member:{who.id}", before, after)
    who.name, who.address = name, address


def change_role(turn: Turn, member_id: int, role: Role, version: int | None = None) -> None:
    """Give a member another role; every session of the member ends. Raises NotFound, Conflict, Invalid (last Admin)."""
    # Everybody is held in one order first: two Admins who demote each other must queue up, not block each other.
    absences.hold(turn)
    who = members.hold(turn, member_id, version)
    if who.role is role:
        return
    if members.is_last_admin(turn, who):
        raise Invalid(
            f"{who.name} ist die letzte aktive Verwaltung und behält diese Rolle.",
            {"role": "Bitte zuerst jemand anderem die Rolle Verwaltung geben."},
        )
    trail.note(turn, "Rolle geändert", f"member:{who.id}", {"role": who.role.value}, {"role": role.value})
    who.role = role
    staff.end_all(turn, who.id)
    turn.session.flush()


def look_after(turn: Turn, member_id: int, wanted: Mapping[int, int], version: int | None = None) -> None:
    """Say which mailboxes and numbers a member looks after, and as which one: account -> place, 1 = first.

    Others move up or down. Raises NotFound, Conflict, Invalid (an account or a place that does not exist).
    """
    who = members.hold(turn, member_id, version)
    care.known(turn, wanted)
    if any(not 1 <= place <= 99 for place in wanted.values()):
        raise Invalid("Die Reihenfolge beginnt bei 1.", {"accounts": "Bitte eine Zahl ab 1 eintragen."})
    before = care.ranks(turn, who.id)
    care.put(turn, who.id, wanted)
    care.recount(turn, set(before) | set(wanted))
    after = care.ranks(turn, who.id)
    if before != after:
        trail.note(turn, "Postfächer zugeordnet", f"member:{who.id}", _texts(before), _texts(after))


def work(turn: Turn, member_id: int, wanted: Work, version: int | None = None) -> None:
    """Store a member's working hours, time zone and delivery. Raises NotFound, Conflict, Invalid."""
    who = members.hold(turn, member_id, version)
    _check_hours(turn, wanted)
    before = {"hours": who.hours, "zone": who.zone, "delivery": who.delivery.value}
    week = None if wanted.week is None else {day: [list(span) for span in s] for day, s in wanted.week.items() if s}
    after = {"hours": week, "zone": wanted.zone, "delivery": wanted.delivery.value}
    if before != after:
        trail.note(turn, "Arbeitszeit geändert", f"member:{who.id}", before, after)
    who.hours, who.zone, who.delivery = week, wanted.zone, wanted.delivery


def _check_hours(turn: Turn, wanted: Work) -> None:
    zone = wanted.zone or settings.zone(turn)
    week = {"mon": [["00:00", "24:00"]]} if wanted.week is None else wanted.week
    found = working_hours.faults(week, zone)
    if found:
        raise Invalid("Die Arbeitszeit lässt sich so nicht speichern.", found)


def _texts(ranks: Mapping[int, int]) -> dict[str, Any]:
    return {str(account_id): place for account_id, place in sorted(ranks.items())}


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= _LONGEST or not name.isprintable():
        raise Invalid(
            f"Ein Mitglied braucht einen Namen mit höchstens {_LONGEST} Zeichen.",
            {"name": "Bitte einen Namen eintragen."},
        )
    return name


def _address(turn: Turn, text: str, but: int | None = None) -> str:
    if not text.strip():
        return ""
    address = clean_address(text)
    if not address:
        raise Invalid("Das ist keine E-Mail-Adresse.", {"address": "Bitte eine Adresse wie name@firma.de eintragen."})
    if members.taken(turn, address, but):
        raise Invalid("Diese Adresse hat schon ein anderes Mitglied.", {"address": "Bitte die eigene eintragen."})
    return address
