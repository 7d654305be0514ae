"""Fakes at the edge of the network: a clock that is moved by hand and a source that plays back pages."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from connectors.base import Folder, Page
from tests.conftest import NOW

INBOX = Folder("inbox", "inbox")


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at

    def ticks(self) -> float:
        return self.at.timestamp()

    def move(self, by: timedelta) -> None:
        self.at += by


class FakeSource:
    """Plays back pages by cursor; an exception in their place is raised once when it is reached."""

    def __init__(self, pages: Mapping[str, Sequence[Page | Exception]]) -> None:
        self.script = {cursor: list(steps) for cursor, steps in pages.items()}
        self.asked: list[str] = []

    def folders(self, account: str) -> tuple[Folder, ...]:
        return (INBOX,)

    def pages(self, account: str, folder: Folder, cursor: str) -> Iterator[Page]:
        self.asked.append(cursor)
        for step in list(self.script.get(cursor, [])):
            if isinstance(step, Exception):
                self.script[cursor].remove(step)
                raise step
            yield step
