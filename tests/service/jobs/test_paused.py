"""A mailbox that a person has paused is left alone, also by whoever was reading it."""

import pytest

from connectors.base import Page
from models.terms import Channel
from service.errors import Conflict
from service.jobs import pull
from service.runtime import Runtime
from service.store import accounts
from tests.factories import mail
from tests.fakes import FakeSource
from tests.service.jobs.conftest import MAILBOX


def pause(runtime: Runtime) -> None:
    with runtime.turn() as turn:
        found = accounts.find(turn, Channel.EMAIL, MAILBOX)
        assert found is not None
        accounts.pause(turn, found)


def test_nothing_is_asked_of_a_paused_mailbox(runtime: Runtime) -> None:
    source = FakeSource({"": [Page((mail(),), "eins", complete=True)]})
    pause(runtime)

    assert pull.account(runtime, MAILBOX, source, None) == 0
    assert source.asked == []


def test_a_reader_stores_no_page_after_the_pause(runtime: Runtime) -> None:
    pages = [Page((mail(),), f"{number}", complete=number == 2) for number in range(3)]
    source = FakeSource({"": pages})

    def pause_after_the_first(_mailbox: str, count: int) -> None:
        if count:
            pause(runtime)

    with pytest.raises(Conflict):
        pull.account(runtime, MAILBOX, source, None, pause_after_the_first)

    with runtime.look() as turn:
        found = accounts.find(turn, Channel.EMAIL, MAILBOX)
        assert found is not None
        assert found.error_code == accounts.PAUSED
