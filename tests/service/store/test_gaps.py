"""Times of which messages may be missing: outages, unusual silence, statuses and replies that point to nothing."""

from datetime import timedelta

import pytest

from models.terms import Channel
from service.config import Config
from service.jobs import upkeep
from service.runtime import Runtime
from service.store import accounts, gaps
from service.store.accounts import Facts
from service.store.engine import Database
from tests.factories import START
from tests.fakes import FakeClock
from tests.service.jobs.chatting import echo, inbound, status, tell

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
def runtime(database: Database, clock: FakeClock) -> Runtime:
    runtime = Runtime(Config(), clock, database)
    with runtime.turn() as turn:
        accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("Zentrale"))
    return runtime


def found(runtime: Runtime) -> list[tuple[object, ...]]:
    upkeep.watch(runtime)
    with runtime.look() as turn:
        return [(one.cause, one.from_at, one.until_at, one.pieces) for one in gaps.possible(turn)]


@pytest.mark.parametrize(
    ("away", "expected"), [(36 * HOUR, []), (50 * HOUR, [("Ausfall", START, START + 14 * HOUR, 0)])]
)
def test_only_what_meta_no_longer_sends_again_may_be_missing_after_an_outage(
    runtime: Runtime, clock: FakeClock, away: timedelta, expected: list[object]
) -> None:
    before = found(runtime)

    clock.move(away)

    assert before == []
    assert found(runtime) == expected
    assert found(runtime) == expected


def test_a_busy_number_that_falls_silent_is_an_open_gap_until_it_is_heard_again(
    runtime: Runtime, clock: FakeClock
) -> None:
    tell(runtime, *(inbound(f"w{n}", START - n * HOUR) for n in range(28)))
    for _ in range(3):
        clock.move(20 * HOUR)
        upkeep.watch(runtime)
    silent = found(runtime)

    tell(runtime, inbound("w99", clock.now()))

    assert silent == [("Stille", START, None, 0)]
    assert found(runtime) == [("Stille", START, clock.now(), 0)]
    with runtime.look() as turn:
        assert list(gaps.last_signed(turn).values()) == [clock.now()]


def test_a_quiet_number_may_be_silent(runtime: Runtime, clock: FakeClock) -> None:
    tell(runtime, inbound("w1", START))
    for _ in range(5):
        clock.move(20 * HOUR)
        upkeep.watch(runtime)

    assert found(runtime) == []


def test_a_status_of_an_unknown_message_is_a_gap_after_an_hour_until_the_message_turns_up(
    runtime: Runtime, clock: FakeClock
) -> None:
    tell(runtime, status("w1", "sent", START), status("w1", "read", START - HOUR))
    early = found(runtime)
    clock.move(3 * HOUR)
    late = found(runtime)

    tell(runtime, echo("w1", START), field="smb_message_echoes")

    assert (early, late) == ([], [("Gesendetes fehlt", START - HOUR, START, 1)])
    assert found(runtime) == []


def test_a_reply_to_an_unknown_message_is_a_gap_and_one_to_a_known_message_is_none(
    runtime: Runtime, clock: FakeClock
) -> None:
    tell(runtime, inbound("w1", START), inbound("w2", START, context={"id": "w1"}))
    tell(runtime, inbound("w3", START, context={"id": "weg"}))

    clock.move(3 * HOUR)

    assert found(runtime) == [("Bezug fehlt", START, START, 1)]
