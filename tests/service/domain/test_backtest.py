"""The look back counts what it says: turns, kept marks, doubt, and those that only got the goal."""

from datetime import timedelta

from service.commands import backtest_regimes as regimes
from service.domain import backtest
from service.domain.backtest import Kept, Score
from service.domain.business_time import Calendar
from service.domain.forecast import Wait

ALWAYS = Calendar.from_json({"timezone": "UTC", "week": {d: [["00:00", "24:00"]] for d in regimes._WEEK}})


def test_nothing_counts_as_nothing() -> None:
    assert Score.nothing().all == Kept()
    assert (Kept().share, Kept().half_share) == (0.0, 0.0)


def test_what_is_forecast_from_the_goal_is_counted_apart() -> None:
    start = regimes.BEGIN
    waits = [Wait(start + timedelta(hours=n), start + timedelta(hours=n + 1), 1) for n in range(60)]

    score = backtest.run(waits, ALWAYS, start, start + timedelta(hours=60)) + Score.nothing()

    assert score.goals == 30
    assert score.all.turns == 30
    assert score.all.by_most >= score.all.by_half


def test_doubt_is_counted_apart_from_plain_forecasts() -> None:
    start = regimes.BEGIN
    lasting = [1] * 100 + [9] * 60
    waits = [
        Wait(start + timedelta(hours=2 * n), start + timedelta(hours=2 * n + hours), 1)
        for n, hours in enumerate(lasting)
    ]

    score = backtest.run(waits, ALWAYS, start, start + timedelta(days=30))

    assert score.unsure.turns > 0
    assert score.sure.turns > 0
