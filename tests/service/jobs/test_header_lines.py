"""Header lines that a mailbox refuses are remembered over a restart, and asked for again after a week."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from connectors.base import Folder, Page
from models.account import Account, Chain
from service.jobs import pull
from service.runtime import Runtime
from tests.conftest import NOW
from tests.fakes import FakeClock, FakeSource
from tests.service.jobs.conftest import MAILBOX


class Reader(FakeSource):
    """A source that finds out `found` about header lines, unless it was told before that they are refused."""

    def __init__(self, found: bool | None) -> None:
        super().__init__({"": [Page((), "eins", complete=True)], "eins": [Page((), "eins", complete=True)]})
        self.found = found
        self.told: list[bool | None] = []

    def pages(self, account: str, folder: Folder, cursor: str) -> Iterator[Page]:
        self.told.append(self.bare.get(account))
        if self.found is not None and not self.bare.get(account):
            self.bare[account] = self.found
        return super().pages(account, folder, cursor)


def since(runtime: Runtime) -> datetime | None:
    with runtime.look() as turn:
        return turn.session.scalars(select(Account.bare_since).where(Account.address == MAILBOX)).one()


def again(runtime: Runtime, clock: FakeClock, found: bool | None, after: timedelta) -> Reader:
    """Read with a source that knows nothing, as after a restart."""
    clock.move(after)
    source = Reader(found)
    pull.account(runtime, MAILBOX, source, None)
    return source


def test_a_refusal_is_remembered_over_a_restart(runtime: Runtime, clock: FakeClock) -> None:
    again(runtime, clock, True, timedelta(0))

    source = again(runtime, clock, None, timedelta(days=6))

    assert source.told == [True]
    assert since(runtime) == NOW


def test_after_a_week_they_are_asked_for_again_and_a_new_refusal_is_dated(runtime: Runtime, clock: FakeClock) -> None:
    again(runtime, clock, True, timedelta(0))

    source = again(runtime, clock, True, timedelta(days=7))

    assert source.told == [None]
    assert since(runtime) == NOW + timedelta(days=7)


@pytest.mark.parametrize("found", [None, False])
def test_only_header_lines_that_came_end_it_and_begin_a_full_round(
    runtime: Runtime, clock: FakeClock, found: bool | None
) -> None:
    again(runtime, clock, True, timedelta(0))

    again(runtime, clock, found, timedelta(days=8))

    assert since(runtime) == (NOW if found is None else None)
    with runtime.look() as turn:
        stale = turn.session.scalars(select(Chain.select_version)).all()
    assert set(stale) == ({1} if found is None else {0})


def test_the_full_round_after_header_lines_came_again_is_read_once(runtime: Runtime, clock: FakeClock) -> None:
    again(runtime, clock, True, timedelta(0))
    again(runtime, clock, False, timedelta(days=8))

    rounds = [again(runtime, clock, False, timedelta(minutes=1)).asked for _ in range(2)]

    assert rounds == [[""], ["eins"]]
