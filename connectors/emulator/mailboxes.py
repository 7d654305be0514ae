"""Holds the mailboxes of the emulated firm: folders with localised names, what lies in them, and a log of changes."""

import hashlib
import threading
from collections.abc import Callable, Iterable
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
# Graph knows these by name; "erledigt" and whatever people make later are ordinary folders, known by id alone.
WELL_KNOWN = frozenset(_FOLDERS) - {"erledigt", "baustellen"}

Listener = Callable[[str, str, Item], None]


@dataclass(slots=True)
class Drawer:
    """A folder with its items, those that left it, and the log of what happened.

    A line of the log is ("add" | "change" | "remove", key of the mail). `rounds` counts the delta rounds begun.
    """

    id: str
    name: str
    display: str
    parent: str
    items: dict[str, Item] = field(default_factory=dict)
    gone: dict[str, Item] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    generation: int = 1
    rounds: int = 0


@dataclass(slots=True)
class Box:
    """One mailbox. `state`: "" (fine), "outside" (beyond the scope), "unlicensed"; `full`: delta is refused.

    `replies` says whether automatic replies are on; `tree` logs what happened to folders, by name.
    """

    drawers: dict[str, Drawer]
    tree: list[str] = field(default_factory=list)
    gone: dict[str, Drawer] = field(default_factory=dict)
    state: str = ""
    full: bool = False
    replies: str = "disabled"


class Mailboxes:
    """All mailboxes; safe for the threads of a server. Methods raise KeyError for what is not there.

    `generations` is how many rounds of a folder may begin before an older link of it dies (0 = no limit); Exchange
    has been seen to keep about three. `listeners` hear (mailbox, "created" | "updated" | "deleted", item).
    """

    def __init__(self, addresses: Iterable[str], mails: Iterable[Mail], generations: int = 0) -> None:
        self.lock = threading.RLock()
        self.generations = generations
        self.listeners: list[Listener] = []
        self._boxes = {address: _box(address) for address in addresses}
        for mail in mails:
            self.deliver(mail)

    @property
    def addresses(self) -> tuple[str, ...]:
        """All mailboxes."""
        return tuple(self._boxes)

    def open(self, address: str) -> None:
        """Add an empty mailbox."""
        with self.lock:
            self._boxes[address] = _box(address)

    def box(self, address: str) -> Box:
        """Return a mailbox, to look at it or to change its state."""
        return self._boxes[address.lower()]

    def folders(self, address: str) -> tuple[Drawer, ...]:
        """Return the folders of a mailbox."""
        return tuple(self.box(address).drawers.values())

    def folder(self, address: str, name: str) -> Drawer:
        """Return a folder by id or well-known name (in any case)."""
        for drawer in self.box(address).drawers.values():
            if drawer.id == name or (drawer.name == name.lower() and drawer.name in WELL_KNOWN):
                return drawer
        raise KeyError(name)

    def deliver(self, mail: Mail) -> None:
        """Put a mail into its mailbox."""
        with self.lock:
            drawer = self._drawer(mail.mailbox, mail.folder)
            item = drawer.items[mail.letter.key] = Item(mail, drawer.id, mail.is_read)
            drawer.log.append(("add", mail.letter.key))
            self._tell(mail.mailbox, "created", item)

    def toggle(self, address: str, folder: str, key: str) -> None:
        """Turn a mail from read to unread or back."""
        with self.lock:
            drawer = self._drawer(address, folder)
            item = drawer.items[key]
            item.is_read = not item.is_read
            item.change += 1
            drawer.log.append(("change", key))
            self._tell(address, "updated", item)

    def touch(self, address: str, folder: str, key: str) -> None:
        """Change something of a mail that nobody reads here (a flag, a category): the item comes, nothing differs."""
        with self.lock:
            drawer = self._drawer(address, folder)
            drawer.items[key].change += 1
            drawer.log.append(("change", key))
            self._tell(address, "updated", drawer.items[key])

    def move(self, address: str, key: str, origin: str, target: str) -> None:
        """Move a mail to another folder: it leaves one log and enters the other with the same immutable id."""
        with self.lock:
            left, entered = self._drawer(address, origin), self._drawer(address, target)
            item = left.items.pop(key)
            left.gone[key] = replace(item)
            item.folder = entered.id
            item.change += 1
            left.log.append(("remove", key))
            entered.items[key] = item
            entered.log.append(("add", key))
            self._tell(address, "updated", item)

    def delete(self, address: str, folder: str, key: str) -> None:
        """Take a mail away for good."""
        with self.lock:
            drawer = self._drawer(address, folder)
            item = drawer.gone[key] = drawer.items.pop(key)
            drawer.log.append(("remove", key))
            self._tell(address, "deleted", item)

    def expire(self, address: str, folder: str) -> None:
        """Forget every delta link of a folder that was given out so far."""
        with self.lock:
            self._drawer(address, folder).generation += 1

    def make_folder(self, address: str, name: str, parent: str, display: str = "") -> Drawer:
        """Make an ordinary folder below another one."""
        with self.lock:
            box = self.box(address)
            drawer = Drawer(_id(address, name), name, display or name.capitalize(), box.drawers[parent].id)
            box.drawers[name] = drawer
            box.gone.pop(name, None)
            box.tree.append(name)
            return drawer

    def move_folder(self, address: str, name: str, parent: str) -> None:
        """Move a folder with everything in it; to "deleteditems" is what people call deleting it."""
        with self.lock:
            box = self.box(address)
            box.drawers[name].parent = box.drawers[parent].id
            box.tree.append(name)

    def rename_folder(self, address: str, name: str, display: str) -> None:
        """Give a folder another display name, as people and languages do; its id stays."""
        with self.lock:
            box = self.box(address)
            box.drawers[name].display = display
            box.tree.append(name)

    def drop_folder(self, address: str, name: str) -> None:
        """Destroy a folder and what lies in it, without any notice for single mails."""
        with self.lock:
            box = self.box(address)
            box.gone[name] = box.drawers.pop(name)
            box.tree.append(name)

    def _drawer(self, address: str, name: str) -> Drawer:
        return self._boxes[address].drawers[name]

    def _tell(self, address: str, what: str, item: Item) -> None:
        for listener in self.listeners:
            listener(address, what, item)


def _id(address: str, name: str) -> str:
    return f"AQMkAD{hashlib.sha256(f'{address}/{name}'.encode()).hexdigest()[:50]}AAAA=="


def _box(address: str) -> Box:
    ids = {name: _id(address, name) for name in _FOLDERS}
    drawers = {
        name: Drawer(ids[name], name, display, ids.get(parent, "")) for name, (display, parent) in _FOLDERS.items()
    }
    return Box(drawers, list(drawers))
