"""What a source and a mailer look like from inside the house."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from models.record import MessageRecord


@dataclass(frozen=True, slots=True)
class Change:
    """A sparse change of a known message: only what is not None changed (Graph read toggles, moves)."""

    account: str
    source_id: str
    is_read: bool | None = None
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a source: what is new, what changed, what left, and the cursor that stands behind it.

    `cursor` is opaque; it is stored in the transaction that stores the page. `complete` is True when the source has
    nothing more for now. `removed` left this folder: deleted, or moved to another one. `damaged` counts items that
    were left out because they cannot be read; `total` is how many the folder says it has (0 = it does not say).
    """

    records: tuple[MessageRecord, ...]
    cursor: str
    complete: bool
    changes: tuple[Change, ...] = ()
    removed: tuple[str, ...] = ()
    damaged: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A folder in the tree of a mailbox: its id and that of the folder that holds it ("" = none)."""

    id: str
    parent: str


@dataclass(frozen=True, slots=True)
class TreePage:
    """One page of what changed in the tree of folders; cursor and `complete` as in Page."""

    nodes: tuple[Node, ...]
    cursor: str
    complete: bool
    removed: tuple[str, ...] = ()


def holders(parents: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Return for each folder (id -> id of its parent) the name of the nearest named folder that holds it; "" for none.

    A folder that has a name holds itself. A circle in the tree, which no mailbox has, ends the search.
    """
    return {folder: _holder(folder, parents, names) for folder in parents}


def _holder(folder: str, parents: Mapping[str, str], names: Mapping[str, str]) -> str:
    seen: set[str] = set()
    while folder and folder not in seen:
        if folder in names:
            return names[folder]
        seen.add(folder)
        folder = parents.get(folder, "")
    return ""


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder that is read as a chain of its own; `kind` is "inbox", "sentitems" or "archive"."""

    id: str
    kind: str


class Source(Protocol):
    """Something that can be read page by page after a cursor. All methods raise ConnectorError.

    CursorExpired can come at any page and means that a new full round has to start with cursor "".
    """

    version: int
    """What is asked for; a chain that was read with another version starts a new full round."""

    bare: dict[str, bool]
    """What is known of each account: True = header lines are refused and not asked for, False = they came."""

    def roots(self, account: str) -> Mapping[str, str]:
        """Return the folders that have a well-known name: id -> name ("inbox", "sentitems", "junkemail")."""

    def tree(self, account: str, cursor: str) -> Iterator[TreePage]:
        """Yield what changed in the tree of folders after `cursor` ("" = everything) until there is nothing more."""

    def pages(self, account: str, folder: Folder, cursor: str) -> Iterator[Page]:
        """Yield pages after `cursor` ("" = from the start) until the source is exhausted."""

    def newest(self, account: str, folder: Folder, since: datetime | None) -> Iterator[Page]:
        """Yield what lies in a folder, newest first, received at or after `since`; without changes and removals."""

    def look_up(self, account: str, kind: str, source_ids: Sequence[str]) -> Mapping[str, MessageRecord]:
        """Return those of the messages that the mailbox still has, by id, wherever they lie; drafts are none."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Where a damaged item stands and why it cannot be read; never what it says."""

    position: str
    why: str


@dataclass(slots=True)
class Progress:
    """What a long read has done so far, for a progress bar; `total` is in bytes or items, 0 when unknown."""

    done: int = 0
    total: int = 0
    read: int = 0
    damaged: list[Damage] = field(default_factory=list)
