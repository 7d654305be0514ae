"""A runtime over the test's database, with a clock that stands still."""

import pytest

from models.terms import Channel
from service.config import Config
from service.runtime import Runtime
from service.store import accounts
from service.store.accounts import Facts
from service.store.engine import Database
from tests.factories import OWN
from tests.fakes import FakeClock

MAILBOX = f"info@{OWN}"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def runtime(database: Database, clock: FakeClock) -> Runtime:
    runtime = Runtime(Config(graph_mailboxes=MAILBOX), clock, database)
    with runtime.turn() as turn:
        accounts.ensure(turn, Channel.EMAIL, MAILBOX, Facts("info@"))
        accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("WhatsApp"))
    return runtime
