"""The doctor finds each fault that is put in, says what to do, and stays quiet otherwise."""

import http.server
import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from models.account import Account
from models.inbox import Inbox
from models.job import Job, Schedule
from models.message import Conversation, Message
from models.terms import AccountState, Channel, Direction
from service.cli import group
from service.commands import check_data, check_machine
from service.commands.findings import CODES, Finding, Level
from service.config import Config
from service.store.engine import Database
from service.store.health import AccountHealth, Waiting
from tests.service.commands.times import NOON


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated: Path) -> Path:
    """A data directory with an upgraded database, and a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("POSTLOTSE_PORT", str(probe.getsockname()[1]))
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(folder))
    (folder / "postlotse.db").write_bytes(migrated.read_bytes())
    return folder


def put(house: Path, table: type, **values: object) -> None:
    database = Database(f"sqlite:///{house / 'postlotse.db'}")
    with database.write() as session:
        session.execute(insert(table).values(**values))
    database.dispose()


def run(*words: str) -> tuple[int, dict[str, dict[str, str]]]:
    result = CliRunner().invoke(group, ["doctor", "--json", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, {line["about"]: line for line in json.loads(result.output)}


def config(**values: object) -> Config:
    return Config(**values)


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


@pytest.mark.parametrize(
    ("mark", "level"),
    [
        ("2026-03-04T02:00:00+00:00", Level.OK),
        ("2026-03-04T02:00:00", Level.OK),
        ("2026-03-01T02:00:00Z", Level.HINWEIS),
        ("gestern", Level.HINWEIS),
        (None, Level.HINWEIS),
    ],
)
def test_the_age_of_the_last_copy_is_told(tmp_path: Path, mark: str | None, level: Level) -> None:
    if mark:
        (tmp_path / "letzte-sicherung").write_text(mark)

    assert check_machine.copy_age(config(data_dir=tmp_path), NOON).level is level


def test_a_backup_silences_the_note_about_missing_copies(house: Path, tmp_path: Path) -> None:
    CliRunner().invoke(group, ["backup", str(tmp_path / "copy.db")])

    assert run("--offline")[1]["Sicherung"]["level"] == "ok"


def test_looking_at_an_empty_house_creates_no_database(house: Path) -> None:
    for file in house.iterdir():
        file.unlink()

    code, found = run("--offline")

    assert code == 0
    assert found["Stand der Datenbank"]["level"] == "Hinweis"
    assert not list(house.iterdir())


def test_a_file_that_is_no_database_is_a_fault(house: Path) -> None:
    (house / "postlotse.db").write_bytes(b"nonsense" * 1000)

    code, found = run("--offline")

    assert code == 1
    assert found["Unversehrtheit"]["level"] == "Fehler"


@pytest.mark.parametrize("url", ["nonsense", "oracle+none://x"])
def test_a_database_address_that_cannot_be_read_is_a_fault(
    house: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("POSTLOTSE_DATABASE_URL", url)

    assert run("--offline")[1]["Datenbank"]["level"] == "Fehler"


def test_a_postgresql_that_does_not_listen_is_a_fault(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTLOTSE_DATABASE_URL", "postgresql+psycopg://u:verysecret@127.0.0.1:1/d")

    result = CliRunner().invoke(group, ["doctor", "--offline"])

    assert result.exit_code == 1
    assert "PL-9005" in result.output
    assert "verysecret" not in result.output


def test_a_damaged_page_is_found(house: Path) -> None:
    file = house / "postlotse.db"
    data = bytearray(file.read_bytes())
    for page in range(20, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(bytes(data))

    code, found = run("--offline")

    assert code == 1
    assert found["Unversehrtheit"]["level"] == "Fehler"


@pytest.mark.parametrize(("version", "level"), [("0000", "Fehler"), ("9999", "Fehler")])
def test_another_schema_version_is_a_fault(house: Path, version: str, level: str) -> None:
    connection = sqlite3.connect(house / "postlotse.db")
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    connection.close()

    assert run("--offline")[1]["Stand der Datenbank"]["level"] == level


def test_a_setting_that_could_lose_or_leak_data_is_named() -> None:
    unsafe = check_data.judge_settings({"journal_mode": "delete", "synchronous": "1"}, is_sqlite=True)
    talkative = check_data.judge_settings({"log_error_verbosity": "default"}, is_sqlite=False)
    good = {"log_error_verbosity": "terse", "log_min_error_statement": "panic"}

    assert unsafe.level is Level.FEHLER
    assert "synchronous = 1 statt 2" in unsafe.text
    assert talkative.level is Level.HINWEIS
    assert check_data.judge_settings(good, is_sqlite=False).level is Level.OK


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


def account(**values: object) -> AccountHealth:
    given = {"id": 7, "channel": Channel.EMAIL, "state": AccountState.BEREIT, "error_code": "", "sample": False}
    return AccountHealth(**{**given, "last_ok_at": NOON, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ({}, Level.OK),
        ({"state": AccountState.GESTOERT, "error_code": "PL-2002"}, Level.FEHLER),
        ({"state": AccountState.ANGEHALTEN}, Level.HINWEIS),
        ({"last_ok_at": NOON - timedelta(hours=2)}, Level.HINWEIS),
        ({"last_ok_at": NOON - timedelta(hours=2), "sample": True}, Level.OK),
        ({"last_ok_at": None}, Level.OK),
    ],
)
def test_accounts_that_do_not_deliver_are_named_by_number(values: dict[str, object], level: Level) -> None:
    found: Finding = check_data.judge_accounts((account(**values),), NOON)

    assert found.level is level
    assert level is Level.OK or "Konto 7" in found.text


def test_accounts_are_told_without_their_address(house: Path) -> None:
    put(
        house, Account, id=1, channel=Channel.EMAIL, address="eva@b.example", name="Eva Beispiel", state="gestört",
        error_code="PL-2002",
    )  # fmt: skip

    result = CliRunner().invoke(group, ["doctor", "--offline"])

    assert result.exit_code == 1
    assert "Konto 1 (E-Mail) PL-2002" in result.output
    assert "eva" not in result.output.lower()


def test_damaged_updates_are_counted_and_do_not_count_as_waiting(house: Path) -> None:
    put(house, Inbox, dedup="1", account="1", payload="{}", received_at=NOON, state=2, error="Malformed")

    assert run("--offline")[1]["Eingang der Webhooks"]["level"] == "Hinweis"


def test_updates_and_work_left_lying_are_faults(house: Path) -> None:
    put(house, Inbox, dedup="1", account="1", payload="{}", received_at=NOON)
    put(house, Job, kind="pull", dedup="pull:1", run_at=NOON)
    put(house, Schedule, name="upkeep", next_run_at=NOON)

    code, found = run("--offline")

    assert code == 1
    assert "1 Meldungen warten" in found["Eingang der Webhooks"]["text"]
    assert "1 Aufträge und 1 Termine" in found["Hintergrundarbeit"]["text"]


def test_work_that_was_given_up_does_not_count_as_overdue(house: Path) -> None:
    put(house, Job, kind="pull", dedup="pull:1", run_at=NOON, attempt=99, error="Unreachable")

    code, found = run("--offline")

    assert code == 0
    assert found["Hintergrundarbeit"]["level"] == "Hinweis"


def test_work_that_keeps_failing_is_worth_a_note() -> None:
    assert check_data.judge_jobs(Waiting(0, 0, 0, 2, 0)).level is Level.HINWEIS


def test_a_damaged_model_leaves_the_rules_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.npz").write_bytes(b"broken")

    found = check_data.model(tmp_path / "model.npz")

    assert found.level is Level.HINWEIS
    assert "Regeln" in found.text


@pytest.mark.postgres
def test_postgresql_is_examined_and_a_talkative_log_is_worth_a_note(
    house: Path, cluster: str, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTLOTSE_DATABASE_URL", f"{cluster}/{template}")

    code, found = run("--offline")

    assert code == 0
    assert found["Datenbank"]["text"] == "PostgreSQL"
    assert found["Stand der Datenbank"]["level"] == "ok"
    assert found["Unversehrtheit"]["level"] == "ok"
    assert "log_error_verbosity" in found["Protokoll von PostgreSQL"]["text"]


@pytest.mark.parametrize("where", [0, 3 * 4096])
def test_a_broken_file_sends_to_the_copy_and_not_to_rights_and_addresses(house: Path, where: int) -> None:
    file = house / "postlotse.db"
    content = file.read_bytes()
    file.write_bytes(content[:where] + bytes(range(1, 256)) * 400 + content[where + 255 * 400 :])

    code, found = run("--offline")

    assert code == 1
    assert "restore SICHERUNG" in found["Unversehrtheit"]["text"]
    assert "Datenbank" not in found


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
