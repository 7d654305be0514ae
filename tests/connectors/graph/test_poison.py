"""One item that no mail can be never costs the others on its page, whatever it says instead of what was promised."""

import json
from typing import Any

import pytest

from connectors.graph import kept, parse

HUGE = "x" * 1_000_000
BAD: tuple[Any, ...] = (
    *(None, 0, -1, 1.5, True, "", "true", "\x00", "\ud800", HUGE, "@" * 100_000, 10**400, [], [[]], [None], {}),
    *({"a": 1}, {"emailAddress": None}, {"emailAddress": {"address": 7}}, {"emailAddress": {"address": "\ud800\x00"}}),
    *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"),
    *("2026-13-45T99:99:99Z", "2026-05-04", "١٢٣"),
    [{"name": "Authentication-Results", "value": "dmarc=" * 50_000}],
    [{"name": "List-Unsubscribe", "value": "<" * 500_000}],
    [{"name": None, "value": 3}],
    [{"emailAddress": {"address": f"u{number}@x.example"}} for number in range(5_000)],
)


def item(name: str) -> dict[str, Any]:
    person = {"emailAddress": {"name": "Erika", "address": "erika@kunde.example"}}
    return {
        "@odata.type": "#microsoft.graph.message",
        "id": name,
        "internetMessageId": f"<{name}@kunde.example>",
        "conversationId": "AQQk",
        "conversationIndex": "AQHc26rbx5R1P/2HcE6UJUsEJ4/+yrX9ns47",
        "from": person,
        "sender": person,
        "toRecipients": [person],
        "ccRecipients": [],
        "receivedDateTime": "2026-05-04T09:47:53Z",
        "sentDateTime": "2026-05-04T09:47:50Z",
        "isRead": False,
        "isDraft": False,
        "hasAttachments": False,
        "importance": "normal",
        "parentFolderId": "F1",
        "internetMessageHeaders": [{"name": "Precedence", "value": "bulk"}],
    }


@pytest.mark.parametrize("name", list(item("")))
def test_a_property_of_any_other_shape_costs_at_most_its_own_item(name: str) -> None:
    for bad in BAD:
        items = [item("A"), item("B") | {name: bad}, item("C")]
        page = json.dumps({"value": items, "@odata.deltaLink": "https://graph.microsoft.com/v1.0/x"}).encode()

        parsed = parse.messages(page, account="info@firma.example", kind="inbox")
        shown = [kept.kept(body) for body in kept.answers(page)]

        assert {"A", "C"} <= {record.source_id for record in parsed.records}
        assert {"A", "C"} <= {record["source_id"] for record in shown[0]["records"]}
        for record in parsed.records:
            assert 1990 <= record.received_at.year < 2100
            assert "\x00" not in repr(record)
            assert len(repr(record)) < 20_000


def test_a_missing_property_costs_at_most_its_own_item() -> None:
    for name in item(""):
        items = [item("A"), {key: value for key, value in item("B").items() if key != name}, item("C")]
        page = json.dumps({"value": items, "@odata.deltaLink": "x"}).encode()

        parsed = parse.messages(page, account="info@firma.example", kind="inbox")

        assert {"A", "C"} <= {record.source_id for record in parsed.records}
