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
_HOUR, _MINUTE = 60, timedelta(minutes=1)


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
class Band:
    """How many answers took more than `after` minutes and at most `until` (0 = no such border).

    `mark` is what the firm calls its upper border: "ideal", "Frist", or nothing; `late` is beyond the target.
    """

    after: int
    until: int
    count: int
    mark: str = ""
    late: bool = False

    @property
    def title(self) -> str:
        """Return the band in words: "bis 15 Minuten (ideal)", "später als 4 Stunden"."""
        if not self.until:
            return f"später als {_minutes(self.after)}"
        return f"bis {_minutes(self.until)}" + (f" ({self.mark})" if self.mark else "")


@dataclass(frozen=True, slots=True)
class Spread:
    """How quickly WhatsApp was answered, each answer in one band: up to the ideal, an hour, the target, and later."""

    bands: tuple[Band, ...] = ()
    withheld: str = ""

    @property
    def answers(self) -> int:
        """Return all answers."""
        return sum(one.count for one in self.bands)


def _minutes(count: int) -> str:
    if count % _HOUR:
        return "1 Minute" if count == 1 else f"{count} Minuten"
    return "1 Stunde" if count == _HOUR else f"{count // _HOUR} Stunden"


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
    channel, days = behind.headline(scope), at.days(at.scope.days)
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
    """Return how quickly chats were answered over the scope's days; nothing and a reason where shares are withheld.

    The borders are the firm's own: its ideal, its target, and an hour where the target is longer.
    """
    at = frame(turn, scope)
    if at.withheld:
        return Spread(withheld=at.withheld)
    window = at.windows[Channel.WHATSAPP]
    limit = window.limit // _MINUTE
    marks = {limit: "Frist"} if window.ideal is None else {limit: "Frist", window.ideal // _MINUTE: "ideal"}
    curve = sums.reactions(at, at.days(at.scope.days), Channel.WHATSAPP)
    borders = sorted(marks.keys() | ({_HOUR} if limit > _HOUR else set()))
    upto = [0, *(curve.within(kpi.bucket(60 * border)) for border in borders), curve.total]
    return Spread(
        tuple(
            Band(after, until, upto[n + 1] - upto[n], marks.get(until, ""), late=until == 0 or until > limit)
            for n, (after, until) in enumerate(zip([0, *borders], [*borders, 0], strict=True))
        )
    )


def class_days(turn: Turn, scope: Scope) -> tuple[ClassCount, ...]:
    """Return the inbound messages by class of each of the scope's days; empty where shares are withheld."""
    at = frame(turn, scope)
    if at.withheld:
        return ()
    days = at.days(at.scope.days)
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
    by_day = sums.by_class_and_day(at, days)
    found = []
    for start in range(0, len(days), 7):
        counted: dict[str, int] = defaultdict(int)
        for day in days[start : start + 7]:
            for name, received in by_day.get(day.isoformat(), {}).items():
                if received:
                    counted[name] += received
        found.append(ClassCount(days[start].isoformat(), dict(counted)))
    return tuple(found)


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
