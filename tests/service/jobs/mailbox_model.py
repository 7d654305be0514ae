"""A model of mailboxes with change tracking, small enough to be right: what any schedule of reads must end with.

It tells what Microsoft Graph tells (changes per folder after a link, sparse items, removals that may be moves, links
that expire at any page) and remembers what is true, so that a test can compare.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.base import Change, Folder, Node, Page, TreePage
from connectors.errors import CursorExpired, Refused, Unreachable
from models.record import MessageRecord

ROOTS = {"inbox": "inbox", "sent": "sentitems", "archive": "archive", "bin": "deleteditems", "junk": "junkemail"}
PARENTS = {
    "inbox": "root",
    "sent": "root",
    "archive": "root",
    "bin": "root",
    "junk": "root",
    "done": "inbox",
    "own": "root",
}
READ = ("inbox", "done", "archive", "sent")


@dataclass
class Box:
    """One mailbox: what lies where, a log of changes per folder, the newest link of each, the tree."""

    address: str
    items: dict[str, MessageRecord] = field(default_factory=dict)
    log: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: {name: [] for name in PARENTS})
    generation: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARENTS, 0))
    full: bool = False

    def put(self, record: MessageRecord) -> None:
        """A message arrives, is sent, or comes back."""
        self.items[record.source_id] = record
        self.log[record.folder].append(("whole", record.source_id))

    def toggle(self, key: str) -> None:
        """Somebody reads a message, or marks it as unread: a sparse item."""
        record = self.items[key] = replace(self.items[key], is_read=not self.items[key].is_read)
        self.log[record.folder].append(("sparse", key))

    def move(self, key: str, folder: str) -> None:
        """Somebody files a message: it leaves one folder and appears in the other with the same id."""
        record = self.items[key]
        if record.folder != folder:
            self.items[key] = replace(record, folder=folder)
            self.log[record.folder].append(("whole", key))
            self.log[folder].append(("whole", key))

    def delete(self, key: str) -> None:
        """Somebody deletes a message for good."""
        record = self.items.pop(key)
        self.log[record.folder].append(("whole", key))

    def expire(self, folder: str) -> None:
        """Every link given out for a folder so far is void."""
        self.generation[folder] += 1


@dataclass
class Plan:
    """What goes wrong with the next pages, in order: "", "expire", "cut", "again", "backwards", "empty"."""

    faults: list[str] = field(default_factory=list)
    page_size: int = 2

    def next(self) -> str:
        """Return and forget the next fault."""
        return self.faults.pop(0) if self.faults else ""


class ModelSource:
    """A Source over the model. Cursors are "generation.position.later"."""

    version = 1

    def __init__(self, boxes: Mapping[str, Box], plan: Plan) -> None:
        self.boxes = boxes
        self.plan = plan
        self.bare: dict[str, bool] = {}

    def roots(self, account: str) -> Mapping[str, str]:
        return ROOTS

    def tree(self, account: str, cursor: str) -> Iterator[TreePage]:
        nodes = () if cursor else tuple(Node(*pair) for pair in PARENTS.items())
        yield TreePage(nodes, "tree", complete=True)

    def pages(self, account: str, folder: Folder, cursor: str) -> Iterator[Page]:
        box = self.boxes[account]
        while True:
            page = self._page(box, folder.id, cursor)
            fault = self.plan.next()
            if fault == "expire":
                box.expire(folder.id)
                raise CursorExpired("410")
            if fault == "cut":
                raise Unreachable("weg", 1)
            if fault == "empty":
                yield Page((), page.cursor if not page.records else cursor or f"{box.generation[folder.id]}.0.0", False)
            if fault == "again":
                yield replace(page, complete=False)
            if fault == "backwards":
                page = replace(page, records=page.records[::-1])
            yield page
            if page.complete:
                return
            cursor = page.cursor

    def _page(self, box: Box, folder: str, cursor: str) -> Page:
        if box.full:
            raise Refused("voll", "quota")
        generation, start, later = (int(part) for part in (cursor or f"{box.generation[folder]}.0.0").split("."))
        if generation != box.generation[folder]:
            raise CursorExpired("410")
        lines = box.log[folder][start : start + self.plan.page_size]
        stop = start + len(lines)
        complete = stop >= len(box.log[folder])
        records, changes, removed = [], [], []
        for key in dict.fromkeys(key for _, key in lines):
            item = box.items.get(key)
            if item is None or item.folder != folder:
                # A first round is silent about what was gone before it could tell of it, never about what it told.
                removed += [key] if later or key in {told for _, told in box.log[folder][:start]} else []
            elif later and ("whole", key) not in lines:
                changes.append(Change(box.address, key, item.is_read, folder))
            else:
                records.append(item)
        following = f"{generation}.{stop}.{int(bool(later) or complete)}"
        return Page(tuple(records), following, complete, tuple(changes), tuple(removed))

    def newest(self, account: str, folder: Folder, since: datetime | None) -> Iterator[Page]:
        box = self.boxes[account]
        found = [one for one in box.items.values() if one.folder == folder.id]
        found = [one for one in found if since is None or one.received_at >= since]
        yield Page(tuple(sorted(found, key=lambda one: one.received_at, reverse=True)), "", complete=True)

    def look_up(self, account: str, kind: str, source_ids: Sequence[str]) -> Mapping[str, MessageRecord]:
        items = self.boxes[account].items
        return {key: items[key] for key in source_ids if key in items}
