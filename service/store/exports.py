"""Exports: the rows of a list as a table, and files that the worker makes in parts and that expire."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update

from models.account import Account
from models.export import Export, ExportPart
from models.message import Conversation
from models.staff import Member
from service.domain.tabular import Cell
from service.errors import NotFound
from service.store import groups, listing, lookup, reach, shown
from service.store.listing import Filter
from service.store.scope import frame
from service.turn import Actor, Turn

# Beyond so many rows nobody waits in front of the browser: the worker makes the file.
DIRECT = 100_000
LIFE = timedelta(hours=24)
_PIECE = 1_000

# Who is responsible is not among them: a table of it would be a figure per person as soon as somebody counts.
COLUMNS = (
    "Nummer",
    "Weg",
    "Name",
    "Adresse",
    "Postfach",
    "Klasse",
    "Vorschlag",
    "Begründung",
    "Partner",
    "Partnernummer",
    "Zustand",
    "Letzter Eingang",
    "Letzte Nachricht",
    "Wartet seit",
    "Fällig (Kalender der Frist)",
    "Fällig (Uhr)",
    "Überfällig",
    "Nachrichten ohne Klasse",
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How a file stands, for the member who asked for it."""

    id: int
    format: str
    total: int
    done: int
    finished_at: datetime | None
    expires_at: datetime
    error: str


def rows(turn: Turn, wanted: Filter) -> Iterator[list[Sequence[Cell]]]:
    """Yield the rows of a list in reach, some at a time, in the order of their numbers."""
    accounts = turn.session.execute(select(Account.id, Account.name).where(*reach.accounts(turn)))
    alone = _alone(turn, wanted)
    names: dict[int, str] = {number: name for number, name in accounts if not alone.get(number)}
    for some in listing.every(turn, wanted, _PIECE):
        companies = lookup.companies(turn, {one.company_id for one in some if one.company_id})
        persons = lookup.persons(turn, {one.person_id for one in some if one.person_id})
        yield [_row(one, names, companies, persons, turn.now) for one in some]
        for one in some:
            turn.session.expunge(one)


def _alone(turn: Turn, wanted: Filter) -> dict[int, str]:
    """Return why a mailbox is not named beside what happened over a time: counting its rows would be its figure."""
    if not shown.over_time(wanted.kpi, wanted.day, wanted.answered):
        return {}
    found: dict[int, str] = {}
    for during in listing.times(wanted):
        at = frame(turn, during)
        found |= {number: why for number, why in groups.alone(turn, at.days(at.scope.days)[0], at.last).items() if why}
    return found


def _row(
    one: Conversation,
    names: dict[int, str],
    companies: dict[int, lookup.Party],
    persons: dict[int, lookup.Party],
    now: datetime,
) -> Sequence[Cell]:
    party = companies.get(one.company_id or 0) or persons.get(one.person_id or 0)
    return (
        one.id,
        one.channel.value,
        one.peer_name,
        one.peer,
        names.get(one.account_id, ""),
        one.category.value if one.category else "",
        one.suggested.value if one.suggested else "",
        one.reason,
        party.name if party else "",
        party.number if party else "",
        one.state.value,
        one.last_inbound_at,
        one.last_at,
        one.waiting_since,
        one.due_at,
        one.strict_due_at,
        one.due_at is not None and one.due_at < now,
        one.unclassified,
    )


def add(turn: Turn, wanted: Filter, form: str, total: int) -> int:
    """Note that a member wants a file of this list; returns its number. The worker is told by its job."""
    actor = turn.actor
    made = Export(
        member_id=actor.member_id,
        wanted=msgspec.to_builtins(wanted),
        format=form,
        role=actor.role,
        reach=None if actor.reach is None else sorted(actor.reach),
        created_at=turn.now,
        expires_at=turn.now + LIFE,
        total=total,
    )
    turn.session.add(made)
    turn.session.flush()
    return made.id


def get(turn: Turn, number: int) -> Export:
    """Return a file of who acts. Raises NotFound for a missing, an expired and somebody else's one alike."""
    found = turn.session.get(Export, number)
    if found is None or found.member_id != turn.actor.member_id or found.expires_at <= turn.now:
        raise NotFound("Diese Datei gibt es nicht (mehr).")
    return found


def progress(one: Export) -> Progress:
    """Return how a file stands."""
    return Progress(one.id, one.format, one.total, one.done, one.finished_at, one.expires_at, one.error)


def mine(turn: Turn) -> tuple[Progress, ...]:
    """Return the files of who acts that are not over, newest first."""
    found = turn.session.scalars(
        select(Export)
        .where(Export.member_id == turn.actor.member_id, Export.expires_at > turn.now)
        .order_by(Export.id.desc())
    )
    return tuple(progress(one) for one in found)


def begin(turn: Turn, number: int) -> tuple[Actor, Filter, str] | None:
    """Return for whom, what and in which format a file is to be made; None when nobody needs it any more.

    Parts of an earlier try are thrown away; the reach is that of this moment.
    """
    one = turn.session.get(Export, number)
    member = None if one is None else turn.session.get(Member, one.member_id)
    if one is None or member is None or not member.active or one.finished_at or one.expires_at <= turn.now:
        return None
    turn.session.execute(delete(ExportPart).where(ExportPart.export_id == number))
    actor = reach.actor(turn, member)
    one.done, one.error, one.role = 0, "", member.role
    one.reach = None if actor.reach is None else sorted(actor.reach)
    wanted: dict[str, Any] = one.wanted
    return actor, msgspec.convert(wanted, Filter), one.format


def put(turn: Turn, number: int, position: int, data: bytes, done: int) -> None:
    """Store one part and how many rows are written by now."""
    turn.session.add(ExportPart(export_id=number, position=position, data=data))
    written(turn, number, done)


def written(turn: Turn, number: int, done: int) -> None:
    """Note how many rows are written by now."""
    turn.session.execute(update(Export).where(Export.id == number).values(done=done))


def finish(turn: Turn, number: int, done: int) -> None:
    """Note that a file is complete."""
    turn.session.execute(update(Export).where(Export.id == number).values(finished_at=turn.now, done=done, total=done))


def parts(turn: Turn, number: int) -> Iterator[bytes]:
    """Yield the parts of a file in order."""
    last = turn.session.scalar(select(func.max(ExportPart.position)).where(ExportPart.export_id == number))
    for position in range(0 if last is None else last + 1):
        yield turn.session.scalars(
            select(ExportPart.data).where(ExportPart.export_id == number, ExportPart.position == position)
        ).one()


def sweep(turn: Turn) -> int:
    """Remove files that are over; returns how many."""
    over = list(turn.session.scalars(select(Export.id).where(Export.expires_at <= turn.now)))
    turn.session.execute(delete(ExportPart).where(ExportPart.export_id.in_(over)))
    turn.session.execute(delete(Export).where(Export.id.in_(over)))
    return len(over)
