"""Pages of a list by the place of their first and last row: rows that come and go meanwhile shift no page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, false, null, or_
from sqlalchemy.orm import InstrumentedAttribute

from models.base import Instant
from models.message import Conversation
from service.turn import Turn

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# A sign and the digits of a BIGINT; more belongs to no mark that was ever given out.
_LONGEST = 20
_NOTHING = "n"

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Place = tuple[int | datetime | None, ...]
_NO_COLUMN: Column = null()


class _Found(NamedTuple):
    """A row, what was asked with it, and its place in the order."""

    row: Conversation
    beside: Any
    place: Place


@dataclass(frozen=True, slots=True)
class Key:
    """One part of an order: instants or whole numbers; the last key of an order is unique."""

    column: Column
    descending: bool = False

    @property
    def is_instant(self) -> bool:
        """Say whether the column holds instants."""
        return isinstance(self.column.type, Instant)


@dataclass(frozen=True, slots=True)
class Window:
    """Which page: `after` or `before` is the mark of a row that stands on another page; neither is the first page."""

    size: int
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page in order; `before` and `after` are marks for the pages beside it, "" where there is none.

    `beside` is what the rows were asked together with, None where there are none.
    """

    rows: tuple[Conversation, ...]
    before: str = ""
    after: str = ""
    beside: Any = None


def nulls_last(column: Column) -> tuple[Key, Key]:
    """Return the keys that order by a column which may be empty: the empty ones at the end, on both databases."""
    return Key(case((column.is_(None), 1), else_=0)), Key(column)


def page(
    turn: Turn, query: Select[Conversation], order: Sequence[Key], window: Window, beside: Column = _NO_COLUMN
) -> Page:
    """Return one page of `query` in `order`.

    A page begins where its mark stands, whatever was added, moved or removed before it: whoever goes on sees no row
    twice that stayed, and misses none. A mark that nobody gave out, or behind which nothing is left, is the first page.
    `beside` is one value to ask in the same statement.
    """
    place = _place(window.after or window.before, order)
    more = query.add_columns(beside)
    if place is None:
        found = _read(turn, more, order, (None, False), window.size + 1)
        return _page(found[: window.size], before=False, after=len(found) > window.size)
    backwards = not window.after
    found = _read(turn, more, order, (place, backwards), window.size + 1)
    if not found:
        return page(turn, query, order, Window(window.size), beside)
    rows, further = found[: window.size], len(found) > window.size
    # What lay on the side of the mark may be gone by now, so it is looked at.
    behind = bool(_read(turn, query.add_columns(_NO_COLUMN), order, (rows[0].place, not backwards), 1))
    if backwards:
        return _page(rows[::-1], before=further, after=behind)
    return _page(rows, before=behind, after=further)


def _page(found: Sequence[_Found], *, before: bool, after: bool) -> Page:
    return Page(
        tuple(one.row for one in found),
        _mark(found[0].place) if before else "",
        _mark(found[-1].place) if after else "",
        found[0].beside if found else None,
    )


def _read(
    turn: Turn, query: Select[Conversation, Any], order: Sequence[Key], start: tuple[Place | None, bool], size: int
) -> list[_Found]:
    place, backwards = start
    if place is not None:
        query = query.where(_beyond(order, place, backwards))
    keys = [key.column.label(f"key_{number}") for number, key in enumerate(order)]
    sorted_by = [key.column.desc() if key.descending != backwards else key.column.asc() for key in order]
    wanted: Select[Any] = query.add_columns(*keys).order_by(*sorted_by).limit(size)
    return [_Found(row, beside, tuple(place)) for row, beside, *place in turn.session.execute(wanted)]


def _beyond(order: Sequence[Key], place: Place, backwards: bool) -> ColumnElement[bool]:
    """Return the condition of rows behind a place; the first key alone bounds what an index has to be read for."""
    found: ColumnElement[bool] = false()
    for key, value in reversed(list(zip(order, place, strict=True))):
        column = key.column
        if value is None:
            found = and_(column.is_(None), found)
            continue
        further = column < value if key.descending != backwards else column > value
        found = or_(further, and_(column == value, found))
    first, value = order[0], place[0]
    if value is None:
        return found
    return and_(first.column <= value if first.descending != backwards else first.column >= value, found)


def _mark(place: Place) -> str:
    return ".".join(_written(value) for value in place)


def _written(value: int | datetime | None) -> str:
    if value is None:
        return _NOTHING
    return str((value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else int(value))


def _place(text: str, order: Sequence[Key]) -> Place | None:
    """Return what a mark says about this order; None for an empty one and one that does not fit."""
    parts = text.split(".", len(order))
    if not text or len(parts) != len(order):
        return None
    try:
        return tuple(_value(part, key) for part, key in zip(parts, order, strict=True))
    except (ValueError, OverflowError):
        return None


def _value(part: str, key: Key) -> int | datetime | None:
    if part == _NOTHING:
        return None
    if len(part) > _LONGEST or not part.removeprefix("-").isascii() or not part.removeprefix("-").isdigit():
        raise ValueError("no place")
    number = int(part)
    if not -(2**63) <= number < 2**63:
        raise ValueError("no place")
    return _EPOCH + number * _MICROSECOND if key.is_instant else number
