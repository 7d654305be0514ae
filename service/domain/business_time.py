"""Business time: when a clock may run, how much of it lies between two instants, and when a given amount has passed.

Real time inside half-open opening intervals counts; the end of an amount is the earliest instant at which it has
passed, so an exact hit at closing time is the closing instant. Inside, instants are whole microseconds since 1970.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from service.domain.spans import Spans, day_spans, merged

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Pauses = Sequence[tuple[datetime, datetime]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NOTHING = timedelta()
_DAY_SECONDS = 86_400
# Times are kept inside the years that datetime can represent with a margin for every zone.
_FIRST_YEAR, _LAST_YEAR = 2, 9998
_LONGEST_CLOSED = 30
_NEVER_OPEN = "In diesem Kalender gibt es nicht genug offene Zeit: Bitte Öffnungszeiten eintragen."


def _micros(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("Eine Zeit ohne Zeitzone hat keinen Platz in einem Kalender.")
    since = at - _EPOCH
    return (since.days * _DAY_SECONDS + since.seconds) * 1_000_000 + since.microseconds


def _instant(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND


# The instant at which each UTC year begins: finding the year of an instant is a search, not a calendar computation.
_BEGINS = tuple(
    (date(year, 1, 1).toordinal() - _EPOCH.toordinal()) * _DAY_SECONDS * 1_000_000
    for year in range(_FIRST_YEAR, _LAST_YEAR + 2)
)


def _year_at(micros: int) -> int:
    return bisect_right(_BEGINS, micros) + _FIRST_YEAR - 1


@dataclass(frozen=True, slots=True)
class _Year:
    """The opening intervals of one UTC year, with the open microseconds before each; and the same as instants."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    total: int
    opens: tuple[datetime, ...]
    closes: tuple[datetime, ...]
    gone: tuple[timedelta, ...]

    def passed(self, at: int) -> int:
        """Return the open microseconds of this year before `at`."""
        index = bisect_right(self.starts, at) - 1
        return 0 if index < 0 else self.before[index] + min(at, self.ends[index]) - self.starts[index]

    def due(self, at: datetime, amount: timedelta) -> datetime | None:
        """Return the earliest instant at which `amount` > 0 has passed since `at`; None beyond this year."""
        index = bisect_right(self.opens, at) - 1
        if index < 0:
            return None
        end = self.closes[index]
        amount += self.gone[index] + ((at if at < end else end) - self.opens[index])
        index = bisect_left(self.gone, amount) - 1
        found = self.opens[index] + (amount - self.gone[index])
        # Beyond the last opening of the year it is for the next one to say.
        return found if found <= self.closes[index] else None

    def reached(self, amount: int) -> int:
        """Return the earliest instant at which `amount` (0 < amount <= total) has passed."""
        index = bisect_left(self.before, amount) - 1
        return self.starts[index] + amount - self.before[index]


def _year_of(spans: Spans) -> _Year:
    before, total = [], 0
    for start, end in spans:
        before.append(total)
        total += end - start
    starts, ends = tuple(s for s, _ in spans), tuple(e for _, e in spans)
    opens, closes = (tuple(map(_instant, some)) for some in (starts, ends))
    return _Year(starts, ends, tuple(before), total, opens, closes, tuple(n * _MICROSECOND for n in before))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours in a zone. Equal calendars are equal and hash alike; years are computed once, when first asked.

    `week` holds the spans of Monday to Sunday in seconds since local midnight; `holidays` are local dates without
    hours; `overrides` are single local dates with hours of their own, which beat week and holiday.
    """

    timezone: str
    week: tuple[Spans, ...]
    holidays: Container[date] = frozenset()
    overrides: tuple[tuple[date, Spans], ...] = ()
    _years: dict[int, _Year] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def from_json(cls, shape: Mapping[str, Any]) -> "Calendar":
        """Make a calendar from {"timezone", "week": {"mon": [["08:00", "12:00"]]}, "holidays": [], "overrides": {}}.

        Raises ValueError for an unknown zone, weekday, date or a malformed time.
        """
        week = shape.get("week") or {}
        if unknown := set(week) - set(DAYS):
            raise ValueError(f"Unbekannter Wochentag: {', '.join(sorted(unknown))}.")
        timezone = str(shape["timezone"])
        zone(timezone)
        overrides = {date.fromisoformat(day): day_spans(hours) for day, hours in (shape.get("overrides") or {}).items()}
        return cls(
            timezone,
            tuple(day_spans(week.get(day) or ()) for day in DAYS),
            frozenset(date.fromisoformat(day) for day in shape.get("holidays") or ()),
            tuple(sorted(overrides.items())),
        )

    def add(self, start: datetime, duration: timedelta, pauses: Pauses = ()) -> datetime:
        """Return the earliest instant (UTC) at which `duration` of open time has passed since `start`.

        Open time inside a pause does not count. Raises ValueError for a negative duration, and when the calendar
        never opens again for long enough.
        """
        if start.tzinfo is UTC and not pauses and duration > _NOTHING:
            # Nearly every deadline lies in the year of its start; instants and durations add up faster than numbers.
            hours = self._years.get(start.year)
            found = None if hours is None else hours.due(start, duration)
            if found is not None:
                return found
        at, remaining = _micros(start), duration // _MICROSECOND
        if remaining < 0:
            raise ValueError("Eine Frist kann nicht negativ sein.")
        for pause_start, pause_end in _pauses(pauses) if pauses else ():
            if pause_end <= at:
                continue
            free = max(0, self._between(at, pause_start))
            if free >= remaining:
                break
            remaining -= free
            at = pause_end
        return _instant(self._after(at, remaining) if remaining else at)

    def elapsed(self, start: datetime, end: datetime, pauses: Pauses = ()) -> timedelta:
        """Return the open time between two instants, pauses left out; a reversed span is zero."""
        first, last = _micros(start), _micros(end)
        total = self._between(first, last)
        for pause_start, pause_end in _pauses(pauses):
            total -= self._between(max(first, pause_start), min(last, pause_end))
        return timedelta(microseconds=total)

    def clock_start(self, at: datetime) -> datetime:
        """Return the first instant (UTC) from `at` on at which the clock runs. Raises ValueError if there is none."""
        return _instant(self._after(_micros(at), 1) - 1)

    def clock_stop(self, at: datetime) -> datetime:
        """Return the last instant (UTC) up to `at` until which the clock ran: `at` itself while it runs.

        What is due earlier than that is breached, what is due in the closed hours after it is not (D10). Raises
        ValueError when the clock never ran in the 30 years before.
        """
        micros = _micros(at)
        for year in range(_year_at(micros), _year_at(micros) - _LONGEST_CLOSED, -1):
            hours = self._year(year)
            index = bisect_left(hours.starts, micros) - 1
            if index >= 0:
                return _instant(min(micros, hours.ends[index]))
        raise ValueError(_NEVER_OPEN)

    def spans(self, start: datetime, end: datetime) -> Spans:
        """Return the open intervals that touch [start, end], in order, in microseconds since 1970."""
        first, last = _micros(start), _micros(end)
        years = (self._year(year) for year in range(_year_at(first), _year_at(last) + 1))
        return merged(
            span
            for hours in years
            for span in zip(hours.starts, hours.ends, strict=True)
            if first <= span[1] and span[0] <= last
        )

    def _between(self, start: int, end: int) -> int:
        if end <= start:
            return 0
        first, last = _year_at(start), _year_at(end)
        passed = self._year(last).passed(end) - self._year(first).passed(start)
        return passed if first == last else passed + sum(self._year(year).total for year in range(first, last))

    def _after(self, start: int, amount: int) -> int:
        """Return the earliest instant at which `amount` > 0 has passed since `start`; visits each year at most once."""
        year = _year_at(start)
        hours = self._year(year)
        amount += hours.passed(start)
        if amount <= hours.total:
            return hours.reached(amount)
        amount -= hours.total
        year += 1
        last = self._last_year()
        while year <= last:
            hours = self._year(year)
            if amount <= hours.total:
                return hours.reached(amount)
            amount -= hours.total
            year += 1
        raise ValueError(_NEVER_OPEN)

    def _last_year(self) -> int:
        if any(self.week):
            return _LAST_YEAR
        return max((day.year + 1 for day, _ in self.overrides), default=0)

    def _year(self, year: int) -> _Year:
        known = self._years.get(year)
        if known is None:
            if not _FIRST_YEAR <= year <= _LAST_YEAR:
                raise ValueError(f"Das Jahr {year} liegt außerhalb jedes Kalenders.")
            known = self._years[year] = self._computed(year)
        return known

    def _computed(self, year: int) -> _Year:
        """Compute one UTC year; the local days around its borders are cut there, so that years never overlap."""
        singles, micros = dict(self.overrides), _local_micros(zone(self.timezone))
        low, high = _BEGINS[year - _FIRST_YEAR : year - _FIRST_YEAR + 2]
        day, last = date(year - 1, 12, 30), date(year + 1, 1, 2)
        spans = []
        while day <= last:
            closed: Spans = () if day in self.holidays else self.week[day.weekday()]
            for start, end in singles.get(day, closed):
                spans.append((max(low, micros(day, start)), min(high, micros(day, end))))
            day += timedelta(days=1)
        return _year_of(merged(spans))


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Return the time zone of a name such as Europe/Berlin. Raises ValueError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"Unbekannte Zeitzone: {name}.") from error


def _local_micros(where: ZoneInfo) -> Callable[[date, int], int]:
    """Return a function from local date and seconds since midnight to an instant.

    A local time that the change of clocks leaves out moves forward, one that happens twice is its first occurrence:
    both is what fold=0 means to zoneinfo.
    """

    def micros(day: date, seconds: int) -> int:
        local = datetime.combine(day, time()) + timedelta(seconds=seconds)
        return _micros(local.replace(tzinfo=where))

    return micros


def _pauses(pauses: Pauses) -> Spans:
    return merged((_micros(start), _micros(end)) for start, end in pauses) if pauses else ()
