"""A stand-in for the client of Graph that asks the emulator in the same process: no socket, the same answers."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from connectors.emulator.graph import GraphEmulator
from connectors.emulator.wire import Ask
from connectors.errors import Malformed, Unreachable
from connectors.graph.answer import TRANSIENT, error_of
from connectors.graph.boundary import Base
from connectors.graph.client import Listing
from connectors.graph.fields import PREFER

T = TypeVar("T")
_TRIES = 3


class Crash(Exception):
    """The process dies at this moment, as far as the reader can tell."""


class Direct:
    """Answers like Client; `before` is called ahead of every request and may change mailboxes or raise Crash."""

    def __init__(self, emulator: GraphEmulator, before: Callable[[], None], page: int = 500) -> None:
        self.base = Base(emulator.base)
        self._emulator = emulator
        self._before = before
        self._prefer = PREFER.replace("500", str(page))

    def first(self, account: str, folder: str, select: tuple[str, ...], read: Callable[[bytes], T]) -> T:
        return self._ask(f"/users/{account}/mailFolders/{folder}/messages/delta", {"$select": ",".join(select)}, read)

    def folder(self, account: str, name: str, select: tuple[str, ...], read: Callable[[bytes], T]) -> T:
        return self._ask(f"/users/{account}/mailFolders/{name}", {"$select": ",".join(select)}, read)

    def folders(self, account: str, select: tuple[str, ...], read: Callable[[bytes], T]) -> T:
        return self._ask(f"/users/{account}/mailFolders/delta", {"$select": ",".join(select)}, read)

    def newest(self, account: str, folder: str, asked: Listing, read: Callable[[bytes], T]) -> T:
        query = {"$select": ",".join(asked.select), "$orderby": "receivedDateTime desc", "$count": "true"}
        if asked.since is not None:
            query["$filter"] = f"receivedDateTime ge {asked.since:%Y-%m-%dT%H:%M:%SZ}"
        return self._ask(f"/users/{account}/mailFolders/{folder}/messages", query, read)

    def message(self, account: str, message_id: str, select: tuple[str, ...], read: Callable[[bytes], T]) -> T:
        return self._ask(f"/users/{account}/messages/{message_id}", {"$select": ",".join(select)}, read)

    def follow(self, account: str, cursor: str, read: Callable[[bytes], T]) -> T:
        parts = urlsplit(cursor)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        return self._ask(unquote(parts.path), query, read)

    def close(self) -> None:
        """Nothing is open."""

    def _ask(self, path: str, query: dict[str, str], read: Callable[[bytes], T]) -> T:
        ask = Ask(f"/v1.0{path}", query, self._prefer, self._emulator.token)
        for _ in range(_TRIES):
            self._before()
            answer = self._emulator.respond(ask)
            if answer.reset or answer.cut or answer.status in TRANSIENT:
                continue
            if answer.status != 200:
                raise error_of(answer.status, answer.body, answer.headers)
            try:
                return read(answer.body)
            except Malformed:
                continue
        raise Unreachable("Der Nachbau antwortet nicht.", 1)
