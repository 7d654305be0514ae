"""Reads mailboxes of Microsoft 365 page by page: one delta chain per folder, cursors are links without their host."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from connectors.base import Folder, Page, TreePage, holders
from connectors.errors import CursorExpired, Refused, Unreachable
from connectors.graph import parse, tree
from connectors.graph.client import Client, Listing
from connectors.graph.fields import LEFT_OUT, READ, SELECT, SELECT_FOLDER, SELECT_VERSION, select_for
from connectors.graph.opening import open_client
from connectors.registry import Settings
from models.record import MessageRecord

T = TypeVar("T")

# So often one and the same link may come in one read; then the server goes round in circles.
_MOST_REPEATS = 3
# What the answer about one message means when there is none: gone, or an id that this mailbox never gave out.
_GONE = frozenset({"missing", "request"})


class GraphSource:
    """A Source over Microsoft Graph. Threads may share one; nothing is opened before the first call."""

    version = SELECT_VERSION

    def __init__(self, client: Client) -> None:
        self._client = client
        self.bare: dict[str, bool] = {}

    def folders(self, account: str) -> tuple[Folder, ...]:
        """Return the folders that are read, found by one whole look at the mailbox. Raises ConnectorError."""
        roots = self.roots(account)
        parents = dict.fromkeys(roots, "")
        for page in self.tree(account, ""):
            parents |= {node.id: node.parent for node in page.nodes}
        return tuple(Folder(folder, kind) for folder, kind in holders(parents, roots).items() if kind in READ)

    def roots(self, account: str) -> Mapping[str, str]:
        """Return the well-known folders of a mailbox, id -> name; those that it does not have are left out.

        They are asked for by well-known name, because display names are localised. Only an inbox and sent items
        must be there. Raises ConnectorError.
        """
        found: dict[str, str] = {}
        for name in (*READ, *LEFT_OUT):
            try:
                found[self._client.folder(account, name, SELECT_FOLDER, tree.folder_id)] = name
            except Refused as error:
                if name in READ[:2] or error.why not in _GONE:
                    raise
        return found

    def tree(self, account: str, cursor: str) -> Iterator[TreePage]:
        """Yield what changed among the folders after `cursor`, nested ones too. Raises ConnectorError."""
        links = _Links()
        while True:
            if cursor:
                found = self._client.follow(account, cursor, tree.folders)
            else:
                found = self._client.folders(account, SELECT_FOLDER, tree.folders)
            cursor = self._cursor(found.next_link or found.delta_link)
            yield TreePage(found.nodes, cursor, complete=not found.next_link, removed=found.removed)
            if not found.next_link:
                return
            links.follow(cursor)

    def pages(self, account: str, folder: Folder, cursor: str) -> Iterator[Page]:
        """Yield pages after `cursor` ("" = from the start) until Graph has nothing more. Raises ConnectorError.

        CursorExpired means that a new round has to start; it can come at any page. A folder that somebody deleted
        is Refused as "missing".
        """
        read = partial(parse.messages, account=account, kind=folder.kind)
        links = _Links()
        while True:
            if cursor:
                parsed = self._client.follow(account, cursor, read)
            else:
                parsed = self._choosing(
                    account, folder.kind, lambda select: self._client.first(account, folder.id, select, read)
                )
            cursor = self._cursor(parsed.next_link or parsed.delta_link)
            yield _page(parsed, cursor)
            if not parsed.next_link:
                return
            links.follow(cursor)

    def newest(self, account: str, folder: Folder, since: datetime | None) -> Iterator[Page]:
        """Yield what lies in a folder, newest first, since an instant. Raises ConnectorError."""
        read = partial(parse.messages, account=account, kind=folder.kind)
        links = _Links()
        parsed = self._choosing(
            account, folder.kind, lambda select: self._client.newest(account, folder.id, Listing(select, since), read)
        )
        while True:
            cursor = self._cursor(parsed.next_link) if parsed.next_link else ""
            yield _page(parsed, cursor)
            if not cursor:
                return
            links.follow(cursor)
            parsed = self._client.follow(account, cursor, read)

    def look_up(self, account: str, kind: str, source_ids: Sequence[str]) -> Mapping[str, MessageRecord]:
        """Return those of the messages that the mailbox still has, by id, in whatever folder. Raises ConnectorError."""
        read = partial(parse.message, account=account, kind=kind)
        found: dict[str, MessageRecord] = {}
        for source_id in source_ids:
            try:
                record = self._choosing(account, kind, partial(self._one, account, source_id, read))
            except Refused as error:
                if error.why not in _GONE:
                    raise
                continue
            if record is not None:
                found[source_id] = record
        return found

    def close(self) -> None:
        """Close the connections; reading again opens them again."""
        self._client.close()

    def _one(self, account: str, source_id: str, read: Callable[[bytes], T], select: tuple[str, ...]) -> T:
        return self._client.message(account, source_id, select, read)

    def _choosing(self, account: str, kind: str, ask: Callable[[tuple[str, ...]], T]) -> T:
        """Ask with header lines; where the right does not give them, without, and in this mailbox no more."""
        wanted = SELECT if self.bare.get(account) else select_for(kind)
        if wanted == SELECT:
            return ask(SELECT)
        try:
            found = ask(wanted)
        except Refused as error:
            if error.why != "access":
                raise
            refusal = error
        else:
            self.bare[account] = False
            return found
        try:
            found = ask(SELECT)
        except Refused:
            raise refusal from None
        self.bare[account] = True
        return found

    def _cursor(self, link: str) -> str:
        if not link:
            raise Unreachable("Microsoft Graph nennt weder eine nächste Seite noch das Ende.")
        return self._client.base.cursor(link)


class _Links:
    """The links followed in one read."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def follow(self, cursor: str) -> None:
        """Note a link. Raises CursorExpired when it comes for the third time: only a new round leads out."""
        self._seen[cursor] += 1
        if self._seen[cursor] >= _MOST_REPEATS:
            raise CursorExpired("Microsoft Graph nennt immer wieder dieselbe nächste Seite.")


def _page(parsed: parse.Parsed, cursor: str) -> Page:
    return Page(
        records=parsed.records,
        cursor=cursor,
        complete=not parsed.next_link,
        changes=parsed.changes,
        removed=parsed.removed,
        damaged=parsed.damaged,
        total=parsed.total,
    )


def with_token(base: str, token: Callable[[], str]) -> GraphSource:
    """Return a source that takes its tokens from `token`, for a server that stands in for Microsoft's."""
    return GraphSource(Client(base, lambda claims: token()))


def open_source(settings: Settings) -> GraphSource:
    """Return the source that the configuration describes; nothing is asked of the network yet. Raises Refused."""
    return GraphSource(open_client(settings))
