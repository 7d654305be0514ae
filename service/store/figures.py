"""The figures that dashboard, API and exports show: the catalogue, six tiles, next deadlines, mailboxes, charts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from models.terms import CalendarKind, Channel
from service.domain import kpi
from service.domain.kpi import Reading, State
from service.store import behind, notice_rate, paces
from service.store.behind import count, rows, stream
from service.store.book import Book
from service.store.charts import (
    ClassCount,
    ReactionDay,
    Spread,
    class_days,
    class_weeks,
    hours_heat,
    reaction_days,
    whatsapp_spread,
)
from service.store.deadlines import Deadline, next_deadlines
from service.store.mailboxes import MailboxRow, mailbox_rows
from service.store.prepared import Ask, together
from service.store.queues import Queue
from service.store.scope import WHOLE_FIRM, Scope, frame
from service.store.scope import why_withheld as withheld
from service.turn import Turn

__all__ = [
    "WHOLE_FIRM",
    "ClassCount",
    "Deadline",
    "MailboxRow",
    "ReactionDay",
    "Scope",
    "Spread",
    "catalogue",
    "class_days",
    "class_weeks",
    "count",
    "hours_heat",
    "mailbox_rows",
    "next_deadlines",
    "of_month",
    "one",
    "reaction_days",
    "rows",
    "stream",
    "tiles",
    "whatsapp_spread",
    "withheld",
]


def tiles(turn: Turn, scope: Scope = WHOLE_FIRM) -> tuple[Reading, ...]:
    """Return the six figures of the start page (kpi.TILES), each with state, trend, formula and its rows."""
    book = _whole_book(turn, scope)
    return tuple(_reading(book, figure.key) for figure in kpi.TILES)


def catalogue(turn: Turn, scope: Scope = WHOLE_FIRM) -> tuple[Reading, ...]:
    """Return every figure of the catalogue (kpi.CATALOGUE, in its order) for one scope.

    The scope names mailboxes, team, channel, class and period; each reading carries its comparison with the period of
    the same length before (`previous`), its calendar and the value by the clock on the wall (`strict`), why something
    may be missing (`incomplete`) or is not shown (`withheld`), and the filter that opens its rows (`rows.query`).
    For a period that ended before today, figures about how things stand now are those of the end of its last day;
    where that was not written down, they have no value.
    """
    book = _whole_book(turn, scope, notice_rate.ASK)
    return tuple(_reading(book, figure.key) for figure in kpi.CATALOGUE)


def one(turn: Turn, key: str, scope: Scope = WHOLE_FIRM) -> Reading:
    """Return one figure. Raises KeyError for an unknown one."""
    return _reading(_book(turn, scope), key)


def _book(turn: Turn, scope: Scope) -> Book:
    """Return the book of a scope; it lives as long as its frame, so that a page reads everything once."""
    at = frame(turn, scope)
    if _BOOK not in at.memo:
        at.memo[_BOOK] = Book(at)
    book: Book = at.memo[_BOOK]
    return book


def _whole_book(turn: Turn, scope: Scope, *more: Ask) -> Book:
    """Return the same for who reads many figures: what they ask is asked at once."""
    book = _book(turn, scope)
    together(turn, (*book.asks(), *book.asks_now(), *more))
    return book


def asks(turn: Turn, scope: Scope) -> Iterable[Ask]:
    """Return what `catalogue` asks beside what rows of mailboxes tell as well."""
    return (*_book(turn, scope).asks(), notice_rate.ASK)


_BOOK = "book"


def _reading(book: Book, key: str) -> Reading:
    if key not in book.readings:
        book.readings[key] = _READ[key](book)
    return book.readings[key]


def of_month(turn: Turn, month: str, **parts: Any) -> tuple[Reading, ...]:
    """Return the catalogue of a calendar month ("2026-11"), as it is counted now; `parts` are those of Scope.

    A closed month is read from its stored copy instead (store/months). Raises ValueError for what is no month.
    """
    since = date.fromisoformat(f"{month}-01")
    until = (since.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return catalogue(turn, Scope.between(since, until, **parts))


def _whatsapp_unanswered(book: Book) -> Reading:
    figure, queue = kpi.WHATSAPP_UNANSWERED, None if book.at.is_past else book.queues[Channel.WHATSAPP]
    late = [one.stops - one.in_goal for one in (book.total(days, [Channel.WHATSAPP]) for days in book.weeks())]
    # How many were late at the end of a past day is not written down: only those that waited are.
    late_now, facts = (None, {}) if queue is None else (queue.breached, queue.facts(book.at.turn.now))
    return replace(
        paces.plain(book, figure, late_now, facts, late_now or 0),
        trend=book.points(late),
        trend_text="Antworten nach Ablauf der Frist je sieben Tage",
        calendar=book.at.windows[Channel.WHATSAPP].kind,
    )


def _unclassified(book: Book) -> Reading:
    figure, count, messages = kpi.UNCLASSIFIED, None, None
    if not book.at.is_past:
        count, messages = book.untold.conversations, book.untold.messages
    return replace(
        paces.plain(book, figure, count, {"messages": messages or 0}, count or 0),
        trend=book.points([one.received - one.final for one in map(book.total, book.weeks())]),
        trend_text="Eingang je sieben Tage, der heute noch ohne Klasse ist",
    )


def _old_open(book: Book) -> Reading:
    figure, channels = kpi.OLD_OPEN, _channels(book)
    count, oldest = book.stood_at_the_end(channels, 1), None
    # What had no class at the end of a day is not written down: the trend is that of answers, today's end included.
    unanswered = count if book.at.is_past else book.board.old
    if not book.at.is_past:
        count = book.board.old + book.untold.old
        oldest = min(filter(None, (book.board.oldest_old, book.untold.oldest_old)), default=None)
    facts = Queue(oldest=oldest).facts(book.at.turn.now)
    return replace(
        paces.plain(book, figure, count, {"oldest_minutes": facts["oldest_minutes"]}, count or 0),
        trend=book.stood(channels, 1, unanswered),
        trend_text="Über sieben Tage ohne Antwort, am Ende jedes siebten Tages",
        calendar=CalendarKind.UHR,
    )


def _unhandled(book: Book) -> Reading:
    if book.at.is_past:
        count, facts = book.stood_at_the_end([Channel.EMAIL], 0), {}
    else:
        queue = book.queues[Channel.EMAIL]
        count, facts = queue.waiting, queue.facts(book.at.turn.now)
    return replace(
        paces.plain(book, kpi.UNHANDLED, count, facts, count or 0),
        trend=book.stood([Channel.EMAIL], 0, count),
        trend_text="Ohne Antwort, am Ende jedes siebten Tages",
    )


def _channels(book: Book) -> tuple[Channel, ...]:
    return (book.at.scope.channel,) if book.at.scope.channel else tuple(Channel)


def _reaction(book: Book) -> Reading:
    """Read both reaction times as one tile: large the headline channel, beside it both; missed when one is."""
    large = behind.headline(book.at.scope)
    paces.ahead(book, _channels(book))
    each = {channel: paces.reaction(book, channel, kpi.REACTION) for channel in _channels(book)}
    facts = {f"{_SHORT[channel]}_{name}": value for channel, one in each.items() for name, value in one.facts.items()}
    tile = replace(each[large], facts=facts)
    if any(one.met is False for one in each.values()):
        return replace(tile, state=State.VERFEHLT, met=False)
    return tile


_SHORT = {Channel.EMAIL: "mail", Channel.WHATSAPP: "chat"}

_READ: Mapping[str, Callable[[Book], Reading]] = {
    kpi.WHATSAPP_UNANSWERED.key: _whatsapp_unanswered,
    kpi.QUOTE.key: paces.quote,
    kpi.UNCLASSIFIED.key: _unclassified,
    kpi.OLD_OPEN.key: _old_open,
    kpi.UNHANDLED.key: _unhandled,
    kpi.REACTION.key: _reaction,
    kpi.MAIL_REACTION.key: lambda book: paces.reaction(book, Channel.EMAIL, kpi.MAIL_REACTION),
    kpi.CHAT_REACTION.key: lambda book: paces.reaction(book, Channel.WHATSAPP, kpi.CHAT_REACTION),
    kpi.RESOLVED.key: paces.resolved,
    kpi.RESOLUTION_TIME.key: paces.resolution_time,
    kpi.REOPENED.key: paces.reopened,
    kpi.INBOUND_HOUR.key: paces.inbound_hour,
    kpi.CLASSES.key: paces.classes,
    kpi.SUGGESTED.key: paces.suggested,
    kpi.CORRECTION.key: paces.correction,
    kpi.CHAT_VOLUME.key: paces.chat_volume,
    kpi.NOTICES.key: notice_rate.reading,
}
