"""What a source and a mailer look like from inside the house."""

from collections.abc import Iterator
from dataclasses import dataclass, field
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
    nothing more for now. `damaged` counts items that were left out because they cannot be read.
    """

    records: tuple[MessageRecord, ...]
    cursor: str
    complete: bool
    changes: tuple[Change, ...] = ()
    removed: tuple[str, ...] = ()
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder that is read as a chain of its own; `kind` is "inbox", "sentitems" or "archive"."""

    id: str
    kind: str


class Source(Protocol):
    """Something that can be read page by page after a cursor."""

    def folders(self, account: str) -> tuple[Folder, ...]:
        """Return the folders of an account that have a chain each. Raises ConnectorError."""

    def pages(self, account: str, folder: Folder, cursor: str) -> Iterator[Page]:
        """Yield pages after `cursor` ("" = from the start) until the source is exhausted. Raises ConnectorError."""


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
