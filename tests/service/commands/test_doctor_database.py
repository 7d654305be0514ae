"""The doctor looks into the database: copies, damage, schema, settings of the server, and what lies in it unfinished."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from classifier import artifact
from models.account import Account
from models.inbox import Inbox
from models.job import Job, Schedule
from models.terms import AccountState, Channel
from service.cli import group
from service.commands import check_data, check_machine
from service.commands.findings import Finding, Level
from service.store.health import AccountHealth, Waiting
from tests.service.commands.examining import config, put, run
from tests.service.commands.times import NOON


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


def account(**values: object) -> AccountHealth:
    given = {"id": 7, "channel": Channel.EMAIL, "state": AccountState.BEREIT, "error_code": "", "sample": False}
    return AccountHealth(**{**given, "last_ok_at": NOON, **values})  # type: ignore[arg-type]  # fields by name


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


def test_a_model_of_an_older_version_leaves_the_shipped_one_and_is_told(tmp_path: Path) -> None:
    with np.load(artifact.SHIPPED, allow_pickle=False) as parts:
        header = json.loads(parts["header"].tobytes()) | {"feature_version": 0}
        told = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
        np.savez(tmp_path / "model.npz", **({name: parts[name] for name in parts.files} | {"header": told}))

    found = check_data.model(tmp_path / "model.npz")

    assert found.level is Level.HINWEIS
    assert "mitgelieferte" in found.text
    assert "Regeln" not in found.text


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
