"""`postlotse inspect whatsapp`: every update of a webhook body on one line, and of each only metadata."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.commands.inspect_ import command
from tests.shared import shared_file

CANARY = "KANARIENVOGEL"
VALUE: dict[str, Any] = {
    "metadata": {"display_phone_number": "+49 30 1", "phone_number_id": "7001"},
    "contacts": [{"wa_id": "4915155501234", "profile": {"name": CANARY}}],
    "messages": [
        {"from": "4915155501234", "id": "wamid.A", "timestamp": "1767600000", "type": "text", "text": {"body": CANARY}},
        {"from": "4915155501234", "id": "wamid.B", "timestamp": 1767600001, "type": "image", "image": {"id": CANARY}},
    ],
    "statuses": [{"id": "wamid.C", "status": "failed", "timestamp": "1767600002", "recipient_id": "4915155501234",
                  "errors": [{"code": 131047, "title": CANARY, "error_data": {"details": CANARY}}]}],
}  # fmt: skip
BODY = {
    "object": "whatsapp_business_account",
    "entry": [
        {"id": "1", "changes": [{"field": "messages", "value": VALUE}, {"field": "neues", "value": {"a": CANARY}}]},
        {"id": "1", "changes": [{"field": "calls", "value": {"metadata": VALUE["metadata"], "calls": [
            {"id": "wacid.D", "from": "4915155501234", "event": "connect", "timestamp": "1767600003",
             "direction": "USER_INITIATED", "session": {"sdp": CANARY}}]}}]},
    ],
}  # fmt: skip


def run(*files: Path | str) -> Result:
    return CliRunner().invoke(command, ["whatsapp", *map(str, files)])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_update_of_every_entry_is_shown_with_all_that_is_kept_of_it(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(BODY), encoding="utf-8")

    result = run(file)

    (line,) = lines(result)
    assert result.exit_code == 0
    assert CANARY not in result.output
    assert line["file"] == str(file)
    assert [(u["kind"], u["id"], u["timestamp"], u["error_codes"]) for u in line["updates"]] == [
        ("message", "wamid.A", 1767600000, []),
        ("message", "wamid.B", 1767600001, []),
        ("status", "wamid.C", 1767600002, [131047]),
        ("other", None, None, []),
        ("call", "wacid.D", 1767600003, []),
    ]
    assert line["updates"][0] == {
        "kind": "message", "field": "messages", "direction": "in", "id": "wamid.A", "from": "4915155501234",
        "to": "7001", "timestamp": 1767600000, "type": "text", "context_id": None, "status": None, "error_codes": [],
        "contact_wa_id": "4915155501234",
    }  # fmt: skip


def test_a_file_that_cannot_be_read_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    good, broken = tmp_path / "good.json", tmp_path / "broken.json"
    good.write_text(json.dumps(BODY), encoding="utf-8")
    broken.write_text('{"entry": [' + CANARY, encoding="utf-8")

    result = run(tmp_path / "missing.json", broken, good)

    assert result.exit_code == 1
    assert [line["file"] for line in lines(result)] == [str(good)]
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == [
        str(tmp_path / "missing.json"), str(broken)
    ]  # fmt: skip
    assert CANARY not in result.output


def test_public_payloads_are_shown_exactly_as_others_expect_them(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shared_file("data/whatsapp")
    expected = [json.loads(line) for line in (folder / "expected.jsonl").read_text("utf-8").splitlines()]
    monkeypatch.chdir(folder)

    result = run(*(case["file"] for case in expected))

    assert result.exit_code == 0
    assert len(expected) == 213
    assert lines(result) == expected


def test_no_content_and_no_profile_name_of_public_payloads_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shared_file("data/whatsapp")
    cases = [json.loads(line) for line in (folder / "canaries.jsonl").read_text("utf-8").splitlines()]
    monkeypatch.chdir(folder)

    shown = {line["file"]: json.dumps(line["updates"], ensure_ascii=False)
             for line in lines(run(*(case["file"] for case in cases)))}  # fmt: skip

    words = [(case["file"], word) for case in cases for word in case["content"] + case["names"] if word]
    assert len(words) > 400
    assert [(file, word) for file, word in words if word in shown[file]] == []
