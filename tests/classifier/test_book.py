"""What an address book says about domains."""

import pytest

from classifier.book import is_free_mail, lineage, may_teach
from tests.shared import shared_file


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("mail.eu.muster.de", ("mail.eu.muster.de", "eu.muster.de", "muster.de")),
        ("muster.de", ("muster.de",)),
        ("MUSTER.de.", ("muster.de",)),
        ("a.muster.co.uk", ("a.muster.co.uk", "muster.co.uk")),
        ("bücher.de", ("xn--bcher-kva.de",)),
        ("co.uk", ()),
        ("", ()),
        ("[192.0.2.1]", ()),
    ],
)
def test_the_lineage_runs_from_the_domain_to_the_registrable_one(domain: str, expected: tuple[str, ...]) -> None:
    assert lineage(domain) == expected


@pytest.mark.parametrize("domain", ["gmx.de", "web.de", "t-online.de", "gmail.com", "googlemail.com", "mx.freenet.de"])
def test_free_mail_is_known_and_never_teaches(domain: str) -> None:
    assert is_free_mail(domain)
    assert not may_teach(domain)


@pytest.mark.parametrize("domain", ["sendgrid.net", "em.mailjet.com", "firma.onmicrosoft.com", "de", "", "co.uk"])
def test_carriers_hosts_and_suffixes_never_teach_but_are_no_free_mail(domain: str) -> None:
    assert not is_free_mail(domain)
    assert not may_teach(domain)


@pytest.mark.parametrize("domain", ["muster.de", "einkauf.muster.de", "muster.co.uk"])
def test_a_domain_of_a_firm_teaches(domain: str) -> None:
    assert may_teach(domain)


def test_most_of_a_public_list_of_german_free_mail_is_known() -> None:
    listed = shared_file("data/mail/lists/free_email_domains.txt").read_text().split()
    best_known = {"gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de", "gmail.com", "outlook.com", "yahoo.de"}

    present = [each for each in listed if each in best_known]

    assert present
    assert all(is_free_mail(each) for each in present)
