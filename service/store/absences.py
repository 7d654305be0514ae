"""Absences as rows: who is away when, what runs now, what is over and not yet handed back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from models.base import Instant
from models.duty import Absence
from models.staff import Member
from models.terms import AbsenceKind
from service.errors import Conflict, NotFound
from service.turn import Turn

GONE = "Diese Abwesenheit gibt es nicht."


@dataclass(frozen=True, slots=True)
class Line:
    """One absence with the names that people read."""

    absence: Absence
    name: str
    entered_by: str


def hold(turn: Turn) -> None:
    """Keep everybody else from changing absences, deputies and grants until this turn ends.

    The lock lies on the members, weak enough for signing in to go on; SQLite's writers queue up anyway.
    """
    turn.session.execute(
        select(Member.id).where(Member.active).order_by(Member.id).with_for_update(key_share=True)
    ).all()


def _over() -> ColumnElement[datetime]:
    return func.coalesce(Absence.ended_at, Absence.until_at, type_=Instant())


def get(turn: Turn, absence_id: int) -> Absence:
    """Return an absence. Raises NotFound."""
    found = turn.session.get(Absence, absence_id)
    if found is None:
        raise NotFound(GONE)
    return found


def changeable(turn: Turn, absence_id: int) -> Absence:
    """Return an absence that is not over. Raises NotFound, and Conflict when it ended or was withdrawn."""
    found = turn.session.get(Absence, absence_id, populate_existing=True)
    if found is None:
        raise NotFound(GONE)
    if found.ended_at is not None or found.until_at <= turn.now:
        raise Conflict("Diese Abwesenheit ist schon beendet.")
    return found


def over_at(absence: Absence) -> datetime:
    """Return when an absence is or was over: at its planned end, or when it was ended."""
    return absence.ended_at or absence.until_at


def add(turn: Turn, member_id: int, kind: AbsenceKind, from_at: datetime, until_at: datetime) -> Absence:
    """Add an absence, entered by who acts."""
    made = Absence(
        member_id=member_id,
        kind=kind,
        from_at=from_at,
        until_at=until_at,
        created_at=turn.now,
        entered_by_id=turn.actor.member_id,
    )
    turn.session.add(made)
    turn.session.flush()
    return made


def ahead(turn: Turn, member_id: int) -> Sequence[Absence]:
    """Return a member's absences that run or are planned, in order of time."""
    return turn.session.scalars(
        select(Absence)
        .where(Absence.member_id == member_id, Absence.until_at > turn.now, Absence.ended_at.is_(None))
        .order_by(Absence.from_at)
    ).all()


def running(turn: Turn) -> Sequence[Absence]:
    """Return the absences that run now, of active members."""
    return turn.session.scalars(
        select(Absence)
        .join(Member, Member.id == Absence.member_id)
        .where(Member.active, Absence.from_at <= turn.now, Absence.until_at > turn.now, Absence.ended_at.is_(None))
        .order_by(Absence.id)
    ).all()


def to_hand_back(turn: Turn) -> Sequence[Absence]:
    """Return absences that began, are over, and were not handed back yet, in order of time."""
    return turn.session.scalars(
        select(Absence)
        .where(Absence.handed_back_at.is_(None), _over() <= turn.now, _over() > Absence.from_at)
        .order_by(_over(), Absence.id)
    ).all()


def lines(turn: Turn, *, over: bool = False, limit: int = 200) -> tuple[Line, ...]:
    """Return what runs and is planned, soonest first; with `over` what ended, newest first."""
    who, by = select(Member.id, Member.name).subquery(), select(Member.id, Member.name).subquery()
    query = (
        select(Absence, who.c.name, by.c.name)
        .join(who, who.c.id == Absence.member_id)
        .outerjoin(by, by.c.id == Absence.entered_by_id)
        .limit(limit)
    )
    if over:
        query = query.where(_over() <= turn.now).order_by(_over().desc(), Absence.id.desc())
    else:
        query = query.where(_over() > turn.now).order_by(Absence.from_at, Absence.id)
    return tuple(Line(row, name, entered or "") for row, name, entered in turn.session.execute(query))


def line(turn: Turn, absence: Absence) -> Line:
    """Return one absence with the names that people read."""
    found = dict(turn.session.execute(select(Member.id, Member.name)).all())
    return Line(absence, found[absence.member_id], found.get(absence.entered_by_id or 0, ""))


def member_at(turn: Turn, address: str) -> Member | None:
    """Return the active member whose own address this is; None when nobody has it."""
    return turn.session.scalars(
        select(Member).where(Member.address == address.strip().lower(), Member.address != "", Member.active)
    ).first()


def last_outlook(turn: Turn, member_id: int) -> Absence | None:
    """Return the newest absence of a member that came from the mailbox itself; None when there never was one."""
    return turn.session.scalars(
        select(Absence)
        .where(Absence.member_id == member_id, Absence.kind == AbsenceKind.OUTLOOK)
        .order_by(Absence.id.desc())
        .limit(1)
    ).first()
