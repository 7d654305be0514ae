"""Fakes at the edge of the network: a clock that is moved by hand and a source that plays back pages."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from connectors.base import Folder, Node, Page, TreePage
from models.record import MessageRecord
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
    """Plays back the pages of one inbox by cursor; an exception in their place is raised once when it is reached.

    `mailbox` is what a look-up finds; `listed` what a listing of the folder says, in its order.
    """

    version = 1

    def __init__(
        self,
        pages: Mapping[str, Sequence[Page | Exception]],
        listed: Sequence[Page | Exception] = (),
        mailbox: Sequence[MessageRecord] = (),
    ) -> None:
        self.bare: dict[str, bool] = {}
        self.script = {cursor: list(steps) for cursor, steps in pages.items()}
        self.listed = list(listed)
        self.mailbox = {record.source_id: record for record in mailbox}
        self.asked: list[str] = []
        self.looked_up: list[str] = []
        self.since: list[datetime | None] = []

    def roots(self, account: str) -> Mapping[str, str]:
        return {INBOX.id: "inbox", "bin": "deleteditems"}

    def tree(self, account: str, cursor: str) -> Iterator[TreePage]:
        yield TreePage((Node(INBOX.id, "root"), Node("bin", "root")) if not cursor else (), "baum", complete=True)

    def pages(self, account: str, folder: Folder, cursor: str) -> Iterator[Page]:
        self.asked.append(cursor)
        script, steps = self._after(cursor)
        for step in steps:
            if isinstance(step, Exception):
                script.remove(step)
                raise step
            yield step

    def _after(self, cursor: str) -> tuple[list[Page | Exception], list[Page | Exception]]:
        """Return the script that holds a cursor, and what of it comes after that."""
        if cursor in self.script:
            return self.script[cursor], list(self.script[cursor])
        for script in self.script.values():
            for index, step in enumerate(script):
                if isinstance(step, Page) and step.cursor == cursor:
                    return script, script[index + 1 :]
        return [], []

    def newest(self, account: str, folder: Folder, since: datetime | None) -> Iterator[Page]:
        self.since.append(since)
        for step in self.listed or [Page((), "", complete=True)]:
            if isinstance(step, Exception):
                raise step
            yield step

    def look_up(self, account: str, kind: str, source_ids: Sequence[str]) -> Mapping[str, MessageRecord]:
        self.looked_up += source_ids
        return {one: self.mailbox[one] for one in source_ids if one in self.mailbox}
