"""Answers messages/delta of the emulated mailboxes: rounds, generations, and pages as unruly as Graph's."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.emulator.items import EVERYTHING, show
from connectors.emulator.mailboxes import Drawer
from connectors.emulator.wire import Ask, Failed, link, state_of


@dataclass(frozen=True, slots=True)
class Manner:
    """How a page comes. All of it is allowed by Microsoft's description of delta queries.

    `empty`: no items, and a next link. `overlap`: so many items of the page before come again. `shuffle`: the items of
    the round that begins come in any order (its seed, 0 = in order). `short`: at most so many items (0 = as asked).
    `foreign`: the link at the end of the round carries the token of another folder.
    """

    empty: bool = False
    overlap: int = 0
    shuffle: int = 0
    short: int = 0
    foreign: bool = False


PLAIN = Manner()
Manners = Callable[[Ask], Manner]


@dataclass(frozen=True, slots=True)
class Round:
    """The state of a delta round, as it travels in the links.

    Lines `begin` to `end` of the folder's log are told, `offset` of them have been; `later` is False in the first
    round, which shows only what is there. `order` is the seed of their order.
    """

    folder: str
    generation: int
    number: int
    select: tuple[str, ...]
    begin: int
    end: int
    offset: int = 0
    later: bool = False
    order: int = 0

    def state(self, offset: int, blank: int = 0) -> dict[str, Any]:
        """Return what a next link carries; `blank` counts empty pages, so that no two links are alike."""
        return {
            "f": self.folder[-12:], "g": self.generation, "n": self.number, "s": self.select, "b": self.begin,
            "e": self.end, "o": offset, "r": int(self.later), "q": self.order, "x": blank,
        }  # fmt: skip

    def done(self) -> dict[str, Any]:
        """Return what the delta link at the end carries."""
        return {
            "f": self.folder[-12:], "g": self.generation, "n": self.number, "s": self.select, "b": self.end, "r": 1,
        }  # fmt: skip

    def indices(self) -> list[int]:
        """Return the positions of this round's lines in the log, in the order in which it tells them."""
        found = list(range(self.begin, self.end))
        if self.order:
            random.Random(self.order).shuffle(found)
        return found


def select_of(ask: Ask) -> tuple[str, ...]:
    """Return the properties that a request asks for; everything usual when it does not say."""
    chosen = ask.query.get("$select", "")
    return tuple(part.strip() for part in chosen.split(",")) if chosen else EVERYTHING


def answer(ask: Ask, drawer: Drawer, address: str, limits: tuple[int, Manner]) -> dict[str, Any]:
    """Return one page. `address` begins its links; `limits` are the generations that live (0 = all) and its manner.

    Raises Failed: 410 for a link that has been overtaken, 400 for one of another folder.
    """
    generations, manner = limits
    state = state_of(ask)
    if state:
        _check(state, drawer, generations)
    this = _round(ask, drawer, state, manner.shuffle)
    if manner.empty and this.offset < this.end - this.begin:
        return {"value": []} | link(address, this.state(this.offset, state.get("x", 0) + 1), last=False)
    start = max(this.offset - manner.overlap, 0)
    stop = min(this.offset + min(ask.page_size, manner.short or ask.page_size), this.end - this.begin)
    lines = [drawer.log[index] for index in this.indices()[start:stop]]
    value = _page(drawer, this, lines, ask)
    last = stop >= this.end - this.begin
    following = this.done() if last else this.state(stop)
    if manner.foreign and last:
        following["f"] = "another"
    return {"value": value} | link(address, following, last=last)


def address_of(base: str, user: str, folder: str) -> str:
    """Return what the links of a folder begin with; as at Graph, the alias that was asked for stays in them."""
    return f"{base}/users('{quote(user)}')/mailFolders('{quote(folder)}')/messages/delta"


def _round(ask: Ask, drawer: Drawer, state: dict[str, Any], order: int) -> Round:
    """Return the round that a request goes on with; a first request and a delta link begin a new one."""
    if "o" not in state:
        drawer.rounds += 1
        select = tuple(state["s"]) if state else select_of(ask)
        begin = state.get("b", 0)
        return Round(
            drawer.id, drawer.generation, drawer.rounds, select, begin, len(drawer.log), 0, bool(state), order
        )  # fmt: skip
    return Round(
        drawer.id, state["g"], state["n"], tuple(state["s"]), state["b"], state["e"], state["o"], bool(state["r"]),
        state["q"],
    )  # fmt: skip


def _check(state: dict[str, Any], drawer: Drawer, generations: int) -> None:
    if state.get("f") != drawer.id[-12:]:
        raise Failed(400, "SyncStateInvalid", "The sync state is invalid.")
    overtaken = generations and drawer.rounds - state["n"] >= generations
    if overtaken or state["g"] != drawer.generation:
        newest = f"[highest={drawer.rounds}][{drawer.rounds}]"
        text = f"The sync state generation is not found; generation={state['n']};{newest}."
        raise Failed(410, "SyncStateNotFound", text)


def _page(drawer: Drawer, this: Round, lines: list[tuple[str, str]], ask: Ask) -> list[dict[str, Any]]:
    if not this.later:
        return [
            show(drawer.items[key], this.select, immutable=ask.immutable)
            for what, key in lines
            if what == "add" and key in drawer.items
        ]
    told: dict[str, set[str]] = {}
    for what, key in lines:
        told.setdefault(key, set()).add(what)
    return [_shown(drawer, key, whats, this.select, ask) for key, whats in told.items()]


def _shown(drawer: Drawer, key: str, what: set[str], select: tuple[str, ...], ask: Ask) -> dict[str, Any]:
    """Return an item in a later round: gone, new (whole), or only its changed properties in spite of $select."""
    item = drawer.items.get(key)
    if item is None:
        gone = drawer.gone[key].id(immutable=ask.immutable)
        return {"@odata.type": "#microsoft.graph.message", "id": gone, "@removed": {"reason": "deleted"}}
    chosen = select if "add" in what else ("isRead", "parentFolderId")
    return show(item, chosen, immutable=ask.immutable)
