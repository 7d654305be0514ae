"""Protecting staff: agreements entered once, groups written down for the days they hold, programs without long files."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from models.duty import MemberAccount
from models.export import FigureGroup
from models.setting import Setting
from models.terms import Channel, Role
from service.actions import export, protect
from service.domain.protection import EARLIER, SMALL
from service.errors import Invalid
from service.store import accounts, groups, staff
from service.store.accounts import Facts
from service.store.engine import Database
from service.store.listing import Filter
from service.turn import NOBODY, Turn
from tests.conftest import NOW


def test_the_same_agreement_again_and_nothing_to_withdraw_change_nothing(turn: Turn) -> None:
    protect.withdraw(turn)
    for _ in range(2):
        protect.agree(turn, " BV 1 ", None, date(2026, 12, 31))

    stored = turn.session.scalars(select(Setting).where(Setting.name == groups.AGREEMENT)).all()
    protect.withdraw(turn)

    assert len(stored) == 1
    assert groups.agreement(turn) is None


def test_a_program_narrows_its_question_where_a_member_would_wait_for_a_file(turn: Turn) -> None:
    accounts.ensure(turn, Channel.EMAIL, "info@brandt.test", Facts("info@"))

    with pytest.raises(Invalid, match="einschränken"):
        export.listed(turn, Filter(), "csv", {}, most=-1)


def test_a_box_that_grew_is_shown_for_days_on_which_it_was_large_enough(database: Database) -> None:
    def at(days: int, session) -> Turn:  # type: ignore[no-untyped-def]
        return Turn(session, NOW + timedelta(days=days), NOBODY)

    with database.write() as session:
        turn = at(0, session)
        people = [staff.add(turn, f"Person {n}", Role.MITARBEITER).id for n in range(12)]
        boxes = [accounts.ensure(turn, Channel.EMAIL, f"b{n}@brandt.test", Facts(f"b{n}@")).id for n in range(3)]
        for box, few in zip(boxes, (people[:2], people[2:7], people[6:12]), strict=True):
            session.add_all(MemberAccount(account_id=box, member_id=one) for one in few)
        session.flush()
        empty = groups.record(at(-9, session)), groups.record(at(-9, session))
        before = groups.withheld(turn, [boxes[0]], NOW.date(), NOW.date())
        session.add_all(MemberAccount(account_id=boxes[0], member_id=one) for one in people[3:6])
        session.flush()
        changed = groups.record(turn), groups.record(turn)
        day = (NOW + timedelta(days=5)).date()
        during = groups.withheld(at(5, session), [boxes[0]], day - timedelta(days=5), day)
        after = groups.withheld(at(5, session), [boxes[0]], day - timedelta(days=4), day)
        starts = session.scalars(select(FigureGroup.since).distinct().order_by(FigureGroup.since)).all()

    assert (empty, changed) == ((True, False), (True, False))
    assert (before, during, after) == (SMALL, EARLIER, "")
    assert starts == [(NOW + timedelta(days=days)).date().isoformat() for days in (-9, 1)]
