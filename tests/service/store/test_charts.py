"""Charts: local days, borders, classes and hours."""

from datetime import datetime, timedelta

import pytest

from models.terms import Category, Channel, Direction
from service.store import figures
from service.store.figures import Scope
from tests.service.store.firm import NOW, WEEK, Firm


@pytest.fixture
def firm(database) -> Firm:
    return Firm(database)


def test_reaction_days_are_local_days_by_the_answer(firm):
    with firm.turn() as turn:
        one = firm.conversation(turn, firm.account(turn))
        for minutes in (10, 20, 60):
            firm.answer(turn, one, NOW - timedelta(minutes=minutes), NOW + timedelta(seconds=minutes))

        days = figures.reaction_days(turn, Scope(days=30))

        assert len(days) == 30
        assert (days[-1].day, days[-1].answers, days[-1].median, days[-1].p90) == ("2026-11-20", 3, 21, 61)
        assert (days[0].answers, days[0].mean, days[0].median) == (0, None, None)


def test_the_spread_of_chats_puts_each_border_into_the_better_class(firm):
    start = datetime.fromisoformat("2026-11-20T08:00:00+01:00")
    with firm.turn(start + timedelta(hours=10)) as turn:
        one = firm.conversation(turn, firm.account(turn, Channel.WHATSAPP))
        mail = firm.conversation(turn, firm.account(turn))
        for seconds in (900, 901, 3600, 3601, 14_400, 14_401):
            firm.answer(turn, one, start, start + timedelta(seconds=seconds))
        firm.answer(turn, mail, start, start + timedelta(seconds=5))

        spread = figures.whatsapp_spread(turn, Scope())

        assert (spread.ideal, spread.hour, spread.limit, spread.later, spread.answers) == (1, 2, 2, 1, 6)


def test_classes_per_day_and_per_week(firm):
    with firm.turn() as turn:
        one = firm.conversation(turn, firm.account(turn))
        firm.message(turn, one, NOW, Category.KUNDE)
        firm.message(turn, one, NOW - timedelta(days=1))
        firm.message(turn, one, NOW - timedelta(days=5), Category.KUNDE)
        firm.message(turn, one, NOW, None, Direction.AUSGANG)

        days, weeks = figures.class_days(turn, Scope(days=7)), figures.class_weeks(turn, Scope(), weeks=2)

        assert [(d.start, d.counts) for d in days if d.counts] == [
            ("2026-11-15", {"Kunde": 1}),
            ("2026-11-19", {"": 1}),
            ("2026-11-20", {"Kunde": 1}),
        ]
        assert [(w.start, w.counts) for w in weeks] == [
            ("2026-11-09", {"Kunde": 1}),
            ("2026-11-16", {"Kunde": 1, "": 1}),
        ]


def test_heat_shows_local_weekday_and_hour(firm):
    with firm.turn() as turn:
        one = firm.conversation(turn, firm.account(turn))
        firm.message(turn, one, NOW)
        firm.message(turn, one, NOW - WEEK)
        firm.message(turn, one, NOW - 5 * WEEK)

        heat = figures.hours_heat(turn, Scope())

        assert heat[4][12] == 2
        assert sum(map(sum, heat)) == 2
