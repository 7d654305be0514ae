"""Withdraw: what left a mailbox gets a tombstone, and is marked as removed when that is certain; nothing is deleted."""

from collections.abc import Mapping, Sequence

from models.record import MessageRecord
from service.store import clocks, rows, sightings
from service.store.sightings import Sight, Where
from service.turn import Turn

# Well-known folders in which a message is as good as gone.
LEFT = frozenset({"deleteditems", "junkemail", "recoverableitemsdeletions"})


def missing(turn: Turn, account_id: int, source_ids: Sequence[str], where: Where) -> None:
    """Put a tombstone on messages that left a folder. Whether they were moved or deleted, the next rounds tell."""
    if source_ids:
        sightings.miss(turn, account_id, [rows.clean(one, 1000) for one in source_ids], where)


def settle(
    turn: Turn, account_id: int, asked: Sequence[str], found: Mapping[str, MessageRecord], kinds: Mapping[str, str]
) -> int:
    """Decide about messages whose grace is over; return how many are removed.

    `found` are those of `asked` that the mailbox still has. `kinds` says which well-known folder holds a folder: what
    lies among deleted or junk mail is removed, too; what lies in any other folder, even one that is not read, stays,
    and its clock runs on.
    """
    known = sightings.known(turn, account_id, asked)
    stay, gone = [], []
    for source_id, row in known.items():
        record = found.get(source_id)
        if record is None or kinds.get(record.folder, "") in LEFT:
            gone.append(row)
        else:
            stay.append(Sight(row, record.is_read, record.folder))
    touched = sightings.meet(turn, stay, Where()) | sightings.remove(turn, gone)
    clocks.refresh(turn, touched)
    return len(gone)
