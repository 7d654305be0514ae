"""What an Authentication-Results header proves, for mail from Microsoft 365 and mail from files alike."""

from collections.abc import Callable

import pytest

from classifier.authentication import Proof, proof
from connectors.archive import headers as archive
from connectors.archive.headers import Own, Place
from connectors.graph.headers import flags_of
from connectors.results import results
from models.record import HeaderFlags

Lines = list[tuple[str, str]]
Reader = Callable[[Lines], HeaderFlags | None]
RESULTS = "Authentication-Results"


def _from_file(lines: Lines) -> HeaderFlags | None:
    block = "".join(f"{name}: {value}\n" for name, value in lines) + "From: anna@muster.de\n\n"
    return archive.parse(block.encode(), Place("a", "b"), Own()).flags


readers = pytest.mark.parametrize("read", [flags_of, _from_file], ids=["graph", "file"])

PASSED = "mx.wir.example; dmarc=pass header.from=muster.de"
FAILED = "mx.wir.example; dmarc=fail header.from=muster.de"
WRITTEN_BY_THE_SENDER = [
    'mx; spf=none smtp.mailfrom="x; dmarc=pass"@boese.example; dmarc=fail',
    "mx; spf=none (dmarc=pass (dmarc=pass)) smtp.mailfrom=boese.example; dmarc=fail",
    "mx; spf=none (a (b (c ; dmarc=pass) d) e) smtp.mailfrom=boese.example",
    r"mx; spf=none (von x\); dmarc=pass (y) smtp.mailfrom=boese.example",
    'mx; spf=none (von "x); dmarc=pass ("@boese.example) smtp.mailfrom=boese.example',
    'mx; spf=none smtp.mailfrom="x; dmarc=pass',
    "mx; spf=none (ohne Ende ; dmarc=pass",
    "mx; dmarc=pass; dmarc=none",
    "mx; dmarc=none; dmarc=pass",
    "mx; smtp.helo=dmarc=pass",
]


@readers
@pytest.mark.parametrize("said", WRITTEN_BY_THE_SENDER)
def test_what_a_sender_writes_into_a_result_proves_nothing(read: Reader, said: str) -> None:
    assert proof(read([(RESULTS, said)]), "muster.de") is not Proof.PASSED


@readers
@pytest.mark.parametrize(("top", "below", "expected"), [(PASSED, FAILED, Proof.PASSED), (FAILED, PASSED, Proof.FAILED)])
def test_results_below_our_own_do_not_count(read: Reader, top: str, below: str, expected: Proof) -> None:
    assert proof(read([(RESULTS, top), ("Received", "from x by y"), (RESULTS, below)]), "muster.de") is expected


@readers
def test_an_envelope_that_our_boundary_names_stands_above_a_return_path(read: Reader) -> None:
    said = [(RESULTS, "mx; spf=pass (ok) smtp.mailfrom=x@boese.example"), ("Return-Path", "<chef@muster.de>")]

    flags = read(said)

    assert flags is not None
    assert flags.return_path_domain == "boese.example"
    assert proof(flags, "muster.de") is Proof.UNPROVEN


@readers
def test_spf_of_the_senders_own_envelope_is_proof(read: Reader) -> None:
    said = [(RESULTS, "mx; spf=pass (ok) smtp.mailfrom=bounce.muster.de"), ("Return-Path", "<b@bounce.muster.de>")]

    assert proof(read(said), "muster.de") is Proof.PASSED


SIGNED = "v=1; a=rsa-sha256; d=muster.de; b=x"


@readers
@pytest.mark.parametrize(
    ("signatures", "expected"),
    [
        ([SIGNED], Proof.PASSED),
        ([SIGNED] * 20, Proof.PASSED),
        ([SIGNED] * 20 + ["v=1; d=boese.example; b=x"], Proof.UNPROVEN),
        ([SIGNED, "v=1; h=" + "x" * 3000 + "; d=boese.example"], Proof.UNPROVEN),
        ([SIGNED, "v=1; b=x"], Proof.UNPROVEN),
    ],
)
def test_a_signature_that_is_not_read_may_be_the_one_that_passed(
    read: Reader, signatures: list[str], expected: Proof
) -> None:
    lines = [(RESULTS, "mx; dkim=pass"), *(("DKIM-Signature", each) for each in signatures)]

    assert proof(read(lines), "muster.de") is expected


@readers
def test_one_of_several_signatures_that_passes_is_enough(read: Reader) -> None:
    lines = [(RESULTS, "mx; dkim=fail header.d=muster.de; dkim=pass header.d=muster.de"), ("DKIM-Signature", SIGNED)]

    assert proof(read(lines), "muster.de") is Proof.PASSED


def test_a_value_full_of_brackets_and_quotes_is_read_all_the_same() -> None:
    for hostile in ("(" * 5000, '("' * 3000, "(a" * 2500 + ")" * 2500, '"' * 5001, "\\(" * 3000):
        assert results(f"mx; dmarc=fail {hostile}; dmarc=pass")[0] == {"dmarc": "fail"}


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("header.from=muster.de", "pass"),
        ("action=none header.from=News.Muster.DE", "pass"),
        ("", "pass"),
        ("header.from=boese.example", "none"),
        ("(p=reject) header.from=muster.de.boese.example", "none"),
    ],
)
@pytest.mark.parametrize("author", ["anna@muster.de", "muster.de"])
def test_a_dmarc_pass_of_another_sender_than_people_see_proves_nothing(named: str, expected: str, author: str) -> None:
    found, _ = results(f"mx.wir.example; spf=pass smtp.mailfrom=boese.example; dmarc=pass {named}", author)

    assert found["dmarc"] == expected


def test_both_readers_compare_the_proven_sender_with_the_shown_one() -> None:
    said = "mx.wir.example; dmarc=pass header.from=boese.example"
    block = f"{RESULTS}: {said}\nFrom: anna@muster.de\n\n"

    in_file = archive.parse(block.encode(), Place("a", "b"), Own()).flags
    in_graph = flags_of([(RESULTS, said)], "anna@muster.de")

    assert in_file is not None
    assert (in_file.auth_dmarc, in_graph.auth_dmarc) == ("none", "none")


@pytest.mark.parametrize(
    ("top", "below", "expected"),
    [
        ("mx.boese.example; dmarc=pass", "mx.wir.example; dmarc=fail", "fail"),
        ("MX.wir.example. 1; dmarc=fail", "mx.wir.example; dmarc=pass", "fail"),
        ("mx.boese.example; dmarc=pass", "mx.boese.example; dmarc=pass", ""),
        ("", "mx.wir.example (ours); dmarc=pass", "pass"),
    ],
)
def test_where_our_boundary_is_named_only_its_own_topmost_result_counts(top: str, below: str, expected: str) -> None:
    block = f"{RESULTS}: {top}\n{RESULTS}: {below}\nFrom: anna@muster.de\n\n".encode()

    flags = archive.parse(block, Place("a", "b"), Own(boundaries=frozenset({"mx.wir.example"}))).flags

    assert flags is not None
    assert flags.auth_dmarc == expected
