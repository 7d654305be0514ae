"""Which known domain a strange one imitates."""

import json
from string import ascii_lowercase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.letters import skeleton
from classifier.lookalike import Index, index, one_apart
from tests.shared import shared_file

KNOWN = frozenset({"muster.de", "xn--mller-kva.de", "paypal.com", "db.de", "otto.de", "beispiel.co.uk", "rnarine.eu"})
IMITATIONS = [
    ("rnuster.de", "muster.de"),
    ("muster.com", "muster.de"),
    ("mustre.de", "muster.de"),
    ("musster.de", "muster.de"),
    ("mustr.de", "muster.de"),
    ("muster.dee", "muster.de"),
    ("mu-ster.de", "muster.de"),
    ("einkauf.mustar.de", "muster.de"),
    ("muster.de.sicher.biz", "muster.de"),
    ("muster-de.com", "muster.de"),
    ("www.paypal-com-login.de", "paypal.com"),
    ("beispiel-co-uk.com", "beispiel.co.uk"),
    ("mueller.de", "xn--mller-kva.de"),
    ("muller.de", "xn--mller-kva.de"),
    ("paypa1.com", "paypal.com"),
    ("xn--pypal-4ve.com", "paypal.com"),
    ("beispiel.com", "beispiel.co.uk"),
    ("beispeil.co.uk", "beispiel.co.uk"),
    ("beispeil.net", "beispiel.co.uk"),
    ("marine.eu", "rnarine.eu"),
]
HONEST = [
    "",
    "localhost",
    "fremd.de",
    "mustang.de",
    "muster.de",
    "mail.muster.de",
    "dbs.de",
    "db.com",
    "ottos.de",
    "ab.de",
    "muster-deko.de",
    "haus-muster.com",
]


@pytest.mark.parametrize(("domain", "known"), IMITATIONS)
def test_an_imitation_is_found(domain: str, known: str) -> None:
    assert index(KNOWN).find(domain) == known


@pytest.mark.parametrize("domain", HONEST)
def test_an_honest_domain_imitates_nobody(domain: str) -> None:
    assert index(KNOWN).find(domain) == ""


def test_a_letter_and_the_top_level_together_need_a_long_name() -> None:
    assert index(KNOWN).find("mustar.net") == ""


@settings(derandomize=True, max_examples=100, deadline=None)
@given(at=st.integers(0, 7), letter=st.sampled_from(ascii_lowercase), kind=st.sampled_from("idrs"))
def test_every_slip_of_one_letter_is_found(at: int, letter: str, kind: str) -> None:
    name = "werkzeug"
    put = {
        "i": name[:at] + letter + name[at:],
        "d": name[:at] + name[at + 1 :],
        "r": name[:at] + letter + name[at + 1 :],
    }
    swapped = name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :]
    slip = put.get(kind, swapped)

    found = index(frozenset({"werkzeug.de"})).find(f"{slip}.de")

    assert found == ("" if slip == name else "werkzeug.de")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", True),
        ("", "a", True),
        ("ab", "ba", True),
        ("abc", "acbd", False),
        ("abcd", "badc", False),
        ("a", "abc", False),
    ],
)
def test_one_edit_is_an_insertion_a_deletion_a_change_or_a_swap(one: str, other: str, expected: bool) -> None:
    assert one_apart(one, other) is expected
    assert one_apart(other, one) is expected


def test_a_book_that_changed_a_little_is_not_indexed_anew() -> None:
    before = index(frozenset(f"firma{at}x.de" for at in range(50)))

    after = index(before.names - {"firma1x.de"} | {"neukunde.de"})

    assert after.tables[0] is before.tables[0]
    assert after.find("neukunde.com") == "neukunde.de"
    assert after.find("firma1x.com") != "firma1x.de"
    assert index(before.names).tables == before.tables


def test_a_book_of_another_firm_is_indexed_anew() -> None:
    before = index(frozenset(f"firma{at}x.de" for at in range(1_500)))

    after = index(frozenset({"muster.de"}))

    assert after.tables[0] is not before.tables[0]


def test_a_crowd_of_similar_names_is_looked_through_only_so_far() -> None:
    crowd = frozenset(f"werkzeug{one}{other}.de" for one in ascii_lowercase for other in ascii_lowercase)

    assert index(crowd).find("werkzeugab.com") == "werkzeugab.de"


def test_what_was_found_is_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.lookalike._REMEMBERED", 2)
    known: Index = index(KNOWN)

    found = [known.find(f"fremd{at}.de") for at in range(5)]

    assert found == [""] * 5


def test_names_look_the_same_at_a_glance() -> None:
    assert skeleton("p\u0430ypa1") == skeleton("paypal") == skeleton("Pay-Pal")


def test_collected_typing_errors_of_known_domains_are_found() -> None:
    known = index(frozenset({"gmail.com", "hotmail.com", "yahoo.com"}))
    rows = shared_file("data/hostile/domain_typos.jsonl").read_text(encoding="utf-8").splitlines()
    pairs = [json.loads(row)["input"].split(",") for row in rows]
    meant = [(known.find(pair[0]), pair[1]) for pair in pairs if len(pair) == 2 and "." in pair[0]]
    others = [pair[0] for pair in pairs if len(pair) == 1 and known.find(pair[0])]

    assert sum(found == right for found, right in meant) >= 0.95 * len(meant)
    assert others == []
