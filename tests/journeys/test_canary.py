"""Unique words go in on every way and through every field; none of them is in any file, log, answer or page."""

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner
from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

from connectors.emulator.graph import Ask, Fault, GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from connectors.emulator.whatsapp import sign
from connectors.errors import ConnectorError
from connectors.graph.client import Client
from connectors.graph.source import GraphSource
from models.terms import Role
from service import app
from service import runtime as running
from service.actions import disclose, signin
from service.actions.disclose import Told
from service.commands import auskunft, import_
from service.commands.auskunft_page import page
from service.config import Config
from service.hooks import doors
from service.hooks.gate import Gate
from service.jobs import drain, pull
from service.runtime import Runtime
from tests.journeys import ways
from tests.journeys.canary import Canaries, Sinks, listen

# What runs here is proved and counted elsewhere, a part at a time.
pytestmark = pytest.mark.unmeasured

SECRET = "geheim-nur-im-test"


@dataclass
class House:
    """The whole service over a fresh database, what goes in, and everything that comes out."""

    runtime: Runtime
    gate: Gate
    browser: Browser
    canaries: Canaries
    sinks: Sinks

    def note(self, name: str, answer: TestResponse) -> TestResponse:
        """Remember an answer, its headers too, as a sink."""
        self.sinks.add(name, f"{answer.status}\n{answer.headers}\n".encode() + answer.get_data())
        return answer

    def files(self) -> None:
        """Remember every file as it lies there now: databases with their logs, keys, models."""
        self.sinks.add_files(self.runtime.config.data_dir)


@pytest.fixture
def house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], migrated: Path
) -> Iterator[House]:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "postlotse.db").write_bytes(migrated.read_bytes())
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path / "var"))
    config = Config(
        data_dir=tmp_path / "var",
        own_domains="firma-beispiel.de",
        graph_mailboxes=ways.BOX,
        whatsapp_app_secret=SECRET,
        whatsapp_numbers=f"{ways.NUMBER}=Zentrale",
        log_level="DEBUG",
    )
    listen()
    runtime = running.start(config)
    gate = doors.build(runtime, app.make_flask(runtime).wsgi_app)
    yield House(runtime, gate, Browser(gate), Canaries(), Sinks())
    gate.close()
    runtime.database.dispose()
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def loud(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def silent(house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """Collect the last sinks and find no word in any of them."""
    house.files()
    printed = capfd.readouterr()
    for name, text in (("log", caplog.text), ("stdout", printed.out), ("stderr", printed.err)):
        house.sinks.add(name, text)
    house.sinks.add("counts", repr(house.gate.counts.__dict__))

    assert house.canaries.words
    assert house.sinks.find(house.canaries) == []


def exports(house: House, *identifiers: str) -> None:
    """Remember the package of everybody who wrote."""
    for identifier in identifiers:
        with house.runtime.look() as turn:
            package = disclose.disclose(turn, identifier, Told("0.1.0"))
        assert package["bestaetigung"]["gespeichert"], identifier
        house.sinks.add(f"auskunft {identifier}", json.dumps(package, ensure_ascii=False) + page(package))


def look_around(house: House) -> None:
    """Visit the pages with content on them, and those that fail, as an admin."""
    with house.runtime.turn() as turn:
        token = signin.link(turn, Role.ADMIN)
    house.note("anmelden", house.browser.post("/anmelden", json={"token": token}))
    for path in ("/", "/?ansicht=alle", "/kennzahlen", "/konversationen", "/parteien", "/einstellungen", "/hilfe"):
        assert house.note(path, house.browser.get(path)).status_code == 200, path
    house.note("404", house.browser.get("/gibt-es-nicht"))
    for number in range(1, 40):
        answer = house.note(f"/konversation/{number}", house.browser.get(f"/konversation/{number}"))
        assert answer.status_code in {200, 404}


def test_an_archive_leaves_no_word_of_its_content(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    paths = ways.archive(house.canaries, tmp_path / "quelle")

    done = CliRunner().invoke(import_.command, [*map(str, paths), "--account", ways.BOX])
    told = CliRunner().invoke(auskunft.command, ["absender1@kunde-eml.example", "--out", str(tmp_path / "var" / "aus")])

    assert "Neu: 5" in done.output
    assert "beschädigt: 4" in done.output
    assert told.exit_code == 0
    house.sinks.add("import", done.output + told.output)
    exports(house, "absender1@kunde-eml.example", "absender4@kunde-maildir.example", "zeile@kunde.example")
    look_around(house)
    assert len(house.canaries.words) >= 60
    silent(house, caplog, capfd)
    assert all(
        house.sinks.holds(text) for text in ("absender2@kunde-mbox2.example", "Erlaubter Name", "liste.kunde.example")
    )


async def _at_once(_seconds: float) -> None:
    """Wait for nothing between two tries."""


@contextmanager
def reader(answer: Callable[[Ask, str], Fault]) -> Iterator[GraphSource]:
    """Open a source on a server that answers every request as `answer` says, whatever was asked for."""
    server = GraphEmulator(Mailboxes([], ()), token="gut", faults=lambda ask: answer(ask, server.base)).start()
    source = GraphSource(Client(server.base, lambda _claims: "gut", _at_once))
    try:
        yield source
    finally:
        source.close()
        server.stop()


def pulled(house: House, source: GraphSource) -> None:
    """Read the mailbox; an error is a sink."""
    try:
        pull.account(house.runtime, ways.BOX, source, None)
    except ConnectorError as error:
        house.sinks.add("error", "".join(traceback.format_exception(error)) + repr(error))


def test_a_graph_that_sends_everything_leaves_no_word_of_its_content(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    items = [ways.graph_item(house.canaries, f"graph{number}", number) for number in range(4)]
    items.append({"id": "changed", "isRead": True, "subject": house.canaries.word("graph change", "subject")})
    items.append({"id": 5, "subject": house.canaries.word("graph damaged", "subject"), "receivedDateTime": "nie"})
    name = house.canaries.word("graph folder", "display name")

    def answer(ask: Ask, base: str) -> Fault:
        link = f"{base}/users('x')/mailFolders('F1')/messages/delta?$deltatoken=1"
        asked = ask.path.rpartition("/")[2]
        body: dict[str, object] = {"id": "F1" if asked in {"inbox", "delta"} else asked, "displayName": name}
        if "/messages/changed" in ask.path:
            body = items[0]
        elif "/messages/" in ask.path:
            body = {"value": items, "@odata.deltaLink": link}
        elif "delta" in ask.path:
            body = {"value": [body], "@odata.deltaLink": link}
        return Fault(200, {}, json.dumps(body).encode())

    with reader(answer) as source:
        pulled(house, source)

    exports(house, "graph1@kunde.example")
    look_around(house)
    silent(house, caplog, capfd)
    assert house.sinks.holds("graph3@kunde.example")


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 410, 429, 500, 502])
def test_an_error_of_graph_is_never_quoted(
    house: House, status: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    body = ways.graph_error(house.canaries, status)
    body = b'{"value": [{"subject": "' + body[:90] if status == 200 else body

    with reader(lambda _ask, _base: Fault(status, {"Retry-After": "1"}, body)) as source:
        pulled(house, source)

    silent(house, caplog, capfd)


def test_webhooks_of_whatsapp_leave_no_word_of_their_content(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for number, raw in enumerate(ways.whatsapp(house.canaries)):
        head = {"X-Hub-Signature-256": sign(raw, SECRET)}
        answer = house.browser.post("/webhooks/whatsapp", data=raw, headers=head)
        assert house.note(f"webhook {number}", answer).status_code == 200
    house.files()

    while drain.drain(house.runtime):
        house.files()

    exports(house, ways.KUNDE)
    look_around(house)
    assert len(house.canaries.words) >= 50
    silent(house, caplog, capfd)
    assert house.sinks.holds("Erlaubter Name")
    assert house.sinks.holds("wamid.3")


@pytest.mark.parametrize("how", ["forged", "unsigned", "cut", "huge", "nested", "no JSON", "other object"])
def test_a_webhook_that_is_refused_leaves_no_word(
    house: House, how: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    word = house.canaries.word(f"whatsapp {how}", "text").encode()
    good = ways.whatsapp(house.canaries)[0]
    raw = {
        "cut": good[: len(good) - 40],
        "huge": b'{"a": "' + word * 200_000 + b'"}',
        "nested": b"[" * 5_000 + b'"' + word + b'"',
        "no JSON": b"text=" + word,
        "other object": b'{"object": "' + word + b'", "entry": [{"changes": [{"field": "' + word + b'"}]}]}',
    }.get(how, good)
    signature = {"forged": "sha256=" + "0" * 64, "unsigned": ""}.get(how, sign(raw, SECRET))

    house.note(
        "webhook", house.browser.post("/webhooks/whatsapp", data=raw, headers={"X-Hub-Signature-256": signature})
    )

    drain.drain(house.runtime)
    silent(house, caplog, capfd)
