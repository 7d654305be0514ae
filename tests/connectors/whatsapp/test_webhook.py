"""Every update of a body is kept, and of each only what is allowed."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.whatsapp.webhook import from_json, strip, to_json
from tests.shared import shared_file

WIRE = Path(__file__).resolve().parents[2] / "wire" / "whatsapp"
CASES = [json.loads(line) for line in (WIRE / "expected.jsonl").read_text("utf-8").splitlines()]
CANARY = "KANARIE"


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif value is not None:
        yield str(value)


def stored(raw: bytes) -> str:
    return "\n".join(to_json(update) for update in strip(raw))


def message(**more: Any) -> bytes:
    body = {"from": "4915155501234", "id": "wamid.X", "timestamp": "1767600000", "type": "text"} | more
    value = {"metadata": {"phone_number_id": "7001"}, "messages": [body]}
    return json.dumps({"entry": [{"id": "9", "changes": [{"field": "messages", "value": value}]}]}).encode()


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_each_shape_yields_every_update_and_nothing_but_metadata(case: dict[str, Any]) -> None:
    raw = (WIRE / case["file"]).read_bytes()

    lines = [{key: value for key, value in update.line().items() if value not in (None, [])} for update in strip(raw)]

    assert lines == case["updates"]
    assert CANARY not in stored(raw)


def test_there_is_an_expectation_for_every_recorded_shape() -> None:
    assert {case["file"] for case in CASES} == {path.name for path in WIRE.glob("*.json")}


def test_an_update_survives_the_inbox_unchanged() -> None:
    updates = [update for case in CASES for update in strip((WIRE / case["file"]).read_bytes())]

    assert [from_json(to_json(update)) for update in updates] == updates


def test_public_payloads_agree_with_what_others_expect_of_them() -> None:
    folder = shared_file("data/whatsapp")
    cases = [json.loads(line) for line in (folder / "expected.jsonl").read_text("utf-8").splitlines()]

    differing = [
        case["file"]
        for case in cases
        if [update.line() for update in strip((folder / case["file"]).read_bytes())] != case["updates"]
    ]

    assert len(cases) > 200
    assert differing == []


def test_no_content_of_public_payloads_survives_and_profile_names_only_as_name() -> None:
    folder = shared_file("data/whatsapp")
    cases = [json.loads(line) for line in (folder / "canaries.jsonl").read_text("utf-8").splitlines()]

    leaks = []
    for case in cases:
        kept = [json.loads(to_json(update)) for update in strip((folder / case["file"]).read_bytes())]
        for update in kept:
            update.pop("name", None)
        flat = "\n".join(text for update in kept for text in texts(update))
        leaks += [case["file"] for word in case["content"] + case["names"] if word and word in flat]

    assert sum(len(case["content"]) for case in cases) > 200
    assert leaks == []


def test_hostile_json_is_answered_by_an_update_of_kind_other() -> None:
    lines = shared_file("data/hostile/json.jsonl").read_text("utf-8").splitlines()

    kinds = {update.kind for line in lines for update in strip(base64.b64decode(json.loads(line)["raw_b64"]))}

    assert kinds == {"other"}


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[]", b"NaN", b'{"entry":NaN}', b"\xff\xfe", b"[" * 100_000, b'{"entry":' * 20_000, b'{"entry":7}'],
)
def test_what_is_no_webhook_is_one_update_without_any_content(raw: bytes) -> None:
    (update,) = strip(raw)

    assert update.kind == "other"


def test_a_lone_surrogate_in_a_text_does_not_lose_the_message() -> None:
    (update,) = strip(message(text={"body": "\ud800"}))

    assert update.id == "wamid.X"


def test_control_characters_and_lone_surrogates_are_cleaned_out_of_what_is_kept() -> None:
    (update,) = strip(message(id="wamid.\x00A\ud800B\n"))

    assert update.id == "wamid.AB"
    assert to_json(update).encode()


@pytest.mark.parametrize("field", ["id", "type", "from"])
def test_an_endless_value_is_no_value(field: str) -> None:
    assert CANARY not in stored(message(**{field: CANARY * 100_000}))


@pytest.mark.parametrize("bad", ["nie", "", None, True, -1, 10**30, 1e99, [], "１２３"])
def test_an_unreadable_time_is_no_time(bad: Any) -> None:
    (update,) = strip(message(timestamp=bad))

    assert update.timestamp is None


def test_an_unknown_shape_is_named_by_its_keys_only() -> None:
    (update,) = strip((WIRE / "unknown_field.json").read_bytes())

    assert update.shape == "metadata,novel_list"


def test_a_thousand_updates_of_one_body_are_all_kept() -> None:
    many = [{"id": f"wamid.{n}", "from": "4915155501234", "type": "text"} for n in range(1000)]
    body = {"entry": [{"changes": [{"field": "messages", "value": {"messages": many}}]}]}

    assert [update.id for update in strip(json.dumps(body).encode())] == [f"wamid.{n}" for n in range(1000)]


def test_the_same_message_by_two_fields_has_one_key_and_each_status_has_its_own() -> None:
    held = json.loads(message())
    passed = json.loads(message())
    passed["entry"][0]["changes"][0]["field"] = "standby"
    statuses = strip((WIRE / "statuses.json").read_bytes())

    keys = {update.dedup() for body in (held, passed) for update in strip(json.dumps(body).encode())}

    assert len(keys) == 1
    assert len({update.dedup() for update in statuses}) == len(statuses)


def test_a_key_does_not_show_the_number_that_the_message_id_holds() -> None:
    (update,) = strip(message(id="wamid.HBgNNDkxNTE1NTUwMTIzNBUC"))

    assert "wamid" not in update.dedup()
    assert len(update.dedup()) == 32


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "entry",
                    "changes",
                    "value",
                    "field",
                    "messages",
                    "statuses",
                    "contacts",
                    "profile",
                    "name",
                    "id",
                    "from",
                    "type",
                    "text",
                    "reaction",
                    "context",
                    "system",
                    "history",
                    "threads",
                    "standby",
                    "errors",
                    "metadata",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    JSON, st.sampled_from(["messages", "history", "standby", "calls", "account_update", "messaging_handovers", None])
)
def test_no_shape_whatever_raises(value: Any, field: str | None) -> None:
    body = {"entry": [{"changes": [{"field": field, "value": value}]}]}

    for update in strip(json.dumps(body).encode()):
        assert from_json(to_json(update)) == update


def test_each_of_many_messages_finds_its_contact_by_number_then_by_user_id_else_the_first() -> None:
    contacts = [
        {"wa_id": "491", "user_id": "DE.1", "profile": {"name": "Eins"}},
        {"wa_id": "492", "user_id": "DE.2", "profile": {"name": "Zwei"}},
        {"wa_id": "492", "user_id": "DE.3", "profile": {"name": "Drei"}},
    ]
    senders = [("492", "DE.3"), ("499", "DE.3"), (None, "DE.2"), ("499", None), (None, None)]
    messages = [{"id": "x", "from": number, "from_user_id": user} for number, user in senders]
    value = {"contacts": contacts, "messages": messages}

    found = strip(json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode())

    assert [update.name for update in found] == ["Zwei", "Drei", "Zwei", "Eins", "Eins"]
