"""How often a member was told something: his own count; the firm's figure is the mean of all, or is not shown."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from models.duty import Notice
from models.staff import Member
from models.terms import NoticeKind, Role
from service.domain import kpi
from service.store import figures, interruptions, notices, staff
from service.store.notices import Told
from service.store.scope import Scope
from service.turn import Turn
from tests.conftest import NOW

SATURDAY = Scope.between(date(2026, 11, 14), date(2026, 11, 14))


def tell(turn: Turn, who: Member, count: int, days_ago: int = 0) -> None:
    said = [Told(who.id, NoticeKind.REVIEW, f"{who.id}:{days_ago}:{n}") for n in range(count)]
    notices.tell(turn, said)
    keys = [one.dedup for one in said]
    turn.session.execute(update(Notice).where(Notice.dedup.in_(keys)).values(at=NOW - timedelta(days=days_ago)))


def test_the_firms_figure_is_the_mean_of_what_each_sees_of_himself(turn: Turn) -> None:
    people = [staff.add(turn, f"Person {n}", Role.MITARBEITER) for n in range(5)]
    for number, who in enumerate(people):
        tell(turn, who, number, days_ago=number)
    tell(turn, people[0], 7, days_ago=40)

    own = [interruptions.of(turn, who.id) for who in people]

    assert [one.count for one in own] == [0, 1, 2, 3, 4]
    firm = figures.one(turn, kpi.NOTICES.key).value
    assert firm is not None
    assert sum(one.per_day or 0 for one in own) / 5 == pytest.approx(firm)
    assert {one.firm for one in own} == {firm}


def test_in_a_small_firm_everybody_sees_the_own_count_and_nobody_the_mean(turn: Turn) -> None:
    anna, timo = (staff.add(turn, name, Role.TEAM_LEAD) for name in ("Anna Beck", "Timo Roth"))
    tell(turn, anna, 3)

    own = interruptions.of(turn, anna.id)

    assert (own.count, own.firm, own.withheld) == (3, None, kpi.WITHHELD)
    assert interruptions.of(turn, timo.id).count == 0


def test_today_is_a_whole_working_day_from_its_morning_on(turn: Turn) -> None:
    people = [staff.add(turn, f"Person {n}", Role.MITARBEITER) for n in range(5)]
    for who in people:
        tell(turn, who, 1)

    today, weekend = (figures.one(turn, kpi.NOTICES.key, scope).value for scope in (Scope(days=1), SATURDAY))

    assert (today, weekend) == (1.0, None)
