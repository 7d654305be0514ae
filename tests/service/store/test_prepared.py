"""Statements past SQLAlchemy: values and rows as it would have them, lists written out, and errors of the house."""

import pytest
from sqlalchemy import bindparam, func, select, union_all

from models.setting import Setting
from models.staff import Member
from models.terms import Role
from service.errors import Rejected, Unavailable
from service.store import staff
from service.store.engine import Database
from service.store.prepared import Prepared
from service.turn import NOBODY, Turn
from tests.conftest import NOW


def test_rows_are_those_of_the_session_with_terms_and_instants(turn: Turn) -> None:
    staff.add(turn, "Lea", Role.TEAM_LEAD)
    staff.add(turn, "Max", Role.ADMIN)
    asked = (
        select(Member.name, Member.role, Member.created_at, Member.active)
        .where(Member.created_at <= bindparam("now"), Member.role.in_([Role.ADMIN, Role.TEAM_LEAD]))
        .order_by(Member.name)
    )

    rows = Prepared(asked).rows(turn, {"now": turn.now})

    assert [tuple(row) for row in rows] == [tuple(row) for row in turn.session.execute(asked, {"now": turn.now})]
    assert rows[0] == ["Lea", Role.TEAM_LEAD, NOW, True]


def test_a_statement_is_asked_again_with_other_values(turn: Turn) -> None:
    for name in ("Lea", "Max"):
        staff.add(turn, name, Role.ADMIN)
    one = select(Member.name).where(Member.name == bindparam("name"))
    named = Prepared(union_all(one, one.where(Member.role == Role.ADMIN)))

    found = [[name for (name,) in named.rows(turn, {"name": name})] for name in ("Max", "Lea", "Eva")]

    assert found == [["Max", "Max"], ["Lea", "Lea"], []]


def test_what_the_driver_refuses_is_an_error_of_the_house(database: Database) -> None:
    broken = Prepared(select(func.no_such_function(Member.id)))

    with pytest.raises((Rejected, Unavailable)), database.write() as session:
        broken.rows(Turn(session, NOW, NOBODY))


def test_what_this_transaction_has_changed_is_in_the_rows(turn: Turn) -> None:
    known = Prepared(select(Setting.name).where(Setting.name == bindparam("name")))
    turn.session.add(Setting(name="neu", version=1, value=1, changed_at=NOW))

    assert [tuple(row) for row in known.rows(turn, {"name": "neu"})] == [("neu",)]
