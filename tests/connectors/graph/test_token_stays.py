"""The token never leaves for another place: hostile links, stored cursors and redirects, before a server that listens."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from connectors.errors import ConnectorError, Malformed, Refused
from connectors.graph.boundary import Base
from connectors.graph.client import Client
from tests.connectors.graph.faulty import Faulty, answer
from tests.shared import shared_file

TOKEN = "kanarienvogel-token"
BOX = "info@firma.example"
CURSOR = "/users/x/mailFolders/y/messages/delta?$deltatoken=1"


@dataclass
class Scene:
    """Graph, a stranger who listens, and a client before Graph."""

    graph: Faulty
    stranger: Faulty
    client: Client

    @property
    def port(self) -> int:
        """Where the stranger listens."""
        return urlsplit(self.stranger.origin).port or 0

    def follow(self, cursor: str) -> None:
        """Go on at a stored cursor; what is refused is well."""
        with suppress(ConnectorError):
            self.client.follow(BOX, cursor, anything)

    def is_well(self) -> bool:
        """Say that the stranger heard nothing at all, and Graph nothing outside its base."""
        outside = [heard for heard in self.graph.heard if not heard.line.split(" ")[1].startswith("/v1.0/")]
        return self.stranger.heard == [] and outside == []


def anything(body: bytes) -> bytes:
    """Take any body."""
    return body


@pytest.fixture
def scene() -> Iterator[Scene]:
    """Two servers on this machine: every link that escapes is heard by one of them."""
    graph, stranger = Faulty(answer(200, {"value": []})), Faulty(answer(200, {"value": []}))

    async def pause(seconds: float) -> None:
        """Go on at once."""

    client = Client(f"{graph.origin}/v1.0", lambda claims: TOKEN, pause)
    yield Scene(graph, stranger, client)
    client.close()
    graph.stop()
    stranger.stop()


def escapes(port: int, graph: str) -> list[str]:
    """Return whole addresses that somebody might take for Graph's, all of which lead to the stranger or astray."""
    host = urlsplit(graph).netloc
    there = f"127.0.0.1:{port}"
    return [
        f"http://{there}/v1.0/users",
        f"HTTP://{there}/v1.0/users",
        f"https://{host}/v1.0/users",
        f"http://{host}@{there}/v1.0/users",
        f"http://{host}:x@{there}/v1.0/users",
        f"http://{there}#@{host}/v1.0/users",
        f"http://{there}\\@{host}/v1.0/users",
        f"http://{there}?@{host}/v1.0/users",
        f"http:\\\\{there}/v1.0/users",
        f"http:/{there}/v1.0/users",
        f"http:{there}/v1.0/users",
        f"//{there}/v1.0/users",
        f"///{there}/v1.0/users",
        f"\\\\{there}\\v1.0\\users",
        f"http://localhost:{port}/v1.0/users",
        f"http://127.1:{port}/v1.0/users",
        f"http://2130706433:{port}/v1.0/users",
        f"http://0x7f000001:{port}/v1.0/users",
        f"http://0177.0.0.1:{port}/v1.0/users",
        f"http://[::ffff:127.0.0.1]:{port}/v1.0/users",
        f"http://[::1]:{port}/v1.0/users",
        f"http://127.0.0.1.:{port}/v1.0/users",
        f"http://１27.0.0.1:{port}/v1.0/users",
        f"http://127。0。0。1:{port}/v1.0/users",
        f"http://127.0.0.1:{port} /v1.0/users",
        f" http://{there}/v1.0/users",
        f"\thttp://{there}/v1.0/users",
        f"ht\ntp://{there}/v1.0/users",
        f"http://{host}\r\nHost: {there}/v1.0/users",
        f"http://{host}/../{there}/v1.0/users",
        f"http://{host}/v1.0/../beta/users",
        f"http://{host}/v1.0/%2e%2e/beta/users",
        f"http://{host}/v1.0/%2E%2E%2Fbeta/users",
        f"http://{host}/v1.0/..;/beta/users",
        f"http://{host}/beta/users",
        f"http://{host}/V1.0/users",
        f"http://{host}/v1.0",
        f"http://{host}/v1.0x/users",
        f"ftp://{there}/v1.0/users",
        f"file://{there}/v1.0/users",
        f"javascript:fetch('http://{there}')",
        f"data:text/html,http://{there}/v1.0/users",
        f"http://{there}/v1.0/users\x00",
        f"http://{host}:{port}/v1.0/users",
        f"http://{host}%40{there}/v1.0/users",
        f"http://{host}%00{there}/v1.0/users",
        f"http://{host}%2f{there}/v1.0/users",
    ]


def test_without_the_boundary_the_stranger_would_hear_the_token(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Base, "holds", lambda self, url: True)
    monkeypatch.setattr(Base, "link", lambda self, cursor: cursor)

    scene.follow(f"{scene.stranger.origin}/v1.0/users")

    assert [heard.headers["authorization"] for heard in scene.stranger.heard] == [f"Bearer {TOKEN}"]


def test_a_link_that_leads_elsewhere_is_not_followed(scene: Scene) -> None:
    links = escapes(scene.port, scene.graph.origin)

    for link in links:
        scene.graph.script.append(answer(200, {"value": [], "@odata.nextLink": link}))
        with pytest.raises(Refused):
            scene.client.base.cursor(link)
        scene.follow(link)

    assert len(links) >= 40
    assert scene.is_well()


def test_a_stored_cursor_that_somebody_changed_is_not_followed(scene: Scene) -> None:
    there = f"127.0.0.1:{scene.port}"
    cursors = [
        f"@{there}/v1.0/users", f".{there}/users", f":{scene.port}/v1.0/users", f"\\@{there}/x", f"//{there}/v1.0/users",
        f"/../../{there}", f"/%2e%2e/{there}", f"/..%5c{there}", f"?@{there}/", f"#@{there}/", f"/x#@{there}",
        f"/x\r\nHost: {there}\r\n", f"/x HTTP/1.1\r\nHost: {there}", "", "users", "/", f"\t//{there}/x", f"/\\{there}/x",
        *escapes(scene.port, scene.graph.origin),
    ]  # fmt: skip

    for cursor in cursors:
        scene.follow(cursor)

    assert scene.is_well()
    assert all(heard.headers["host"] == urlsplit(scene.graph.origin).netloc for heard in scene.graph.heard)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308, 410, 401, 200])
def test_a_redirect_is_not_followed(scene: Scene, status: int) -> None:
    there = f"{scene.stranger.origin}/v1.0/users"
    told = {"Location": there, "Content-Location": there, "Refresh": f"0; url={there}", "Link": f"<{there}>; rel=next"}
    scene.graph.otherwise = answer(status, b"{}", told)

    for cursor in (CURSOR, "/users/x/mailFolders/delta"):
        scene.follow(cursor)

    assert scene.is_well()
    assert len(scene.graph.heard) >= 2


def test_hostile_addresses_of_others_lead_nowhere(scene: Scene) -> None:
    heard = 0

    for line in shared_file("data/hostile/urls.jsonl").read_text(encoding="utf-8").splitlines():
        address = json.loads(line)["input"]
        with pytest.raises(Refused):
            scene.client.base.cursor(address)
        for cursor in (address, f"@{address}", f"/x/../{address}", f"/{address}"):
            scene.follow(cursor)
        heard += 1

    assert heard >= 390
    assert scene.is_well()
    assert all(each.headers["authorization"] == f"Bearer {TOKEN}" for each in scene.graph.heard)


def test_the_token_goes_to_graph_in_its_header_and_nowhere_else(scene: Scene) -> None:
    scene.follow(CURSOR)

    (heard,) = scene.graph.heard
    assert TOKEN not in heard.line
    assert [name for name, value in heard.headers.items() if TOKEN in value] == ["authorization"]


def test_a_body_is_not_asked_for_twice_when_it_cannot_be_used(scene: Scene) -> None:
    def unreadable(body: bytes) -> bytes:
        raise Malformed("x")

    with pytest.raises(ConnectorError):
        scene.client.follow(BOX, CURSOR, unreadable)

    assert len(scene.graph.heard) == 4
