"""When each mailbox is looked into next: one row of the schedule per mailbox, moved on by compare-and-set."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, literal, select, union, update

from models.account import Account
from models.job import Schedule
from models.message import Conversation, Message
from models.terms import Channel
from service.turn import Turn

_PREFIX = "pull:"


def enroll(turn: Turn, mailboxes: Iterable[str]) -> None:
    """Give every mailbox a row, due at once, and drop the rows of those that are no longer read."""
    wanted = {f"{_PREFIX}{address}" for address in mailboxes}
    known = set(turn.session.scalars(select(Schedule.name).where(Schedule.name.startswith(_PREFIX))))
    if gone := known - wanted:
        turn.session.execute(delete(Schedule).where(Schedule.name.in_(gone)))
    turn.session.add_all(Schedule(name=name, next_run_at=turn.now) for name in sorted(wanted - known))
    turn.session.flush()


def due(turn: Turn) -> tuple[tuple[str, datetime], ...]:
    """Return the mailboxes to look into now, each with the instant at which it was due."""
    rows = turn.session.execute(
        select(Schedule.name, Schedule.next_run_at)
        .where(Schedule.name.startswith(_PREFIX), Schedule.next_run_at <= turn.now)
        .order_by(Schedule.next_run_at, Schedule.name)
    )
    return tuple((name.removeprefix(_PREFIX), at) for name, at in rows)


def move(turn: Turn, address: str, was: datetime, until: datetime) -> bool:
    """Set the next look of a mailbox; False when somebody else has moved it since."""
    moved = turn.session.connection().execute(
        update(Schedule)
        .where(Schedule.name == f"{_PREFIX}{address}", Schedule.next_run_at == was)
        .values(next_run_at=until)
    )
    return moved.rowcount == 1


def sooner(turn: Turn, address: str, until: datetime) -> None:
    """Bring the next look forward; never put it off."""
    turn.session.connection().execute(
        update(Schedule)
        .where(Schedule.name == f"{_PREFIX}{address}", Schedule.next_run_at > until)
        .values(next_run_at=until)
    )


def waited_for(turn: Turn) -> frozenset[str]:
    """Return the mailboxes in which somebody waits for an answer: each of them where the mail lies in several."""
    waits = Conversation.due_at.is_not(None)
    there = select(Message.account_id).join(Conversation, Conversation.id == Message.conversation_id)
    waiting = union(select(Conversation.account_id).where(waits), there.where(waits, Conversation.several))
    return frozenset(
        turn.session.scalars(select(Account.address).where(Account.channel == Channel.EMAIL, Account.id.in_(waiting)))
    )


def planned(turn: Turn, addresses: Iterable[str]) -> dict[str, datetime]:
    """Return when each of these mailboxes is looked into next; those that nobody looks into are left out."""
    names = [f"{_PREFIX}{address}" for address in addresses]
    rows = turn.session.execute(select(Schedule.name, Schedule.next_run_at).where(Schedule.name.in_(names)))
    return {name.removeprefix(_PREFIX): at for name, at in rows}


def is_planned() -> ColumnElement[bool]:
    """Return the condition under which a row of `account` is a mailbox that is looked into."""
    return exists().where(Schedule.name == literal(_PREFIX) + Account.address)
