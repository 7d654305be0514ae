"""How far the reading of each mailbox has come: its state, how old the last good read is, folder by folder."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from models.account import Account, Chain
from models.terms import AccountState, Channel
from service.store.chains import TREE
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class FolderProgress:
    """One folder that is read; `kind` is the well-known folder that holds it.

    `read` items of the present or last full round of `total` (0 = unknown); `complete_at`: when it was last read to
    the end (None = not once); `full`: a full round is running; `damaged`: items that nobody can read.
    """

    kind: str
    read: int
    total: int
    damaged: int
    full: bool
    complete_at: datetime | None
    restarted_at: datetime | None


@dataclass(frozen=True, slots=True)
class MailboxProgress:
    """One mailbox: `incomplete_since` names the instant from which on something may be missing (None: nothing is).

    `first`: it is being read for the first time, newest messages first. Codes are those of docs/betrieb/fehlercodes.md.
    """

    account_id: int
    name: str
    address: str
    state: AccountState
    error_code: str
    warning_code: str
    last_ok_at: datetime | None
    incomplete_since: datetime | None
    folders: tuple[FolderProgress, ...]

    @property
    def first(self) -> bool:
        """Whether a folder has not been read to its end a single time."""
        return any(folder.complete_at is None for folder in self.folders)

    @property
    def read(self) -> int:
        """How many items the present full rounds have read."""
        return sum(folder.read for folder in self.folders)

    @property
    def total(self) -> int:
        """How many there are altogether, as far as folders say so; never less than what was read."""
        return sum(max(folder.read, folder.total) for folder in self.folders)


def mailboxes(turn: Turn) -> tuple[MailboxProgress, ...]:
    """Return every mailbox that has been read at least once, by name."""
    folders: dict[int, list[FolderProgress]] = defaultdict(list)
    for chain in turn.session.scalars(select(Chain).where(Chain.kind != TREE).order_by(Chain.kind, Chain.id)):
        folders[chain.account_id].append(
            FolderProgress(
                chain.kind,
                chain.read,
                chain.total,
                chain.damaged,
                chain.swept_round < chain.round,
                chain.complete_at,
                chain.restarted_at,
            )
        )
    accounts = turn.session.scalars(
        select(Account).where(Account.channel == Channel.EMAIL, Account.round > 0).order_by(Account.name, Account.id)
    )
    return tuple(
        MailboxProgress(
            one.id,
            one.name,
            one.address,
            one.state,
            one.error_code,
            one.warning_code,
            one.last_ok_at,
            one.incomplete_since,
            tuple(folders[one.id]),
        )
        for one in accounts
    )
