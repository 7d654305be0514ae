"""The folders of a mailbox as ids with their parents, and which of them are read: decided by well-known names alone."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, select, update

from connectors.base import Node, holders
from models.account import MailFolder
from service.turn import Turn

# Inbox and archive with everything below them, and sent items; everything else stays unread.
READ = frozenset({"inbox", "archive", "sentitems"})


def put(turn: Turn, account_id: int, nodes: Sequence[Node], removed: Sequence[str], number: int) -> None:
    """Store what changed among the folders of a mailbox in its round `number`; a folder's name is nothing to us."""
    connection = turn.session.connection()
    mine = MailFolder.account_id == account_id
    known = set(connection.execute(select(MailFolder.folder).where(mine)).scalars())
    fresh = {}
    for node in nodes:
        values = {"parent": node.parent, "seen_round": number}
        if node.id in known:
            connection.execute(update(MailFolder).where(mine, MailFolder.folder == node.id).values(**values))
        else:
            fresh[node.id] = {"account_id": account_id, "folder": node.id, "kind": "", **values}
    if fresh:
        connection.execute(insert(MailFolder), list(fresh.values()))
    for start in range(0, len(removed), 500):
        connection.execute(delete(MailFolder).where(mine, MailFolder.folder.in_(removed[start : start + 500])))


def forget_before(turn: Turn, account_id: int, number: int) -> None:
    """Drop the folders that a full look at the tree, begun in round `number`, did not meet."""
    turn.session.execute(
        delete(MailFolder).where(MailFolder.account_id == account_id, MailFolder.seen_round < number),
        execution_options={"synchronize_session": False},
    )


def name_roots(turn: Turn, account_id: int, roots: Mapping[str, str], number: int) -> None:
    """Store which folders have a well-known name (id -> name), those among them that the tree did not tell."""
    connection = turn.session.connection()
    known = connection.execute(select(MailFolder.folder).where(MailFolder.account_id == account_id)).scalars().all()
    put(turn, account_id, [Node(folder, "") for folder in roots if folder not in known], (), number)
    for folder, name in roots.items():
        connection.execute(
            update(MailFolder).where(MailFolder.account_id == account_id, MailFolder.folder == folder).values(kind=name)
        )


def is_root(turn: Turn, account_id: int, folder: str) -> bool:
    """Say whether a folder is one with a well-known name."""
    found = turn.session.get(MailFolder, (account_id, folder))
    return found is not None and bool(found.kind)


def kinds(turn: Turn, account_id: int) -> dict[str, str]:
    """Return each folder with the well-known name of the nearest folder that holds it ("" = none does).

    Well-known folders come first: they are read first.
    """
    parents, names = {}, {}
    for folder, parent, kind in turn.session.connection().execute(
        select(MailFolder.folder, MailFolder.parent, MailFolder.kind)
        .where(MailFolder.account_id == account_id)
        .order_by(MailFolder.kind == "", MailFolder.folder)
    ):
        parents[folder] = parent
        if kind:
            names[folder] = kind
    return holders(parents, names)
