"""The charts of the page Kennzahlen: each mark says its value and leads to its rows."""

from datetime import date, timedelta
from functools import lru_cache
from urllib.parse import urlencode

from markupsafe import Markup

from models.terms import Category, Channel
from service.store import asked
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
def spread(found: Spread) -> Markup:
    """Return how quickly chats were answered; "" without answers."""
    if not found.answers:
        return Markup("")
    return charts.spread(
        (
            ("bis 15 Minuten (ideal)", found.ideal, "f-good"),
            ("bis 1 Stunde", found.hour, "f-mid"),
            ("bis 4 Stunden", found.limit, "f-warn"),
            ("später als 4 Stunden", found.later, "f-bad"),
        ),
        "Verteilung der ersten Antwort auf WhatsApp",
    )


@lru_cache(maxsize=_KEPT)
def classes(found: tuple[ClassCount, ...], scope: Scope) -> Markup:
    """Return inbound messages by class, a column per day or week; "" where they are not shown."""
    if not found:
        return Markup("")
    weekly = scope.days > DAYS_SHOWN
    marks, columns = [], []
    for one in found:
        start = date.fromisoformat(one.start)
        label = start.strftime("%d.%m.") if weekly or scope.days > 7 else WEEKDAYS[start.weekday()]
        what = f"Woche ab {start:%d.%m.}" if weekly else f"{WEEKDAYS[start.weekday()]} {start:%d.%m.}"
        total = sum(one.counts.values())
        parts = ", ".join(f"{name or 'ohne Klasse'} {one.counts[name]}" for name in CLASSES if one.counts.get(name))
        href = rows(scope, tag=one.start, **({"tage": "7"} if weekly else {}))
        marks.append(Mark(label, f"{what}: {total} Nachrichten{f' ({parts})' if parts else ''}", href))
        columns.append([(name.lower() or "offen", one.counts.get(name, 0)) for name in CLASSES])
    return charts.stacked(marks, columns, "Eingang nach Klasse")


@lru_cache(maxsize=_KEPT)
def heat(found: tuple[tuple[int, ...], ...]) -> Markup:
    """Return when mail comes in; "" without any."""
    if not any(value for row in found for value in row):
        return Markup("")
    days = 7 if any(found[5]) or any(found[6]) else 5
    shown = [(WEEKDAYS[r], [found[r][hour] for hour in HOURS]) for r in range(days)]
    return charts.heat(shown, HOURS[0], "Eingang nach Wochentag und Stunde, letzte vier Wochen")


def last_weekdays(scope: Scope, today: date) -> tuple[tuple[str, str], ...]:
    """Return each weekday with the address of the rows of its last day, for the table beside the chart."""
    until = min(scope.until or today, today)
    days = sorted((until - timedelta(days=back) for back in range(7)), key=date.weekday)
    return tuple((WEEKDAYS[day.weekday()], rows(scope, tag=day.isoformat(), tage="1")) for day in days)
