"""Answers what is plainly listed at the emulator: folders, messages by time, settings of a mailbox, domains."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from connectors.emulator.delta import select_of
from connectors.emulator.items import Item, message_id, show
from connectors.emulator.mailboxes import Box, Drawer
from connectors.emulator.wire import DEFAULT_PAGE, Ask, Failed, link, state_of

_LARGEST_TOP = 1000
_ORDER = re.compile(r"(receivedDateTime)(?: (asc|desc))?")
_TERM = re.compile(r"(receivedDateTime) (ge|gt|le|lt) (\S+)|(internetMessageId) eq '([^']*)'")
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "ge": lambda left, right: left >= right,
    "gt": lambda left, right: left > right,
    "le": lambda left, right: left <= right,
    "lt": lambda left, right: left < right,
}


def tree(ask: Ask, box: Box, address: str) -> dict[str, Any]:
    """Return a page of mailFolders/delta: the whole tree, flat; later what appeared, changed or vanished."""
    state = state_of(ask)
    begin, end = int(state.get("b", 0)), int(state.get("e", len(box.tree)))
    start = int(state.get("o", begin))
    names = list(dict.fromkeys(box.tree[start : min(start + ask.page_size, end)]))
    stop = min(start + ask.page_size, end)
    value = [_node(box, name, ask, later=bool(state.get("r"))) for name in names]
    last = stop >= end
    following = {"b": end, "r": 1} if last else {"b": begin, "e": end, "o": stop, "r": state.get("r", 0)}
    return {"value": [node for node in value if node]} | link(address, following, last=last)


def children(ask: Ask, box: Box, parent: Drawer, address: str) -> dict[str, Any]:
    """Return a page of the folders directly below another one; nested ones are not among them."""
    below = [drawer for drawer in box.drawers.values() if drawer.parent == parent.id]
    page, more = _window(ask, below)
    return {"value": [folder(drawer, ask, box) for drawer in page]} | _more(ask, address, more)


def folder(drawer: Drawer, ask: Ask, box: Box) -> dict[str, Any]:
    """Return one folder with the properties asked for."""
    whole = {
        "id": drawer.id,
        "displayName": drawer.display,
        "parentFolderId": drawer.parent or drawer.id,
        "childFolderCount": sum(other.parent == drawer.id for other in box.drawers.values()),
        "unreadItemCount": sum(not item.is_read for item in drawer.items.values()),
        "totalItemCount": len(drawer.items),
        "isHidden": False,
    }
    chosen = ask.query.get("$select")
    return {k: v for k, v in whole.items() if not chosen or k in {"id", *chosen.split(",")}}


def messages(ask: Ask, drawers: tuple[Drawer, ...], address: str) -> dict[str, Any]:
    """Return a page of messages, newest first unless asked otherwise. Raises Failed (400) for an odd query.

    Pages are counted from the top ($skip), so mail that arrives meanwhile moves items to the next page, as at Graph.
    """
    found = [item for drawer in drawers for item in drawer.items.values() if _fits(item, ask.query.get("$filter", ""))]
    order = ask.query.get("$orderby", "receivedDateTime desc")
    match = _ORDER.fullmatch(order)
    if match is None:
        raise Failed(400, "ErrorInvalidUrlQuery", "The orderby property is not supported.")
    found.sort(key=lambda item: (item.mail.letter.at, item.mail.letter.key), reverse=match[2] == "desc")
    page, more = _window(ask, found)
    select = select_of(ask)
    value = [_plain(show(item, select, immutable=ask.immutable)) for item in page]
    count = {"@odata.count": len(found)} if ask.query.get("$count", "").lower() == "true" else {}
    return count | {"value": value} | _more(ask, address, more)


def message(ask: Ask, box: Box, wanted: str) -> dict[str, Any]:
    """Return one message by id. Raises Failed (404)."""
    for drawer in box.drawers.values():
        for item in drawer.items.values():
            if item.id(immutable=ask.immutable) == wanted:
                return _plain(show(item, select_of(ask), immutable=ask.immutable))
    raise Failed(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def settings(box: Box) -> dict[str, Any]:
    """Return mailboxSettings as far as they matter here."""
    return {
        "timeZone": "W. Europe Standard Time",
        "language": {"locale": "de-DE", "displayName": "Deutsch (Deutschland)"},
        "automaticRepliesSetting": replies(box),
    }


def replies(box: Box) -> dict[str, Any]:
    """Return automaticRepliesSetting; its texts are content and only there to be left alone."""
    at = {"dateTime": "2026-01-01T08:00:00.0000000", "timeZone": "UTC"}
    return {
        "status": box.replies, "externalAudience": "all", "scheduledStartDateTime": at, "scheduledEndDateTime": at,
        "internalReplyMessage": "<p>GEHEIM</p>", "externalReplyMessage": "<p>GEHEIM</p>",
    }  # fmt: skip


def domains(names: tuple[str, ...]) -> dict[str, Any]:
    """Return the domains of the tenant; the first is the default one."""
    return {
        "value": [
            {
                "id": name, "authenticationType": "Managed", "isAdminManaged": True, "isDefault": index == 0,
                "isInitial": False, "isRoot": True, "isVerified": True, "supportedServices": ["Email"],
            }
            for index, name in enumerate(names)
        ]
    }  # fmt: skip


def _node(box: Box, name: str, ask: Ask, *, later: bool) -> dict[str, Any]:
    kind = {"@odata.type": "#microsoft.graph.mailFolder"}
    if name in box.drawers:
        return kind | folder(box.drawers[name], ask, box)
    return kind | {"id": box.gone[name].id, "@removed": {"reason": "deleted"}} if later else {}


def _fits(item: Item, wanted: str) -> bool:
    for term in filter(None, wanted.split(" and ")):
        match = _TERM.fullmatch(term)
        if match is None:
            raise Failed(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
        if match[1]:
            received = show(item, ("receivedDateTime",), immutable=True)["receivedDateTime"]
            if not _COMPARE[match[2]](received, match[3]):
                return False
        elif message_id(item.mail.letter) != match[5]:
            return False
    return True


def _window(ask: Ask, found: list[Any]) -> tuple[list[Any], int]:
    """Return the part of a list that a page shows, and where the next one starts (0 = nowhere)."""
    skip = _number(ask, "$skip", 0)
    size = ask.page_size if "maxpagesize" in ask.prefer.lower() else _number(ask, "$top", DEFAULT_PAGE)
    stop = skip + min(max(size, 1), _LARGEST_TOP)
    return found[skip:stop], stop if stop < len(found) else 0


def _number(ask: Ask, name: str, otherwise: int) -> int:
    value = ask.query.get(name, str(otherwise))
    if not value.isdigit():
        raise Failed(400, "ErrorInvalidUrlQuery", f"{name} has an invalid value.")
    return int(value)


def _more(ask: Ask, address: str, skip: int) -> dict[str, str]:
    query = {**ask.query, "$skip": str(skip)}
    return {"@odata.nextLink": f"{address}?{urlencode(query, safe='$', quote_via=quote)}"} if skip else {}


def _plain(shown: dict[str, Any]) -> dict[str, Any]:
    """Items of a plain list come without their type."""
    return {name: value for name, value in shown.items() if name != "@odata.type"}
