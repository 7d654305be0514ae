"""Faults by name and by seed: what they look like on the wire, and that a schedule repeats itself."""

import http.client
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from connectors.base import Folder
from connectors.emulator import faults
from connectors.emulator.faults import PASSING, Schedule, in_turn
from connectors.emulator.graph import Ask, Fault, GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from connectors.errors import Refused, Unreachable
from connectors.graph.source import with_token
from tests.connectors.emulator.scene import INBOX, call
from tests.connectors.graph.conftest import ADDRESS, mail


@pytest.fixture
def server() -> Iterator[GraphEmulator]:
    """A mailbox of five mails."""
    started = GraphEmulator(Mailboxes([ADDRESS], [mail(n) for n in range(5)])).start()
    yield started
    started.stop()


@pytest.mark.parametrize(
    "make", [faults.reset, faults.cut, lambda: faults.drip(0.001, 256), faults.half, faults.cut_gzip]
)
def test_broken_connections_are_broken_on_the_wire(server: GraphEmulator, make: Callable[[], Fault]) -> None:
    server.faults = in_turn([make()])

    with pytest.raises((OSError, ValueError, http.client.HTTPException)):
        call(server, INBOX)

    assert call(server, INBOX)[0] == 200


def test_a_reset_is_a_reset(server: GraphEmulator) -> None:
    server.faults = in_turn([faults.reset()])
    host, port = server.base.removeprefix("http://").removesuffix("/v1.0").split(":")

    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"GET /v1.0/users HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(100)


@pytest.mark.parametrize("form", faults.FORMS)
def test_a_storm_says_when_to_come_again_in_every_form(server: GraphEmulator, form: str) -> None:
    server.faults = in_turn([faults.throttled(form)])
    request = urllib.request.Request(f"{server.base}{INBOX}")

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)

    assert caught.value.code == 429
    assert caught.value.headers.get("Retry-After", "") == form


@pytest.mark.parametrize(
    ("make", "status", "code"),
    [
        (faults.gone, 410, "SyncStateNotFound"),
        (lambda: faults.gone("resyncRequired"), 410, "resyncRequired"),
        (lambda: faults.gone("SyncStateInvalid"), 400, "SyncStateInvalid"),
        (faults.quota, 403, "ErrorQuotaExceeded"),
        (faults.outside, 403, "ErrorAccessDenied"),
        (faults.expired, 401, "InvalidAuthenticationToken"),
        (faults.challenge, 401, "InvalidAuthenticationToken"),
        (lambda: faults.broken(503, "1"), 503, "generalException"),
    ],
)
def test_refusals_have_graphs_codes(server: GraphEmulator, make: Callable[[], Fault], status: int, code: str) -> None:
    server.faults = in_turn([None, make()])
    call(server, INBOX)

    found, body = call(server, INBOX)

    assert (found, body["error"]["code"]) == (status, code)


def test_a_token_that_ends_in_mid_run_is_refused(server: GraphEmulator) -> None:
    source = with_token(server.base, lambda: "emulator")
    list(source.pages(ADDRESS, Folder("inbox", "inbox"), ""))
    server.token = "neu"

    with pytest.raises(Refused) as caught:
        list(source.pages(ADDRESS, Folder("inbox", "inbox"), ""))

    source.close()
    assert caught.value.why == "token"


def ask(number: int, mailbox: str = "a", query: str = "$deltatoken") -> Ask:
    return Ask(f"/v1.0/users/{mailbox}/mailFolders/inbox/messages/delta", {query: str(number)}, "", "")


def test_the_same_seed_brings_the_same_faults_whatever_others_do() -> None:
    quiet, busy = (Schedule(7, rate=0.3, dying=0.2, unruly=0.5) for _ in range(2))

    first = [(quiet(ask(n)), quiet.manner(ask(n))) for n in range(60)]
    second = [(busy(ask(n)), busy.manner(ask(n)), busy(ask(n, "b"))) for n in range(60)]

    assert first == [pair[:2] for pair in second]
    assert set(quiet.told) >= {"410", "Seite"}


def test_a_schedule_knows_every_fault_and_none_when_it_is_quiet() -> None:
    schedule = Schedule(3, rate=1.0)

    for n in range(300):
        schedule(ask(n))
    schedule.quiet = True

    assert set(schedule.told) == set(PASSING)
    assert schedule(ask(1)) is None
    assert schedule.manner(ask(1)) == faults.PLAIN


def test_only_links_die() -> None:
    schedule = Schedule(3, dying=1.0)

    assert schedule(ask(1, query="$select")) is None
    assert schedule(ask(1)) is not None


def test_our_client_survives_a_storm(server: GraphEmulator) -> None:
    async def at_once(seconds: float) -> None:
        """Wait for nothing."""

    server.use(Schedule(5, rate=0.25, unruly=0.5))
    source = with_token(server.base, lambda: "emulator")
    source._client._pause = at_once  # type: ignore[attr-defined]
    seen: set[str] = set()
    for _ in range(30):
        try:
            for page in source.pages(ADDRESS, Folder("inbox", "inbox"), ""):
                seen |= {record.source_id for record in page.records}
            break
        except Unreachable:
            continue
    source.close()

    assert len(seen) == 5
