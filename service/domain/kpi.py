"""What the six key figures mean, when they are in goal, and how median and 90th percentile follow from a histogram."""

import enum
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate

from models.terms import Channel


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


class Unit(enum.StrEnum):
    """What a value counts."""

    ANZAHL = "Anzahl"
    PROZENT = "%"
    MINUTEN = "Minuten"


@dataclass(frozen=True, slots=True)
class Kpi:
    """One key figure. `near` is the value from which a missed share counts as missed by little."""

    key: str
    title: str
    formula: str
    unit: Unit
    target: float
    direction: Direction
    near: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a trend; `at` is an ISO date (the first local day it covers), None where there is nothing."""

    at: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Rows:
    """The filter that opens exactly the conversations a figure counts, as query parameters of page and API."""

    kpi: str
    channel: Channel | None = None
    account_ids: tuple[int, ...] | None = None

    @property
    def query(self) -> dict[str, str]:
        """Return the query parameters."""
        found = {"kennzahl": self.kpi}
        if self.channel is not None:
            found["kanal"] = self.channel.value
        if self.account_ids is not None:
            found["postfach"] = ",".join(str(account_id) for account_id in self.account_ids)
        return found


@dataclass(frozen=True, slots=True)
class Reading:
    """A key figure at one moment. `met` is None without data; `withheld` says why a value is not shown.

    `facts` holds what stands beside the value, by name (figures.py lists them); counts, minutes or percent.
    """

    key: str
    title: str
    value: float | None
    unit: Unit
    target: float
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


WHATSAPP_UNANSWERED = Kpi(
    "whatsapp_unanswered",
    "WhatsApp ohne Antwort",
    "Offene WhatsApp-Chats, deren Frist (Standard: 4 Stunden Öffnungszeit seit der ältesten unbeantworteten "
    "Nachricht) überschritten ist; daneben alle offenen Chats, die auf Antwort warten.",
    Unit.ANZAHL,
    0,
    Direction.HOECHSTENS,
)
QUOTE = Kpi(
    "quote",
    "Klassifizierungsquote",
    "Eingegangene Nachrichten der letzten 7 Kalendertage (heute eingeschlossen), deren Klasse ein Mensch oder eine "
    "ausdrückliche Regel festgelegt hat, geteilt durch alle eingegangenen Nachrichten dieser Tage. Vorschläge zählen "
    "nicht als Klasse. Genau 95,0 % sind nicht über 95 %.",
    Unit.PROZENT,
    95,
    Direction.UEBER,
    near=90,
)
UNCLASSIFIED = Kpi(
    "unclassified",
    "Ohne Klassifizierung",
    "Konversationen mit mindestens einer eingegangenen Nachricht ohne endgültige Klasse. Auch automatische "
    "Meldungen brauchen eine, aber sie haben keine Frist. Daneben die Zahl der Nachrichten.",
    Unit.ANZAHL,
    10,
    Direction.UNTER,
)
OLD_OPEN = Kpi(
    "old_open",
    "Offen seit über 7 Tagen",
    "Offene Konversationen, die länger als genau 7 × 24 Stunden auf Antwort warten oder deren letzte eingegangene "
    "Nachricht älter ist und noch eine Klasse braucht. Genau 7 × 24 Stunden zählen noch nicht.",
    Unit.ANZAHL,
    20,
    Direction.UNTER,
)
UNHANDLED = Kpi(
    "unhandled",
    "Unbearbeitete E-Mails",
    "E-Mail-Konversationen mit laufender Frist: eingegangen, offen, ohne Antwort, nicht archiviert.",
    Unit.ANZAHL,
    10,
    Direction.UNTER,
)
REACTION = Kpi(
    "reaction",
    "Reaktionszeit (Mittel)",
    "Mittlere Zeit vom Eingang der ältesten unbeantworteten Nachricht bis zur ersten Antwort eines Menschen, "
    "gemessen im Kalender der Frist, über alle Antworten im gewählten Zeitraum (sonst 30 Tage). Median und "
    "90-%-Wert aus dem Histogramm ganzer Minuten. Unbeantwortete zählen nicht ins Mittel; sie stehen mit Zahl und "
    "Alter daneben.",
    Unit.MINUTEN,
    24 * 60,
    Direction.UNTER,
)

CATALOGUE: tuple[Kpi, ...] = (WHATSAPP_UNANSWERED, QUOTE, UNCLASSIFIED, OLD_OPEN, UNHANDLED, REACTION)

# S4.27, S4.85: exactly 7 x 24 h is not older.
OLD_AFTER = timedelta(days=7)

# Below this many people, averages and shares would be figures about a person (decision "Per-person figures").
GROUP_MINIMUM = 5
WITHHELD = (
    f"Hier arbeiten weniger als {GROUP_MINIMUM} Personen. Mittelwerte und Anteile wären Angaben über einzelne Menschen "
    "und werden deshalb nicht gezeigt."
)

_COMPARE = {
    Direction.UNTER: lambda value, target: value < target,
    Direction.UEBER: lambda value, target: value > target,
    Direction.HOECHSTENS: lambda value, target: value <= target,
}


def find(key: str) -> Kpi:
    """Return the figure of a key. Raises KeyError for an unknown one."""
    return {kpi.key: kpi for kpi in CATALOGUE}[key]


def read(kpi: Kpi, value: float | None, target: float | None = None) -> Reading:
    """Return the reading of a value; None means no data. `target` replaces the catalogue's own."""
    goal = kpi.target if target is None else target
    met = None if value is None else bool(_COMPARE[kpi.direction](value, goal))
    return Reading(
        key=kpi.key,
        title=kpi.title,
        value=value,
        unit=kpi.unit,
        target=goal,
        direction=kpi.direction,
        state=_state(kpi, value, met, goal),
        met=met,
        formula=kpi.formula,
    )


def _state(kpi: Kpi, value: float | None, met: bool | None, goal: float) -> State:
    if value is None or met is None:
        return State.KEINE_DATEN
    if met:
        return State.IM_ZIEL
    # The distance that counts as little stays the catalogue's own when the firm moves its target.
    close = kpi.near is not None and value >= goal - (kpi.target - kpi.near)
    return State.KNAPP if close else State.VERFEHLT


def share(part: int, whole: int) -> float | None:
    """Return `part` of `whole` in percent; None when there is nothing to share (an empty week is no 0 %)."""
    return None if whole <= 0 else 100 * part / whole


def is_old(since: datetime, now: datetime) -> bool:
    """Return whether something is older than exactly 7 x 24 h."""
    return now - since > OLD_AFTER


# Histogram of reaction times: bucket 0..2880 are whole minutes up to 48 h, 2880 + n are n whole hours beyond 48 h.
FINE_MINUTES = 48 * 60


def bucket(open_seconds: int) -> int:
    """Return the histogram bucket of a reaction time.

    Up to 48 h whole minutes (0..2880), beyond 2880 + whole hours past 48 h. Both round up: limits are whole minutes
    and exactly the limit keeps the goal (D10), so "at most 15 minutes" is exactly bucket <= 15.
    """
    minutes = -(-max(0, open_seconds) // 60)
    return minutes if minutes <= FINE_MINUTES else FINE_MINUTES - (FINE_MINUTES - minutes) // 60


def bucket_minutes(number: int) -> int:
    """Return the longest reaction time of a bucket in minutes."""
    return number if number <= FINE_MINUTES else FINE_MINUTES + (number - FINE_MINUTES) * 60


def percentile(histogram: Mapping[int, int], percent: int) -> int | None:
    """Return the nearest-rank percentile of a histogram (bucket -> count) in minutes; None when it is empty.

    Nearest rank: the smallest value that at least `percent` of all values do not exceed. It is a value that
    occurred, needs no interpolation, and is the same on every database.
    """
    total = sum(histogram.values())
    if total <= 0:
        return None
    numbers = sorted(histogram)
    rank = max(1, -(-total * percent // 100))
    return bucket_minutes(numbers[bisect_left(tuple(accumulate(histogram[n] for n in numbers)), rank)])
