"""What the charts of the dashboard draw: reaction days, spread, classes, and when mail comes in."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from models.terms import Channel
from service.domain import histogram, kpi
from service.domain.days import monday
from service.store import behind, sums
from service.store.scope import Frame, Scope, frame
from service.store.sheets import HOUR
from service.turn import Turn

HEAT_DAYS = 28


@dataclass(frozen=True, slots=True)
class ReactionDay:
    """Reaction times of one local day (ISO date) by the day of the answer, in minutes of the target's calendar.

    `strict` is the mean by the clock on the wall.
    """

    day: str
    answers: int
    mean: float | None
    median: int | None
    p90: int | None
    strict: float | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How many WhatsApp answers came within 15 minutes, 1 hour, 4 hours, and later, each counted once."""

    ideal: int
    hour: int
    limit: int
    later: int
    withheld: str = ""

    @property
    def answers(self) -> int:
        """Return all answers."""
        return self.ideal + self.hour + self.limit + self.later


@dataclass(frozen=True, slots=True)
class ClassCount:
    """Inbound messages by class ("" = not classified) of one day, or of the week that begins on this Monday."""

    start: str
    counts: Mapping[str, int] = field(hash=False)


def reaction_days(turn: Turn, scope: Scope) -> tuple[ReactionDay, ...]:
    """Return each of the last days of one channel (scope's, else e-mail); empty where averages are withheld."""
    at = frame(turn, scope)
    if at.withheld:
        return ()
    channel, days = behind.headline(scope), at.days(scope.days)
    counted = sums.by_day(at, days, channel)
    spread = sums.histograms(at, days, channel)
    found = []
    for day in days:
        one = counted.get((day.isoformat(), channel), sums.NOTHING)
        curve = spread.get(day.isoformat())
        median, p90 = (None, None) if curve is None else (kpi.percentile(curve, 50), kpi.percentile(curve, 90))
        found.append(ReactionDay(day.isoformat(), one.stops, one.mean, median, p90, one.strict))
    return tuple(found)


def whatsapp_spread(turn: Turn, scope: Scope) -> Spread:
    """Return how quickly chats were answered over the scope's days; zeros and a reason where shares are withheld."""
    at = frame(turn, scope)
    if at.withheld:
        return Spread(0, 0, 0, 0, at.withheld)
    curve = sums.reactions(at, at.days(scope.days), Channel.WHATSAPP)
    ideal, hour, limit = (curve.within(minutes) for minutes in (15, 60, 240))
    return Spread(ideal, hour - ideal, limit - hour, curve.total - limit)


def class_days(turn: Turn, scope: Scope) -> tuple[ClassCount, ...]:
    """Return the inbound messages by class of each of the scope's days; empty where shares are withheld."""
    at = frame(turn, scope)
    if at.withheld:
        return ()
    days = at.days(scope.days)
    return tuple(ClassCount(day.isoformat(), counts) for day, counts in _classes(at, days).items())


def class_weeks(turn: Turn, scope: Scope, weeks: int = 8) -> tuple[ClassCount, ...]:
    """Return the inbound messages by class of the last calendar weeks, the running one included, oldest first.

    Empty where shares are withheld: what has no class yet, of all, is the share of what has one.
    """
    at = frame(turn, scope)
    if at.withheld:
        return ()
    today = at.days(1)[0]
    first = monday(today) - timedelta(weeks=weeks - 1)
    days = tuple(first + timedelta(days=n) for n in range((today - first).days + 1))
    found: dict[date, dict[str, int]] = {first + timedelta(weeks=n): defaultdict(int) for n in range(weeks)}
    for day, counts in _classes(at, days).items():
        for name, count in counts.items():
            found[monday(day)][name] += count
    return tuple(ClassCount(start.isoformat(), dict(counts)) for start, counts in found.items())


def _classes(at: Frame, days: tuple[date, ...]) -> dict[date, dict[str, int]]:
    found: dict[date, dict[str, int]] = {day: {} for day in days}
    for day_name, counts in sums.by_class_and_day(at, days).items():
        found[date.fromisoformat(day_name)] = {name: received for name, received in counts.items() if received}
    return found


def hours_heat(turn: Turn, scope: Scope) -> tuple[tuple[int, ...], ...]:
    """Return inbound messages of the last four weeks as seven rows (Monday first) of 24 local hours.

    Empty where shares are withheld: all that came in, beside what has no class yet, is the share of what has one.
    """
    at = frame(turn, scope)
    if at.withheld:
        return ()
    days = at.days(HEAT_DAYS)
    heat = [[0] * 24 for _ in range(7)]
    packed: dict[int, list[bytes]] = defaultdict(list)
    for day, counts in sums.spread(at, days, HOUR):
        packed[date.fromisoformat(day).weekday()].append(counts)
    for weekday, rows in packed.items():
        counted = histogram.buckets(rows, at.category)
        for hour, received in counted.items():
            heat[weekday][hour] += received
    return tuple(tuple(row) for row in heat)
