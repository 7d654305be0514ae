"""Measures calendar arithmetic beside the library businesstimedelta, on cases that both answer alike.

The library is no dependency: `pip install --target DIR businesstimedelta` and `PYTHONPATH=DIR` put it beside the bench.
"""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from importlib import import_module
from importlib.util import find_spec
from time import process_time
from typing import Any

from service.domain.business_time import Calendar
from tests.bench.figures import Figure

_LEAST = 50.0
_CASES = 300
_ROUNDS = 200
_WEEK = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def measure() -> Iterator[Figure]:
    """Yield the time of one difference and one deadline, and how many times faster than the library they are."""
    chance = random.Random(7)
    base = datetime(2026, 1, 5, tzinfo=UTC)
    starts = [base + timedelta(minutes=chance.randrange(300 * 24 * 60)) for _ in range(_CASES)]
    pairs = [(at, at + timedelta(minutes=chance.randrange(1, 20 * 24 * 60))) for at in starts]
    limits = [(at, timedelta(minutes=chance.randrange(1, 40 * 60))) for at in starts]
    calendar = Calendar.from_json({"timezone": "Europe/Berlin", "week": _WEEK})
    ours = {
        "difference": (lambda: [calendar.elapsed(a, b) for a, b in pairs]),
        "deadline": (lambda: [calendar.add(at, limit) for at, limit in limits]),
    }
    theirs = _library(pairs, limits) if find_spec("businesstimedelta") else {}
    for name, work in ours.items():
        work()
        mine = _spent(work, _ROUNDS)
        yield Figure(f"  one {name}", mine / _CASES * 1e6, "us")
        if name not in theirs:
            yield Figure("  businesstimedelta is not installed", 0, "", remark="see tests/bench/calendars.py")
            continue
        alike = sum(a == b for a, b in zip(theirs[name](), work(), strict=True))
        yield Figure(f"  answered alike, of {_CASES}", alike, "")
        yield Figure(f"  times faster than businesstimedelta, {name}", _spent(theirs[name], 1) / mine, "x", _LEAST)


def _library(
    pairs: list[tuple[datetime, datetime]], limits: list[tuple[datetime, timedelta]]
) -> dict[str, Callable[[], list[Any]]]:
    library: Any = import_module("businesstimedelta")
    zone: Any = import_module("pytz").timezone("Europe/Berlin")
    day = library.WorkDayRule(start_time=time(8), end_time=time(17), working_days=[0, 1, 2, 3, 4], tz=zone)
    rules = library.Rules([day])
    here = [(at.astimezone(zone), limit) for at, limit in limits]
    return {
        "difference": lambda: [rules.difference(a, b).timedelta for a, b in pairs],
        "deadline": lambda: [
            (at + library.BusinessTimeDelta(rules, timedelta=limit)).astimezone(UTC) for at, limit in here
        ],
    }


def _spent(work: Callable[[], object], rounds: int) -> float:
    since = process_time()
    for _ in range(rounds):
        work()
    return (process_time() - since) / rounds
