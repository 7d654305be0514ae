"""Every way in which an answer can go wrong, over real HTTP: tried again within bounds, or given back with a time."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.errors import ConnectorError, CursorExpired, Malformed, Refused, SignInNeeded, Unreachable
from connectors.graph import client as graph_client
from connectors.graph import transport
from connectors.graph.client import Client, Order
from connectors.graph.transport import LARGEST
from tests.connectors.graph.faulty import Faulty, Play, answer, chunked, drip, page, reset, silence, zipped

BOX = "info@firma.example"
GOOD = answer(200, page("A"))
BODY = json.dumps(page("A")).encode()


@dataclass
class Token:
    """A token source that counts; each time it is told to forget, the next token is another."""

    asked: list[str] = field(default_factory=list)
    forgotten: int = 0

    def __call__(self, claims: str) -> str:
        self.asked.append(claims)
        return f"token-{self.forgotten}"

    def forget(self, token: str) -> None:
        assert token == f"token-{self.forgotten}"
        self.forgotten += 1


@dataclass
class Scene:
    """A broken server, a client before it, and the pauses that the client made."""

    server: Faulty
    client: Client
    token: Token
    pauses: list[float]

    def read(self, *script: Play, box: str = BOX) -> list[str]:
        """Ask for one page and return the ids on it."""
        self.server.script += script
        return self.client.follow(box, "/users/x/messages/delta?$deltatoken=1", ids)


def ids(body: bytes) -> list[str]:
    """Decode as the product does: what is no page is Malformed."""
    try:
        return [item["id"] for item in json.loads(body)["value"]]
    except (ValueError, KeyError, TypeError):
        raise Malformed("unlesbar") from None


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A server that answers well when its script is played, and a client that never really waits."""
    server, token = Faulty(GOOD), Token()
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    client = Client(f"{server.origin}/v1.0", token, pause, lambda: 0.5)
    yield Scene(server, client, token, pauses)
    client.close()
    server.stop()


PASSING: dict[str, Play] = {
    "429": answer(429, b"{}"),
    "500": answer(500, b'{"error": {"code": "generalException"}}'),
    "502 with a page of a proxy": answer(502, b"<html>GEHEIM</html>", {"Content-Type": "text/html"}),
    "503": answer(503),
    "504": answer(504),
    "408": answer(408),
    "200 with a page of a proxy": answer(200, b"<html>GEHEIM</html>"),
    "an empty 200": answer(200),
    "JSON cut short": answer(200, BODY[:-7]),
    "a body cut short": answer(200, BODY, length=len(BODY) + 10),
    "a chunk cut short": chunked(BODY, whole=False),
    "no gzip in spite of its name": answer(200, BODY, {"Content-Encoding": "gzip"}),
    "gzip cut short": zipped(BODY * 50, cut=12),
    "an unknown packing": answer(200, BODY, {"Content-Encoding": "br"}),
    "a reset": reset,
    "no HTTP": lambda connection, _: connection.sendall(b"GEHEIM\r\n\r\n"),
    "a bomb": zipped(b" " * (LARGEST + 1)),
    "a packed void": zipped(b" " * (LARGEST // 2)),
    "too much, unpacked": answer(200, b" " * (LARGEST + 1)),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_again_and_the_page_comes_whole(scene: Scene, fault: Play) -> None:
    assert scene.read(fault, fault) == ["A"]
    assert len(scene.server.heard) == 3
    assert scene.pauses == [0.75, 1.5]


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_does_not_pass_is_given_up_after_four_tries_and_never_quoted(scene: Scene, fault: Play) -> None:
    with pytest.raises(Unreachable) as caught:
        scene.read(fault, fault, fault, fault)

    assert len(scene.server.heard) == 4
    assert len(scene.pauses) == 3
    assert "GEHEIM" not in str(caught.value)
    assert scene.read() == ["A"]


def test_good_answers_come_packed_in_chunks_or_plain(scene: Scene) -> None:
    assert scene.read(zipped(BODY)) == ["A"]
    assert scene.read(chunked(BODY, whole=True)) == ["A"]
    assert scene.read(answer(200, BODY, {"Content-Encoding": "identity"})) == ["A"]
    assert scene.pauses == []
    assert {heard.headers["accept-encoding"] for heard in scene.server.heard} == {"gzip"}


def test_an_answer_that_is_too_big_is_asked_for_in_smaller_pages(scene: Scene) -> None:
    scene.read(zipped(b" " * (LARGEST + 1)), zipped(b" " * (LARGEST + 1)))

    sizes = [heard.headers["prefer"].rpartition("=")[2] for heard in scene.server.heard]
    assert sizes == ["500", "50", "5"]


def minutes_from_now(minutes: float, form: str = "") -> dict[str, str]:
    """Return a Retry-After date with the Date of the same answer."""
    now = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    there = now + timedelta(minutes=minutes)
    told = there.strftime(form) if form else format_datetime(there, usegmt=True)
    return {"Retry-After": told, "Date": format_datetime(now, usegmt=True)}


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry-After": "7"}, 7.35),
        ({"Retry-After": "1.5"}, 1.575),
        ({"Retry-After": "0"}, 0.75),
        ({"Retry-After": "-5"}, 0.75),
        ({"Retry-After": "bald"}, 0.75),
        ({}, 0.75),
        (minutes_from_now(0.2), 12.6),
        (minutes_from_now(0.2, "%A, %d-%b-%y %H:%M:%S GMT"), 12.6),
        (minutes_from_now(-60), 0.75),
    ],
)
def test_the_wait_that_graph_asks_for_is_kept_with_some_spread(
    scene: Scene, headers: dict[str, str], pause: float
) -> None:
    assert scene.read(answer(429, b"", headers)) == ["A"]
    assert sum(scene.pauses) == pytest.approx(pause, rel=0.02)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "60"}, 60.0), ({"Retry-After": "1000000000"}, 600.0), (minutes_from_now(5), 300.0)],
)
def test_a_long_wait_is_given_back_to_the_job_and_the_mailbox_rests(
    scene: Scene, headers: dict[str, str], seconds: float
) -> None:
    with pytest.raises(Unreachable) as caught:
        scene.read(answer(429, b"", headers))
    with pytest.raises(Unreachable) as again:
        scene.read()

    assert caught.value.retry_after == seconds
    assert again.value.retry_after == pytest.approx(seconds, abs=5)
    assert len(scene.server.heard) == 1
    assert scene.pauses == []
    assert scene.read(box="andere@firma.example") == ["A"]


def test_a_server_that_says_nothing_is_given_up_and_not_asked_again_at_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", transport.httpx.Timeout(0.1))

    with pytest.raises(Unreachable, match="ReadTimeout"):
        scene.read(silence)

    assert len(scene.server.heard) == 1


def test_a_dripping_answer_ends_with_the_time_for_a_whole_request(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_client, "DEADLINE", 0.2)

    with pytest.raises(Unreachable, match="TimeoutError"):
        scene.read(drip)

    assert len(scene.server.heard) == 1


def test_nobody_there_is_tried_again_and_then_unreachable(scene: Scene) -> None:
    scene.server.stop()

    with pytest.raises(Unreachable, match="ConnectError"):
        scene.read()

    assert len(scene.pauses) == 3


def test_the_bounds_are_the_promised_ones() -> None:
    assert (transport.TIMEOUT.connect, transport.TIMEOUT.read, graph_client.DEADLINE) == (5.0, 30.0, 120.0)


def test_a_refused_token_is_renewed_once_and_the_request_goes_on(scene: Scene) -> None:
    assert scene.read(answer(401, b"{}")) == ["A"]

    assert scene.token.forgotten == 1
    assert [heard.headers["authorization"] for heard in scene.server.heard] == ["Bearer token-0", "Bearer token-1"]
    assert scene.pauses == []


def test_a_token_that_stays_refused_needs_a_sign_in(scene: Scene) -> None:
    with pytest.raises(SignInNeeded) as caught:
        scene.read(answer(401, b'{"error": {"code": "InvalidAuthenticationToken"}}'), answer(401))

    assert caught.value.why == "token"
    assert caught.value.code == "PL-2005"
    assert len(scene.server.heard) == 2


CHALLENGE = {"WWW-Authenticate": 'Bearer realm="", claims="eyJhIjoiYiJ9", error="insufficient_claims"'}


def test_a_claims_challenge_is_answered_once(scene: Scene) -> None:
    assert scene.read(answer(401, b"{}", CHALLENGE)) == ["A"]

    assert scene.token.asked == ["", '{"a":"b"}']
    with pytest.raises(SignInNeeded):
        scene.read(answer(401, b"{}", CHALLENGE), answer(401, b"{}", CHALLENGE))
    assert len(scene.server.heard) == 4


@pytest.mark.parametrize(
    ("status", "kind"), [(400, Refused), (403, Refused), (404, Refused), (410, CursorExpired), (418, Refused)]
)
def test_what_will_not_pass_is_not_tried_again(scene: Scene, status: int, kind: type[ConnectorError]) -> None:
    with pytest.raises(kind):
        scene.read(answer(status, b"{}"))

    assert len(scene.server.heard) == 1


def test_a_creation_is_repeated_only_where_it_cannot_have_happened(scene: Scene) -> None:
    order = Order("POST", "/subscriptions", {"resource": "x"})

    scene.server.script += [answer(429), answer(201, page("A"))]
    made = scene.client.send("", order, ids)
    scene.server.script.append(answer(503))
    with pytest.raises(Unreachable):
        scene.client.send("", order, ids)

    assert made == ["A"]
    assert len(scene.server.heard) == 3
    assert scene.server.heard[0].line == "POST /v1.0/subscriptions HTTP/1.1"


def test_an_order_for_another_place_never_leaves(scene: Scene) -> None:
    with pytest.raises(Refused):
        scene.client.send("", Order("GET", "//evil.example/x"), ids)
    assert scene.server.heard == []
