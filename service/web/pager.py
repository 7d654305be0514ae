"""The links below a list: to the page before and after, by the place of its rows, with a number for orientation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

_MOST_PAGES = 10**7


class Marked(Protocol):
    """A page of a list with the marks of the pages beside it, "" where there is none."""

    @property
    def before(self) -> str:
        """The mark of the page before."""

    @property
    def after(self) -> str:
        """The mark of the page after."""


@dataclass(frozen=True, slots=True)
class Pager:
    """What stands below a list: how many rows there are, which page of how many this is, and the words of both links.

    `of_pages` is 0 where nobody counted that far, `count` None where it is not said at all. The number is carried
    along for orientation alone: while rows come and go it may be one off, the rows never are.
    """

    count: int | None
    number: int
    of_pages: int
    back: str
    on: str

    @classmethod
    def of(
        cls, page: Marked, count: int | None, size: int, args: Mapping[str, str], *, open_end: bool = False
    ) -> "Pager":
        """Return the links below `page` of a list with `count` rows, `size` on each; `open_end`: there are more."""
        open_end = open_end or count is None
        pages = _MOST_PAGES if open_end or count is None else max(1, -(-count // size))
        text = args.get("seite", "")
        asked = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
        number = max(1, min(asked, pages))
        if not page.before:
            number = 1
        elif not page.after and not open_end:
            number = pages
        back = f"vor={page.before}&seite={max(1, number - 1)}" if page.before else ""
        on = f"nach={page.after}&seite={number + 1}" if page.after else ""
        return cls(count, number, 0 if open_end else pages, back, on)

    @property
    def shown(self) -> bool:
        """Say whether the list goes on to either side."""
        return bool(self.back or self.on)
