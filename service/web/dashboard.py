"""Kennzahlen: six figures with target and trend, charts with a table twin, deadlines; each number opens its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request
from markupsafe import Markup

from models.terms import Category, Channel
from service import guards, texts
from service.domain.kpi import Reading, State, Unit
from service.store import accounts as store_accounts
from service.store import figures, gaps, listing, reach, settings
from service.store.figures import ClassCount, ReactionDay, Spread
from service.store.scope import Scope
from service.turn import Turn
from service.web import charts, session, words
from service.web.charts import Lines, Mark
from service.web.conversations import account_ids

pages = Blueprint("dashboard", __name__)

PERIODS = {"heute": (1, "Heute"), "7": (7, "7 Tage"), "30": (30, "30 Tage"), "90": (90, "Quartal")}
_LOOK = {
    State.IM_ZIEL: "good",
    State.KNAPP: "warn",
    State.VERFEHLT: "bad",
    State.KEINE_DATEN: "calm",
    State.OHNE_ZIEL: "calm",
}
_SIGN = {"good": "check", "warn": "warn", "bad": "bad", "calm": "info"}
_HOURS = range(6, 20)
_WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
_COLUMNS = [category.value for category in Category] + [""]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure as the page shows it."""

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
    href: str
    count: int


def scope() -> tuple[Scope, str]:
    """Return which part of the firm and which days the address bar asks for, and the key of the period."""
    period = request.args.get("zeitraum", "30")
    period = period if period in PERIODS else "30"
    channels = {channel.value: channel for channel in Channel}
    return Scope(account_ids(), channels.get(request.args.get("kanal", "")), PERIODS[period][0]), period


@pages.get("/kennzahlen")
@guards.needs(guards.FIGURES)
def index() -> str:
    """Show the figures."""
    asked, period = scope()
    with session.runtime().look(session.actor()) as turn:
        shown = _read(turn, asked, period)
        accounts = listing.accounts(turn)
    return render_template(
        "kennzahlen.html",
        page="kennzahlen",
        periods=PERIODS,
        period=period,
        accounts=accounts,
        chosen=asked.account_ids or (),
        query=urlencode({"zeitraum": period} | _place(asked)),
        place=_place(asked),
        **shown,
    )


@pages.get("/kennzahlen/stand")
@guards.needs(guards.FIGURES)
def fresh() -> Response:
    """Return the body of the page again; 304 when nothing changed since."""
    asked, period = scope()
    with session.runtime().look(session.actor()) as turn:
        shown = _read(turn, asked, period)
    answer = make_response(render_template("_kennzahlen.html", period=period, **shown))
    answer.set_etag(sha256(answer.get_data()).hexdigest()[:32])
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer.make_conditional(request)  # type: ignore[return-value]  # gives back the same Flask answer


def _place(asked: Scope) -> dict[str, str]:
    found = {}
    if asked.account_ids:
        found["postfach"] = ",".join(str(number) for number in asked.account_ids)
    if asked.channel:
        found["kanal"] = asked.channel.value
    return found


def _read(turn: Turn, asked: Scope, period: str) -> dict[str, Any]:
    reach.only_known(turn, asked.account_ids)
    readings = figures.tiles(turn, asked)
    tiles = [_tile(reading, period) for reading in readings]
    reactions = figures.reaction_days(turn, asked)
    classes = figures.class_days(turn, asked) if asked.days <= 14 else figures.class_weeks(turn, asked)
    spread = figures.whatsapp_spread(turn, asked)
    limit = settings.targets(turn)[asked.channel or Channel.EMAIL].limit_minutes / 60
    first = session.actor().name.split(" ")[0] if session.actor().name else ""
    return {
        "tiles": tiles,
        "worst": next((tile for tile in tiles if tile.look in {"bad", "warn"} and tile.count), None),
        "greeting": _greeting(words.clock(turn.now), first, tiles),
        "deadlines": figures.next_deadlines(turn, asked, 6),
        "reactions": [day for day in reactions if day.answers],
        "reaction_chart": _reaction_chart(reactions, limit, asked) if any(day.answers for day in reactions) else "",
        "reaction_channel": asked.channel or Channel.EMAIL,
        "spread": spread,
        "spread_chart": _spread_chart(spread),
        "classes": classes,
        "class_chart": _class_chart(classes, asked),
        "class_names": _COLUMNS,
        "heat_chart": _heat_chart(figures.hours_heat(turn, asked)),
        "mailboxes": sorted(figures.mailbox_rows(turn, asked), key=lambda box: (-box.breached, -box.waiting, box.name)),
        "bullet": charts.bullet,
        "bar": {state: f"f-{look}" for state, look in _LOOK.items()},
        "quote_target": next(reading.target for reading in readings if reading.key == "quote"),
        "look": _LOOK,
        "sign": _SIGN,
        "withheld": figures.withheld(turn, asked),
        "disturbed": store_accounts.disturbed(turn),
        "gaps": gaps.possible(turn),
        "now": turn.now,
        "days": asked.days,
    }


def _tile(reading: Reading, period: str) -> Tile:
    look = _LOOK[reading.state]
    value, unit = _value(reading.value, reading.unit)
    query = dict(reading.rows.query) if reading.rows else {"kennzahl": reading.key}
    return Tile(
        key=reading.key,
        title=texts.KPIS[reading.key],
        value=value,
        unit=unit,
        look=look,
        sign=_SIGN[look],
        state=texts.word(reading.state),
        target=_target(reading),
        beside=_beside(reading),
        spark=charts.spark([point.value for point in reading.trend], _goal_line(reading)),
        trend_text=reading.trend_text,
        formula=reading.formula,
        withheld=reading.withheld,
        href="/konversationen?" + urlencode(query | {"zeitraum": period}),
        count=reading.rows_count,
    )


def _value(value: float | None, unit: Unit) -> tuple[str, str]:
    if value is None:
        return "–", ""
    if unit is Unit.PROZENT:
        # Never rounded up over a target: 94.96 is not shown as 95,0.
        return words.number(int(value * 10) / 10, 1), "%"
    if unit is Unit.MINUTEN:
        return (words.number(value / 60, 1), "h") if value >= 60 else (words.number(value), "Min")
    return words.number(value), ""


def _target(reading: Reading) -> str:
    value, unit = _value(reading.target, reading.unit)
    if reading.unit is not Unit.ANZAHL and value.endswith(",0"):
        value = value[:-2]
    if reading.unit is Unit.ANZAHL and reading.target == 0:
        return "0"
    return f"{reading.direction.value} {value}{f' {unit}' if unit else ''}"


def _goal_line(reading: Reading) -> float | None:
    """The target line of the trend, only where trend and target count the same thing."""
    return reading.target if reading.key in {"quote", "old_open", "unhandled", "whatsapp_unanswered"} else None


def _beside(reading: Reading) -> str:
    facts = reading.facts
    if reading.key == "reaction":
        chat = facts.get("chat_mean")
        return f"WhatsApp {words.span(chat)}" if chat is not None else ""
    if reading.key == "quote":
        missing = facts.get("missing")
        return f"{words.number(missing)} fehlen" if missing else ""
    if reading.key == "unclassified":
        return f"{words.number(facts.get('messages') or 0)} Nachrichten"
    if reading.key == "whatsapp_unanswered":
        return f"{words.number(facts.get('waiting') or 0)} offen" + _oldest(facts.get("oldest_minutes"))
    return _oldest(facts.get("oldest_minutes")).removeprefix(" · ")


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


def _greeting(clock: str, name: str, tiles: Sequence[Tile]) -> tuple[str, str]:
    """Return one sentence that says how the day stands, and one beside it."""
    hello = "Guten Morgen" if clock < "11" else "Guten Tag" if clock < "18" else "Guten Abend"
    off = sum(tile.look in {"bad", "warn"} for tile in tiles)
    good = sum(tile.look == "good" for tile in tiles)
    silent = len(tiles) - off - good
    state = "Alle Ziele sind erreicht." if good == len(tiles) else f"{_NUMBERS[off]} Aufmerksamkeit."
    beside = f"{good} von {len(tiles)} Zielen sind erreicht." + (f" {silent} ohne Daten." if silent else "")
    return f"{hello}{', ' + name if name else ''}. {state}", beside


def _short(day: str) -> str:
    return date.fromisoformat(day).strftime("%d.%m.")


def _hours(minutes: float | None) -> float | None:
    return None if minutes is None else minutes / 60


def _say(minutes: float | None) -> str:
    return "keine" if minutes is None else words.span(minutes)


def _reaction_chart(days: Sequence[ReactionDay], limit: float, asked: Scope) -> Markup:
    marks = [
        Mark(
            _short(day.day),
            f"{_short(day.day)}: {day.answers} Antworten, Median {_say(day.median)}, langsamste 10 % {_say(day.p90)}",
            "/konversationen?"
            + urlencode({"antwort": day.day, "kanal": (asked.channel or Channel.EMAIL).value} | _place(asked)),
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


def _spread_chart(found: Spread) -> Markup:
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


def _class_chart(found: Sequence[ClassCount], asked: Scope) -> Markup:
    weekly = asked.days > 14
    marks, columns = [], []
    for one in found:
        start = date.fromisoformat(one.start)
        label = start.strftime("%d.%m.") if weekly or asked.days > 7 else _WEEKDAYS[start.weekday()]
        what = f"Woche ab {start:%d.%m.}" if weekly else f"{_WEEKDAYS[start.weekday()]} {start:%d.%m.}"
        total = sum(one.counts.values())
        parts = ", ".join(f"{name or 'ohne Klasse'} {one.counts[name]}" for name in _COLUMNS if one.counts.get(name))
        href = "/konversationen?" + urlencode({"tag": one.start} | ({"tage": "7"} if weekly else {}) | _place(asked))
        marks.append(Mark(label, f"{what}: {total} Nachrichten{f' ({parts})' if parts else ''}", href))
        columns.append([(name.lower() or "offen", one.counts.get(name, 0)) for name in _COLUMNS])
    return charts.stacked(marks, columns, "Eingang nach Klasse")


def _heat_chart(rows: Sequence[Sequence[int]]) -> Markup:
    if not any(value for row in rows for value in row):
        return Markup("")
    days = 7 if any(rows[5]) or any(rows[6]) else 5
    shown = [(_WEEKDAYS[r], [rows[r][hour] for hour in _HOURS]) for r in range(days)]
    return charts.heat(shown, _HOURS[0], "Eingang nach Wochentag und Stunde, letzte vier Wochen")
