"""What header lines are reduced to, also when they are made to deceive."""

import base64
import json
from email import message_from_bytes

import pytest

from connectors.graph.headers import flags_of, role_of
from tests.shared import shared_file


def test_only_the_topmost_authentication_result_counts() -> None:
    flags = flags_of(
        [
            ("Authentication-Results", "spf=fail smtp.mailfrom=a.example; dkim=none; dmarc=fail"),
            ("Authentication-Results", "spf=pass; dkim=pass; dmarc=pass"),
        ]
    )

    assert (flags.auth_spf, flags.auth_dkim, flags.auth_dmarc) == ("fail", "none", "fail")


@pytest.mark.parametrize(
    "value",
    [
        'spf=none smtp.mailfrom="x; dmarc=pass"@evil.example; dmarc=fail',
        "spf=none (dmarc=pass (dmarc=pass)) smtp.mailfrom=evil.example; dmarc=fail",
        "spf=none smtp.mailfrom=dmarc=pass.evil.example; dmarc=fail",
    ],
)
def test_what_a_sender_writes_into_a_result_is_no_result(value: str) -> None:
    assert flags_of([("Authentication-Results", value)]).auth_dmarc == "fail"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("Geheimer Verteiler <liste.verein.example>", "liste.verein.example"),
        ("<LISTE.Verein.example>", "liste.verein.example"),
        ("liste.verein.example", "liste.verein.example"),
        ("Geheimer Text ohne Klammer", ""),
        ("<geheim mit leer.example>", ""),
        ("", ""),
    ],
)
def test_of_a_list_only_its_identifier_is_kept(value: str, kept: str) -> None:
    assert flags_of([("List-Id", value)]).list_id == kept


def test_a_null_return_path_is_no_domain() -> None:
    flags = flags_of([("Return-Path", "<>")])

    assert flags.return_path_null
    assert flags.return_path_domain == ""


def test_a_person_in_reply_to_is_no_role() -> None:
    assert role_of("anna.mueller") == ""
    assert role_of("no-reply") == "noreply"
    assert role_of("rechnungen") == "finance"


def test_names_that_are_no_names_are_left_out() -> None:
    flags = flags_of([("X-Campaign Geheim: x", "1"), ("List-\u00fc", "2"), ("x-campaign", "3")])

    assert flags.campaign_headers == ("x-campaign",)
    assert flags.list_headers == ()


def test_hostile_header_blocks_are_reduced_without_an_error() -> None:
    for name in ("mail_headers.jsonl", "auth_results.jsonl", "bulk_headers.jsonl"):
        for line in shared_file(f"data/hostile/{name}").read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            raw = base64.b64decode(case["raw_b64"]) if "raw_b64" in case else case["input"].encode("utf-8", "replace")
            items = message_from_bytes(raw).items() or [
                (case.get("header") or "Authentication-Results", case.get("input", ""))
            ]
            flags = flags_of((key, str(value)) for key, value in items)
            assert len(repr(flags)) < 6000
