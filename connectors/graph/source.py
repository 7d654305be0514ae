"""Reads mailboxes of Microsoft 365 page by page: one delta chain per folder, cursors are links without their host."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from connectors.base import Folder, Page
from connectors.errors import Refused, Unreachable
from connectors.graph import parse
from connectors.graph.boundary import Base
from connectors.graph.client import Client
from connectors.graph.fields import ARCHIVE, INBOX, SELECT_FOLDER, SENT, select_for
from connectors.graph.tokens import Registration, Tokens
from connectors.registry import Settings

# More pages of folders than any mailbox has; a server that never ends must not hold us.
_MOST_FOLDER_PAGES = 500
# So many rounds one look at the tree of a mailbox serves: people make folders rarely, and a look costs four requests.
_ROUNDS_PER_TREE = 20


@dataclass(slots=True)
class _Tree:
    """The folders of a mailbox that are read, the well-known ones among them, and how often this was used."""

    folders: tuple[Folder, ...]
    roots: frozenset[str]
    rounds: int = 0


class GraphSource:
    """A Source over Microsoft Graph. Threads may share one; nothing is opened before the first call."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._trees: dict[str, _Tree] = {}

    def folders(self, account: str) -> tuple[Folder, ...]:
        """Return inbox with everything below it, archive likewise, and sent items. Raises ConnectorError.

        They are found by well-known name, because display names are localised. A mailbox without archive is usual.
        Junk, drafts and deleted items are never read.
        """
        tree = self._trees.get(account)
        if tree is None or tree.rounds >= _ROUNDS_PER_TREE:
            tree = self._trees[account] = self._look(account)
        tree.rounds += 1
        return tree.folders

    def _look(self, account: str) -> _Tree:
        roots = {self._root(account, INBOX): INBOX, self._root(account, SENT): SENT}
        try:
            roots[self._root(account, ARCHIVE)] = ARCHIVE
        except Refused as error:
            if error.why != "missing":
                raise
        kinds = dict(roots)
        tree = self._tree(account)
        for node in tree:
            kind = _kind_of(node, roots, tree)
            if kind:
                kinds.setdefault(node, kind)
        return _Tree(tuple(Folder(node, kind) for node, kind in kinds.items()), frozenset(roots))

    def pages(self, account: str, folder: Folder, cursor: str) -> Iterator[Page]:
        """Yield pages after `cursor` ("" = from the start) until Graph has nothing more. Raises ConnectorError.

        CursorExpired means that a new round has to start; it can come at any page. A folder that somebody deleted
        since the last look has no pages any more, which is nothing to stop a mailbox for.
        """
        read = partial(parse.messages, account=account, kind=folder.kind)
        try:
            if cursor:
                parsed = self._client.follow(account, cursor, read)
            else:
                parsed = self._client.first(account, folder.id, select_for(folder.kind), read)
        except Refused as error:
            if error.why == "missing" and self._is_branch(account, folder):
                self._trees.pop(account, None)
                return
            raise
        while True:
            page = self._page(parsed)
            yield page
            if page.complete:
                return
            if page.cursor == cursor:
                raise Unreachable("Microsoft Graph nennt immer dieselbe nächste Seite.")
            cursor = page.cursor
            parsed = self._client.follow(account, cursor, read)

    def close(self) -> None:
        """Close the connections; reading again opens them again."""
        self._client.close()

    def _is_branch(self, account: str, folder: Folder) -> bool:
        tree = self._trees.get(account)
        return tree is not None and folder.id not in tree.roots

    def _page(self, parsed: parse.Parsed) -> Page:
        link = parsed.next_link or parsed.delta_link
        if not link:
            raise Unreachable("Microsoft Graph nennt weder eine nächste Seite noch das Ende.")
        return Page(
            records=parsed.records,
            cursor=self._client.base.cursor(link),
            complete=not parsed.next_link,
            changes=parsed.changes,
            removed=parsed.removed,
            damaged=parsed.damaged,
        )

    def _root(self, account: str, name: str) -> str:
        return self._client.folder(account, name, SELECT_FOLDER, parse.folder_id)

    def _tree(self, account: str) -> dict[str, str]:
        """Return folder id -> id of its parent, for the whole mailbox."""
        found, link = self._client.folders(account, SELECT_FOLDER, parse.folders)
        nodes = list(found)
        for _ in range(_MOST_FOLDER_PAGES):
            if not link:
                break
            found, link = self._client.follow(account, self._client.base.cursor(link), parse.folders)
            nodes += found
        return {node.id: node.parent_id for node in nodes}


def _kind_of(node: str, roots: dict[str, str], tree: dict[str, str]) -> str:
    """Return the kind of the well-known folder that holds `node`; "" for none. Survives a circle in the tree."""
    seen: set[str] = set()
    while node and node not in seen:
        if node in roots:
            return roots[node]
        seen.add(node)
        node = tree.get(node, "")
    return ""


def with_token(base: str, token: Callable[[], str]) -> GraphSource:
    """Return a source that takes its tokens from `token`, for a server that stands in for Microsoft's."""
    return GraphSource(Client(base, lambda claims: token()))


def open_source(settings: Settings) -> GraphSource:
    """Return the source that the configuration describes; nothing is asked of the network yet. Raises Refused.

    Microsoft's sign-in speaks https alone, so a base on this machine over http is a stand-in: it gets the configured
    secret itself as its token.
    """
    base = Base(settings.graph_base)
    secret = settings.graph_client_secret.get_secret_value()
    if base.url.startswith("http://"):
        return with_token(base.url, lambda: secret)
    registration = Registration(
        tenant=settings.graph_tenant,
        client_id=settings.graph_client_id,
        authority=settings.graph_authority,
        graph=base.origin,
        secret=secret,
        certificate=settings.graph_certificate,
    )
    return GraphSource(Client(base.url, Tokens(registration)))
