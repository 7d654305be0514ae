"""Making, renewing and ending subscriptions, against the emulator's own handshake."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors import registry
from connectors.emulator.graph import Fault, GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from connectors.errors import ConnectorError, Refused
from connectors.graph.source import GraphSource, with_token
from connectors.notices import LIFE, Notices
from tests.connectors.emulator.ear import Ear, hearing
from tests.connectors.graph.conftest import ADDRESS
from tests.fakes import FakeClock, FakeSource


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server(clock: FakeClock) -> Iterator[GraphEmulator]:
    started = GraphEmulator(Mailboxes([ADDRESS], []), clock=clock.now).start()
    yield started
    started.stop()


@pytest.fixture
def source(server: GraphEmulator) -> Iterator[GraphSource]:
    opened = with_token(server.base, lambda: "emulator")
    yield opened
    opened.close()


@pytest.fixture
def ear() -> Iterator[Ear]:
    with hearing() as found:
        yield found


@pytest.fixture
def notices(source: GraphSource) -> Notices:
    return registry.open_notices("graph", source)


def test_a_subscription_is_made_renewed_and_ended(
    server: GraphEmulator, notices: Notices, ear: Ear, clock: FakeClock
) -> None:
    made = notices.create(ADDRESS, ear.url, "wort", clock.at + LIFE)
    clock.move(LIFE / 2)
    renewed = notices.renew(ADDRESS, made.id, clock.at + LIFE)
    (kept,) = server.subscriptions.known.values()
    notices.remove(ADDRESS, made.id)
    notices.remove(ADDRESS, made.id)

    assert made.expires_at == clock.at + LIFE / 2
    assert renewed.expires_at == clock.at + LIFE == kept.expires
    assert (kept.client_state, kept.kinds, kept.lifecycle_url) == ("wort", {"created", "updated"}, ear.url)
    assert server.subscriptions.known == {}


def test_what_has_ended_cannot_be_renewed(notices: Notices, ear: Ear, clock: FakeClock) -> None:
    made = notices.create(ADDRESS, ear.url, "wort", clock.at + LIFE)
    clock.move(LIFE + timedelta(hours=1))

    with pytest.raises(Refused) as caught:
        notices.renew(ADDRESS, made.id, clock.at + LIFE)

    assert caught.value.why == "missing"


def test_an_address_that_does_not_answer_gets_no_subscription(notices: Notices, ear: Ear, clock: FakeClock) -> None:
    ear.proves = False

    with pytest.raises(ConnectorError):
        notices.create(ADDRESS, ear.url, "wort", clock.at + LIFE)


def test_other_failures_of_an_end_are_told(server: GraphEmulator, notices: Notices) -> None:
    server.faults = lambda ask: Fault(403)

    with pytest.raises(Refused):
        notices.remove(ADDRESS, "abo")


def test_an_answer_that_cannot_be_read_is_an_error_without_its_words(
    server: GraphEmulator, notices: Notices, clock: FakeClock
) -> None:
    server.faults = lambda ask: Fault(201, body=b"GEHEIM")

    with pytest.raises(ConnectorError) as caught:
        notices.create(ADDRESS, "http://127.0.0.1:1/x", "wort", clock.at + LIFE)

    assert "GEHEIM" not in str(caught.value)


def test_a_source_without_notifications_says_so() -> None:
    with pytest.raises(Refused):
        registry.open_notices("graph", FakeSource({}))
