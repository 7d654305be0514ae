"""The charts of the page Kennzahlen: each mark says its value and leads to its rows."""

import re
from datetime import date, timedelta
from functools import lru_cache
from urllib.parse import urlencode

from markupsafe import Markup

from models.terms import Category, Channel
from service.store import asked
from service.store.charts import HEAT_DAYS, Band
from service.store.figures import ClassCount, ReactionDay, Spread
from service.store.scope import Scope
from service.web import charts, words
from service.web.charts import Lines, Mark

CLASSES = (*(category.value for category in Category), "")
WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
HOURS = range(6, 20)
# Up to so many days the classes are shown by day, beyond by week.
DAYS_SHOWN = 14
# Pictures are kept by what they show: most of them stay the same while mail comes in.
_KEPT = 64
_WAY = re.compile(r'<a href="[^"]*"')


def unlinked(picture: Markup) -> Markup:
    """Return a chart whose marks say their values and lead nowhere, for those to whom no list opens."""
    return Markup(_WAY.sub('<g role="img"', picture).replace("</a>", "</g>"))  # noqa: S704  was safe, and nothing is added


def rows(scope: Scope, **more: str) -> str:
    """Return the address of the rows behind a mark."""
    return "/konversationen?" + urlencode(more | asked.words(scope))


def _short(day: str) -> str:
    return date.fromisoformat(day).strftime("%d.%m.")


def _hours(minutes: float | None) -> float | None:
    return None if minutes is None else minutes / 60


def _say(minutes: float | None) -> str:
    return "keine" if minutes is None else words.span(minutes)


@lru_cache(maxsize=_KEPT)
def reaction(days: tuple[ReactionDay, ...], limit: float, scope: Scope) -> Markup:
    """Return median and slowest tenth per day with the target (hours); "" without answers."""
    if not any(day.answers for day in days):
        return Markup("")
    channel = (scope.channel or Channel.EMAIL).value
    marks = [
        Mark(
            _short(day.day),
            f"{_short(day.day)}: {day.answers} Antworten, Median {_say(day.median)}, langsamste 10 % {_say(day.p90)}",
            rows(scope, antwort=day.day) + ("" if scope.channel else "&" + urlencode({"kanal": channel})),
        )
        for day in days
    ]
    return charts.lines(
        Lines(
            marks,
            [_hours(day.median) for day in days],
            [_hours(day.p90) for day in days],
            limit,
            f"Frist {limit:g} h".replace(".", ","),
            "Reaktionszeit je Tag: Median und langsamste zehn Prozent, mit Frist",
        )
    )


@lru_cache(maxsize=_KEPT)
def bands(found: Spread, scope: Scope, period: tuple[tuple[str, str], ...]) -> tuple[tuple[str, int, str], ...]:
    """Return each band of answers in words, how many it counts, and the address of its rows in a period's words."""
    return tuple(
        (one.title, one.count, rows(scope, kennzahl="chat_reaction", dauer=f"{one.after}-{one.until}", **dict(period)))
        for one in found.bands
    )


@lru_cache(maxsize=_KEPT)
def spread(found: Spread, scope: Scope, period: tuple[tuple[str, str], ...]) -> Markup:
    """Return how quickly chats were answered; "" without answers."""
    if not found.answers:
        return Markup("")
    bars = [
        (Mark(title, f"{title}: {count} Antworten", href), count, _style(one))
        for one, (title, count, href) in zip(found.bands, bands(found, scope, period), strict=True)
    ]
    return charts.spread(bars, "Verteilung der ersten Antwort auf WhatsApp")


def _style(one: Band) -> str:
    return "f-bad" if one.late else {"ideal": "f-good", "Frist": "f-warn"}.get(one.mark, "f-mid")


@lru_cache(maxsize=_KEPT)
def classes(found: tuple[ClassCount, ...], scope: Scope) -> Markup:
    """Return inbound messages by class, a column per day or week; "" where they are not shown, or nothing came in."""
    if not any(count for one in found for count in one.counts.values()):
        return Markup("")
    weekly = scope.days > DAYS_SHOWN
    marks, columns = [], []
    for one in found:
        start = date.fromisoformat(one.start)
        label = start.strftime("%d.%m.") if weekly or scope.days > 7 else WEEKDAYS[start.weekday()]
        what = f"Woche ab {start:%d.%m.}" if weekly else f"{WEEKDAYS[start.weekday()]} {start:%d.%m.}"
        total = sum(one.counts.values())
        parts = ", ".join(f"{name or 'ohne Klasse'} {one.counts[name]}" for name in CLASSES if one.counts.get(name))
        # A week that the chosen days end in is counted up to that day.
        days = 7 if scope.until is None else min(7, (scope.until - start).days + 1)
        href = rows(scope, tag=one.start, **({"tage": str(days)} if weekly else {}))
        marks.append(Mark(label, f"{what}: {total} Nachrichten{f' ({parts})' if parts else ''}", href))
        columns.append([(name.lower() or "offen", one.counts.get(name, 0)) for name in CLASSES])
    return charts.stacked(marks, columns, "Eingang nach Klasse")


Cells = tuple[tuple[tuple[int, str], ...], ...]


@lru_cache(maxsize=_KEPT)
def cells(found: tuple[tuple[int, ...], ...], scope: Scope, last: date) -> Cells:
    """Return for each weekday and hour how much came in and the address of exactly that, "" where nothing did.

    `last` is the last of the four weeks' days.
    """
    first = (last - timedelta(days=HEAT_DAYS - 1)).isoformat()
    return tuple(
        tuple(
            (count, rows(scope, tag=first, tage=str(HEAT_DAYS), stunde=f"{weekday}-{hour}") if count else "")
            for hour, count in enumerate(counts)
        )
        for weekday, counts in enumerate(found)
    )


@lru_cache(maxsize=_KEPT)
def heat(found: Cells) -> Markup:
    """Return when mail comes in, every hour of the day at which some did; "" without any."""
    busy = [hour for counts in found for hour, (count, _) in enumerate(counts) if count]
    if not busy:
        return Markup("")
    hours = range(min(HOURS[0], *busy), max(HOURS[-1], *busy) + 1)
    days = 7 if any(count for counts in found[5:] for count, _ in counts) else 5
    shown = [[_cell(WEEKDAYS[weekday], hour, found[weekday][hour]) for hour in hours] for weekday in range(days)]
    return charts.heat(shown, hours[0], "Eingang nach Wochentag und Stunde, vier Wochen")


def _cell(day: str, hour: int, cell: tuple[int, str]) -> tuple[Mark, int]:
    count, href = cell
    return Mark(day, f"{day} {hour}–{hour + 1} Uhr: {count}", href), count


def last_day(scope: Scope, today: date) -> date:
    """Return the last day that the figures of a scope are about."""
    return min(scope.until or today, today)
