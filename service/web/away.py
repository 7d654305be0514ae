"""What pages show of absences and deputies: rows, the form of who stands in, and for whom one stands in now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.duty import Absence
from models.staff import Member
from service import guards
from service.actions import absence, deputies
from service.domain.duty import Duties
from service.store import absences, duty, grants, members
from service.store.absences import Line
from service.turn import Turn
from service.web import session

_PLACES = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One absence as a page shows it: why only to those whom it concerns, and who stands in."""

    absence: Absence
    name: str
    entered_by: str
    kind: str
    may_change: bool
    may_open: bool
    running: bool
    withdrawn: bool
    deputies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Editor:
    """Who stands in for a member: the chosen ones in order with room for more, and who can be chosen."""

    member_id: int
    chosen: tuple[int, ...]
    people: dict[int, str]
    places: int
    may_change: bool


def rows(turn: Turn, *, over: bool) -> list[Row]:
    """Return what runs and is planned, or what is over."""
    duties, names = duty.load(turn), duty.names(turn)
    return [row(turn, line, duties, names) for line in absences.lines(turn, over=over)]


def row(turn: Turn, line: Line, duties: Duties, names: dict[int, str]) -> Row:
    """Return one absence; while it is ahead, who would stand in as far as that is known today."""
    found = line.absence
    over_at = absences.over_at(found)
    held = grants.holders(turn, found.id)
    at = max(turn.now, found.from_at)
    stand_ins = duties.stand_ins(found.member_id, at) if at < over_at else held
    may_change = absence.may_change(turn, found.member_id)
    return Row(
        absence=found,
        name=line.name,
        entered_by=line.entered_by,
        # Why somebody is away may be about health: colleagues only read that somebody is, and until when.
        kind=found.kind.value if may_change else "abwesend",
        may_change=may_change,
        may_open=may_change or turn.actor.member_id in held,
        running=found.from_at <= turn.now < over_at,
        withdrawn=over_at <= found.from_at,
        deputies=tuple(names[number] for number in stand_ins),
    )


def uncovered(turn: Turn) -> tuple[Member, ...]:
    """Return the active members who do the daily work and in whose place nobody stands in."""
    return tuple(line.member for line in members.every(turn) if line.member.role in guards.WORK and not line.has_deputy)


def editor(turn: Turn, member_id: int, typed: Sequence[int] | None = None) -> Editor:
    """Return what the form of a member's deputies needs; `typed` is what a refused form held."""
    chosen = duty.deputies(turn).get(member_id, ()) if typed is None else tuple(typed)
    people = {number: name for number, name in duty.names(turn, working=True).items() if number != member_id}
    shown = tuple(number for number in chosen if number in people)
    places = min(deputies.MOST, max(_PLACES, len(shown) + 1), len(people))
    return Editor(member_id, shown, people, places, absence.may_change(turn, member_id))


def of_member(member_id: int) -> dict[str, Any]:
    """Return deputies and absences of a member for that member's page; called from its template."""
    with session.runtime().look(session.actor()) as turn:
        mine = [one for one in rows(turn, over=False) if one.absence.member_id == member_id]
        return {"rows": mine, "editor": editor(turn, member_id), "works": duty.load(turn).works(member_id)}
