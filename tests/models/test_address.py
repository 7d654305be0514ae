"""Normal forms of domains: what looks alike to a machine of 2003 belongs to different people today."""

import pytest

from classifier.classify import classify
from models.address import _EXTRACT, _below_suffix, clean_address, domain_form, number_form, number_shown, registrable
from models.terms import Category
from tests.classifier.books import PASSED, book
from tests.factories import mail

# UTS 46, section 7: the four deviation characters, each with the name that IDNA 2003 made of it.
OWN_NAMES = [
    ("faß.de", "xn--fa-hia.de", "fass.de"),
    ("FAẞ.DE", "xn--fa-hia.de", "fass.de"),
    ("βόλος.com", "xn--nxasmm1c.com", "xn--nxasmq6b.com"),
    ("a\u200db.de", "xn--ab-m1t.de", "ab.de"),
    ("a\u200cb.de", "xn--ab-j1t.de", "ab.de"),
    ("mail。faß．de", "mail.xn--fa-hia.de", "mail.fass.de"),
]


@pytest.mark.parametrize(("written", "form", "other"), OWN_NAMES)
def test_letters_that_were_once_replaced_make_a_name_of_its_own(written: str, form: str, other: str) -> None:
    assert domain_form(written) == form
    assert domain_form(other) == other


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("München.DE.", "xn--mnchen-3ya.de"),
        ("ΜΟΥΣ.gr", "xn--xxagmh.gr"),
        ("ｍuster.de", "muster.de"),
        ("A.De", "a.de"),
    ],
)
def test_other_spellings_of_one_name_are_one(written: str, form: str) -> None:
    assert domain_form(written) == form


@pytest.mark.parametrize("written", ["ß" * 300 + ".de", "ß..de", "\ud800ß.de", "\ud800.de"])
def test_what_is_no_name_ends_in_some_form(written: str) -> None:
    assert isinstance(domain_form(written), str)
    assert isinstance(registrable(written), str)


def test_a_sharp_s_inherits_nothing_from_the_name_with_two() -> None:
    known = book(confirmed_domains={"fass.de": Category.KUNDE}, confirmed_addresses={"chef@fass.de": Category.KUNDE})

    answer = classify(mail(clean_address("chef@faß.de"), flags=PASSED), known, None)

    assert answer.category is None
    assert answer.reason.startswith("Absenderdomain faß.de (xn--fa-hia.de) ähnelt der bekannten Domain fass.de")


def test_below_every_suffix_the_quick_look_says_what_the_library_says() -> None:
    told = 0
    for suffix in _EXTRACT.tlds[::15]:
        bare = suffix.lstrip("*!.")
        for host in (bare, f"firma.{bare}", f"mail.firma.{bare}", f"www.{bare}.com", f"x{bare}"):
            quick = _below_suffix(host)
            assert quick in (None, _EXTRACT(host).top_domain_under_public_suffix or ""), host
            told += quick is not None

    assert told > 2_000


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("491718388958", "+49 171 8388958"),
        ("5511987654321", "+55 11 98765-4321"),
        ("12", "+12"),
        ("7" * 16, "+" + "7" * 16),
    ],
)
def test_a_number_is_shown_as_people_read_it_and_found_as_it_is_shown(digits: str, shown: str) -> None:
    assert number_shown(digits) == shown
    assert number_form(shown) in {digits, ""}
