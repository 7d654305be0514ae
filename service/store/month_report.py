"""The figures of a month: as they are counted now, as they were reported when it was closed, and what differs since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from models.review import MonthFigure
from models.terms import Category, Channel
from service.domain import kpi, routine
from service.domain.reading import Reading, Span, Unit
from service.store import figures, mistakes, samples, sums
from service.store.mistakes import Mistake
from service.store.samples import Found
from service.store.scope import Scope, frame
from service.turn import Turn

# The parts of a report, in order, with their titles.
SECTIONS: Mapping[str, str] = {
    "kennzahl": "Kennzahlen",
    "menge": "Menge",
    "klasse": "Eingang nach Klasse",
    "stichprobe": "Stichprobe",
    "fehler": "Häufige Fehler",
}
# Values closer than this are the same number once more, not a correction.
_SAME = 1e-6


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a report. `now` is what the same figure counts today, only beside a closed month that differs."""

    section: str
    key: str
    label: str
    value: float | None
    unit: str = Unit.ANZAHL.value
    target: float | None = None
    state: str = ""
    facts: Mapping[str, Any] | None = None
    now: float | None = None
    differs: bool = False


def counted(turn: Turn, month: str, review_id: int | None) -> tuple[Figure, ...]:
    """Return every line of a month's report as it is counted now. Raises ValueError for what is no month."""
    found = [_reading(one, routine.days(month)[-1]) for one in figures.of_month(turn, month)]
    found += _volume(turn, month)
    if review_id is not None:
        found += _sample(samples.found(turn, review_id))
    found += [_mistake(one) for one in mistakes.of_month(turn, month)]
    return tuple(found)


def _reading(one: Reading, last: date) -> Figure:
    facts: dict[str, float | None]
    facts = {name: value for name, value in one.facts.items() if value is not None}
    extra = {"formel": one.formula, "kalender": one.calendar, "streng": one.strict, "hinweis": one.withheld}
    extra |= {"richtung": one.direction.value, "unvollstaendig": one.incomplete, "tage": _days(one, last)}
    if one.previous is not None:
        facts["davor"] = one.previous.value
    return Figure(
        "kennzahl",
        one.key,
        one.title,
        one.value,
        one.unit.value,
        one.target,
        one.state.value,
        {**facts, **{name: value for name, value in extra.items() if value}},
    )


def _days(one: Reading, last: date) -> str:
    """Return which days of the month a figure is about where not all: its last week, or how things stood at its end."""
    span = kpi.find(one.key).span
    if span is Span.WOCHE:
        return f"{date.fromisoformat(one.since):%d.%m.} bis {date.fromisoformat(one.until):%d.%m.}"
    if span is not Span.JETZT:
        return ""
    return f"am Ende des {last:%d.%m.}" if one.value is not None else "für einen vergangenen Tag nicht festgehalten"


def _volume(turn: Turn, month: str) -> list[Figure]:
    days = routine.days(month)
    at = frame(turn, Scope.between(days[0], days[-1]))
    by_day, found = sums.by_day(at, days), []
    for channel in Channel:
        one = sums.total(by_day, days, [channel])
        rows = (
            ("eingang", "eingegangen", one.received),
            ("final", "davon klassifiziert", one.final),
            ("ausgang", "von uns geschrieben", one.sent),
        )
        found += [Figure("menge", f"{channel.value}:{key}", f"{channel.value} {word}", n) for key, word, n in rows]
    counts = sums.by_class(at, days)
    names = [*(category.value for category in Category), ""]
    return found + [Figure("klasse", n or "ohne", n or "ohne Klasse", counts.get(n, 0)) for n in names]


def _sample(found: Found) -> list[Figure]:
    lines = [
        Figure("stichprobe", "gezogen", "gelost", found.drawn),
        Figure("stichprobe", "geprueft", "geprüft", found.judged),
    ]
    for key, label, interval, right, asked in (
        ("klasse", "Klasse richtig", found.classes, found.right, found.judged),
        ("zuordnung", "Zuordnung richtig", found.parties, found.parties_right, found.parties_asked),
    ):
        facts: dict[str, float | None] = {"richtig": right, "von": asked}
        if interval is None:
            lines.append(Figure("stichprobe", key, label, None, Unit.PROZENT.value, facts=facts))
            continue
        facts |= {"von_prozent": interval.low, "bis_prozent": interval.high}
        lines.append(Figure("stichprobe", key, label, interval.share, Unit.PROZENT.value, facts=facts))
    return lines


def _mistake(one: Mistake) -> Figure:
    key = f"{one.previous.value}:{one.category.value}"
    return Figure("fehler", key, f"{one.previous.value} statt {one.category.value}", one.count)


def put(turn: Turn, month: str, lines: Sequence[Figure]) -> None:
    """Copy a month's lines for good; the database takes none any more once the month is closed."""
    for position, one in enumerate(lines):
        turn.session.add(
            MonthFigure(
                month=month,
                section=one.section,
                key=one.key,
                position=position,
                label=one.label,
                value=one.value,
                unit=one.unit,
                target=one.target,
                state=one.state,
                facts=dict(one.facts) if one.facts else None,
            )
        )
    turn.session.flush()


def reported(turn: Turn, month: str) -> tuple[Figure, ...]:
    """Return what was reported about a closed month, in order; nothing for an open one."""
    found = turn.session.scalars(
        select(MonthFigure).where(MonthFigure.month == month).order_by(MonthFigure.position, MonthFigure.key)
    )
    return tuple(
        Figure(one.section, one.key, one.label, one.value, one.unit, one.target, one.state, one.facts) for one in found
    )


def compared(was: Sequence[Figure], now: Sequence[Figure]) -> tuple[Figure, ...]:
    """Return reported lines, each with what it counts today where that differs; new lines stand at the end."""
    fresh = {(one.section, one.key): one for one in now}
    found = [_beside(one, fresh.pop((one.section, one.key), None)) for one in was]
    late = [
        Figure(one.section, one.key, one.label, None, one.unit, now=one.value, differs=True) for one in fresh.values()
    ]
    return (*found, *late)


def _beside(one: Figure, today: Figure | None) -> Figure:
    value = today.value if today else None
    if one.value == value or (one.value is not None and value is not None and abs(one.value - value) < _SAME):
        return one
    return Figure(
        one.section, one.key, one.label, one.value, one.unit, one.target, one.state, one.facts, value, differs=True
    )
