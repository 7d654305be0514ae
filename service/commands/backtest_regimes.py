"""Invented firms in which something changes: how questions and answers run in each, drawn from a seed.

People work through a queue during opening hours, mostly the oldest first, and take their time; then somebody falls ill,
a week has holidays, a campaign brings five times the mail, one mailbox gets slow, or single answers take for ever. The
forecast knows nothing of these rules.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Any

import numpy as np

from service.domain.business_time import Calendar
from service.domain.forecast import Wait

# A Monday; what happens in the first twelve weeks is history, what changes begins with the thirteenth.
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
CHANGE = timedelta(weeks=12)
END = timedelta(weeks=16)
_WEEK = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
_OPEN_DAY = 9 * 3600.0


@dataclass(frozen=True, slots=True)
class Firm:
    """How a firm works on one day: questions a day, people at work, seconds an answer takes, and its spread.

    `thinking` is the median of seconds that pass beside the queue, `tail` the share of answers that take far longer,
    `slow` by how much one mailbox is slower. `strength` (0 to 1) says how hard the change hits; it is drawn, too.
    """

    questions: float = 35.0
    people: int = 4
    answering: float = 1800.0
    spread: float = 0.7
    thinking: float = 2400.0
    tail: float = 0.0
    slow: float = 1.0
    strength: float = 0.5


# What a day of a regime is like; days count from CHANGE on, which is day 0.
Days = Callable[[Firm, int], Firm]


def _sick(firm: Firm, day: int) -> Firm:
    return replace(firm, people=2) if day < 5 + 9 * firm.strength else firm


def _holidays(firm: Firm, day: int) -> Firm:
    there = 1 if firm.strength > 0.5 else 2
    return replace(firm, people=there, questions=firm.questions * (0.8 - 0.4 * firm.strength)) if day < 7 else firm


def _campaign(firm: Firm, day: int) -> Firm:
    return replace(firm, questions=firm.questions * (1.7 + firm.strength)) if day < 5 else firm


def _slow(firm: Firm, day: int) -> Firm:
    return replace(firm, slow=2.0 + 4.0 * firm.strength)


def _heavy(firm: Firm, day: int) -> Firm:
    return replace(firm, tail=0.05 + 0.1 * firm.strength, spread=0.9 + 0.3 * firm.strength)


def _moved(firm: Firm, day: int) -> Firm:
    return replace(firm, people=2 + (day // 7) % 2 * 2, thinking=firm.thinking * (1 + firm.strength))


@dataclass(frozen=True, slots=True)
class Regime:
    """A name for people, what changes, and which days of the weeks after the change are closed."""

    title: str
    days: Days
    closed: tuple[int, ...] = ()


REGIMES: Mapping[str, Regime] = {
    "krank": Regime("Krankheit: ein bis zwei Wochen fehlt die halbe Mannschaft", _sick),
    "feiertage": Regime("Feiertagswoche: zwei Tage zu, halbe Besetzung oder weniger", _holidays, (2, 4)),
    "kampagne": Regime("Kampagne: eine Woche zwei- bis dreimal so viele Fragen", _campaign),
    "langsam": Regime("Ein Postfach wird zwei- bis sechsmal so langsam und bleibt es", _slow),
    "ausreisser": Regime("Schwere Ausreißer: manche Antwort dauert Tage", _heavy),
}


# Where the forecast is known to be too hopeful: shown beside the others, promised by nobody.
LIMITS: Mapping[str, Regime] = {
    "wechsel": Regime("Grenzfall: jede zweite Woche nur halb so viele Leute", _moved),
}


def calendar(regime: Regime) -> Calendar:
    """Return the opening hours of a regime's firm."""
    closed = [(BEGIN + CHANGE + timedelta(days=day)).date().isoformat() for day in regime.closed]
    return Calendar.from_json({"timezone": "Europe/Berlin", "week": _WEEK, "holidays": closed})


def waits(regime: Regime, seed: int) -> tuple[Wait, ...]:
    """Return every turn of a firm over sixteen weeks, in which the regime begins after twelve."""
    rng = np.random.default_rng(seed)
    hours = calendar(regime)
    usual = Firm(questions=float(rng.uniform(28, 42)), thinking=float(rng.uniform(1200, 4800)))
    usual = replace(usual, strength=float(rng.uniform()))
    asked = _questions(regime, usual, rng)
    where = [int(one) for one in rng.choice([1, 2, 3], size=len(asked), p=[0.5, 0.3, 0.2])]
    begun = [hours.elapsed(BEGIN, at).total_seconds() for at in asked]
    ended = _answers(list(zip(begun, where, strict=True)), _Team(regime, usual, _workdays(hours)), rng)
    return tuple(
        Wait(at, _instant(hours, at, lasts - start), account_id)
        for at, start, lasts, account_id in zip(asked, begun, ended, where, strict=True)
    )


def _instant(hours: Calendar, at: datetime, seconds: float) -> datetime:
    return hours.add(at, timedelta(seconds=max(60.0, seconds)))


def _day_of(at: datetime) -> int:
    return (at - BEGIN - CHANGE) // timedelta(days=1)


def _like(regime: Regime, usual: Firm, day: int) -> Firm:
    return regime.days(usual, day) if day >= 0 else usual


def _questions(regime: Regime, usual: Firm, rng: Any) -> list[datetime]:
    """Return when questions come: most in the morning, fewer on weekends, one in eight at night."""
    found: list[datetime] = []
    for day in range(END // timedelta(days=1)):
        start = BEGIN + timedelta(days=day)
        share = 0.25 if start.weekday() > 4 else 1.0
        count = int(rng.poisson(_like(regime, usual, day - CHANGE.days).questions * share))
        hours = np.where(rng.random(count) < 0.125, rng.uniform(0, 24, count), rng.normal(11, 3, count) % 24)
        found += [start + timedelta(hours=float(hour) - 1) for hour in hours]
    return sorted(found)


def _workdays(hours: Calendar) -> list[int]:
    """Return the day, counted from the change, of each working day in order."""
    days = [BEGIN + timedelta(days=day) for day in range(400)]
    return [_day_of(a) for a, b in pairwise(days) if hours.elapsed(a, b).total_seconds() > 0]


@dataclass(frozen=True, slots=True)
class _Team:
    """Who is there at an open second: how the firm is on that working day."""

    regime: Regime
    usual: Firm
    workdays: list[int]

    def on(self, second: float) -> Firm:
        index = min(int(second // _OPEN_DAY), len(self.workdays) - 1)
        return _like(self.regime, self.usual, self.workdays[index])


def _answers(asked: list[tuple[float, int]], team: _Team, rng: Any) -> list[float]:
    """Return the open second at which each question is answered: a free person takes one of the oldest that wait."""
    free = [(0.0, person) for person in range(8)]
    heapify(free)
    ended = [0.0] * len(asked)
    waiting: list[int] = []
    begins = [start for start, _ in asked]
    come = 0
    while come < len(asked) or waiting:
        at, person = heappop(free)
        firm = team.on(at)
        if person >= firm.people:
            heappush(free, ((at // _OPEN_DAY + 1) * _OPEN_DAY, person))
            continue
        upto = bisect_right(begins, at, lo=come)
        waiting += range(come, upto)
        come = upto
        if not waiting:
            heappush(free, (max(at, begins[come]) + 1.0, person))
            continue
        # Mostly the oldest; sometimes whatever lies on top.
        taken = waiting.pop(0 if rng.random() < 0.7 else int(rng.integers(len(waiting))))
        work, beside = _effort(firm, asked[taken][1], rng)
        ended[taken] = at + work + beside
        heappush(free, (at + work, person))
    return ended


def _effort(firm: Firm, account_id: int, rng: Any) -> tuple[float, float]:
    """Return the seconds a person is busy with an answer, and those that pass beside it."""
    slower = firm.slow if account_id == 1 else 1.0
    work = firm.answering * float(rng.lognormal(0, firm.spread))
    beside = firm.thinking * slower * float(rng.lognormal(0, firm.spread))
    if rng.random() < firm.tail:
        beside += _OPEN_DAY * float(rng.pareto(1.2) + 0.5)
    return min(work, 2 * _OPEN_DAY), min(beside, 60 * _OPEN_DAY)
