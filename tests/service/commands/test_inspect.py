"""`postlotse inspect graph`: what is kept of recorded answers, compared with a reading of its own."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from connectors.errors import Malformed
from connectors.graph import kept, parse
from service.commands.inspect_ import command
from tests.shared import shared_file

WHOLE = {
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Collection(message)",
    "@odata.nextLink": "https://graph.microsoft.com/v1.0/users('a')/mailFolders('b')/messages/delta?$skiptoken=x",
    "value": [
        {
            "@odata.type": "#microsoft.graph.message",
            "id": "A1=",
            "internetMessageId": "<1@kunde.example>",
            "conversationId": "AQQkADAwATNiZmYAZS1hZGNjAC0zNzY5LTAwAi0wMAoAEADHlHU--YdwTpQlSwQnj-7K",
            "conversationIndex": "AQHc26rbx5R1P/2HcE6UJUsEJ4/+yrX9ns47",
            "from": {"emailAddress": {"name": "Jörg Häußler", "address": "J.Haeussler@Kunde.example"}},
            "sender": {"emailAddress": {"address": "buero@kunde.example"}},
            "toRecipients": [{"emailAddress": {"address": "info@firma.example"}}],
            "ccRecipients": [],
            "receivedDateTime": "2026-05-04T09:47:53.1234560Z",
            "sentDateTime": "2026-05-04T11:47:50+02:00",
            "isRead": False,
            "isDraft": False,
            "hasAttachments": True,
            "importance": "high",
            "parentFolderId": "F1=",
            "subject": "KANARIENVOGEL",
            "bodyPreview": "KANARIENVOGEL",
            "body": {"content": "KANARIENVOGEL"},
            "uniqueBody": {"content": "KANARIENVOGEL"},
            "webLink": "https://outlook.example/KANARIENVOGEL",
            "categories": ["KANARIENVOGEL"],
            "internetMessageHeaders": [
                {"name": "Subject", "value": "KANARIENVOGEL"},
                {"name": "List-Unsubscribe", "value": "<mailto:KANARIENVOGEL@x.example>"},
                {"name": "Precedence", "value": "bulk"},
            ],
        },
        {"@odata.type": "#microsoft.graph.message", "id": "A2=", "isRead": "true", "parentFolderId": "F1="},
        {"@odata.type": "#microsoft.graph.message", "id": "A3=", "@removed": {"reason": "deleted"}},
        {"@odata.type": "#microsoft.graph.eventMessageRequest", "id": "A4=", "from": None, "isDraft": True},
        {"@odata.type": "#microsoft.graph.message", "id": "A5=", "from": 17},
        {"@odata.type": "#microsoft.graph.mailFolder", "id": "F9=", "parentFolderId": "F1="},
        {"id": "F8=", "parentFolderId": "F1=", "displayName": "KANARIENVOGEL"},
    ],
}


def run(*files: Path) -> Result:
    return CliRunner().invoke(command, ["graph", *map(str, files)])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_everything_that_is_kept_is_named_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"status": 200, "body": WHOLE}), encoding="utf-8")

    result = run(file)

    assert result.exit_code == 0
    assert "KANARIENVOGEL" not in result.output
    assert lines(result) == [
        {
            "file": str(file),
            "records": [
                {
                    "source_id": "A1=",
                    "internet_message_id": "<1@kunde.example>",
                    "thread": "c794753ffd87704e94254b04278ffeca",
                    "from": "j.haeussler@kunde.example",
                    "from_name": "Jörg Häußler",
                    "sender": "buero@kunde.example",
                    "to": ["info@firma.example"],
                    "cc": [],
                    "received_at": "2026-05-04T09:47:53.123456Z",
                    "sent_at": "2026-05-04T09:47:50Z",
                    "is_read": False,
                    "is_draft": False,
                    "has_attachments": True,
                    "folder": "F1=",
                    "important": True,
                    "flags": {
                        "list_unsubscribe": True,
                        "list_headers": ["list-unsubscribe"],
                        "campaign_headers": ["list-unsubscribe", "precedence"],
                        "precedence": "bulk",
                    },
                },
                {"source_id": "A2=", "is_read": True, "folder": "F1="},
                {"source_id": "A4=", "is_draft": True},
            ],
            "removed": ["A3="],
            "next": True,
            "delta": False,
            "damaged": 1,
        }
    ]


def test_the_fields_stand_in_the_order_in_which_they_are_promised(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(WHOLE), encoding="utf-8")

    line = json.loads(run(file).stdout)

    assert list(line)[:5] == ["file", "records", "removed", "next", "delta"]
    assert " ".join(list(line["records"][0])[:12]) == (
        "source_id internet_message_id thread from sender to cc received_at sent_at is_read is_draft folder"
    )


def test_recordings_come_bare_wrapped_as_text_in_lists_and_in_lines(tmp_path: Path) -> None:
    one = {"@odata.deltaLink": "x", "value": [{"id": "A", "isRead": True}]}
    two = {"id": "B", "isDraft": False, "isRead": None}
    told = [
        json.dumps(one),
        json.dumps({"body": json.dumps(one)}),
        json.dumps([one, {"status": 204}, {"body": two}]),
        json.dumps({"mocks": [{"request": {}, "response": {"statusCode": 200, "body": two}}]}),
        f"{json.dumps(one)}\n\n{json.dumps({'body': two})}\n",
    ]
    files = [tmp_path / f"{number}.json" for number in range(len(told))]
    for file, content in zip(files, told, strict=True):
        file.write_text(content, encoding="utf-8")
    windows = tmp_path / "w.json"
    windows.write_text(told[0], encoding="utf-16")

    result = run(*files, windows)

    first = {"records": [{"source_id": "A", "is_read": True}], "removed": [], "next": False, "delta": True}
    second = {"records": [{"source_id": "B", "is_draft": False}], "removed": [], "next": False, "delta": False}
    found = [{key: value for key, value in line.items() if key != "file"} for line in lines(result)]
    assert result.exit_code == 0
    assert found == [first, first, first, second, second, first, second, first]


def test_an_answer_that_is_a_refusal_shows_its_code_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"error": {"code": "SyncStateNotFound", "message": "KANARIENVOGEL"}}', encoding="utf-8")
    odd = tmp_path / "b.json"
    odd.write_text('{"error": "KANARIENVOGEL"}', encoding="utf-8")

    result = run(file, odd)

    assert "KANARIENVOGEL" not in result.output
    assert [line["error"] for line in lines(result)] == ["SyncStateNotFound", "unnamed"]


def test_a_file_that_cannot_be_read_is_named_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, broken, other, big = (tmp_path / name for name in ("good.json", "broken.json", "other.json", "big.json"))
    good.write_text('{"value": []}', encoding="utf-8")
    broken.write_text('{"value": [KANARIENVOGEL', encoding="utf-8")
    other.write_text('{"name": "KANARIENVOGEL"}', encoding="utf-8")
    big.write_text('{"value": []}' + " " * 100, encoding="utf-8")
    monkeypatch.setattr("service.commands.inspect_._LARGEST", 100)

    result = run(tmp_path / "missing.json", broken, other, big, tmp_path, good)

    assert result.exit_code == 1
    assert [line["file"] for line in lines(result)] == [str(good)]
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == [
        str(tmp_path / "missing.json"), str(broken), str(other), str(big), str(tmp_path)
    ]  # fmt: skip
    assert "KANARIENVOGEL" not in result.output


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def own_thread(item: dict[str, Any]) -> str:
    raw = base64.b64decode(item["conversationId"].replace("-", "/").replace("_", "+") + "==")
    return raw[-16:].hex()


def own_reading(item: dict[str, Any]) -> dict[str, Any]:  # noqa: C901  one line per property
    """Read an item by hand, with nothing of the product."""
    told: dict[str, Any] = {"source_id": item["id"]}
    for ours, theirs in (("internet_message_id", "internetMessageId"), ("folder", "parentFolderId")):
        if theirs in item:
            told[ours] = item[theirs]
    if "conversationId" in item:
        told["thread"] = own_thread(item)
    for ours in ("from", "sender"):
        if ours in item:
            told[ours] = item[ours]["emailAddress"]["address"].lower()
    for ours, theirs in (("to", "toRecipients"), ("cc", "ccRecipients")):
        if theirs in item:
            told[ours] = [each["emailAddress"]["address"].lower() for each in item[theirs]]
    for ours, theirs in (("received_at", "receivedDateTime"), ("sent_at", "sentDateTime")):
        if theirs in item:
            told[ours] = instant(item[theirs])
    for ours, theirs in (("is_read", "isRead"), ("is_draft", "isDraft"), ("has_attachments", "hasAttachments")):
        if theirs in item:
            told[ours] = item[theirs] in {True, "true"}
    return told


def test_every_recording_is_read_as_an_independent_reading_reads_it() -> None:
    files = sorted(shared_file("data/graph").rglob("*.json"))
    compared = 0

    result = run(*files)

    assert result.exit_code == 0
    shown = [line for line in lines(result) if "graph-mocks" not in line["file"]]
    assert len(shown) == len(files) - 1
    for line in shown:
        body = json.loads(Path(line["file"]).read_text(encoding="utf-8"))["body"]
        items = body.get("value", [body])
        mails = [i for i in items if "@removed" not in i and {"isRead", "sender", "isDraft"} & set(i)]
        assert line["next"] == ("@odata.nextLink" in body)
        assert line["delta"] == ("@odata.deltaLink" in body)
        assert line["removed"] == [i["id"] for i in items if "@removed" in i]
        found = [
            {key: instant(value) if key.endswith("_at") else value for key, value in record.items()}
            for record in line["records"]
        ]
        for record in found:
            record.pop("important", None), record.pop("from_name", None)
        assert found == [own_reading(item) for item in mails]
        compared += len(mails)
    assert compared >= 20


def test_no_recorded_content_is_ever_shown() -> None:
    file = shared_file("data/graph/nango/messages_delta_page1.raw.json")
    body = json.loads(file.read_text(encoding="utf-8"))["body"]
    content = {item[key] for item in body["value"] for key in ("subject", "bodyPreview", "webLink")}
    content |= {item["body"]["content"] for item in body["value"]}

    shown = run(file).output

    assert [text for text in content if len(text) > 8 and (text in shown or json.dumps(text)[1:-1] in shown)] == []


def test_what_is_shown_is_what_reading_takes_in() -> None:
    file = shared_file("data/graph/nango/messages_delta_page1.raw.json")
    body = json.dumps(json.loads(file.read_text(encoding="utf-8"))["body"]).encode()

    records = parse.messages(body, "info@firma.example", "inbox").records
    shown = kept.kept(json.loads(body))["records"]

    assert [(r.source_id, r.thread, r.sender, list(r.to), r.received_at, r.folder) for r in records] == [
        (s["source_id"], s["thread"], s["from"], s["to"], instant(s["received_at"]), s["folder"]) for s in shown
    ]


def test_odd_json_is_read_or_refused_and_never_stops_the_program() -> None:
    for line in shared_file("data/hostile/json.jsonl").read_text(encoding="utf-8").splitlines():
        raw = base64.b64decode(json.loads(line)["raw_b64"])
        for wrapped in (raw, b'{"value": [%s]}' % raw, b'{"value": [{"id": "A", "from": %s}]}' % raw):
            try:
                found = [kept.kept(body) for body in kept.answers(wrapped)]
            except Malformed:
                continue
            assert all(len(each["records"]) <= 1 for each in found)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(Malformed):
        list(kept.answers(b'{"value": [{"id": "A", "from": ' + b"[" * 200_000))
    with pytest.raises(Malformed):
        list(kept.answers(json.dumps({"body": "[" * 200_000}).encode()))
