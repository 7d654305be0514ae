"""What is kept of an answer of Microsoft Graph, and what of it never passes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.base import Change
from connectors.errors import Malformed
from connectors.graph import parse, tree
from models.terms import Channel, Direction
from tests.shared import shared_file

WIRE = Path(__file__).parents[2] / "wire" / "graph"
ACCOUNT = "info@firma.example"
THREAD = "c794753ffd87704e94254b04278ffeca"


def wire(name: str) -> bytes:
    return (WIRE / name).read_bytes()


def test_a_whole_message_becomes_a_record() -> None:
    page = parse.messages(wire("delta_page.json"), ACCOUNT, "inbox")

    record = page.records[0]
    assert record.channel is Channel.EMAIL
    assert record.account == ACCOUNT
    assert record.source_id.endswith("A1")
    assert record.direction is Direction.EINGANG
    assert record.received_at == datetime(2026, 5, 4, 9, 47, 53, tzinfo=UTC)
    assert record.sender == "j.haeussler@muster-bau.example"
    assert record.sender_name == "Jörg Häußler"
    assert record.submitter == ""
    assert record.to == (ACCOUNT,)
    assert record.thread == THREAD
    assert record.folder == "AQMkADposteingang=="
    assert record.is_read is False
    assert page.next_link.endswith("$skiptoken=abcXYZ")
    assert page.delta_link == ""


def test_header_lines_are_reduced_to_flags_and_no_value_of_theirs_survives() -> None:
    page = parse.messages(wire("delta_page.json"), ACCOUNT, "inbox")

    flags = page.records[0].flags
    assert flags is not None
    assert (flags.auth_spf, flags.auth_dkim, flags.auth_dmarc, flags.compauth) == ("pass", "pass", "pass", "pass")
    assert flags.list_id == "brief.muster-bau.example"
    assert flags.list_unsubscribe
    assert flags.list_unsubscribe_post
    assert flags.precedence == "bulk"
    assert flags.dkim_domains == ("muster-bau.example",)
    assert flags.return_path_domain == "muster-bau.example"
    assert flags.reply_to_role == "noreply"
    assert flags.references == 2
    assert "x-campaign-id" in flags.campaign_headers
    assert "GEHEIM" not in repr(page)


def test_who_sent_for_whom_is_kept_and_odd_recipients_are_counted() -> None:
    page = parse.messages(wire("delta_page.json"), "service@firma.example", "sentitems")

    record = page.records[1]
    assert record.direction is Direction.AUSGANG
    assert record.sender == "service@firma.example"
    assert record.submitter == "a.oeztuerk@firma.example"
    assert record.to == ("j.haeussler@muster-bau.example",)
    assert record.recipients_total == 3
    assert record.important
    assert record.flags is not None
    assert record.flags.reply_to_domain == "laden.example"


@pytest.mark.parametrize(
    ("answer_to", "known"),
    [("buero@muster.example", None), ("x@mail.muster.example", None), ("x@boese.example", "boese.example")],
)
def test_without_headers_only_answers_that_go_elsewhere_are_noted(answer_to: str, known: str | None) -> None:
    item = {
        "id": "A9",
        "receivedDateTime": "2026-05-04T09:47:53Z",
        "from": {"emailAddress": {"address": "a@muster.example"}},
        "replyTo": [{"emailAddress": {"address": answer_to}}],
    }
    page = parse.messages(json.dumps({"value": [item], "@odata.deltaLink": ""}).encode(), ACCOUNT, "inbox")

    flags = page.records[0].flags

    assert (flags.reply_to_domain if flags else None) == known


def test_own_mail_in_an_inbox_is_outbound_and_meetings_keep_their_kind() -> None:
    page = parse.messages(wire("delta_page.json"), "j.haeussler@muster-bau.example", "inbox")

    assert page.records[0].direction is Direction.AUSGANG
    assert page.records[2].kind == "eventMessageRequest"


def test_sparse_items_become_changes_in_which_absent_means_unchanged() -> None:
    page = parse.messages(wire("delta_changes.json"), ACCOUNT, "inbox")

    assert page.records == ()
    assert page.changes == (
        Change(ACCOUNT, "AAkA1", is_read=True, folder="AQMkADerledigt=="),
        Change(ACCOUNT, "AAkA3", is_read=True, folder=None),
    )
    assert page.removed == ("AAkA2",)
    assert page.delta_link.endswith("$deltatoken=abcXYZ")


def test_bad_items_are_counted_and_the_rest_of_their_page_survives() -> None:
    page = parse.messages(wire("delta_odd_items.json"), ACCOUNT, "inbox")

    kept = [record.source_id[-2:] for record in page.records]
    assert kept == ["B1", "B6", "B7", "B8"]
    assert page.damaged == 6
    assert page.records[0].is_read is True
    assert page.records[1].sender == ""
    assert page.records[1].sender_name == "A?BC"


def test_a_missing_instant_is_guessed_and_opens_no_clock() -> None:
    page = parse.messages(wire("delta_odd_items.json"), ACCOUNT, "inbox")

    record = page.records[2]
    assert record.time_is_guessed
    assert not record.opens_clock
    assert record.received_at == datetime(2026, 5, 4, 9, 47, 50, tzinfo=UTC)


def test_the_thread_is_found_in_either_value() -> None:
    page = parse.messages(wire("delta_odd_items.json"), ACCOUNT, "inbox")

    assert page.records[0].thread == THREAD
    assert page.records[1].thread == "kurz"
    assert page.records[3].thread == THREAD
    assert parse.thread_of("!!", "kurz") == "kurz"
    assert parse.thread_of("", "") == ""


def test_an_automatic_reply_opens_no_clock() -> None:
    item = json.loads(wire("delta_page.json"))["value"][0]
    item["internetMessageHeaders"] = [{"name": "Auto-Submitted", "value": "auto-replied (vacation)"}]

    record = parse.messages(json.dumps({"value": [item]}).encode(), ACCOUNT, "inbox").records[0]

    assert record.automated
    assert not record.opens_clock


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>GEHEIM</html>",
        b'{"value": [{"id": "A',
        b"null",
        b"[]",
        b'{"value": 3}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_answer_is_malformed_and_is_not_quoted(body: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        parse.messages(body, ACCOUNT, "inbox")
    with pytest.raises(Malformed):
        tree.folders(body)
    with pytest.raises(Malformed):
        tree.folder_id(body)

    assert "GEHEIM" not in str(caught.value)


def test_folders_are_read_without_those_that_left() -> None:
    answer = tree.folders(wire("folders_delta.json"))
    found, link = answer.nodes, answer.next_link

    assert [(node.id, node.parent) for node in found] == [("AQMk1", "AQMk0"), ("AQMk2", "AQMk1")]
    assert link.endswith("$skiptoken=q")


def test_recorded_pages_are_read_whole() -> None:
    folder = shared_file("data/graph/nango")

    for name in ("messages_delta_page1.meta.json", "messages_delta_page1.raw.json"):
        body = json.dumps(json.loads((folder / name).read_text())["body"]).encode()
        page = parse.messages(body, "apinangodev@outlook.com", "inbox")
        assert len(page.records) == 10
        assert page.damaged == 0
        assert all(len(record.thread) == 32 for record in page.records)
        assert all(record.sender for record in page.records)
    known = sum(len(tree.folders(_body(folder / f"mailfolders_delta_page{n}.raw.json")).nodes) for n in (1, 2))
    assert known == 16


def test_the_same_recorded_thread_has_one_key_from_either_value() -> None:
    folder = shared_file("data/graph/nango")
    items = json.loads((folder / "messages_delta_page1.meta.json").read_text())["body"]["value"]

    keys = [(parse.thread_of(i["conversationIndex"], ""), parse.thread_of("", i["conversationId"])) for i in items]

    assert all(one == other for one, other in keys)


def test_documented_rounds_are_read() -> None:
    folder = shared_file("data/graph/docs")

    pages = [
        parse.messages(_body(folder / f"messages_delta_example1_{n}.json"), ACCOUNT, "inbox") for n in (1, 2, 3, 4)
    ]

    assert [bool(page.next_link) for page in pages] == [True, True, False, False]
    assert len(pages[3].removed) == 1
    assert pages[3].changes[0].is_read is True
    assert sum(page.damaged for page in pages) == 0


def test_the_sparse_update_that_was_reported_is_a_change() -> None:
    body = _body(shared_file("data/graph/issues/delta_sparse_update.json"))

    page = parse.messages(body, ACCOUNT, "inbox")

    assert page.changes == (Change(ACCOUNT, "AAMk-example", is_read=True, folder="AQMk-example"),)


def _body(path: Path) -> bytes:
    return json.dumps(json.loads(path.read_text())["body"]).encode()


@pytest.mark.parametrize(
    "odd", [b'{"id": "x", "isDraft": [1]}', b'{"id": "x", "from": "\\ud800"}', b'{"id": "x", "sender": 7}']
)
def test_one_message_in_an_unreadable_shape_is_there_and_no_more(odd: bytes) -> None:
    found = parse.message(odd, "info@firma.example", "inbox")

    assert found is not None
    assert (found.source_id, found.folder, found.sender, found.opens_clock) == ("x", "", "", False)


@pytest.mark.parametrize("cut", [b'{"id": "x", "isDr', b"<html>", b"[]", b"7"])
def test_one_message_cut_short_is_asked_for_again(cut: bytes) -> None:
    with pytest.raises(Malformed):
        parse.message(cut, "info@firma.example", "inbox")
