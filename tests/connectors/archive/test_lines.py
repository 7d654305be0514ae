"""A line of a metadata file becomes a record; what is odd counts as unknown."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.archive.clean import UNKNOWN_TIME
from connectors.archive.lines import record
from connectors.errors import Malformed
from models.terms import Channel, Direction
from tests.shared import shared_file

LINE: dict[str, Any] = {
    "id": "5f1c",
    "date": "2026-03-02T08:15:00Z",
    "from_addr": "Erika.Muster@Bau-Muster.de",
    "from_name": "Erika Muster",
    "n_to": 2,
    "n_cc": 1,
    "from_own": False,
    "to_own": True,
    "list_id": "",
    "dkim_d": ["mail.bau-muster.de"],
    "return_path_domain": "bounce.bau-muster.de",
    "reply_to_local": "no-reply",
    "auth_dmarc": "PASS",
    "n_references": 3,
}


def test_a_full_line_becomes_a_record() -> None:
    found = record(LINE, "archiv", "post.jsonl: Zeile 1")

    assert found.channel is Channel.EMAIL
    assert (found.account, found.source_id) == ("archiv", "5f1c")
    assert found.direction is Direction.EINGANG
    assert found.received_at == found.sent_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert (found.sender, found.sender_name) == ("erika.muster@bau-muster.de", "Erika Muster")
    assert found.recipients_total == 3
    assert found.opens_clock
    assert not found.automated
    assert not found.time_is_guessed
    assert found.flags is not None
    assert found.flags.dkim_domains == ("bau-muster.de",)
    assert found.flags.return_path_domain == "bau-muster.de"
    assert found.flags.reply_to_role == "noreply"
    assert found.flags.auth_dmarc == "pass"
    assert found.flags.references == 3


def test_an_empty_line_is_a_record_of_unknowns_with_a_fixed_guessed_time() -> None:
    found = record({}, "archiv", "post.jsonl: Zeile 9")

    assert found.sender == ""
    assert found.received_at == UNKNOWN_TIME
    assert found.time_is_guessed
    assert not found.opens_clock
    assert found.source_id == record({}, "archiv", "post.jsonl: Zeile 9").source_id
    assert found.source_id != record({}, "archiv", "post.jsonl: Zeile 10").source_id


@pytest.mark.parametrize(
    ("own", "to_own", "direction"),
    [
        (True, False, Direction.AUSGANG),
        (True, None, Direction.AUSGANG),
        (True, True, Direction.EINGANG),
        (False, True, Direction.EINGANG),
        (None, None, Direction.EINGANG),
        ("yes", None, Direction.EINGANG),
    ],
)
def test_only_mail_from_the_firm_to_the_outside_is_outbound(own: object, to_own: object, direction: Direction) -> None:
    assert record({"from_own": own, "to_own": to_own}, "a", "1").direction is direction


@pytest.mark.parametrize(
    "marks",
    [
        {"auto_submitted": "auto-replied"},
        {"return_path_null": True},
        {"precedence": "auto_reply"},
        {"content_type": "multipart/report"},
    ],
)
def test_what_no_person_wrote_opens_no_window(marks: dict[str, object]) -> None:
    found = record({**LINE, **marks}, "a", "1")

    assert found.automated
    assert not found.opens_clock


def test_the_local_part_of_a_person_in_reply_to_is_not_kept() -> None:
    found = record({**LINE, "reply_to_local": "max.geheim", "reply_to_domain": "privat.de"}, "a", "1")

    assert "geheim" not in repr(found)
    assert found.flags is not None
    assert found.flags.reply_to_domain == "privat.de"


def test_keys_that_hold_content_are_ignored() -> None:
    found = record({**LINE, "subject": "Streng geheim", "body": "Inhalt", "to": ["x@y.de"]}, "a", "1")

    assert found == record(LINE, "a", "1")


@pytest.mark.parametrize(
    "date", ["2026-13-01", "morgen", "1812-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00", 17, None]
)
def test_an_impossible_date_is_unknown(date: object) -> None:
    assert record({"date": date}, "a", "1").time_is_guessed


@pytest.mark.parametrize("line", [[], "text", 5, None])
def test_what_is_no_object_is_malformed(line: Any) -> None:
    with pytest.raises(Malformed):
        record(line, "a", "1")


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.lists(st.text(max_size=9), max_size=3),
)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(LINE)), ODD))
def test_no_line_is_refused_for_odd_values(line: dict[str, object]) -> None:
    found = record(line, "a", "1")

    repr(found).encode("utf-8")
    assert "\x00" not in found.sender_name + found.source_id + found.sender


@pytest.mark.unmeasured
@pytest.mark.parametrize(("name", "lines"), [("messages.jsonl.gz", 10149), ("bounces.jsonl.gz", 577)])
def test_every_line_of_the_real_corpora_is_read(name: str, lines: int) -> None:
    path = shared_file(f"data/mail/{name}")

    with gzip.open(path, "rt", encoding="utf-8") as file:
        found = [record(json.loads(text), "archiv", str(number)) for number, text in enumerate(file)]

    assert len({item.source_id for item in found}) == lines
