"""The doctor finds each fault that is put in, says what to do, and stays quiet otherwise."""

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.account import Account
from models.message import Conversation, Message
from models.terms import Channel, Direction
from service.cli import group
from service.commands import check_machine
from service.commands.findings import CODES, Level
from tests.service.commands.examining import config, put, run
from tests.service.commands.times import NOON


def test_a_healthy_house_has_no_fault(house: Path) -> None:
    code, found = run("--offline")

    assert code == 0
    assert {line["level"] for line in found.values()} <= {"ok", "Hinweis"}
    assert found["Sicherheit der Datenbank"]["level"] == "ok"


def test_every_line_names_its_level_and_a_code_when_something_is_to_do(house: Path) -> None:
    result = CliRunner().invoke(group, ["doctor", "--offline"])

    for line in result.output.splitlines():
        assert line.startswith(("ok ", "Hinweis ", "Fehler "))
        assert line.startswith("ok") == ("[PL-9" not in line)


def test_every_problem_of_the_configuration_is_named_at_once(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTLOTSE_PORT", "0")
    monkeypatch.setenv("POSTLOTSE_LOG_LEVEL", "LAUT")

    result = CliRunner().invoke(group, ["doctor"])

    assert result.exit_code == 1
    assert "POSTLOTSE_PORT" in result.output
    assert "POSTLOTSE_LOG_LEVEL" in result.output


def test_a_data_directory_that_is_a_file_is_a_fault(house: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    found = check_machine.data_dir(config(data_dir=tmp_path / "file" / "var"))

    assert found.level is Level.FEHLER
    assert found.code == CODES["Datenordner"]


def test_a_data_directory_open_to_everybody_is_worth_a_note(house: Path) -> None:
    house.chmod(0o755)

    assert run("--offline")[1]["Datenordner"]["level"] == "Hinweis"


@pytest.mark.parametrize(
    ("free", "level"),
    [(10**8, Level.FEHLER), (10**9, Level.HINWEIS), (10**10, Level.OK)],
)
def test_free_space_is_judged_before_the_disk_is_full(free: int, level: Level) -> None:
    assert check_machine.judge_space(free).level is level


def test_an_old_python_is_a_fault() -> None:
    assert check_machine.python((3, 10, 9)).level is Level.FEHLER
    assert check_machine.python((3, 11, 0)).level is Level.OK


def test_a_port_that_another_program_holds_is_a_fault(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        monkeypatch.setenv("POSTLOTSE_PORT", str(other.getsockname()[1]))

        code, found = run("--offline")

    assert code == 1
    assert found["Port"]["level"] == "Fehler"


@contextmanager
def answering(date: str, status: int = 200) -> Iterator[str]:
    """A server on loopback that answers everything with `status` and the given Date header."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            self.send_header("Date", date)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_port_on_which_postlotse_answers_is_fine() -> None:
    with answering("x") as url:
        found = check_machine.port(config(port=int(url.rsplit(":", 1)[1])))

    assert found.level is Level.OK
    assert "antwortet" in found.text


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ({}, Level.OK),
        ({"host": "0.0.0.0"}, Level.FEHLER),
        ({"public_url": "http://post.example"}, Level.FEHLER),
        ({"public_url": "https://post.example"}, Level.FEHLER),
        ({"public_url": "https://post.example", "trusted_hosts": "a.example, post.example"}, Level.HINWEIS),
    ],
)
def test_public_address_tls_and_trusted_hosts_must_fit(values: dict[str, object], level: Level) -> None:
    assert check_machine.address(config(**values)).level is level


def test_a_public_address_without_a_way_to_sign_in_is_said() -> None:
    found = check_machine.address(config(public_url="https://post.example", trusted_hosts="post.example"))

    assert found.level is Level.HINWEIS
    assert "anmeldung.md" in found.text


def test_a_public_address_with_the_firms_directory_is_fine() -> None:
    values = {"public_url": "https://post.example", "trusted_hosts": "post.example"}

    found = check_machine.address(config(**values, oidc_issuer="https://anmeldung.example", oidc_client_id="postlotse"))

    assert found.level is Level.OK


def test_an_incomplete_microsoft_tenant_names_everything_that_is_missing(tmp_path: Path) -> None:
    found = check_machine.graph(config(graph_tenant="t", graph_certificate=tmp_path / "none.pem"))

    assert found.level is Level.FEHLER
    assert "CLIENT_ID" in found.text
    assert "nicht lesbar" in found.text
    assert "MAILBOXES" in found.text


def test_a_complete_microsoft_tenant_without_own_domains_is_worth_a_note() -> None:
    values = {"graph_tenant": "t", "graph_client_id": "c", "graph_client_secret": "s", "graph_mailboxes": "a@b.example"}

    assert check_machine.graph(config(**values)).level is Level.HINWEIS
    assert check_machine.graph(config(**values, own_domains="b.example")).level is Level.OK


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ({}, Level.OK),
        ({"whatsapp_numbers": "1=Laden"}, Level.FEHLER),
        ({"whatsapp_numbers": "1=Laden", "whatsapp_app_secret": "s"}, Level.HINWEIS),
        ({"whatsapp_numbers": "1", "whatsapp_app_secret": "s", "whatsapp_verify_token": "v"}, Level.FEHLER),
        ({"whatsapp_numbers": "1=Laden", "whatsapp_app_secret": "s", "whatsapp_verify_token": "v"}, Level.OK),
    ],
)
def test_whatsapp_settings_are_checked_together(values: dict[str, object], level: Level) -> None:
    assert check_machine.whatsapp(config(**values)).level is level


def test_a_message_from_the_future_points_at_the_clock(house: Path) -> None:
    put(house, Account, id=1, channel=Channel.EMAIL, address="a@b.example", name="A")
    put(
        house,
        Conversation,
        id=1,
        channel=Channel.EMAIL,
        thread="t",
        account_id=1,
        peer="p@q.example",
        opened_at=NOON,
        last_at=NOON,
    )
    put(
        house,
        Message,
        id=b"0" * 16,
        account_id=1,
        channel=Channel.EMAIL,
        direction=Direction.EINGANG,
        source_id="s",
        conversation_id=1,
        received_at=datetime.now(UTC) + timedelta(hours=1),
    )

    assert run("--offline")[1]["Uhr"]["level"] == "Hinweis"


@pytest.mark.parametrize(
    ("offset", "status", "level"),
    [(0, 200, "ok"), (0, 401, "ok"), (600, 401, "Fehler"), (-600, 200, "Fehler"), (None, 200, "Hinweis")],
)
def test_the_clock_is_compared_with_the_server_of_microsoft(
    house: Path, monkeypatch: pytest.MonkeyPatch, offset: int | None, status: int, level: str
) -> None:
    date = "" if offset is None else format_datetime(datetime.now(UTC) + timedelta(seconds=offset), usegmt=True)
    monkeypatch.setenv("POSTLOTSE_GRAPH_TENANT", "t")
    with answering(date, status) as url:
        monkeypatch.setenv("POSTLOTSE_GRAPH_BASE", url)

        found = run()[1]

    assert found["Uhr"]["level"] == level


def test_a_server_of_microsoft_that_does_not_answer_is_a_fault(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTLOTSE_GRAPH_TENANT", "t")
    monkeypatch.setenv("POSTLOTSE_GRAPH_BASE", "http://127.0.0.1:1")

    assert run()[1]["Microsoft 365"]["level"] == "Fehler"


def test_a_setting_that_does_not_exist_is_named_with_the_one_that_is_meant(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (house / "post.env").write_text("POSTLOTSE_OWN_DOMAIN=firma.de\n", encoding="utf-8")
    monkeypatch.setenv("POSTLOTSE_CONFIG", str(house / "post.env"))
    monkeypatch.setenv("POSTLOTSE_PROT", "9000")

    _, found = run("--offline")

    assert found["Konfiguration"]["level"] == Level.HINWEIS
    assert "POSTLOTSE_OWN_DOMAIN (gemeint: POSTLOTSE_OWN_DOMAINS?)" in found["Konfiguration"]["text"]
    assert "POSTLOTSE_PROT (gemeint: POSTLOTSE_PORT?)" in found["Konfiguration"]["text"]


@pytest.mark.parametrize(("name", "says"), [("fehlt.env", "nicht lesbar"), ("fremd.env", "kein Text in UTF-8")])
def test_a_file_of_settings_that_cannot_be_read_is_no_empty_one(
    house: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str
) -> None:
    (house / "fremd.env").write_bytes(b"POSTLOTSE_BANNER=\xe4\n")
    monkeypatch.setenv("POSTLOTSE_CONFIG", str(house / name))

    code, found = run("--offline")

    assert code == 1
    assert says in found["Konfiguration"]["text"]
