"""What Graph refuses, repeats or withholds: tried again within bounds, named otherwise, the token kept at home."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from connectors.emulator.graph import Fault
from connectors.errors import Refused, Unreachable
from connectors.graph import client
from connectors.graph.client import Client
from connectors.graph.source import GraphSource, with_token
from tests.connectors.graph.conftest import ADDRESS, Scene, inbox, read


@pytest.mark.parametrize(
    "fault",
    [
        Fault(429, {"Retry-After": "3"}, b'{"error": {"code": "ApplicationThrottled", "message": "GEHEIM"}}'),
        Fault(500, body=b"<html>GEHEIM</html>"),
        Fault(502),
        Fault(503, {"Retry-After": "1"}),
        Fault(504),
        Fault(200, body=b"<html>GEHEIM</html>"),
        Fault(200, body=b'{"value": [{"id": "GEHE'),
        Fault(200, body=b'{"value": [], "@odata.nextLink": "x"}' * 50, cut=True),
        Fault(200, {"Content-Encoding": "gzip"}, body=b"kein gzip"),
    ],
)
def test_what_passes_is_tried_again_within_bounds(scene: Scene, fault: Fault) -> None:
    scene.faults += [fault, fault]

    pages = read(scene, inbox(scene))

    assert len(pages[0].records) == 7
    assert len(scene.pauses) == 2
    told = float(fault.headers.get("Retry-After", "0.5"))
    assert told <= scene.pauses[0] <= 2 * told


def test_patience_ends_after_four_tries(scene: Scene) -> None:
    scene.faults += [Fault(503, body=b"GEHEIM")] * 10

    with pytest.raises(Unreachable) as caught:
        read(scene, inbox(scene))

    assert len(scene.asks) == 4
    assert "GEHEIM" not in str(caught.value)


def test_a_server_that_hangs_is_not_waited_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "DEADLINE", 0.2)
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"http://127.0.0.1:{silent.getsockname()[1]}/v1.0"
        source = GraphSource(Client(base, lambda claims: "gut", pause))
        with pytest.raises(Unreachable):
            source.folders(ADDRESS)
        source.close()

    assert pauses == []


def test_a_long_wait_is_left_to_the_worker(scene: Scene) -> None:
    scene.faults.append(Fault(429, {"Retry-After": "300"}))

    with pytest.raises(Unreachable) as caught:
        read(scene, inbox(scene))

    assert caught.value.retry_after == 300
    assert scene.pauses == []


def test_a_server_that_is_not_there_is_unreachable(scene: Scene) -> None:
    scene.server.stop()

    with pytest.raises(Unreachable):
        read(scene, inbox(scene))


@pytest.mark.parametrize(("account", "why"), [("niemand@firma.example", "missing")])
def test_an_unknown_mailbox_is_refused(scene: Scene, account: str, why: str) -> None:
    with pytest.raises(Refused) as caught:
        scene.source.folders(account)

    assert caught.value.why == why


def test_a_wrong_token_is_refused(scene: Scene) -> None:
    source = with_token(scene.server.base, lambda: "falsch")

    with pytest.raises(Refused) as caught:
        source.folders(ADDRESS)

    assert caught.value.why == "token"
    source.close()


@pytest.mark.parametrize(
    ("challenge", "claims"), [("eyJhIjoxfQ==", '{"a":1}'), ("eyJhIjoxfQ", '{"a":1}'), ("\u00fc", "")]
)
def test_a_claims_challenge_is_answered_once_with_a_new_token(scene: Scene, challenge: str, claims: str) -> None:
    asked: list[str] = []

    def token(wanted: str) -> str:
        asked.append(wanted)
        return "gut"

    source = GraphSource(Client(scene.server.base, token))
    header = f'Bearer realm="", error="insufficient_claims", claims="{challenge}"'
    scene.faults.append(Fault(401, {"WWW-Authenticate": header}))

    pages = list(source.pages(ADDRESS, inbox(scene), ""))

    assert len(pages[0].records) == 7
    assert asked == ["", claims]
    source.close()


class _Canary(BaseHTTPRequestHandler):
    seen: list[str] = []

    def do_GET(self) -> None:
        self.seen.append(self.headers.get("Authorization", ""))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def test_the_token_never_reaches_a_foreign_host(scene: Scene) -> None:
    canary = HTTPServer(("127.0.0.1", 0), _Canary)
    threading.Thread(target=canary.serve_forever, args=(0.02,), daemon=True).start()
    foreign = f"http://127.0.0.1:{canary.server_address[1]}/v1.0/users/x"
    link = b'{"value": [], "@odata.nextLink": "%s"}' % foreign.encode()
    scene.faults += [Fault(200, body=link), Fault(302, {"Location": foreign}), Fault(307, {"Location": foreign})]

    for cursor in ("", "", "", f"@127.0.0.1:{canary.server_address[1]}/v1.0/users/x"):
        with pytest.raises(Refused):
            read(scene, inbox(scene), cursor)
    canary.shutdown()
    canary.server_close()

    assert _Canary.seen == []


def test_without_the_right_to_header_lines_everything_else_is_read_and_they_are_never_asked_for_again(
    scene: Scene,
) -> None:
    scene.server.rights.headers = False

    first = list(scene.source.pages(ADDRESS, inbox(scene), ""))
    listed = list(scene.source.newest(ADDRESS, inbox(scene), None))

    assert [len(page.records) for page in first] == [7]
    assert [len(page.records) for page in listed] == [7]
    assert all(record.flags is None or not record.flags.list_id for record in first[0].records)
    assert sum("internetMessageHeaders" in ask.query.get("$select", "") for ask in scene.asks) == 1


def test_what_is_known_of_header_lines_is_known_of_one_mailbox_and_can_be_said_beforehand(scene: Scene) -> None:
    where = inbox(scene)
    scene.server.rights.headers = False
    scene.source.bare[ADDRESS] = True

    list(scene.source.pages(ADDRESS, where, ""))

    assert sum("internetMessageHeaders" in ask.query.get("$select", "") for ask in scene.asks) == 0
    assert scene.source.bare == {ADDRESS: True}
    scene.server.rights.headers = True
    scene.source.bare.clear()
    list(scene.source.pages(ADDRESS, where, ""))
    assert scene.source.bare == {ADDRESS: False}


def test_a_mailbox_that_is_closed_is_not_taken_for_one_without_header_lines(scene: Scene) -> None:
    where = inbox(scene)
    scene.mailboxes.box(ADDRESS).state = "outside"

    with pytest.raises(Refused) as caught:
        list(scene.source.pages(ADDRESS, where, ""))

    assert caught.value.why == "access"
    scene.mailboxes.box(ADDRESS).state = ""
    list(scene.source.pages(ADDRESS, where, ""))
    assert "internetMessageHeaders" in scene.asks[-1].query["$select"]
