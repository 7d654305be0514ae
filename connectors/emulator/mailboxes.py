"""Holds the mailboxes of the emulated firm: folders with localised names, what lies in them, and a log of changes."""

import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from connectors.emulator.items import Item
from connectors.emulator.letters import Mail

# Well-known name -> (display name of a German mailbox, well-known name of its parent).
_FOLDERS = {
    "msgfolderroot": ("Oberste Ebene des Informationsspeichers", ""),
    "inbox": ("Posteingang", "msgfolderroot"),
    "sentitems": ("Gesendete Elemente", "msgfolderroot"),
    "archive": ("Archiv", "msgfolderroot"),
    "drafts": ("Entwürfe", "msgfolderroot"),
    "deleteditems": ("Gelöschte Elemente", "msgfolderroot"),
    "junkemail": ("Junk-E-Mail", "msgfolderroot"),
    "outbox": ("Postausgang", "msgfolderroot"),
    "conversationhistory": ("Aufgezeichnete Unterhaltungen", "msgfolderroot"),
    "erledigt": ("Erledigt", "inbox"),
    "baustellen": ("Baustellen", "erledigt"),
}
# These are ordinary folders: Graph knows them by id alone.
_ORDINARY = frozenset({"erledigt", "baustellen"})


@dataclass(slots=True)
class Drawer:
    """A folder with its items, those that left it, and the log of what happened.

    A line of the log is ("add" | "change" | "remove", key of the mail).
    """

    id: str
    name: str
    display: str
    parent: str
    items: dict[str, Item] = field(default_factory=dict)
    gone: dict[str, Item] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    generation: int = 1


class Mailboxes:
    """All mailboxes; safe for the threads of a server. Methods raise KeyError for what is not there."""

    def __init__(self, addresses: Iterable[str], mails: Iterable[Mail]) -> None:
        self.lock = threading.RLock()
        self._boxes = {address: _drawers(address) for address in addresses}
        for mail in mails:
            self.deliver(mail)

    def folders(self, address: str) -> tuple[Drawer, ...]:
        """Return the folders of a mailbox."""
        return tuple(self._boxes[address.lower()].values())

    def folder(self, address: str, name: str) -> Drawer:
        """Return a folder by id or well-known name (in any case)."""
        for drawer in self._boxes[address.lower()].values():
            if drawer.id == name or (drawer.name == name.lower() and drawer.name not in _ORDINARY):
                return drawer
        raise KeyError(name)

    def deliver(self, mail: Mail) -> None:
        """Put a mail into its mailbox."""
        with self.lock:
            drawer = self._boxes[mail.mailbox][mail.folder]
            drawer.items[mail.letter.key] = Item(mail, drawer.id, mail.is_read)
            drawer.log.append(("add", mail.letter.key))

    def toggle(self, address: str, folder: str, key: str) -> None:
        """Turn a mail from read to unread or back."""
        with self.lock:
            drawer = self._boxes[address][folder]
            item = drawer.items[key]
            item.is_read = not item.is_read
            item.change += 1
            drawer.log.append(("change", key))

    def move(self, address: str, key: str, origin: str, target: str) -> None:
        """Move a mail to another folder: it leaves one log and enters the other with the same immutable id."""
        with self.lock:
            box = self._boxes[address]
            item = box[origin].items.pop(key)
            box[origin].gone[key] = replace(item)
            item.folder = box[target].id
            item.change += 1
            box[origin].log.append(("remove", key))
            box[target].items[key] = item
            box[target].log.append(("add", key))

    def delete(self, address: str, folder: str, key: str) -> None:
        """Take a mail away for good."""
        with self.lock:
            drawer = self._boxes[address][folder]
            drawer.gone[key] = drawer.items.pop(key)
            drawer.log.append(("remove", key))

    def expire(self, address: str, folder: str) -> None:
        """Forget every delta link of a folder that was given out so far."""
        with self.lock:
            self._boxes[address][folder].generation += 1


def _drawers(address: str) -> dict[str, Drawer]:
    ids = {name: f"AQMkAD{hashlib.sha256(f'{address}/{name}'.encode()).hexdigest()[:50]}AAAA==" for name in _FOLDERS}
    return {name: Drawer(ids[name], name, display, ids.get(parent, "")) for name, (display, parent) in _FOLDERS.items()}
