"""The shapes of a key figure: its definition, one reading of it, its trend, and the filter that opens its rows."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from models.terms import CalendarKind, Category, Channel

# The period that is meant where an address names none.
_USUAL_DAYS = 30


class Direction(enum.StrEnum):
    """Which side of the target is good; exactly the target is good only for `HOECHSTENS`."""

    UNTER = "unter"
    UEBER = "über"
    HOECHSTENS = "höchstens"


class State(enum.StrEnum):
    """How a value stands to its target. `KNAPP` has missed it by little and only exists for shares."""

    IM_ZIEL = "im Ziel"
    KNAPP = "knapp"
    VERFEHLT = "verfehlt"
    KEINE_DATEN = "keine Daten"
    OHNE_ZIEL = "ohne Ziel"


class Unit(enum.StrEnum):
    """What a value counts."""

    ANZAHL = "Anzahl"
    PROZENT = "%"
    MINUTEN = "Minuten"


class Span(enum.StrEnum):
    """What time a figure is about: how things stand now, the chosen days, or always seven days up to the last one."""

    JETZT = "jetzt"
    ZEITRAUM = "Zeitraum"
    WOCHE = "7 Tage"


@dataclass(frozen=True, slots=True)
class Kpi:
    """One key figure. `target` None: the source names none. `near` is the value from which a missed share counts as
    missed by little. `cadence` says how often somebody should look at it (S4.131-S4.134). `is_average`: a mean, median
    or share, which small groups do not show; plain counts of open items are always shown.
    """

    key: str
    title: str
    formula: str
    unit: Unit
    target: float | None = None
    direction: Direction = Direction.UNTER
    near: float | None = None
    span: Span = Span.ZEITRAUM
    cadence: str = "täglich"
    is_average: bool = False


class Point(NamedTuple):
    """One value of a trend; `at` is an ISO date (the first local day it covers), None where there is nothing."""

    at: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same figure in the period of the same length before: its first and last local day (ISO dates), its value.

    `change` is the present value minus that one; None where one of both is missing.
    """

    since: str
    until: str
    value: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class Rows:
    """The filter that opens exactly the conversations a figure counts, as query parameters of page and API.

    `team` narrows to its mailboxes and numbers, `category` to one class ("ohne" = not classified), `days` and `until`
    (ISO date, "" = today) are the period.
    """

    kpi: str
    channel: Channel | None = None
    account_ids: tuple[int, ...] | None = None
    team: int | None = None
    category: Category | None = None
    days: int = 30
    until: str = ""

    @property
    def query(self) -> dict[str, str]:
        """Return the query parameters."""
        found = {"kennzahl": self.kpi}
        if self.channel is not None:
            found["kanal"] = self.channel.value
        if self.account_ids is not None:
            found["postfach"] = ",".join(str(account_id) for account_id in self.account_ids)
        if self.team is not None:
            found["team"] = str(self.team)
        if self.category is not None:
            found["klasse"] = self.category.value
        if self.until:
            found |= {"bis": self.until, "tage": str(self.days)}
        elif self.days != _USUAL_DAYS:
            found["zeitraum"] = "heute" if self.days == 1 else str(self.days)
        return found


@dataclass(frozen=True, slots=True)
class Reading:
    """A key figure at one moment. `met` is None without data or target; `withheld` says why a value is not shown.

    `facts` holds what stands beside the value, by name (docs/handbuch/kennzahlen.md lists them per figure); counts,
    minutes or percent. `calendar` names the calendar in which minutes are measured (None: no measured time) and
    `strict` is the same value by the clock on the wall. `since` and `until` are the local days (ISO) that the value
    covers; both are empty for how things stand now. `previous` compares with the period before; None where nothing
    can be compared. `incomplete` says in a German sentence why something may be missing; "" when nothing is.
    """

    key: str
    title: str
    value: float | None
    unit: Unit
    target: float | None
    direction: Direction
    state: State
    met: bool | None
    formula: str
    withheld: str = ""
    facts: Mapping[str, float | None] = field(default_factory=dict)
    trend: tuple[Point, ...] = ()
    trend_text: str = ""
    rows: Rows | None = None
    rows_count: int = 0
    calendar: CalendarKind | None = None
    strict: float | None = None
    since: str = ""
    until: str = ""
    previous: Comparison | None = None
    incomplete: str = ""
    cadence: str = "täglich"
