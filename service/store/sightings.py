"""Sightings: what a page of a mailbox says about messages that are known already, and what it says no longer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Row, bindparam, select, update

from models.account import Chain
from models.message import Message
from models.terms import Direction
from service.store import settings, tallies
from service.store.chains import TREE
from service.store.tallies import Delta
from service.turn import Turn

_CHUNK = 500
# A message that left its folder has this many more rounds of its mailbox to turn up in another one.
GRACE = 2

Known = Row[*tuple[Any, ...]]
_COLUMNS = (
    Message.id,
    Message.source_id,
    Message.account_id,
    Message.conversation_id,
    Message.direction,
    Message.received_at,
    Message.category,
    Message.copied,
    Message.internet_message_id,
    Message.is_read,
    Message.folder,
    Message.missing_round,
    Message.removed_at,
)
# Built once: what every page asks costs more to build than to answer.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_OF_ACCOUNT = select(*_COLUMNS).where(Message.account_id == bindparam("account_id"), Message.source_id.in_(_IDS))
_MAILS = select(Message.internet_message_id, Message.direction).where(Message.internet_message_id.in_(_IDS))
_SWEEP = (
    update(Message)
    .where(
        Message.account_id == bindparam("of_account"),
        Message.folder == bindparam("of_folder"),
        Message.seen_round < bindparam("before"),
        Message.missing_round.is_(None),
        Message.removed_at.is_(None),
    )
    .values(missing_round=bindparam("round"))
)


@dataclass(frozen=True, slots=True)
class Where:
    """Where a page was read: its folder and the mailbox's round, and whether that belongs to a full round.

    `horizon`: what was received before it is not stored anew. The defaults suit sources without folders.
    """

    folder: str = ""
    round: int = 0
    full: bool = False
    horizon: datetime | None = None


NOWHERE = Where()


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a known message; None is unchanged."""

    row: Known
    is_read: bool | None = None
    folder: str | None = None


@dataclass(slots=True)
class _Changes:
    values: list[dict[str, Any]] = field(default_factory=list)
    met: list[bytes] = field(default_factory=list)
    back: list[Known] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)


def known(turn: Turn, account_id: int, source_ids: Iterable[str]) -> dict[str, Known]:
    """Return those of the messages that the account already has, by source id."""
    found: dict[str, Known] = {}
    for ids in _chunks(source_ids):
        rows = turn.session.connection().execute(_OF_ACCOUNT, {"account_id": account_id, "ids": ids})
        found.update((row.source_id, row) for row in rows)
    return found


def meet(turn: Turn, seen: Iterable[Sight], where: Where) -> frozenset[int]:
    """Bring known messages up to what was seen of them; return the conversations whose standing may change.

    Whatever is seen is there: a tombstone or a removal is taken back. What stays the same costs no write, except that
    a full round notes whom it met.
    """
    changes = _Changes()
    for sight in seen:
        _compare(sight, where, changes)
    connection = turn.session.connection()
    if changes.values:
        names = ("is_read", "folder", "missing_round", "removed_at")
        connection.execute(
            update(Message).where(Message.id == bindparam("b_id")).values({name: bindparam(name) for name in names}),
            changes.values,
        )
    for start in range(0, len(changes.met), _CHUNK):
        ids = changes.met[start : start + _CHUNK]
        connection.execute(update(Message).where(Message.id.in_(ids)).values(seen_round=where.round))
    if changes.back:
        _come_back(turn, changes.back)
    return frozenset(changes.touched)


def _compare(sight: Sight, where: Where, changes: _Changes) -> None:
    row = sight.row
    is_read = row.is_read if sight.is_read is None else sight.is_read
    folder = sight.folder or row.folder
    if where.full:
        changes.met.append(row.id)
    if (is_read, folder, None, None) == (row.is_read, row.folder, row.missing_round, row.removed_at):
        return
    changes.values.append(
        {"b_id": row.id, "is_read": is_read, "folder": folder, "missing_round": None, "removed_at": None}
    )
    if row.removed_at is not None:
        changes.back.append(row)
    if row.removed_at is not None or is_read != row.is_read:
        changes.touched.add(row.conversation_id)


def miss(turn: Turn, account_id: int, source_ids: Sequence[str], where: Where) -> None:
    """Put a tombstone on messages that left the folder: deleted or moved, which only time tells.

    One that was already met in another folder that is read has moved: nothing is missing.
    """
    elsewhere = select(Chain.folder).where(
        Chain.account_id == account_id, Chain.folder != where.folder, Chain.kind != TREE
    )
    for ids in _chunks(source_ids):
        turn.session.connection().execute(
            update(Message)
            .where(
                Message.account_id == account_id,
                Message.source_id.in_(ids),
                Message.folder.not_in(elsewhere),
                Message.missing_round.is_(None),
                Message.removed_at.is_(None),
            )
            .values(missing_round=where.round)
        )


def sweep(turn: Turn, account_id: int, where: Where, before: int) -> int:
    """Put a tombstone on everything of a folder that no round since `before` has met; return how many."""
    swept = turn.session.connection().execute(
        _SWEEP, {"of_account": account_id, "of_folder": where.folder, "before": before, "round": where.round}
    )
    return int(swept.rowcount)


def overdue(turn: Turn, account_id: int, number: int, limit: int) -> tuple[str, ...]:
    """Return messages whose grace is over in round `number` of their mailbox, longest missing first."""
    return tuple(
        turn.session.scalars(
            select(Message.source_id)
            .where(Message.account_id == account_id, Message.missing_round <= number - GRACE)
            .order_by(Message.missing_round, Message.id)
            .limit(limit)
        )
    )


def remove(turn: Turn, rows: Sequence[Known]) -> frozenset[int]:
    """Mark messages as removed from their mailbox, now; return their conversations. Nothing is deleted here.

    What was never classified no longer counts as received: nobody can classify it any more.
    """
    gone = [row for row in rows if row.removed_at is None]
    for start in range(0, len(gone), _CHUNK):
        ids = [row.id for row in gone[start : start + _CHUNK]]
        turn.session.connection().execute(
            update(Message).where(Message.id.in_(ids)).values(removed_at=turn.now, missing_round=None)
        )
    if gone:
        _go(turn, [row for row in gone if not tallies.keeps(row)])
    return frozenset(row.conversation_id for row in gone)


def _go(turn: Turn, rows: Sequence[Known]) -> None:
    """Take messages out of the counts; where another mailbox has the same mail, that one counts for the firm now."""
    zone = ZoneInfo(settings.zone(turn))
    deltas = [tallies.times(tallies.of_row(row, zone), -1) for row in rows]
    heirs: dict[str, Known] = {}
    for row in _same_mail(turn, [row for row in rows if not row.copied]):
        if row.copied and row.removed_at is None:
            heirs.setdefault(row.internet_message_id, row)
    for row in heirs.values():
        deltas += _counted_as(turn, row, zone, copied=False)
    tallies.apply(turn, deltas)


def _come_back(turn: Turn, back: Sequence[Known]) -> None:
    """Put messages into the counts again; as a copy, where another mailbox's has counted for the firm meanwhile."""
    rows = [row for row in back if not tallies.keeps(row)]
    zone = ZoneInfo(settings.zone(turn))
    deltas = [tallies.of_row(row, zone) for row in rows]
    coming = {row.id for row in rows}
    for row in rows:
        rivals = [other for other in _same_mail(turn, [row]) if other.id not in coming]
        coming.discard(row.id)
        if not row.copied and any(not other.copied and other.removed_at is None for other in rivals):
            deltas += _counted_as(turn, row, zone, copied=True)
    tallies.apply(turn, deltas)


def _same_mail(turn: Turn, rows: Sequence[Known]) -> Iterator[Known]:
    """Yield every stored row of the same inbound mails, in whatever mailbox, oldest first."""
    for names in _chunks(row.internet_message_id for row in rows):
        yield from turn.session.connection().execute(
            select(*_COLUMNS)
            .where(Message.internet_message_id.in_(names), Message.direction == Direction.EINGANG)
            .order_by(Message.received_at, Message.id)
        )


def _counted_as(turn: Turn, row: Known, zone: ZoneInfo, *, copied: bool) -> list[Delta]:
    """Make a message the copy of a mail, or the one that counts for the firm; return what that changes."""
    turn.session.connection().execute(update(Message).where(Message.id == row.id).values(copied=copied))
    plain = tallies.arrived(row.account_id, row.direction, row.received_at, row.category, zone)
    copy = tallies.as_copy(plain)
    return [tallies.times(copy if row.copied else plain, -1), copy if copied else plain]


def copies(turn: Turn, internet_ids: Iterable[str]) -> set[tuple[str, Any]]:
    """Return which mails are stored already, as (internet message id, direction), in whatever mailbox."""
    found: set[tuple[str, Any]] = set()
    for ids in _chunks(internet_ids):
        rows = turn.session.connection().execute(_MAILS, {"ids": ids})
        found.update((row.internet_message_id, row.direction) for row in rows)
    return found


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    ordered = [one for one in dict.fromkeys(ids) if one]
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
