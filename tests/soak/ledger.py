"""The outside ledger: what the emulated mailboxes hold, compared with what the database says; knows no store module."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import text

from connectors.emulator.delta import Round
from connectors.emulator.mailboxes import Box, Drawer, Mailboxes
from connectors.emulator.wire import unpack
from service.store.engine import Database

READ = frozenset({"inbox", "archive", "sentitems"})
# What was found wrong, for whoever looks into it: folder names and keys of the emulator, nothing else.
TOLD: list[str] = []
LEFT = frozenset({"deleteditems", "junkemail"})


@dataclass(frozen=True, slots=True)
class Row:
    """A stored message as the ledger sees it."""

    folder: str
    is_read: bool
    removed: bool


def stored(database: Database, address: str) -> tuple[dict[str, Row], int]:
    """Return the rows of a mailbox by source id, and how many are there twice."""
    with database.read() as session:
        found = session.execute(
            text(
                "SELECT m.source_id, m.folder, m.is_read, m.removed_at IS NOT NULL FROM message m "
                "JOIN account a ON a.id = m.account_id WHERE a.address = :address"
            ),
            {"address": address},
        ).all()
    rows = {row[0]: Row(row[1], bool(row[2]), bool(row[3])) for row in found}
    return rows, len(found) - len(rows)


def kind_of(box: Box, drawer: Drawer) -> str:
    """Return the well-known folder that holds a folder, itself among them; "" for none."""
    by_id = {other.id: other for other in box.drawers.values()}
    known = READ | LEFT | {"drafts", "outbox", "conversationhistory"}
    while drawer.name not in known:
        if drawer.parent not in by_id or by_id[drawer.parent] is drawer:
            return ""
        drawer = by_id[drawer.parent]
    return drawer.name


def differences(database: Database, mailboxes: Mailboxes, address: str) -> Counter[str]:
    """Count how the database differs from a mailbox that has come to rest. Nothing at all is the only right answer.

    lost: lies in a folder that is read, and is not stored (or marked as removed). double: stored twice. ghost: gone
    from the mailbox or among deleted or junk mail, and not marked. folder, read: stored with another folder or state.
    """
    rows, double = stored(database, address)
    box = mailboxes.box(address)
    found: Counter[str] = Counter(double=double)
    alive: dict[str, tuple[str, Drawer, Any]] = {}
    for drawer in box.drawers.values():
        for item in drawer.items.values():
            alive[item.id(immutable=True)] = (kind_of(box, drawer), drawer, item)
    for source_id, (kind, drawer, item) in alive.items():
        row = rows.get(source_id)
        if kind in READ:
            if row is None or row.removed:
                found["lost"] += 1
                TOLD.append(f"lost: {drawer.name} {item.mail.folder} {item.mail.letter.key} {row}")
            found["folder"] += row is not None and row.folder != drawer.id
            found["read"] += row is not None and row.is_read != item.is_read
        elif row is not None:
            found["ghost"] += row.removed != (kind in LEFT)
    found["ghost"] += sum(not row.removed for source_id, row in rows.items() if source_id not in alive)
    return +found


def ahead(database: Database, mailboxes: Mailboxes, addresses: Iterable[str]) -> int:
    """Count the messages that a stored cursor says were told, and that are not stored: a cursor ahead of its rows."""
    with database.read() as session:
        cursors = session.execute(
            text("SELECT a.address, c.folder, c.cursor FROM chain c JOIN account a ON a.id = c.account_id")
        ).all()
    wanted = set(addresses)
    missing = 0
    with mailboxes.lock:
        for address in wanted:
            drawers = {drawer.id: drawer for drawer in mailboxes.box(address).drawers.values()}
            mine = [(drawers[row[1]], row[2]) for row in cursors if row[0] == address and row[1] in drawers and row[2]]
            rows = stored(database, address)[0] if mine else {}
            missing += sum(_unstored(drawer, cursor, rows) for drawer, cursor in mine)
    return missing


def _unstored(drawer: Drawer, cursor: str, rows: dict[str, Row]) -> int:
    query = parse_qs(urlsplit(cursor).query)
    state = unpack((query.get("$skiptoken") or query["$deltatoken"])[0])
    told = set(range(state["b"]))
    if "o" in state:
        this = Round("", 0, 0, (), state["b"], state["e"], state["o"], bool(state["r"]), state["q"])
        told = (set(range(state["b"])) if state["r"] else set()) | set(this.indices()[: state["o"]])
    last = {key: index for index, (what, key) in enumerate(drawer.log) if what == "add"}
    return sum(
        index in told and drawer.items[key].id(immutable=True) not in rows
        for key, index in last.items()
        if key in drawer.items
    )
