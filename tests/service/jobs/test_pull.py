"""Pulling: rows and cursor are one commit, under every fault that a source reports."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, func, select

from connectors.base import Change, Page
from connectors.errors import CursorExpired, SignInNeeded, Unreachable
from models.account import Account, Chain
from models.message import Message
from models.terms import AccountState
from service.errors import Conflict, NotFound
from service.jobs import pull
from service.runtime import Runtime
from service.store import accounts, chains
from service.store.chains import Moved
from tests.factories import mail
from tests.fakes import FakeSource
from tests.service.jobs.conftest import MAILBOX


def messages(runtime: Runtime) -> int:
    with runtime.look() as turn:
        return int(turn.session.execute(select(func.count()).select_from(Message)).scalar_one())


def cursor(runtime: Runtime) -> str:
    with runtime.look() as turn:
        return turn.session.execute(select(Chain.cursor).where(Chain.kind == "inbox")).scalar_one()


def state(runtime: Runtime) -> tuple[AccountState, str]:
    with runtime.look() as turn:
        found = turn.session.execute(select(Account).where(Account.address == MAILBOX)).scalar_one()
        return found.state, found.error_code


def test_pages_and_their_cursors_are_stored_together(runtime: Runtime) -> None:
    source = FakeSource({"": [Page((mail(),), "eins", complete=False), Page((mail(),), "zwei", complete=True)]})

    new = pull.account(runtime, MAILBOX, source, None)

    assert new == messages(runtime) == 2
    assert cursor(runtime) == "zwei"
    assert state(runtime) == (AccountState.BEREIT, "")


def test_the_next_pull_goes_on_where_the_last_one_ended(runtime: Runtime) -> None:
    source = FakeSource({"": [Page((), "eins", complete=True)], "eins": [Page((mail(),), "zwei", complete=True)]})

    pull.account(runtime, MAILBOX, source, None)
    pull.account(runtime, MAILBOX, source, None)

    assert source.asked == ["", "eins"]
    assert messages(runtime) == 1


def test_a_cut_connection_keeps_what_was_stored_and_says_so(runtime: Runtime) -> None:
    first = Page((mail(),), "eins", complete=False)
    source = FakeSource({"": [first, Unreachable("weg", 7), Page((mail(),), "zwei", complete=True)]})

    with pytest.raises(Unreachable):
        pull.account(runtime, MAILBOX, source, None)

    assert messages(runtime) == 1
    assert cursor(runtime) == "eins"
    assert state(runtime) == (AccountState.GESTOERT, "PL-2001")
    pull.account(runtime, MAILBOX, source, None)
    assert messages(runtime) == 2
    assert state(runtime) == (AccountState.BEREIT, "")


def test_a_refusal_pauses_the_account_for_the_admin(runtime: Runtime) -> None:
    new = pull.account(runtime, MAILBOX, FakeSource({"": [SignInNeeded("nein", "token")]}), None)

    assert new == 0
    assert state(runtime) == (AccountState.ANGEHALTEN, "PL-2005")


def test_an_expired_cursor_means_a_full_round_without_doubles(runtime: Runtime) -> None:
    known = mail()
    pull.account(runtime, MAILBOX, FakeSource({"": [Page((known,), "alt", complete=True)]}), None)
    source = FakeSource({"alt": [CursorExpired("alt")], "": [Page((known, mail()), "neu", complete=True)]})

    new = pull.account(runtime, MAILBOX, source, None)

    assert (new, messages(runtime)) == (1, 2)
    assert cursor(runtime) == "neu"


def test_a_link_that_expires_again_and_again_is_left_to_the_next_poll(runtime: Runtime) -> None:
    source = FakeSource({"": [CursorExpired("immer") for _ in range(9)]})

    with pytest.raises(Unreachable):
        pull.account(runtime, MAILBOX, source, None)

    assert source.asked == [""] * 4
    assert state(runtime) == (AccountState.GESTOERT, "PL-2001")


def test_a_record_that_the_database_refuses_never_holds_up_the_page(runtime: Runtime) -> None:
    poison = replace(mail(), received_at=mail().received_at, recipients_total=2**80)
    source = FakeSource({"": [Page((mail(), poison, mail()), "eins", complete=True)]})

    pull.account(runtime, MAILBOX, source, None)

    assert messages(runtime) == 2
    assert cursor(runtime) == "eins"
    with runtime.look() as turn:
        assert turn.session.execute(select(Chain.damaged).where(Chain.kind == "inbox")).scalar_one() == 1


@contextmanager
def refusing(runtime: Runtime, times: int) -> Iterator[None]:
    """Let the database refuse the next inserts of messages, as it does when another process was faster.

    What counts them must outlive a transaction that is taken back: a function of ours in SQLite, a sequence in
    PostgreSQL.
    """
    engine = runtime.database.engine
    left = [times]

    def strike() -> int:
        left[0] -= 1
        return int(left[0] >= 0)

    def teach(raw: Any, _record: object) -> None:
        raw.create_function("strike", 0, strike)

    sqlite = runtime.database.is_sqlite
    if sqlite:
        engine.dispose()
        event.listen(engine, "connect", teach)
    with engine.begin() as connection:
        for statement in _SQLITE_TRIGGER if sqlite else _postgresql_trigger(times):
            connection.exec_driver_sql(statement)
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER faster" + ("" if sqlite else " ON message"))
        if not sqlite:
            connection.exec_driver_sql("DROP FUNCTION faster")
            connection.exec_driver_sql("DROP SEQUENCE strikes")


_SQLITE_TRIGGER = ("CREATE TRIGGER faster BEFORE INSERT ON message WHEN strike() BEGIN SELECT RAISE(ABORT, 'x'); END",)


def _postgresql_trigger(times: int) -> tuple[str, ...]:
    body = f"BEGIN IF nextval('strikes') <= {times} THEN RAISE unique_violation; END IF; RETURN NEW; END"
    return (
        "CREATE SEQUENCE strikes",
        f"CREATE FUNCTION faster() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        "CREATE TRIGGER faster BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION faster()",
    )


@pytest.mark.parametrize(("times", "stored", "damaged"), [(2, 1, 0), (3, 0, 1)])
def test_a_record_that_met_another_process_twice_is_tried_again_and_one_that_stays_refused_is_counted(
    runtime: Runtime, times: int, stored: int, damaged: int
) -> None:
    source = FakeSource({"": [Page((mail(),), "eins", complete=True)]})

    with refusing(runtime, times):
        pull.account(runtime, MAILBOX, source, None)

    with runtime.look() as turn:
        counted = turn.session.execute(select(Chain.damaged).where(Chain.kind == "inbox")).scalar_one()
    assert (messages(runtime), counted, cursor(runtime)) == (stored, damaged, "eins")


def test_sparse_changes_are_applied(runtime: Runtime) -> None:
    record = mail()
    toggles = (Change(record.account, record.source_id, is_read=True),)
    source = FakeSource(
        {"": [Page((record,), "eins", complete=False), Page((), "zwei", complete=True, changes=toggles)]}
    )

    pull.account(runtime, MAILBOX, source, None)

    with runtime.look() as turn:
        assert turn.session.execute(select(Message.is_read)).scalar_one() is True


def test_who_lost_the_chain_cannot_move_it_back(runtime: Runtime) -> None:
    pull.account(runtime, MAILBOX, FakeSource({"": [Page((), "eins", complete=True)]}), None)
    with runtime.turn() as turn:
        account = accounts.every(turn)[0]
        old = chains.take(turn, account.id, 1)[-1]
    with runtime.turn() as turn:
        chains.take(turn, account.id, 1)

    with pytest.raises(Conflict), runtime.turn() as turn:
        chains.move(turn, old, Moved("rückwärts", complete=True))

    assert cursor(runtime) == "eins"


def test_an_unknown_mailbox_is_not_found(runtime: Runtime) -> None:
    with pytest.raises(NotFound):
        pull.account(runtime, "fremd@muster.example", FakeSource({}), None)
    with pytest.raises(NotFound), runtime.turn() as turn:
        accounts.report(turn, 99, AccountState.BEREIT)
