"""Chains: how far each folder of a mailbox has been read, who may read on, and when a full round has to start."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import CursorResult, Update, bindparam, delete, insert, select, update

from models.account import Account, Chain
from models.terms import AccountState
from service.errors import Conflict
from service.turn import Turn

# The chain by which the tree of folders is read; its folder is "".
TREE = "ordner"

# Built once: every page of every mailbox moves its chain.
_MINE = update(Chain).where(Chain.id == bindparam("of_id"), Chain.fence == bindparam("of_fence"))
_MOVE = _MINE.values(
    cursor=bindparam("to"), read=Chain.read + bindparam("items"), damaged=Chain.damaged + bindparam("lost")
)
_END = _MOVE.values(complete_at=bindparam("now"), swept_round=Chain.round)


@dataclass(frozen=True, slots=True)
class Held:
    """A chain as its reader holds it. Whoever takes it later raises the fence, and this reader can no longer move it.

    `round` is the mailbox's round in which the present full round began; `full` says whether one is running.
    """

    id: int
    account_id: int
    folder: str
    kind: str
    cursor: str
    fence: int
    round: int
    full: bool
    ahead_at: datetime | None
    listed_at: datetime | None
    complete_at: datetime | None


@dataclass(frozen=True, slots=True)
class Moved:
    """What a page brought a chain: its new cursor, whether that was the last page, how many items, how many damaged."""

    cursor: str
    complete: bool
    items: int = 0
    damaged: int = 0


def begin(turn: Turn, account_id: int) -> int:
    """Begin a round of a whole mailbox; return its number, higher than any before."""
    turn.session.execute(
        update(Account)
        .where(Account.id == account_id)
        .values(round=Account.round + 1, state=AccountState.LIEST)
        .execution_options(synchronize_session=False)
    )
    return int(turn.session.scalar(select(Account.round).where(Account.id == account_id)) or 0)


def take(turn: Turn, account_id: int, version: int) -> tuple[Held, ...]:
    """Take all chains of a mailbox; whoever held them before can no longer move them.

    A chain that was read with another version of what is asked for starts a full round.
    """
    mine = Chain.account_id == account_id
    connection = turn.session.connection()
    connection.execute(update(Chain).where(mine).values(fence=Chain.fence + 1))
    stale = connection.execute(select(Chain.id).where(mine, Chain.select_version != version)).scalars().all()
    if stale:
        number = begin(turn, account_id)
        connection.execute(
            update(Chain)
            .where(Chain.id.in_(stale))
            .values(select_version=version, cursor="", round=number, read=0, restarted_at=turn.now)
        )
    rows = connection.execute(
        select(
            Chain.id,
            Chain.account_id,
            Chain.folder,
            Chain.kind,
            Chain.cursor,
            Chain.fence,
            Chain.round,
            Chain.swept_round,
            Chain.ahead_at,
            Chain.listed_at,
            Chain.complete_at,
        )
        .where(mine)
        .order_by(Chain.id)
    )
    return tuple(
        Held(*row[:7], full=row.swept_round < row.round, ahead_at=row[8], listed_at=row[9], complete_at=row[10])
        for row in rows
    )


def open_tree(turn: Turn, account_id: int, version: int) -> None:
    """Make the chain by which the folders of a mailbox are read, if there is none."""
    if not turn.session.scalar(select(Chain.id).where(Chain.account_id == account_id, Chain.kind == TREE)):
        _add(turn, account_id, {"": TREE}, version)


def align(turn: Turn, account_id: int, kinds: Mapping[str, str], version: int) -> tuple[str, ...]:
    """Make a chain for each folder of `kinds` (id -> kind) that has none; drop the others and return their folders.

    A folder that comes back later is read from the start: what changed meanwhile is not told again.
    """
    mine = (Chain.account_id == account_id, Chain.kind != TREE)
    rows = turn.session.connection().execute(select(Chain.folder, Chain.kind).where(*mine))
    known = {row.folder: row.kind for row in rows}
    gone = tuple(folder for folder, kind in known.items() if kinds.get(folder) != kind)
    if gone:
        turn.session.connection().execute(delete(Chain).where(*mine, Chain.folder.in_(gone)))
    _add(turn, account_id, {f: k for f, k in kinds.items() if known.get(f) != k}, version)
    return tuple(folder for folder in gone if folder not in kinds)


def _add(turn: Turn, account_id: int, kinds: Mapping[str, str], version: int) -> None:
    if not kinds:
        return
    number = begin(turn, account_id)
    turn.session.connection().execute(
        insert(Chain),
        [
            {"account_id": account_id, "folder": f, "kind": k, "select_version": version, "round": number}
            for f, k in kinds.items()
        ],
    )


def move(turn: Turn, held: Held, moved: Moved) -> None:
    """Move a chain in the transaction that stores its rows. Raises Conflict for an old fence.

    The last page of a full round ends it.
    """
    told = {"to": moved.cursor, "items": moved.items, "lost": moved.damaged}
    if moved.complete:
        _held(turn, held, _END, told | {"now": turn.now})
    else:
        _held(turn, held, _MOVE, told)


def restart(turn: Turn, held: Held) -> Held:
    """Forget the cursor of a chain: the next read is a full round; rows, decisions and clocks stay. Raises Conflict."""
    number = begin(turn, held.account_id)
    _change(turn, held, {"cursor": "", "round": number, "read": 0, "restarted_at": turn.now})
    return replace(held, cursor="", round=number, full=True)


def note_ahead(turn: Turn, held: Held, total: int) -> None:
    """Note that the newest messages were read ahead, of so many (0 = unknown). Raises Conflict for an old fence."""
    _change(turn, held, {"ahead_at": turn.now, "total": total})


def note_listed(turn: Turn, held: Held, since: datetime) -> None:
    """Note that a folder was listed whole up to `since`, because its changes cannot be followed. Raises Conflict."""
    _change(turn, held, {"listed_at": since})


def _change(turn: Turn, held: Held, values: Mapping[str, object]) -> None:
    _held(turn, held, _MINE.values(**values), {})


def _held(turn: Turn, held: Held, statement: Update, told: Mapping[str, object]) -> None:
    mine = {"of_id": held.id, "of_fence": held.fence}
    moved: CursorResult[object] = turn.session.connection().execute(statement, {**mine, **told})
    if moved.rowcount != 1:
        raise Conflict("Ein anderer Prozess liest diesen Ordner bereits weiter.")
