"""Charts: local days, borders, classes and hours."""

from datetime import datetime, timedelta
from html import unescape

import pytest

from models.terms import CalendarKind, Category, Channel, Direction
from service.actions import configure
from service.domain.windows import DEFAULT_TARGETS, Target
from service.store import figures, listing
from service.store.figures import Scope
from service.store.listing import Filter
from service.web import kpi_charts
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

        assert [(one.title, one.count, one.late) for one in spread.bands] == [
            ("bis 15 Minuten (ideal)", 1, False),
            ("bis 1 Stunde", 2, False),
            ("bis 4 Stunden (Frist)", 2, False),
            ("später als 4 Stunden", 1, True),
        ]
        assert spread.answers == 6


def test_the_borders_of_the_spread_are_the_targets_of_the_firm(firm):
    start = datetime.fromisoformat("2026-11-20T08:00:00+01:00")
    with firm.turn(start + timedelta(hours=10)) as turn:
        box = firm.account(turn, Channel.WHATSAPP)
        configure.targets(turn, DEFAULT_TARGETS | {Channel.WHATSAPP: Target(45, CalendarKind.OEFFNUNG, 1)})
        for seconds in (60, 61, 2700, 2701):
            firm.answer(turn, firm.conversation(turn, box), start, start + timedelta(seconds=seconds))

        spread = figures.whatsapp_spread(turn, Scope())

        assert [(band.title, band.count, band.late) for band in spread.bands] == [
            ("bis 1 Minute (ideal)", 1, False),
            ("bis 45 Minuten (Frist)", 2, False),
            ("später als 45 Minuten", 1, True),
        ]
        opened = [Filter(kpi="chat_reaction", took=(band.after, band.until)) for band in spread.bands]
        assert [listing.count(turn, wanted) for wanted in opened] == [1, 2, 1]
        assert "chat_reaction&dauer=1-45" in unescape(kpi_charts.spread(spread, Scope(), ()))


def test_days_to_come_are_no_part_of_a_period(firm):
    with firm.turn() as turn:
        one = firm.conversation(turn, firm.account(turn))
        firm.message(turn, one, NOW - timedelta(days=2), Category.KUNDE)
        today = NOW.date()

        ahead = figures.class_days(turn, Scope.between(today, today + timedelta(days=9)))
        beyond = figures.class_days(turn, Scope.between(today + timedelta(days=3), today + timedelta(days=9)))

        assert [day.start for day in ahead] == [day.start for day in beyond] == [today.isoformat()]


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
