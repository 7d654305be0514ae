"""How each figure of the catalogue is read from the counts: its value, what stands beside it, its trend, its past."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain

from models.terms import CalendarKind, Category, Channel
from service.domain import hours, kpi
from service.domain.curve import Curve
from service.domain.kpi import Kpi, Reading
from service.domain.reading import Rows, Span
from service.store import backlog, past, queues, settings, shown, sums
from service.store.behind import QUOTE_DAYS
from service.store.book import Book
from service.store.prepared import together
from service.store.queues import Queue
from service.store.scope import Frame
from service.store.sums import Sum, Work

BOTH = tuple(Channel)
Facts = Mapping[str, float | None]


def plain(book: Book, figure: Kpi, value: float | None, facts: Facts, count: int = 0) -> Reading:
    """Return the reading of a figure without trend: state, rows, period, what may be missing.

    `count` is how many things stand behind it: open conversations, or what an average is taken of.
    """
    at = book.at
    # Of a small group only what is open now is shown: counts over time would give its shares away.
    hidden = at.withheld if figure.is_average or figure.span is not Span.JETZT else ""
    if hidden:
        value, facts, count = None, {}, 0
    # How things stood then was counted; which they were is not written down, and a list could only show those of now.
    was = at.is_past and figure.span is Span.JETZT
    if was:
        count = 0
    asked = at.asked
    # Nothing to open where the rows within reach are those of a small group.
    closed = was or (figure.span is not Span.JETZT and bool(shown.why_closed(at.turn, asked)))
    rows = Rows(
        figure.key,
        asked.channel,
        asked.account_ids,
        asked.team,
        asked.category,
        asked.days,
        asked.until.isoformat() if asked.until else "",
    )
    days = _covered(book, figure)
    return replace(
        kpi.read(figure, value, at.targets[figure.key]),
        facts=facts,
        rows=None if closed else rows,
        rows_count=count,
        withheld=hidden,
        incomplete=book.incomplete(_channels(book, figure)),
        since=days[0].isoformat() if days else "",
        until=days[-1].isoformat() if days else "",
    )


def _covered(book: Book, figure: Kpi) -> Sequence[date]:
    if figure.span is Span.JETZT:
        return ()
    return book.at.days(QUOTE_DAYS) if figure.span is Span.WOCHE else book.period


_OF_CHANNEL = {
    kpi.WHATSAPP_UNANSWERED.key: Channel.WHATSAPP,
    kpi.CHAT_REACTION.key: Channel.WHATSAPP,
    kpi.CHAT_VOLUME.key: Channel.WHATSAPP,
    kpi.UNHANDLED.key: Channel.EMAIL,
    kpi.MAIL_REACTION.key: Channel.EMAIL,
}


def _channels(book: Book, figure: Kpi) -> Sequence[Channel]:
    own = _OF_CHANNEL.get(figure.key)
    return (own,) if own else (book.at.scope.channel,) if book.at.scope.channel else BOTH


def compared(book: Book, reading: Reading, before: float | None, days: Sequence[date]) -> Reading:
    """Return the reading with the same figure of `days` before; nothing where averages are withheld."""
    if reading.withheld:
        return reading
    return replace(reading, previous=kpi.compare(reading.value, before, days[0], days[-1]))


def quote(book: Book) -> Reading:
    """Read the Klassifizierungsquote: only what a person or an explicit rule decided, of seven days."""
    days, before = book.at.days(QUOTE_DAYS), book.at.before(QUOTE_DAYS)
    week = book.total(days)
    facts = {"messages": week.received, "final": week.final, "missing": week.received - week.final}
    count = 0 if book.at.scope.category else backlog.missing(book.at)
    reading = replace(
        plain(book, kpi.QUOTE, week.quote, facts, count),
        trend=book.points([book.total(one).quote for one in book.weeks()]),
        trend_text="Quote je sieben Tage",
    )
    return compared(book, reading, book.total(before).quote, before)


def reaction(book: Book, channel: Channel, figure: Kpi) -> Reading:
    """Read the reaction time of a channel: mean in the target's calendar, beside it median, p90, shares, what waits."""
    at, window = book.at, book.at.windows[channel]
    one = book.total(book.period, [channel])
    facts = book.speeds.get(channel) or speed(book, channel, one)
    book.speeds[channel] = facts
    limit = window.limit / timedelta(minutes=1)
    reading = plain(book, figure, one.mean, facts, one.stops)
    reading = replace(
        reading,
        # The target is the firm's window of this channel, whatever the calendar.
        target=limit,
        trend=book.points([book.total(days, [channel]).mean for days in book.weeks()]),
        trend_text="Mittel je sieben Tage",
        calendar=window.kind,
        strict=None if reading.withheld else one.strict,
        incomplete=f"{reading.incomplete} {past.said(at.turn, at.since(at.scope.days), at.zone)}".strip(),
    )
    read = kpi.read(figure, reading.value, limit)
    before = book.total(book.before, [channel]).mean
    waiting = book.queues[channel].facts(at.turn.now) if reading.withheld else reading.facts
    return compared(book, replace(reading, state=read.state, met=read.met, facts=waiting), before, book.before)


def speed(book: Book, channel: Channel, one: Sum) -> Facts:
    """Return answers, mean, median, p90, shares in goal and within the ideal, and what still waits (D14)."""
    window, histogram = book.at.windows[channel], book.histogram(channel)
    ideal = None if window.ideal is None else window.ideal // timedelta(minutes=1)
    within = 0 if ideal is None else histogram.within(ideal)
    past = book.at.is_past
    return {
        "answers": one.stops,
        "mean": one.mean,
        "median": kpi.percentile(histogram, 50),
        "p90": kpi.percentile(histogram, 90),
        "p90_open": None if past else _p90_open(book, channel),
        "share": one.kept,
        "share_ideal": None if ideal is None else kpi.share(within, one.stops),
        "limit": window.limit / timedelta(minutes=1),
        "strict_mean": one.strict,
        **({"waiting": book.stood_at_the_end([channel], 0)} if past else book.queues[channel].facts(book.at.turn.now)),
    }


def ahead(book: Book, channels: Sequence[Channel]) -> None:
    """Ask at once what `reaction` asks of several channels one after the other."""
    if not book.at.is_past:
        asks = (queues.asks_with_open(*_open_too(book, channel)) for channel in channels)
        together(book.at.turn, chain.from_iterable(asks))


def _p90_open(book: Book, channel: Channel) -> int | None:
    return queues.percentile_with_open(*_open_too(book, channel))


def _open_too(book: Book, channel: Channel) -> tuple[Frame, Channel, Curve, int, Queue]:
    return book.at, channel, book.histogram(channel), 90, book.queues[channel]


def _of_work(book: Book, figure: Kpi, value: Callable[[Work], float | None], facts: Facts, count: int) -> Reading:
    reading = replace(
        plain(book, figure, value(book.work(book.period)), facts, count),
        trend=book.points([value(book.work(days)) for days in book.weeks()]),
        trend_text="je sieben Tage",
    )
    return compared(book, reading, value(book.work(book.before)), book.before)


def resolved(book: Book) -> Reading:
    """Read the share of matters that were solved and stayed so, of those closed and those still waiting."""
    done = book.work(book.period)
    channels = _channels(book, kpi.RESOLVED)
    past = book.at.is_past
    waiting = book.stood_at_the_end(channels, 0) if past else sum(book.queues[channel].waiting for channel in channels)
    stayed = done.closed - done.reopened
    value = None if waiting is None else kpi.share(stayed, done.closed + waiting)
    facts: Facts = {
        "closed": done.closed,
        "stayed": stayed,
        "waiting": waiting,
        "unanswered": done.unanswered,
    }
    return replace(
        plain(book, kpi.RESOLVED, value, facts, stayed),
        trend=book.points([float(book.work(days).closed) for days in book.weeks()]),
        trend_text="Abgeschlossene je sieben Tage",
    )


def resolution_time(book: Book) -> Reading:
    """Read the mean time to resolution, by the clock on the wall."""
    done = book.work(book.period)
    reading = _of_work(book, kpi.RESOLUTION_TIME, _mean_closing, {"closed": done.closed}, done.closed)
    return replace(reading, calendar=CalendarKind.UHR, strict=reading.value, trend_text="Mittel je sieben Tage")


def _mean_closing(done: Work) -> float | None:
    return done.closed_seconds / 60 / done.closed if done.closed > 0 else None


def reopened(book: Book) -> Reading:
    """Read the share of closed conversations that came back within seven days."""
    done = book.work(book.period)
    facts: Facts = {"closed": done.closed, "reopened": done.reopened}
    return _of_work(book, kpi.REOPENED, lambda one: kpi.share(one.reopened, one.closed), facts, done.reopened)


def inbound_hour(book: Book) -> Reading:
    """Read the inbound messages per opening hour of the period."""
    one, open_hours = book.total(book.period), _open_hours(book, book.period)
    facts: Facts = {"messages": one.received, "open_hours": round(open_hours, 1)}
    reading = replace(
        plain(book, kpi.INBOUND_HOUR, one.received / open_hours if open_hours else None, facts, one.received),
        trend=book.points([float(book.total(days).received) for days in book.weeks()]),
        trend_text="Eingang je sieben Tage",
    )
    hours_before = _open_hours(book, book.before)
    earlier = book.total(book.before).received / hours_before if hours_before else None
    return compared(book, reading, earlier, book.before)


def _open_hours(book: Book, days: Sequence[date]) -> float:
    at = book.at
    first, after = at.instant(days[0]), at.instant(days[-1] + timedelta(days=1))
    calendar = hours.calendar(CalendarKind.OEFFNUNG, settings.hours(at.turn))
    return calendar.elapsed(first, max(first, min(after, at.turn.now))) / timedelta(hours=1)


def classes(book: Book) -> Reading:
    """Read how many messages of seven days have a final class, and of which."""
    days, before = book.at.days(QUOTE_DAYS), book.at.before(QUOTE_DAYS)
    found = sums.by_class(book.at, days)
    decided = book.work(days).decided
    facts: Facts = {category.value: found.get(category.value, 0) for category in Category} | {"decided": decided}
    final = sum(found.get(category.value, 0) for category in Category)
    reading = replace(
        plain(book, kpi.CLASSES, final, facts, final),
        trend=book.points([float(book.total(one).final) for one in book.weeks()]),
        trend_text="Mit endgültiger Klasse je sieben Tage",
    )
    return compared(book, reading, book.total(before).final, before)


def suggested(book: Book) -> Reading:
    """Read how often a suggestion stood there when a person decided."""
    done = book.work(book.period)
    facts: Facts = {"decided": done.decided, "checked": done.checked}
    return _of_work(book, kpi.SUGGESTED, lambda one: kpi.share(one.checked, one.decided), facts, done.checked)


def correction(book: Book) -> Reading:
    """Read how often people decided against the suggestion."""
    done = book.work(book.period)
    facts: Facts = {"checked": done.checked, "changed": done.changed, "corrected": done.corrected}
    return _of_work(book, kpi.CORRECTION, lambda one: kpi.share(one.changed, one.checked), facts, done.changed)


def chat_volume(book: Book) -> Reading:
    """Read how many WhatsApp messages went in and out."""
    one = book.total(book.period, [Channel.WHATSAPP])
    facts: Facts = {"received": one.received, "sent": one.sent}
    weeks = [book.total(days, [Channel.WHATSAPP]) for days in book.weeks()]
    before = book.total(book.before, [Channel.WHATSAPP])
    reading = replace(
        plain(book, kpi.CHAT_VOLUME, one.received + one.sent, facts, one.received + one.sent),
        trend=book.points([float(week.received + week.sent) for week in weeks]),
        trend_text="je sieben Tage",
    )
    return compared(book, reading, before.received + before.sent, book.before)
