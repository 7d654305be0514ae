"""Closed months and closed reviews stay as they were: the database itself refuses every change, on both of them."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.review import MonthClose, MonthFigure, Review, ReviewStep, Sample
from models.terms import Category, ReviewKind
from service.store import months
from service.store.engine import Database
from service.turn import NOBODY, Turn
from tests.conftest import NOW

CHANGES = (
    "UPDATE month_close SET calendar_version = 7",
    "UPDATE month_close SET closed_at = 1",
    "DELETE FROM month_close",
    "UPDATE month_figure SET value = 99",
    "DELETE FROM month_figure",
    "INSERT INTO month_figure (month, section, key, position, label, unit, state) VALUES ('2026-10', 'x', 'y', 0, '', '', '')",
    "UPDATE review SET closed_at = NULL",
    "UPDATE review SET seed = 'other'",
    "DELETE FROM review",
    "UPDATE review_step SET at = 1",
    "DELETE FROM review_step",
    "INSERT INTO review_step (review_id, step, at) VALUES (1, 'other', 0)",
    "UPDATE review_sample SET party_right = 'nein'",
    "UPDATE review_sample SET category = 'Werbung'",
    "DELETE FROM review_sample",
    "INSERT INTO review_sample (review_id, position, category) VALUES (1, 2, 'Kunde')",
)


def _close(turn: Turn, *, sample: bool = False) -> None:
    one = Review(id=1, kind=ReviewKind.MONAT, period="2026-10", dedup="m", started_at=NOW, seed="5", sample=sample)
    turn.session.add(one)
    turn.session.flush()
    turn.session.add(ReviewStep(review_id=1, step="zahlen", at=NOW))
    turn.session.add(Sample(review_id=1, position=1, category=Category.KUNDE, class_right=True))
    turn.session.add(MonthFigure(month="2026-10", section="kennzahl", key="quote", value=96.0))
    turn.session.flush()
    one.closed_at = NOW
    turn.session.add(MonthClose(month="2026-10", review_id=1, closed_at=NOW, figures=1, sample=sample))
    turn.session.flush()


def test_a_closed_month_is_known_and_no_statement_changes_anything_of_it(database: Database) -> None:
    with database.write() as session:
        _close(Turn(session, NOW, NOBODY))

    for change in CHANGES:
        with database.engine.connect() as connection, pytest.raises(DBAPIError):
            connection.execute(text(change))
    with database.read() as session:
        assert months.closed(Turn(session, NOW, NOBODY)) == {"2026-10"}
        assert session.query(MonthFigure).one().value == 96.0


def test_the_months_of_the_invented_firm_can_go_with_it(turn: Turn) -> None:
    _close(turn, sample=True)

    months.forget_sample(turn)

    assert months.closed(turn) == frozenset()
    assert not turn.session.query(Review).count() + turn.session.query(Sample).count()
    assert not turn.session.query(MonthFigure).count()
