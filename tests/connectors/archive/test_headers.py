"""A header block becomes a record, however hostile; subject and body never do."""

import base64
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.archive.addresses import addresses, sender
from connectors.archive.clean import UNKNOWN_TIME
from connectors.archive.headers import Own, Place, parse
from connectors.errors import Malformed
from models.record import MessageRecord
from models.terms import Direction
from tests.shared import shared_file

WIRE = Path(__file__).parents[2] / "wire" / "archive"
OWN = Own(domains=frozenset({"firma-beispiel.de"}))
PLACE = Place("vertrieb@firma-beispiel.de", "post: Mail 1")


def read(name: str) -> MessageRecord:
    return parse((WIRE / name).read_bytes(), PLACE, OWN)


def of(text: str) -> MessageRecord:
    return parse(text.encode("utf-8"), PLACE, OWN)


def test_an_inquiry_is_read_with_all_its_metadata() -> None:
    found = read("anfrage.eml")

    assert (found.sender, found.sender_name) == ("erika.muster@bau-muster.de", "Muster, Erika")
    assert found.direction is Direction.EINGANG
    assert found.received_at == datetime(2026, 3, 2, 8, 15, 7, tzinfo=UTC)
    assert found.sent_at == datetime(2026, 3, 2, 8, 14, 58, tzinfo=UTC)
    assert found.to == ("vertrieb@firma-beispiel.de", "info@firma-beispiel.de")
    assert found.cc == ("max.kollege@bau-muster.de",)
    assert found.recipients_total == 3
    assert found.internet_message_id == "<anfrage-1@bau-muster.de>"
    assert found.thread == "<erste-9@bau-muster.de>"
    assert found.important
    assert found.opens_clock


def test_only_the_topmost_authentication_result_counts() -> None:
    flags = read("anfrage.eml").flags

    assert flags is not None
    assert (flags.auth_spf, flags.auth_dkim, flags.auth_dmarc, flags.compauth) == ("pass", "pass", "pass", "pass")
    assert flags.dkim_domains == ("bau-muster.de",)
    assert flags.references == 2
    assert flags.in_reply_to
    assert flags.content_type == "multipart/mixed"


@pytest.mark.parametrize("name", ["anfrage.eml", "rundbrief.eml", "abwesend.eml", "antwort.eml"])
def test_no_word_of_the_content_is_in_the_record(name: str) -> None:
    assert not re.search("wort(betreff|inhalt|grenze|anhang|liste|link|kampagne|kennung)", repr(read(name)).lower())


def test_a_private_reply_address_leaves_only_its_domain() -> None:
    found = read("anfrage.eml")

    assert "privat.name" not in repr(found)
    assert found.flags is not None
    assert (found.flags.reply_to_domain, found.flags.reply_to_role) == ("web.de", "")


def test_a_newsletter_shows_list_service_and_signers() -> None:
    found = read("rundbrief.eml")

    assert found.sender_name == "Werkzeug-Laden Grüße"
    assert found.flags is not None
    assert found.flags.list_id == "woche.werkzeug-laden.de"
    assert found.flags.list_unsubscribe
    assert found.flags.list_unsubscribe_post
    assert found.flags.feedback_id
    assert found.flags.precedence == "bulk"
    assert found.flags.reply_to_role == "noreply"
    assert found.flags.dkim_domains == ("werkzeug-laden.de", "mailjet.com")
    assert found.flags.mailing_services == ("mailjet",)
    assert not found.automated


def test_an_automatic_reply_opens_no_window() -> None:
    found = read("abwesend.eml")

    assert found.flags is not None
    assert found.flags.auto_submitted == "auto-replied"
    assert found.flags.return_path_null
    assert found.automated
    assert not found.opens_clock


def test_an_answer_of_ours_is_outbound_in_the_same_thread() -> None:
    found = read("antwort.eml")

    assert found.direction is Direction.AUSGANG
    assert found.thread == read("anfrage.eml").thread


def test_mail_among_ourselves_is_inbound() -> None:
    assert of("From: a@firma-beispiel.de\nTo: b@firma-beispiel.de\n").direction is Direction.EINGANG


def test_a_mailbox_at_a_free_mail_provider_is_ours_by_its_address() -> None:
    own = Own(addresses=frozenset({"firma.beispiel@web.de"}))

    sent = parse(b"From: firma.beispiel@web.de\nTo: kunde@web.de\n", PLACE, own)
    got = parse(b"From: kunde@web.de\nTo: firma.beispiel@web.de\n", PLACE, own)

    assert (sent.direction, got.direction) == (Direction.AUSGANG, Direction.EINGANG)


def test_two_authors_that_disagree_are_no_author() -> None:
    assert of("From: chef@firma-beispiel.de\nFrom: dieb@example.org\nDate: x\n").sender == ""


def test_a_missing_date_is_guessed_and_opens_no_window() -> None:
    found = of("From: a@example.org\nDate: irgendwann\n")

    assert found.received_at == UNKNOWN_TIME
    assert found.time_is_guessed
    assert not found.opens_clock


def test_the_same_mail_has_the_same_id_wherever_it_lies_and_whether_it_was_seen() -> None:
    head = "From: a@example.org\nMessage-ID: <1@example.org>\nDate: Mon, 2 Mar 2026 11:00:00 +0100\n"

    first = of(head)
    moved = parse((head + "Status: RO\nX-Mozilla-Status: 0001\n").encode(), Place(PLACE.account, "anderswo"), OWN)

    assert first.source_id == moved.source_id


def test_mails_without_any_mark_of_their_own_differ_by_position() -> None:
    one, two = (parse(b"From: a@example.org\n", Place("k", f"post: Mail {n}"), OWN) for n in (1, 2))

    assert one.source_id != two.source_id


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        ("Muster, Erika <e@muster.de>", "e@muster.de", "Muster, Erika"),
        ('"chef@firma.de" <dieb@example.org>', "dieb@example.org", "chef@firma.de"),
        ("chef@firma.de <dieb@example.org>", "dieb@example.org", "chef@firma.de"),
        ("e@muster.de (Erika, <x@y.de>)", "x@y.de", "e@muster.de (Erika,"),
        ("e@muster.de (Erika)", "e@muster.de", ""),
        ("E@MÜLLER.DE", "e@xn--mller-kva.de", ""),
        ("undisclosed-recipients:;", "", ""),
        ("MAILER-DAEMON <>", "", ""),
        ("<<e@muster.de>>", "e@muster.de", ""),
        ("=?x-unbekannt?Q?Erika?= <e@muster.de>", "e@muster.de", "Erika"),
        ("=?utf-8?B?kaputt!?= <e@muster.de>", "e@muster.de", None),
        ("Eri\u202eka\x00 <e@muster.de>", "e@muster.de", "Eri ka"),
        ("", "", ""),
    ],
)
def test_an_author_is_the_last_address_in_brackets(value: str, address: str, name: str | None) -> None:
    found, shown = sender(value)

    assert found == address
    assert name is None or shown == name


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@x.de, b@y.de; c@z.de", ["a@x.de", "b@y.de", "c@z.de"]),
        ("Gruppe: a@x.de, B <b@y.de>;", ["a@x.de", "b@y.de"]),
        ('"Eins, <falsch@x.de>" <a@x.de>', ["a@x.de"]),
        ("Eins, Zwei <a@x.de>, Drei <b@y.de>", ["a@x.de", "b@y.de"]),
        ("(falsch@x.de) a@x.de", ["a@x.de"]),
        ("keine Adresse, <>, @, a@, @b", []),
    ],
)
def test_a_list_of_recipients_is_read_past_names_and_comments(value: str, expected: list[str]) -> None:
    assert list(addresses(value)) == expected


def test_two_thousand_recipients_are_counted_and_fifty_kept() -> None:
    many = ", ".join(f"n{n}@example.org" for n in range(9000))

    found = of(f"From: a@example.org\nTo: {many}\n")

    assert found.recipients_total == 2000
    assert len(found.to) == 50


@pytest.mark.parametrize(
    "block", [b"", b"\n\nBody", b"\x00\x01\x02", b"Subject: nur ein Betreff\n", b"kein Kopf\n", b": x\n"]
)
def test_a_block_without_headers_of_a_mail_is_malformed(block: bytes) -> None:
    with pytest.raises(Malformed):
        parse(block, PLACE, OWN)


def test_a_lone_carriage_return_smuggles_in_no_header() -> None:
    found = of("From: a@example.org\nSubject: x\rTo: fremd@example.org\r\nDate: x\n")

    assert found.to == ()


def test_who_hands_in_for_somebody_else_is_named_apart() -> None:
    found = of("From: chef@example.org\nSender: Sekretariat <sekretariat@example.org>\n")

    assert (found.sender, found.submitter) == ("chef@example.org", "sekretariat@example.org")
    assert of("From: chef@example.org\nSender: chef@example.org\n").submitter == ""


@pytest.mark.parametrize(("status", "read"), [("Status: RO\n", True), ("Status: O\n", False), ("", None)])
def test_the_mark_of_an_mbox_says_whether_a_mail_was_read(status: str, read: bool | None) -> None:
    assert of(f"From: a@example.org\n{status}").is_read is read


@pytest.mark.parametrize(
    ("received", "internal"),
    [
        ("from a by b.eurprd04.prod.outlook.com with Microsoft SMTP Server (TLS) id 15; x", True),
        ("from a by mx.firma-beispiel.de (Postfix) with ESMTPS id 4; x", False),
        ("", False),
    ],
)
def test_mail_is_internal_only_where_exchange_is_the_own_boundary(received: str, internal: bool) -> None:
    head = f"Received: {received}\nReceived: by x with Microsoft SMTP Server; x\n" if received else ""

    found = of(f"{head}X-MS-Exchange-Organization-AuthAs: Internal\nFrom: chef@firma-beispiel.de\n")

    assert found.flags is not None
    assert found.flags.auth_internal is internal


def test_a_responder_that_says_so_in_its_own_header_is_automatic() -> None:
    found = of("From: a@example.org\nX-Autoreply: yes\nDate: Mon, 2 Mar 2026 11:00:00 +0100\n")

    assert found.flags is not None
    assert found.flags.auto_submitted == "auto-replied"
    assert found.automated


def test_an_instant_at_the_edge_of_time_is_unknown() -> None:
    assert of("From: a@example.org\nDate: Fri, 31 Dec 9999 23:59:59 -1200\n").time_is_guessed


def test_headers_beyond_what_is_read_are_left_out() -> None:
    many = "".join(f"DKIM-Signature: d=d{number}.example\n" for number in range(100))

    found = of(f"From: a@example.org\n{many}")

    assert found.flags is not None
    assert len(found.flags.dkim_domains) == 20


def test_a_body_without_a_blank_line_before_it_is_not_read() -> None:
    found = of("From: a@example.org\nkein Kopf mehr\nTo: fremd@example.org\n")

    assert found.to == ()


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_behind_an_author_are_read_or_passed_over(junk: bytes) -> None:
    found = parse(b"From: a@example.org\nTo: " + junk + b"\nReferences: " + junk + b"\nDate: " + junk, PLACE, OWN)

    assert found.sender == "a@example.org"
    repr(found).encode("utf-8")


@pytest.mark.parametrize(
    "value", ['"' * 60_000, '\\"' * 60_000, "(" * 60_000, "<" * 60_000, "a@" * 60_000, "=?" * 60_000]
)
def test_a_huge_value_is_read_without_effort(value: str) -> None:
    found = of(f"From: {value}\nTo: {value}\nAuthentication-Results: {value}\nDate: {value}\nReferences: {value}\n")

    assert found.recipients_total <= 2000


def test_every_hostile_header_block_is_read_or_malformed() -> None:
    path = shared_file("data/hostile/mail_headers.jsonl")
    read_well = malformed = 0

    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            repr(parse(base64.b64decode(json.loads(line)["raw_b64"]), PLACE, OWN)).encode("utf-8")
            read_well += 1
        except Malformed:
            malformed += 1

    assert (read_well, malformed) == (628, 7)
