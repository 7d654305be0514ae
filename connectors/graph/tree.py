"""Turns answers of Microsoft Graph about folders into ids and their parents; names of folders end here."""

from dataclasses import dataclass
from typing import Any

import msgspec

from connectors.base import Node
from connectors.errors import Malformed
from connectors.graph.shapes import UNREADABLE


class _Folder(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    parent_folder_id: str | None = None
    removed: dict[str, Any] | None = msgspec.field(default=None, name="@removed")


class _Answer(msgspec.Struct, frozen=True):
    value: list[_Folder]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")
    delta_link: str | None = msgspec.field(default=None, name="@odata.deltaLink")


_FOLDERS = msgspec.json.Decoder(_Answer, strict=False)


@dataclass(frozen=True, slots=True)
class Tree:
    """One answer of mailFolders/delta. Links are as Graph sent them, whole; one is set on a complete answer."""

    nodes: tuple[Node, ...]
    removed: tuple[str, ...]
    next_link: str
    delta_link: str


def folders(body: bytes) -> Tree:
    """Read one answer of mailFolders/delta. Raises Malformed."""
    try:
        answer = _FOLDERS.decode(body)
    except UNREADABLE:
        raise Malformed("Die Ordnerliste von Microsoft Graph ist nicht lesbar.") from None
    return Tree(
        tuple(Node(folder.id, folder.parent_folder_id or "") for folder in answer.value if folder.removed is None),
        tuple(folder.id for folder in answer.value if folder.removed is not None),
        answer.next_link or "",
        answer.delta_link or "",
    )


def folder_id(body: bytes) -> str:
    """Read the id out of one folder's answer. Raises Malformed."""
    try:
        return msgspec.json.decode(body, type=_Folder, strict=False).id
    except UNREADABLE:
        raise Malformed("Der Ordner von Microsoft Graph ist nicht lesbar.") from None
