"""A small emulated mailbox to read, and a source that reads it without waiting."""

from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from connectors.base import Folder, Page
from connectors.emulator.graph import Ask, Fault, GraphEmulator
from connectors.emulator.letters import Letter, Mail, Party, Style
from connectors.emulator.mailboxes import Mailboxes
from connectors.graph.client import Client
from connectors.graph.loop import Loop
from connectors.graph.source import GraphSource

T = TypeVar("T")


def on_a_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` as the product does, on a loop of its own thread: a browser of other tests may hold this thread's."""
    loop = Loop()
    try:
        return loop.run(work)
    finally:
        loop.stop()


ADDRESS = "info@firma.example"
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
CUSTOMER = Party("Jörg Häußler", "j.haeussler@muster-bau.example")


def mail(number: int, folder: str = "inbox") -> Mail:
    """Return an invented mail from a customer."""
    party = Party("Zentrale", ADDRESS)
    sender, to = (party, CUSTOMER) if folder == "sentitems" else (CUSTOMER, party)
    at = NOON + timedelta(minutes=number)
    letter = Letter(f"k{number}", at, Style.PERSON, sender, sender, (to,), (), number.to_bytes(16, "big"), 0)
    return Mail(letter, ADDRESS, folder, is_read=False)


@dataclass
class Scene:
    """A server with its mailboxes and a source before it; `faults` are answered first, one a request."""

    mailboxes: Mailboxes
    server: GraphEmulator
    source: GraphSource
    faults: list[Fault | None]
    pauses: list[float]
    asks: list[Ask] = field(default_factory=list)


@pytest.fixture
def scene() -> Iterator[Scene]:
    """Seven mails in the inbox, two sent ones, a server and a source."""
    mails = [*(mail(n) for n in range(7)), *(mail(n, "sentitems") for n in (10, 11))]
    mailboxes = Mailboxes([ADDRESS], mails)
    faults: list[Fault | None] = []
    asks: list[Ask] = []

    def answer_first(ask: Ask) -> Fault | None:
        asks.append(ask)
        return faults.pop(0) if faults else None

    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    server = GraphEmulator(mailboxes, token="gut", faults=answer_first).start()
    source = GraphSource(Client(server.base, lambda claims: "gut", pause))
    yield Scene(mailboxes, server, source, faults, pauses, asks)
    source.close()
    server.stop()


def read(scene: Scene, folder: Folder, cursor: str = "") -> list[Page]:
    return list(scene.source.pages(ADDRESS, folder, cursor))


def inbox(scene: Scene) -> Folder:
    return Folder(scene.mailboxes.folder(ADDRESS, "inbox").id, "inbox")
