"""What Meta says of us becomes a possible gap: our app is not subscribed any more, or more came in than we have."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from connectors.emulator.account import Account
from connectors.emulator.cloud import CloudApi
from connectors.errors import ConnectorError
from models.terms import Channel
from service.config import Config
from service.jobs import meta, schedule
from service.jobs.worker import Worker
from service.runtime import Runtime
from service.store import accounts, gaps, jobs
from service.store.accounts import Facts
from service.store.engine import Database
from tests.fakes import FakeClock
from tests.service.jobs.chatting import inbound, tell

HOUR = timedelta(hours=1)
HALF = timedelta(minutes=30)
DISPLAY = "+49 40 111"


@pytest.fixture
def there() -> Account:
    return Account(numbers={"1001": DISPLAY, "9999": "+49 40 999"})


@pytest.fixture
def cloud(there: Account) -> Iterator[CloudApi]:
    server = CloudApi("emulator", [there]).start()
    yield server
    server.stop()


@pytest.fixture
def runtime(database: Database, cloud: CloudApi, there: Account) -> Runtime:
    config = Config(
        whatsapp_token=SecretStr("emulator"),
        whatsapp_business_account=there.id,
        whatsapp_base=cloud.base,
        whatsapp_version="v26.0",
    )
    runtime = Runtime(config, FakeClock(), database)
    with runtime.turn() as turn:
        accounts.ensure(turn, Channel.WHATSAPP, "1001", Facts("Zentrale"))
        accounts.ensure(turn, Channel.WHATSAPP, "1002", Facts("bei Meta unbekannt"))
    return runtime


def clock(runtime: Runtime) -> FakeClock:
    assert isinstance(runtime.clock, FakeClock)
    return runtime.clock


def found(runtime: Runtime) -> list[tuple[str, str, datetime, datetime | None, int]]:
    with runtime.look() as turn:
        return [(g.account, g.cause, g.from_at, g.until_at, g.pieces) for g in gaps.possible(turn)]


def begin(runtime: Runtime) -> datetime:
    """Let counting begin; return the first half hour that is compared."""
    meta.check(runtime)
    now = runtime.clock.now()
    return now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0) + HALF


def came(there: Account, at: datetime, number: int = 1) -> None:
    for _ in range(number):
        there.heard("1001", int(at.timestamp()))


def test_without_our_app_among_the_subscribed_ones_a_gap_is_open_until_it_is_back(
    runtime: Runtime, there: Account
) -> None:
    meta.check(runtime)
    known = runtime.clock.now()
    clock(runtime).move(HOUR)
    before = found(runtime)

    there.apps = {"4711"}
    for _ in range(2):
        meta.check(runtime)
    while_gone = found(runtime)
    clock(runtime).move(HOUR)
    there.apps.add(there.app)
    meta.check(runtime)

    assert before == []
    assert while_gone == [("Zentrale", gaps.UNSUBSCRIBED, known, None, 0)]
    assert found(runtime) == [("Zentrale", gaps.UNSUBSCRIBED, known, known + 2 * HOUR, 0)]


def test_half_hours_in_which_meta_counted_more_are_a_gap_and_fill_again(runtime: Runtime, there: Account) -> None:
    start = begin(runtime)
    clock(runtime).move(6 * HOUR)
    came(there, start + timedelta(minutes=5), 4)
    came(there, start + HALF, 3)
    came(there, start + 3 * HOUR, 2)
    tell(runtime, *(inbound(f"w{n}", start + 3 * HOUR + timedelta(minutes=n)) for n in range(2)))

    meta.check(runtime)
    seen = found(runtime)
    tell(runtime, *(inbound(f"s{n}", start + timedelta(minutes=10 * n)) for n in range(3)))
    meta.check(runtime)
    smaller = found(runtime)
    tell(runtime, *(inbound(f"t{n}", start + timedelta(minutes=35 + n)) for n in range(3)))
    meta.check(runtime)

    assert seen == [("Zentrale", "Zählung", start, start + 2 * HALF, 7)]
    assert smaller == [("Zentrale", "Zählung", start + HALF, start + 2 * HALF, 3)]
    assert found(runtime) == []


@pytest.mark.parametrize(("told", "ours", "missing"), [(1, 0, 0), (2, 0, 2), (30, 27, 0), (30, 26, 4), (5, 9, 0)])
def test_a_tenth_or_one_message_less_is_no_gap(
    runtime: Runtime, there: Account, told: int, ours: int, missing: int
) -> None:
    start = begin(runtime)
    clock(runtime).move(6 * HOUR)
    came(there, start, told)
    tell(runtime, *(inbound(f"w{n}", start + timedelta(seconds=n)) for n in range(ours)))

    meta.check(runtime)

    assert sum(gap[4] for gap in found(runtime)) == missing


def test_a_message_at_the_edge_of_two_half_hours_is_not_missing(runtime: Runtime, there: Account) -> None:
    start = begin(runtime)
    clock(runtime).move(6 * HOUR)
    came(there, start + HALF, 3)
    tell(runtime, *(inbound(f"w{n}", start + HALF - timedelta(seconds=1 + n)) for n in range(3)))

    meta.check(runtime)

    assert found(runtime) == []


def test_what_came_before_counting_began_or_may_still_come_is_not_compared(runtime: Runtime, there: Account) -> None:
    start = begin(runtime)
    came(there, start - HALF, 50)
    clock(runtime).move(6 * HOUR)
    came(there, runtime.clock.now() - HOUR, 50)

    meta.check(runtime)

    assert found(runtime) == []


def test_an_account_without_counts_or_another_product_is_no_error(runtime: Runtime, there: Account) -> None:
    begin(runtime)
    clock(runtime).move(6 * HOUR)
    there.came_in = None

    meta.check(runtime)

    assert found(runtime) == []


def test_a_refused_token_fails_the_job_and_the_worker_asks_again_every_half_hour(
    runtime: Runtime, cloud: CloudApi
) -> None:
    worker = Worker(runtime)
    worker.tick()
    asked = len(cloud.heard)
    clock(runtime).move(HALF)
    worker.tick()
    cloud.token = "anderes"

    assert asked
    assert len(cloud.heard) > asked
    assert "GET /v26.0/app" in cloud.heard
    with pytest.raises(ConnectorError):
        meta.check(runtime)


def test_without_a_token_nobody_is_asked(database: Database) -> None:
    runtime = Runtime(Config(), FakeClock(), database)

    meta.check(runtime)
    Worker(runtime).tick()

    with runtime.turn() as turn:
        assert schedule.META not in {lease.kind for lease in jobs.claim(turn, "wir", HOUR, 50, None)}
