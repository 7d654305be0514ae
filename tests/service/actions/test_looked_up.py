"""What intake asks of a full database is looked up by index, so that it costs the same at a million messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import event, text

from models.terms import Channel
from service.actions import intake
from service.actions.intake import Judge
from service.store import accounts, tallies
from service.store.accounts import Facts
from service.turn import Turn
from tests.factories import OWN, answer, mail

# The tables that grow with every message.
_GROWING = ("message", "conversation", "clock_event")


@contextmanager
def heard(turn: Turn) -> Iterator[list[tuple[str, Any]]]:
    """Yield what the database is asked meanwhile: statements as the driver gets them, with their parameters."""
    said: list[tuple[str, Any]] = []
    engine = turn.session.get_bind()

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        said.append((statement, values[0] if many else values))

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def plan(turn: Turn, statement: str, values: Any) -> list[str]:
    """Return the steps by which the database answers; PostgreSQL is told not to walk tables only because they are small."""
    connection = turn.session.connection()
    if connection.dialect.name == "sqlite":
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values)]


def walked(steps: list[str]) -> list[str]:
    """Return the steps that walk through a whole growing table."""
    whole = [f"SCAN {table}" for table in _GROWING] + [f"Seq Scan on {table}" for table in _GROWING]
    return [step for step in steps if any(f"{step} ".count(f"{each} ") for each in whole)]


def test_the_same_mail_in_another_mailbox_is_found_without_walking_through_any_table(
    turn: Turn, mailbox: int, judge: Judge
) -> None:
    first = mail()
    other = accounts.ensure(turn, Channel.EMAIL, f"vertrieb@{OWN}", Facts("Vertrieb")).id
    intake.take_in(turn, [first], mailbox, judge)

    with heard(turn) as said:
        intake.take_in(turn, [replace(first, account=f"vertrieb@{OWN}", source_id="anders"), answer()], other, judge)

    asked = [(one, values) for one, values in said if one.startswith(("SELECT", "UPDATE", "DELETE"))]
    plans = {one: plan(turn, one, values) for one, values in asked}
    assert [(one, steps) for one, steps in plans.items() if walked(steps)] == []
    by_mail = [steps for one, steps in plans.items() if "internet_message_id IN" in one]
    assert any("ix_message_internet" in step for steps in by_mail for step in steps)


def test_what_took_a_decision_back_is_looked_up_by_its_message_not_among_all_of_one_act(turn: Turn) -> None:
    """One act may decide thousands of mails: each would walk through all of them, and a recount took minutes."""
    with heard(turn) as said:
        tallies.recount(turn)

    (asked,) = [(one, values) for one, values in said if "NOT (EXISTS" in one and "FROM decision" in one]
    steps = plan(turn, *asked)
    assert any("ix_decision_message" in step for step in steps)
    assert not any("ix_decision_confirmation_id" in step for step in steps)
