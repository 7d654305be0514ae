"""Whether a mail is proven to come from its domain."""

import pytest

from classifier.authentication import Proof, proof
from models.record import HeaderFlags


def _flags(**results: object) -> HeaderFlags:
    return HeaderFlags(**results)  # type: ignore[arg-type]


CASES = [
    ("DMARC passed", _flags(auth_dmarc="pass"), Proof.PASSED),
    ("Microsoft would have passed it", _flags(auth_dmarc="bestguesspass"), Proof.PASSED),
    ("composite result passed over DMARC", _flags(compauth="pass", auth_dmarc="fail"), Proof.WEAK),
    ("composite result passed alone", _flags(compauth="pass", auth_dmarc="none"), Proof.WEAK),
    ("composite result and DMARC passed", _flags(compauth="pass", auth_dmarc="pass"), Proof.PASSED),
    ("the policy is broken", _flags(auth_dmarc="permerror", auth_spf="pass"), Proof.FAILED),
    ("composite result failed over DMARC", _flags(compauth="fail", auth_dmarc="pass"), Proof.FAILED),
    ("DMARC failed over DKIM", _flags(auth_dmarc="fail", auth_dkim="pass", dkim_domains=("muster.de",)), Proof.FAILED),
    ("DKIM of this domain", _flags(auth_dkim="pass", dkim_domains=("mail.muster.de",)), Proof.PASSED),
    ("DKIM of the carrier", _flags(auth_dkim="pass", dkim_domains=("mailjet.com",)), Proof.UNPROVEN),
    ("one of two signatures", _flags(auth_dkim="pass", dkim_domains=("muster.de", "boese.net")), Proof.UNPROVEN),
    ("SPF of this domain", _flags(auth_spf="pass", return_path_domain="bounce.muster.de"), Proof.PASSED),
    ("SPF of another domain", _flags(auth_spf="pass", return_path_domain="boese.net"), Proof.UNPROVEN),
    ("SPF without return path", _flags(auth_spf="pass"), Proof.UNPROVEN),
    ("soft pass is no pass", _flags(compauth="softpass"), Proof.UNPROVEN),
    ("nothing found", _flags(auth_spf="none", auth_dmarc="none"), Proof.UNPROVEN),
    ("no results", _flags(), Proof.ABSENT),
    ("internal mark does not help strangers", _flags(auth_internal=True), Proof.ABSENT),
    ("no headers", None, Proof.UNSEEN),
]


@pytest.mark.parametrize(("name", "flags", "expected"), CASES, ids=[case[0] for case in CASES])
def test_proof_follows_the_results_of_our_boundary(name: str, flags: HeaderFlags | None, expected: Proof) -> None:
    assert proof(flags, "muster.de") is expected


def test_the_servers_word_counts_for_our_own_domain() -> None:
    assert proof(_flags(auth_internal=True, auth_dmarc="none"), "muster.de", own=True) is Proof.PASSED


def test_an_unregistrable_domain_is_never_aligned() -> None:
    flags = _flags(auth_spf="pass", auth_dkim="pass")

    assert proof(flags, "localhost") is Proof.UNPROVEN
