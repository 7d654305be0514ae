"""Statements past SQLAlchemy: values and rows as it would have them, lists written out, and errors of the house."""

import pytest
from sqlalchemy import bindparam, event, func, select, union_all
from sqlalchemy.exc import DBAPIError

from models.setting import Setting
from models.staff import Member
from models.terms import Role
from service.errors import Rejected, Unavailable
from service.store import staff
from service.store.engine import Database
from service.store.prepared import Ask, Prepared, together
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


NAMES = Prepared(select(Setting.name).where(Setting.name == bindparam("name")))
VALUES = Prepared(select(Setting.name, Setting.changed_at).where(Setting.name == bindparam("name")))


def put(database: Database, *names: str) -> None:
    with database.write() as session:
        session.add_all(Setting(name=name, version=1, value=1, changed_at=NOW) for name in names)


def test_what_was_asked_together_is_not_asked_again_and_is_the_same(database: Database) -> None:
    put(database, "a", "b")
    asks = [Ask(NAMES, {"name": "a"}), Ask(NAMES, {"name": "b"}), Ask(NAMES, {"name": "c"}), Ask(VALUES, {"name": "b"})]
    with database.read() as session:
        expected = [[tuple(row) for row in ask.rows(Turn(session, NOW, NOBODY))] for ask in asks]

    told: list[str] = []
    with database.read() as session:
        turn = Turn(session, NOW, NOBODY)
        session.connection()
        event.listen(database.engine, "before_cursor_execute", lambda _c, _d, text, *_rest: told.append(text))
        together(turn, asks)
        together(turn, asks[:2])
        ahead = len(told)
        found = [[tuple(row) for row in ask.rows(turn)] for ask in asks]

    assert found == expected == [[("a",)], [("b",)], [], [("b", NOW)]]
    # A file has nobody who would have to be woken.
    assert (ahead, len(told)) == ((0, 4) if database.is_sqlite else (4, 4))


def test_who_changes_something_asks_nothing_ahead_of_it(database: Database) -> None:
    with database.write() as session:
        turn = Turn(session, NOW, NOBODY)
        together(turn, [Ask(NAMES, {"name": "neu"})])
        session.add(Setting(name="neu", version=1, value=1, changed_at=NOW))
        found = NAMES.rows(turn, {"name": "neu"})

    assert [tuple(row) for row in found] == [("neu",)]


def test_a_statement_that_the_server_refuses_fails_the_look_that_asked_it_and_nothing_else(database: Database) -> None:
    put(database, "a")
    broken = Ask(Prepared(select(func.no_such_function(Member.id))))

    with pytest.raises((Rejected, Unavailable, DBAPIError)), database.read() as session:  # noqa: PT012  both must be in one look
        together(Turn(session, NOW, NOBODY), [Ask(NAMES, {"name": "a"}), broken])
        broken.rows(Turn(session, NOW, NOBODY))
    with database.read() as session:
        found = NAMES.rows(Turn(session, NOW, NOBODY), {"name": "a"})

    assert [tuple(row) for row in found] == [("a",)]
