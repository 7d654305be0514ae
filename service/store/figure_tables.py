"""The page of the key figures as tables: what the page, CSV, XLSX and the report show, from the same readings."""

from collections.abc import Iterable, Sequence

from models.terms import Category, Channel
from service.domain.reading import Reading
from service.domain.tabular import Cell, Table
from service.errors import Invalid
from service.store import behind, figures
from service.store.figures import Scope
from service.store.scope import frame, in_team
from service.turn import Turn

_WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
_CLASSES = [*(category.value for category in Category), ""]

# How addresses name the tables, in their order.
PARTS = ("kennzahlen", "daneben", "verlauf", "reaktion", "whatsapp", "klassen", "stunden", "postfaecher")
COLUMNS = (
    "Schlüssel",
    "Kennzahl",
    "Wert",
    "Einheit",
    "Richtung",
    "Ziel",
    "Lage",
    "Zeitraum davor",
    "Veränderung",
    "Nach der Uhr",
    "Kalender",
    "Von",
    "Bis",
    "Zeilen",
    "Nicht gezeigt, weil",
    "Vielleicht unvollständig",
    "Formel",
)


def every(turn: Turn, scope: Scope) -> list[Table]:
    """Return all figures and charts of a scope as tables; the first one holds the figures."""
    readings = figures.catalogue(turn, scope)
    return [
        Table("Kennzahlen", COLUMNS, [_figure(one) for one in readings]),
        Table("Daneben", ("Schlüssel", "Angabe", "Wert"), _facts(readings)),
        Table("Verlauf", ("Schlüssel", "Ab", "Wert"), _trends(readings)),
        _reactions(turn, scope),
        _spread(turn, scope),
        _classes(turn, scope),
        _hours(turn, scope),
        _mailboxes(turn, scope),
    ]


def _figure(one: Reading) -> Sequence[Cell]:
    return (
        one.key,
        one.title,
        one.value,
        one.unit.value,
        one.direction.value if one.target is not None else "",
        one.target,
        one.state.value,
        one.previous.value if one.previous else None,
        one.previous.change if one.previous else None,
        one.strict,
        one.calendar.value if one.calendar else "",
        one.since,
        one.until,
        one.rows_count,
        one.withheld,
        one.incomplete,
        one.formula,
    )


def _facts(readings: Iterable[Reading]) -> list[Sequence[Cell]]:
    return [(one.key, name, value) for one in readings for name, value in one.facts.items()]


def _trends(readings: Iterable[Reading]) -> list[Sequence[Cell]]:
    return [(one.key, point.at, point.value) for one in readings for point in one.trend]


def _reactions(turn: Turn, scope: Scope) -> Table:
    columns = (
        *("Tag", "Antworten", "Mittel (Minuten)", "Median (Minuten)", "Langsamste 10 % (Minuten)"),
        *("Mittel nach der Uhr (Minuten)", "Kalender"),
    )
    kind = frame(turn, scope).windows[behind.headline(scope)].kind.value
    days = figures.reaction_days(turn, scope)
    rows = [(d.day, d.answers, d.mean, d.median, d.p90, d.strict, kind) for d in days]
    return Table("Reaktionszeit je Tag", columns, rows)


def _spread(turn: Turn, scope: Scope) -> Table:
    found = figures.whatsapp_spread(turn, scope)
    kind = frame(turn, scope).windows[Channel.WHATSAPP].kind.value
    rows = [(one.title, one.count, kind) for one in found.bands]
    return Table("WhatsApp erste Antwort", ("Antwort", "Anzahl", "Kalender"), rows)


def _classes(turn: Turn, scope: Scope) -> Table:
    weeks = figures.class_weeks(turn, scope)
    rows: list[list[Cell]] = [[week.start, *(week.counts.get(name, 0) for name in _CLASSES)] for week in weeks]
    return Table("Klassen je Woche", ("Woche ab", *_CLASSES[:-1], "ohne Klasse"), rows)


def _hours(turn: Turn, scope: Scope) -> Table:
    heat = figures.hours_heat(turn, scope)
    rows: list[list[Cell]] = [[day, *values] for day, values in zip(_WEEKDAYS, heat, strict=False)]
    return Table("Eingang je Stunde", ("Tag", *(f"{hour} Uhr" for hour in range(24))), rows)


def _mailboxes(turn: Turn, scope: Scope) -> Table:
    columns = (
        *("Nummer", "Postfach", "Weg", "Offen", "Überfällig", "Ältester seit", "Ohne Klasse"),
        *("Klassifizierungsquote (%)", "Reaktionszeit (Minuten)", "Nach der Uhr (Minuten)", "Kalender"),
        "Nicht gezeigt, weil",
    )
    kinds = frame(turn, scope).windows
    # By name: an order by speed would be a ranking.
    rows = [
        (
            *(box.account_id, box.name, box.channel.value, box.waiting, box.breached, box.oldest_since),
            *(box.unclassified, box.quote, box.mean, box.strict, kinds[box.channel].kind.value, box.withheld),
        )
        for box in figures.mailbox_rows(turn, in_team(turn, scope))
    ]
    return Table("Postfächer", columns, rows)


def part(tables: Sequence[Table], name: str) -> Table:
    """Return the table that an address names ("kennzahlen", "postfaecher", "klassen", ...). Raises Invalid."""
    found = dict(zip(PARTS, tables, strict=True)).get(name or PARTS[0])
    if found is None:
        raise Invalid("Diese Tabelle gibt es nicht.", {"teil": ", ".join(PARTS)})
    return found
