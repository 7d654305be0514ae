"""Says who of the emulated firm looks after which mailbox and number, in which team, and who stands in for whom."""

from dataclasses import dataclass

from connectors.emulator.firm import Employee, Firm
from models.terms import Role


@dataclass(frozen=True, slots=True)
class Team:
    """A team of the firm: addresses of mailboxes and ids of numbers, staff by address, who leads among them."""

    name: str
    places: tuple[str, ...]
    members: tuple[str, ...]
    leads: tuple[str, ...]


# Who looks after a shared mailbox or number, by place in the list of those without a title (0-7), first one first.
_CARE = {
    "info": (5, 0, 1),
    "service": (0, 1, 2, 4, 5),
    "notdienst": (1, 2),
    "angebote": (6, 7),
    "einkauf": (7,),
    "buchhaltung": (7, 6),
    "100000000000011": (2, 0, 4),
    "100000000000012": (3, 1),
}
# Two of the firm have nobody who stands in, so that the pages have something to say about it.
_DEPUTIES = {0: (1, 2), 1: (0,), 2: (3, 0), 3: (2,), 4: (0, 5), 6: (7,), 7: (6,)}
# The one who is on holiday, so that the first of those without a title stands in.
_AWAY = 1
# The one who works in the mornings only, Monday to Thursday.
_PART_TIME = 4


def clerks(firm: Firm) -> tuple[Employee, ...]:
    """Return those of the staff who do the daily work without a title, in order."""
    return tuple(person for person in firm.staff if person.role is Role.MITARBEITER)


def care(firm: Firm) -> dict[str, tuple[str, ...]]:
    """Return who looks after which mailbox or number: address or id -> staff by address, first one first."""
    people = clerks(firm)
    found = {
        place if place.isdigit() else f"{place}@{firm.domain}": tuple(people[n].address for n in order)
        for place, order in _CARE.items()
    }
    return found | {person.address: (person.address,) for person in firm.staff}


def teams(firm: Firm) -> tuple[Team, ...]:
    """Return the two teams; the one Team-Lead leads both."""
    lead = next(person.address for person in firm.staff if person.role is Role.TEAM_LEAD)
    people = tuple(person.address for person in clerks(firm))
    service = (f"service@{firm.domain}", f"notdienst@{firm.domain}", *(number.id for number in firm.numbers))
    office = tuple(f"{name}@{firm.domain}" for name in ("info", "angebote", "einkauf", "buchhaltung"))
    return (
        Team("Kundendienst", service, (lead, *people[:4]), (lead,)),
        Team("Innendienst", office, (lead, *people[6:8]), (lead,)),
    )


def deputies(firm: Firm) -> dict[str, tuple[str, ...]]:
    """Return who stands in for whom, by address, first one first; the lead last, so that no circle stays among two."""
    people = clerks(firm)
    lead, admin = (next(p.address for p in firm.staff if p.role is role) for role in (Role.TEAM_LEAD, Role.ADMIN))
    found = {people[n].address: (*(people[m].address for m in order), lead) for n, order in _DEPUTIES.items()}
    return found | {lead: (admin, people[0].address)}


def away(firm: Firm) -> tuple[str, ...]:
    """Return who is on holiday just now, by address."""
    return (clerks(firm)[_AWAY].address,)


def hours(firm: Firm) -> dict[str, dict[str, list[list[str]]]]:
    """Return the own working hours of those who have some: address -> weekday -> spans."""
    return {clerks(firm)[_PART_TIME].address: {day: [["08:00", "13:00"]] for day in ("mon", "tue", "wed", "thu")}}
