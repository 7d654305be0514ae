"""The firm's opening hours and Bundesland, and the three calendars that follow from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise

import holidays

from models.terms import CalendarKind
from service.domain.business_time import DAYS, Calendar, zone
from service.domain.spans import Spans, day_spans, seconds_of_day

# Code of each Bundesland as in ISO 3166-2:DE, with its name.
LAENDER: Mapping[str, str] = {
    "BW": "Baden-Württemberg",
    "BY": "Bayern",
    "BE": "Berlin",
    "BB": "Brandenburg",
    "HB": "Bremen",
    "HH": "Hamburg",
    "HE": "Hessen",
    "MV": "Mecklenburg-Vorpommern",
    "NI": "Niedersachsen",
    "NW": "Nordrhein-Westfalen",
    "RP": "Rheinland-Pfalz",
    "SL": "Saarland",
    "SN": "Sachsen",
    "ST": "Sachsen-Anhalt",
    "SH": "Schleswig-Holstein",
    "TH": "Thüringen",
}

_WHOLE_DAY: Spans = ((0, 86_400),)
_DAY_NAMES = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")


@dataclass(frozen=True)
class Hours:
    """Opening hours by weekday ("mon": [["08:00", "12:00"]]), Bundesland ("" = national holidays only), single days.

    `overrides` maps an ISO date to its own hours, [] meaning closed; it beats weekday and holiday.
    """

    week: Mapping[str, Sequence[Sequence[str]]]
    land: str = ""
    overrides: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    timezone: str = "Europe/Berlin"


DEFAULT_HOURS = Hours({day: [["08:00", "17:00"]] for day in DAYS[:5]})


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The holidays of Germany or one Land, for any year: asked day by day, so the list can never end."""

    land: str

    def __contains__(self, day: object) -> bool:
        """Return whether a local date is a public holiday."""
        return isinstance(day, date) and day in public_holidays(self.land, day.year)


@lru_cache(maxsize=1024)
def public_holidays(land: str, year: int) -> Mapping[date, str]:
    """Return the public holidays of one year with their German names. Raises ValueError for an unknown Land."""
    if land and land not in LAENDER:
        raise ValueError(f"Unbekanntes Bundesland: {land}.")
    return dict(holidays.country_holidays("DE", subdiv=land or None, years=year, language="de"))


def calendar(kind: CalendarKind, hours: Hours) -> Calendar:
    """Return the calendar of a kind; equal hours give the same object, so its computed years are kept.

    `uhr` runs always. `oeffnung` runs in the opening hours. `werktage` runs 0-24 h on the local dates on which the
    firm opens at all. Raises ValueError for malformed hours, an unknown Land or zone.
    """
    week = tuple(day_spans(hours.week.get(day, ())) for day in DAYS)
    singles = tuple(sorted((date.fromisoformat(day), day_spans(spans)) for day, spans in hours.overrides.items()))
    return _calendar(kind, week, hours.land, singles, hours.timezone)


@lru_cache(maxsize=128)
def _calendar(
    kind: CalendarKind, week: tuple[Spans, ...], land: str, singles: tuple[tuple[date, Spans], ...], timezone: str
) -> Calendar:
    zone(timezone)
    if kind is CalendarKind.UHR:
        return Calendar(timezone, (_WHOLE_DAY,) * 7)
    public_holidays(land, 2000)  # an unknown Land is refused here, not in the middle of a figure
    if kind is CalendarKind.WERKTAGE:
        week = tuple(_WHOLE_DAY if spans else () for spans in week)
        singles = tuple((day, _WHOLE_DAY if spans else ()) for day, spans in singles)
    return Calendar(timezone, week, PublicHolidays(land), singles)


def problems(hours: Hours) -> Mapping[str, str]:
    """Return what cannot be taken as German sentences by field: a weekday, an ISO date, "land", "timezone", "week"."""
    found = {day: "Diesen Wochentag gibt es nicht." for day in hours.week if day not in DAYS}
    for day, name in zip(DAYS, _DAY_NAMES, strict=True):
        try:
            day_spans(hours.week.get(day, ()))
        except ValueError as error:
            found[day] = f"{name}: {error}"
    if not any(hours.week.get(day) for day in DAYS):
        found["week"] = "Bitte wenigstens an einem Wochentag Öffnungszeiten eintragen; sonst läuft keine Frist ab."
    for day, spans in hours.overrides.items():
        try:
            date.fromisoformat(day)
            day_spans(spans)
        except ValueError as error:
            found[day] = f"{day}: {error}"
    if hours.land and hours.land not in LAENDER:
        found["land"] = f"Unbekanntes Bundesland: {hours.land}."
    try:
        zone(hours.timezone)
    except ValueError as error:
        found["timezone"] = str(error)
    return found


def slips(hours: Hours) -> Mapping[str, str]:
    """Return what a calendar could read but nobody means: an end before its start, spans that overlap; as `problems`.

    Raises ValueError for times that `problems` would name.
    """
    found = {}
    named = [(day, name, hours.week.get(day, ())) for day, name in zip(DAYS, _DAY_NAMES, strict=True)]
    for key, name, spans in [*named, *((day, day, spans) for day, spans in hours.overrides.items())]:
        clock = sorted((seconds_of_day(start), seconds_of_day(end)) for start, end in spans)
        if any(end <= start for start, end in clock):
            found[key] = (
                f"{name}: Das Ende liegt vor dem Anfang. Über Mitternacht bitte bis 24:00 und am Folgetag ab 00:00."
            )
        elif any(after[0] < before[1] for before, after in pairwise(clock)):
            found[key] = f"{name}: Die Zeiten überschneiden sich."
    return found
