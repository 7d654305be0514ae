"""An act of handing over is taken back once, by who did it, with its notice; what changed since stays."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.message import Conversation
from models.staff import Member
from service.actions import assign
from service.errors import Conflict, NotFound
from service.turn import Turn
from tests.conftest import NOW
from tests.service.actions.test_assign import LATER, acting, anna, chosen, lines, notices, rows, timo

__all__ = ["anna", "rows", "timo"]


def test_an_act_is_taken_back_with_its_notice(turn: Turn, anna: Member, timo: Member, rows: list[Conversation]) -> None:
    mine = acting(turn, anna)
    assign.take(mine, chosen(rows[0]))
    done = assign.hand_over(mine, chosen(*rows), timo.id, LATER)

    back = assign.undo(mine, done.act)

    assert len(back.changed) == 3
    assert [c.assignee_id for c in rows] == [anna.id, None, None]
    assert (rows[0].assigned_at, rows[0].assignee_due_at) == (NOW, None)
    assert notices(turn) == []
    assert lines(turn, rows[0])[-1].verb == "Zuweisung zurückgenommen"


def test_taking_back_leaves_what_was_assigned_anew(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation]
) -> None:
    mine = acting(turn, anna)
    done = assign.hand_over(mine, chosen(rows[0], rows[1]), timo.id, LATER)
    assign.take(replace(acting(turn, timo), now=NOW + timedelta(hours=1)), chosen(rows[0]))

    back = assign.undo(mine, done.act)

    assert back.changed == (rows[1].id,)
    assert [one.text for one in back.left] == ["Timo Roth war schneller: übernommen (11:00 Uhr)."]
    assert rows[0].assignee_id == timo.id
    assert [n.amount for n in notices(turn)] == [1]


def test_an_act_is_taken_back_once_and_only_by_who_did_it(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation]
) -> None:
    done = assign.take(acting(turn, anna), chosen(rows[0]))

    with pytest.raises(NotFound):
        assign.undo(acting(turn, timo), done.act)
    with pytest.raises(NotFound):
        assign.undo(acting(turn, anna), "unbekannt")
    assign.undo(acting(turn, anna), done.act)
    with pytest.raises(Conflict, match="schon zurückgenommen"):
        assign.undo(acting(turn, anna), done.act)


def test_who_held_it_by_hand_alone_takes_a_handing_over_back(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation]
) -> None:
    assign.hand_over(turn, chosen(rows[0]), anna.id, None)
    limited = acting(turn, anna, frozenset())
    done = assign.hand_over(limited, chosen(rows[0]), timo.id, None)

    back = assign.undo(limited, done.act)

    assert back.changed == (rows[0].id,)
    assert rows[0].assignee_id == anna.id


def test_an_act_on_rows_that_went_out_of_reach_stays(
    turn: Turn, anna: Member, timo: Member, rows: list[Conversation], mailbox: int
) -> None:
    done = assign.hand_over(acting(turn, anna, frozenset({mailbox})), chosen(*rows), timo.id, None)

    with pytest.raises(NotFound, match="Diese Zuweisung gibt es nicht"):
        assign.undo(acting(turn, anna, frozenset()), done.act)

    assert {row.assignee_id for row in rows} == {timo.id}
    assert assign.undo(acting(turn, anna, frozenset({mailbox})), done.act).changed == tuple(row.id for row in rows)
