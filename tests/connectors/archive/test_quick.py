"""The quick reader of headers says what the plain one says, of every block, list of addresses and date."""

import base64
import gzip
import json
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.archive.addresses import addresses, sender
from connectors.archive.block import split
from connectors.archive.dates import instant
from tests.connectors.archive import plain
from tests.shared import shared_file

_HOSTILE = ("mail_headers", "address_headers", "addresses", "auth_arc", "bulk_headers", "dates", "encoded_words",
            "msgid_headers", "strings", "crlf", "idn_spoof", "xss", "urls", "json", "auth_results")  # fmt: skip
_LINE = ("From", "To", "Date", "Received", "References")
_PIECES = (
    *(b"From", b"To", b"Subject", b"X-Mailer", b"List-Id", b": ", b":", b" ", b"\t", b"\n", b"\r\n", b"\r", b"\x0b"),
    *(b"\x0c", b"a@b.de", b"<", b">", b'"', b"\\", b",", b";", b"(", b")", b"=?utf-8?q?a?=", b"\xff", b"From "),
    *(b">From ", b"\xef\xbb\xbf", b"\nDate: Mon, 2 Mar 2026 11:00:00 +0100\n", b"x" * 120, b"\xe2\x80\x8b", b"\x00"),
)
_BLOCKS = st.lists(st.sampled_from(_PIECES), max_size=30).map(b"".join)
_NOTES = st.sampled_from(("", " (CET)", " (Mitte)", " ", "(", " x"))


def same(block: bytes) -> None:
    """Compare both readers on one block, names in the order in which they stand."""
    assert list(split(block).items()) == list(plain.split(block).items()), block
    text = block[:5_000].decode("utf-8", "replace")
    assert list(addresses(text)) == plain.addresses(text), text
    assert sender(text) == plain.sender(text), text
    assert instant(text) == plain.instant(text), text


def raw(row: dict[str, Any]) -> bytes:
    """Return the bytes of a collected case."""
    if "raw_b64" in row:
        return base64.b64decode(row["raw_b64"])
    return str(row.get("input", "")).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("name", _HOSTILE)
def test_collected_hostile_input_is_read_as_by_the_plain_reader(name: str) -> None:
    cases = [
        raw(json.loads(line)) for line in shared_file(f"data/hostile/{name}.jsonl").read_text("utf-8").splitlines()
    ]

    for at, case in enumerate(cases[:300]):
        same(case.replace(b"\n", b"\r\n") if at % 2 else case)
        same(f"From mbox x\n folded\n{_LINE[at % 5]}: ".encode() + case + b"\nTo: b@c.de\n")


def test_collected_mail_is_read_as_by_the_plain_reader() -> None:
    with gzip.open(shared_file("data/mail/messages.jsonl.gz"), "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for _, line in zip(range(400), file, strict=False)]

    for row in rows:
        name, address = str(row["from_name"]), str(row["from_addr"])
        same(f'From: "{name}" <{address}>\nTo: {address}, {name} <{address}>,{address}\nDate: {row["date"]}\n'.encode())


@settings(derandomize=True, max_examples=300, deadline=None)
@given(_BLOCKS)
def test_any_block_is_read_as_by_the_plain_reader(block: bytes) -> None:
    same(block)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.datetimes(timezones=st.one_of(st.none(), st.timezones())), _NOTES)
def test_any_date_is_read_as_by_the_library(moment: Any, note: str) -> None:
    text = format_datetime(moment) + note

    assert instant(text) == plain.instant(text)
    assert instant(text.replace("GMT", "+0000")) == plain.instant(text.replace("GMT", "+0000"))
