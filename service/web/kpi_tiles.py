"""A key figure as the page shows it: value and unit, target, what stands beside it, how it was before, its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from service import texts
from service.domain import kpi
from service.domain.kpi import Reading, State, Unit
from service.domain.reading import Span
from service.store import asked
from service.store.scope import Scope
from service.web import charts, words

LOOK = {
    State.IM_ZIEL: "good",
    State.KNAPP: "warn",
    State.VERFEHLT: "bad",
    State.KEINE_DATEN: "calm",
    State.OHNE_ZIEL: "calm",
}
SIGN = {"good": "check", "warn": "warn", "bad": "bad", "calm": "info"}
# The trend carries the target line only where trend and target count the same thing.
_WITH_GOAL = frozenset({"quote", "unhandled"})
_MINUS = "−"
# How things stand is counted as it is; without a value it was not written down on the day that is asked for.
_STANDING = frozenset(figure.key for figure in kpi.EVERY if figure.span is Span.JETZT)


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure as the page shows it; `before` and `change` compare with the period of the same length before."""

    key: str
    title: str
    value: str
    unit: str
    look: str
    sign: str
    state: str
    target: str
    beside: str
    spark: Markup
    trend_text: str
    formula: str
    withheld: str
    incomplete: str
    href: str
    count: int
    before: str
    change: str
    calendar: str
    strict: str


def tile(reading: Reading, place: dict[str, str]) -> Tile:
    """Return a figure for the page; `place` are the words of the period, which its rows keep."""
    look = LOOK[reading.state]
    value, unit = split(reading.value, reading.unit)
    query = (dict(reading.rows.query) if reading.rows else {}) | place
    return Tile(
        key=reading.key,
        title=texts.KPIS[reading.key],
        value=value,
        unit=unit,
        look=look,
        sign=SIGN[look],
        state=texts.word(reading.state),
        target=_target(reading),
        beside=_beside(reading),
        spark=charts.spark([point.value for point in reading.trend], _goal_line(reading)),
        trend_text=reading.trend_text,
        formula=reading.formula,
        withheld=reading.withheld,
        incomplete=reading.incomplete,
        href="/konversationen?" + urlencode(query) if reading.rows and not reading.withheld else "",
        count=reading.rows_count,
        **_around(reading),
    )


def _around(reading: Reading) -> dict[str, Any]:
    before = reading.previous
    strict = "" if reading.strict is None or reading.unit is not Unit.MINUTEN else words.span(reading.strict)
    return {
        "before": "" if before is None or before.value is None else said(before.value, reading.unit),
        "change": "" if before is None else _change(before.change, reading.unit),
        "calendar": texts.word(reading.calendar) if reading.calendar else "",
        "strict": strict,
    }


def split(value: float | None, unit: Unit) -> tuple[str, str]:
    """Return a value and its unit in words, "–" for none."""
    if value is None:
        return "–", ""
    if unit is Unit.PROZENT:
        # Never rounded up over a target: 94.96 is not shown as 95,0.
        return words.number(int(value * 10) / 10, 1), "%"
    if unit is Unit.MINUTEN:
        return (words.number(value / 60, 1), "h") if value >= 60 else (words.number(value), "Min")
    return words.number(value, 0 if float(value).is_integer() else 1 if abs(value) >= 1 else 2), ""


def said(value: float | None, unit: Unit) -> str:
    """Return a value with its unit as one text."""
    return " ".join(part for part in split(value, unit) if part)


def _change(change: float | None, unit: Unit) -> str:
    if change is None:
        return ""
    text = words.number(abs(change), 1) if unit is Unit.PROZENT else said(abs(change), unit)
    if text.strip("0, hMin") == "":
        return "unverändert"
    sign = "+" if change > 0 else _MINUS
    return f"{sign}{text}" + (" Punkte" if unit is Unit.PROZENT else "")


def _target(reading: Reading) -> str:
    if reading.target is None:
        return ""
    value, unit = split(reading.target, reading.unit)
    if reading.unit is not Unit.ANZAHL and value.endswith(",0"):
        value = value[:-2]
    if reading.unit is Unit.ANZAHL and reading.target == 0:
        return "0"
    return f"{reading.direction.value} {value}{f' {unit}' if unit else ''}"


def _goal_line(reading: Reading) -> float | None:
    return reading.target if reading.key in _WITH_GOAL else None


def _beside(reading: Reading) -> str:
    if reading.value is None and reading.key in _STANDING:
        return "" if reading.withheld else "für diesen Tag nicht festgehalten"
    facts = reading.facts
    if reading.key == "reaction":
        chat = facts.get("chat_mean")
        return f"WhatsApp {words.span(chat)}" if chat is not None else ""
    if reading.key == "quote":
        missing = facts.get("missing")
        return f"{words.number(missing)} fehlen" if missing else ""
    if reading.key == "resolved":
        return f"davon {words.number(facts['unanswered'] or 0)} ohne Antwort beendet" if facts.get("unanswered") else ""
    if reading.key == "unclassified":
        return f"{words.number(facts.get('messages') or 0)} Nachrichten"
    if reading.key == "whatsapp_unanswered":
        return f"{words.number(facts.get('waiting') or 0)} offen" + _oldest(facts.get("oldest_minutes"))
    if reading.key in {"mail_reaction", "chat_reaction"}:
        return _speed(reading)
    return _oldest(facts.get("oldest_minutes")).removeprefix(" · ")


def _speed(reading: Reading) -> str:
    """Return median, slowest tenth, share in goal, and what still waits: it is never left out silently (D14)."""
    facts, parts = reading.facts, []
    for name, word in (("median", "Median"), ("p90", "langsamste 10 %"), ("p90_open", "mit Offenen")):
        value = facts.get(name)
        if value is not None:
            parts.append(f"{word} {words.span(value)}")
    if facts.get("share") is not None:
        parts.append(f"{said(facts['share'], Unit.PROZENT)} in der Frist")
    if facts.get("waiting"):
        parts.append(f"{words.number(facts['waiting'] or 0)} noch offen" + _oldest(facts.get("oldest_minutes")))
    return " · ".join(parts)


def _oldest(minutes: float | None) -> str:
    return f" · ältester {words.span(minutes)}" if minutes else ""


_NUMBERS = (
    "Kein Wert braucht",
    "Ein Wert braucht",
    "Zwei Werte brauchen",
    "Drei Werte brauchen",
    "Vier Werte brauchen",
    "Fünf Werte brauchen",
    "Sechs Werte brauchen",
)


def greeting(clock: str, name: str, tiles: Sequence[Tile]) -> tuple[str, str]:
    """Return one sentence that says how the day stands, and one beside it."""
    hello = "Guten Morgen" if clock < "11" else "Guten Tag" if clock < "18" else "Guten Abend"
    off = sum(one.look in {"bad", "warn"} for one in tiles)
    good = sum(one.look == "good" for one in tiles)
    silent = len(tiles) - off - good
    if silent == len(tiles):
        return f"{hello}{', ' + name if name else ''}.", "Für diese Auswahl gibt es keine Zahlen."
    state = "Alle Ziele sind erreicht." if good == len(tiles) else f"{_NUMBERS[off]} Aufmerksamkeit."
    beside = f"{good} von {len(tiles)} Zielen sind erreicht." + (f" {silent} ohne Daten." if silent else "")
    return f"{hello}{', ' + name if name else ''}. {state}", beside


def period_said(scope: Scope, today: date) -> str:
    """Return the chosen days in words, "01.11.–15.11.2026"."""
    begun = scope.begun(today)
    until = begun.until or today
    since = date.fromordinal(until.toordinal() - begun.days + 1)
    return f"{since:%d.%m.}–{until:%d.%m.%Y}" if begun.days > 1 else f"{until:%d.%m.%Y}"


def first_day(scope: Scope) -> str:
    """Return the first of the days that somebody chose (ISO date); "" where a named period was chosen."""
    return "" if scope.until is None else date.fromordinal(scope.until.toordinal() - scope.days + 1).isoformat()


def kept(scope: Scope, period: str) -> dict[str, str]:
    """Return all words of an address that show this page again."""
    return asked.words(scope) | asked.period_words(scope, period)
