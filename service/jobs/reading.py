"""Reading one mailbox: its folders, each folder's changes page by page, and what became of messages that left."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from classifier.learned import Learned
from connectors.base import Folder, Page, Source, TreePage
from connectors.errors import CursorExpired, Refused, Unreachable
from service.actions import intake, withdraw
from service.errors import Collision, Rejected
from service.runtime import Runtime, undisturbed
from service.store import chains, folders, keys, sightings
from service.store.chains import TREE, Held, Moved
from service.store.sightings import Where
from service.telemetry import log

# People make folders rarely, and what lies in a new one is found by then: a look costs one request.
_TREE_EVERY = timedelta(minutes=10)
# A link that expires again and again, with nothing read in between, is left to the next poll.
_MOST_RESTARTS = 3
# A listing begins so long before the last good read: clocks differ, and mail can come late into a folder.
_OVERLAP = timedelta(days=1)
# Messages whose whereabouts one poll asks for, one request each.
MOST_ASKED = 200
# The order in which folders are read: what waits for an answer first.
_ORDER = {"inbox": 0, "sentitems": 1, "archive": 2}
_EVERYTHING = 1 << 62

Progress = Callable[[str, int], None]


@dataclass(slots=True)
class Reader:
    """Reads one mailbox in one round. `warning` names afterwards what could be read in a poorer way only."""

    runtime: Runtime
    source: Source
    model: Learned | None
    account_id: int
    address: str
    round: int
    progress: Progress
    warning: str = ""
    tracked: frozenset[str] = frozenset()
    look_again: bool = False
    horizon: datetime | None = field(default=None, init=False)

    def read(self, held: tuple[Held, ...], overdue: tuple[str, ...]) -> int:
        """Read everything new; return how many messages are new. Raises ConnectorError and Conflict.

        The first page of every folder and its newest messages come before the long rest, so that the figures say
        something after the first minute.
        """
        days = self.runtime.config.graph_history_days
        self.horizon = self.runtime.clock.now() - timedelta(days=days) if days else None
        mine = self._folders(held)
        self.tracked = frozenset(one.folder for one in mine)
        new = 0
        rest: list[Held] = []
        for one in mine:
            count, left = self._begin(one) if not one.cursor and one.ahead_at is None else (0, one)
            new += count
            rest += [] if left is None else [left]
        for one in rest:
            new += self._follow(one)[0]
        if self.look_again:
            self._folders(self._take())
        if overdue:
            self._settle(overdue)
        return new

    def _take(self) -> tuple[Held, ...]:
        with self.runtime.turn() as turn:
            return chains.take(turn, self.account_id, self.source.version)

    # The tree of folders

    def _folders(self, held: tuple[Held, ...]) -> list[Held]:
        """Return the chains to read, after a look at the tree where one is due."""
        tree = next(one for one in held if one.kind == TREE)
        now = self.runtime.clock.now()
        if tree.complete_at is None or tree.full or self.look_again or now - tree.complete_at >= _TREE_EVERY:
            held = self._look(tree) or held
        return sorted((one for one in held if one.kind != TREE), key=lambda one: (_ORDER.get(one.kind, 3), one.id))

    def _look(self, tree: Held) -> tuple[Held, ...]:
        """Read what changed among the folders; return the chains anew when that changed what is read.

        All of it is one commit: a tree that counts as read while its folders have no chains would lose their mail.
        """
        for _ in range(_MOST_RESTARTS):
            try:
                pages = tuple(self.source.tree(self.address, tree.cursor))
            except CursorExpired:
                tree = self._restart(tree)
                continue
            changed = tree.full or any(page.nodes or page.removed for page in pages)
            return self._align(tree, pages, self.source.roots(self.address) if changed else None)
        raise Unreachable("Der Ordnerbaum lässt sich gerade nicht zu Ende lesen.")

    def _align(self, tree: Held, pages: tuple[TreePage, ...], roots: Mapping[str, str] | None) -> tuple[Held, ...]:
        number = max(self.round, tree.round)
        with self.runtime.turn() as turn:
            for page in pages:
                folders.put(turn, self.account_id, page.nodes, page.removed, number)
            chains.move(turn, tree, Moved(pages[-1].cursor, complete=True))
            if tree.full:
                folders.forget_before(turn, self.account_id, tree.round)
            if roots is None:
                return ()
            folders.name_roots(turn, self.account_id, roots, number)
            kinds = folders.kinds(turn, self.account_id)
            read = {folder: kind for folder, kind in kinds.items() if kind in folders.READ}
            for gone in chains.align(turn, self.account_id, read, self.source.version):
                sightings.sweep(turn, self.account_id, Where(gone, self.round), _EVERYTHING)
            return chains.take(turn, self.account_id, self.source.version)

    # One folder

    def _begin(self, held: Held) -> tuple[int, Held | None]:
        """Read the first page of a folder and, when it has more, its newest messages. None: there is nothing more."""
        new, left = self._follow(held, most=1)
        if left is None:
            return new, None
        page = next(iter(self.source.newest(self.address, _folder(held), self.horizon)))
        new += self._store(left, page, None)
        with self.runtime.turn() as turn:
            chains.note_ahead(turn, left, page.total)
        return new, left

    def _follow(self, held: Held, most: int = 0) -> tuple[int, Held | None]:
        """Read a folder on from its cursor, at most so many pages (0 = all); return new messages and what is left."""
        new = 0
        for _ in range(_MOST_RESTARTS + 1):
            try:
                for count, page in enumerate(self.source.pages(self.address, _folder(held), held.cursor), start=1):
                    new += self._store(held, page, page.cursor)
                    held = replace(held, cursor=page.cursor, full=held.full and not page.complete)
                    if count == most and not page.complete:
                        return new, held
                return new, None
            except CursorExpired:
                held = self._restart(held)
            except Refused as error:
                return new + self._refused(held, error), None
        raise Unreachable("Der Lesestand läuft immer wieder ab.")

    def _restart(self, held: Held) -> Held:
        """Begin a full round into the same rows: what is known stays as it is, decisions and clocks among it."""
        with self.runtime.turn() as turn:
            held = chains.restart(turn, held)
        log().info("Ordner wird neu gelesen", account_id=self.account_id, chain_id=held.id, round=held.round)
        return held

    def _refused(self, held: Held, error: Refused) -> int:
        if error.why == "quota":
            self.warning = error.code
            return self._list(held)
        with self.runtime.look() as turn:
            is_root = folders.is_root(turn, self.account_id, held.folder)
        if error.why != "missing" or is_root:
            raise error
        self.look_again = True
        return 0

    def _list(self, held: Held) -> int:
        """List what came since the last good read: the changes of a full mailbox cannot be followed."""
        last = max((at for at in (held.listed_at, held.complete_at) if at is not None), default=None)
        since = last - _OVERLAP if last else self.horizon
        began = self.runtime.clock.now()
        new = sum(self._store(held, page, None) for page in self.source.newest(self.address, _folder(held), since))
        with self.runtime.turn() as turn:
            chains.note_listed(turn, held, began)
        return new

    # One page

    def _store(self, held: Held, page: Page, cursor: str | None) -> int:
        """Store a page and the cursor behind it (None = it does not move) in one commit; return the new messages.

        A record that the database refuses is left out and counted as damaged, the rest stays.
        """
        page = self._completed(held, page)
        # What is merely listed is not met by a full round: its removal may fall before the round tells of it at all.
        number = held.round - 1 if cursor is None else max(self.round, held.round)
        where = Where(held.folder, number, held.full and cursor is not None, self.horizon)
        try:
            with undisturbed():
                new = self._commit(held, page, cursor, where)
        except Rejected:
            new = self._one_by_one(held, page, cursor, where)
        self.progress(self.address, len(page.records) + len(page.changes) + len(page.removed))
        return new

    def _one_by_one(self, held: Held, page: Page, cursor: str | None, where: Where) -> int:
        new, damaged = 0, page.damaged
        for one in page.records:
            try:
                new += self._alone(held, Page((one,), "", complete=False), where)
            except Rejected as error:
                log().warning("Datensatz ausgelassen", account_id=self.account_id, code=error.code)
                damaged += 1
        return new + self._commit(held, replace(page, records=(), damaged=damaged), cursor, where)

    def _alone(self, held: Held, page: Page, where: Where) -> int:
        try:
            return self._commit(held, page, None, where)
        except Collision:
            # Another process began the same conversation at the same moment; by now it is known.
            return self._commit(held, page, None, where)

    def _commit(self, held: Held, page: Page, cursor: str | None, where: Where) -> int:
        new = 0
        with self.runtime.turn() as turn:
            if page.records:
                # Most polls bring nothing: they must not cost the reading of the address book.
                judge = intake.Judge(keys.book(turn), self.model)
                new = intake.take_in(turn, page.records, self.account_id, judge, where).new
            intake.change(turn, self.account_id, page.changes, where)
            withdraw.missing(turn, self.account_id, page.removed, where)
            if cursor is not None:
                items = len(page.records) + len(page.changes) + len(page.removed)
                chains.move(turn, held, Moved(cursor, page.complete, items, page.damaged))
                if page.complete and held.full:
                    sightings.sweep(turn, self.account_id, where, held.round)
        return new

    def _completed(self, held: Held, page: Page) -> Page:
        """Ask for the whole of what came as a mere change of a message that nobody knows yet."""
        if not page.changes:
            return page
        with self.runtime.look() as turn:
            known = sightings.known(turn, self.account_id, (change.source_id for change in page.changes))
        coming = known.keys() | {record.source_id for record in page.records}
        unknown = list(dict.fromkeys(c.source_id for c in page.changes if c.source_id not in coming))
        if not unknown:
            return page
        found = self.source.look_up(self.address, held.kind, unknown).values()
        whole = tuple(record for record in found if record.folder in self.tracked)
        return replace(page, records=page.records + whole)

    def _settle(self, overdue: Iterable[str]) -> None:
        """Ask where those are whose grace is over, and note it."""
        with self.runtime.look() as turn:
            known = sightings.known(turn, self.account_id, overdue)
        asked = [source_id for source_id, row in known.items() if row.missing_round is not None]
        # Nothing of the answer but the folder and the state matters: no header lines are asked for.
        found = self.source.look_up(self.address, "sentitems", asked)
        with self.runtime.turn() as turn:
            kinds = folders.kinds(turn, self.account_id)
            removed = withdraw.settle(turn, self.account_id, asked, found, kinds)
        log().info("Verbleib geklärt", account_id=self.account_id, asked=len(asked), removed=removed)


def _folder(held: Held) -> Folder:
    return Folder(held.folder, held.kind)
