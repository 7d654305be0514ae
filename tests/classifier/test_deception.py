"""Names that deceive by themselves, and honest names in other scripts."""

import json

import pytest

from classifier.deception import deceives, spelled
from tests.shared import shared_file

DECEPTIVE = {
    "p\u0430ypal.com": "gemischte Schriften",
    "pa\u200bypal.com": "unsichtbare oder fremde Zeichen",
    "muster\u2665.de": "unsichtbare oder fremde Zeichen",
    "a\u00b7b.de": "unsichtbare oder fremde Zeichen",
    "xn--99999999999.de": "nicht lesbare Umschrift",
    "xn--muster-.de": "nicht lesbare Umschrift",
    "\uff4duster.de": "Zeichen in Zierschrift",
    "m\u1d1cster.de": "Zeichen der Lautschrift",
    "muster\ua4f2.de": "Zeichen einer kaum gebrauchten Schrift",
    "mus\u0142er.de": "Buchstaben, die lateinischen gleichen",
    "\u0440\u0430\u0443.com": "Buchstaben, die lateinischen gleichen",
    "m\u0300uster.de": "aufgesetzte Zeichen",
    "\u0300muster.de": "aufgesetzte Zeichen",
    "\u0967\u0968.de": "Ziffern einer anderen Schrift",
    "muster\u0967.de": "Ziffern einer anderen Schrift",
    "d12\u4e00.cn": "Striche, die Satzzeichen gleichen",
    "caf\u00e9\uce74.kr": "gemischte Schriften",
    "\ud800muster.de": "unsichtbare oder fremde Zeichen",
}
HONEST = [
    "muster.de",
    "",
    "m\u00fcller.de",
    "xn--mller-kva.de",
    "stra\u00dfe.de",
    "fran\u00e7ois.fr",
    "sm\u00f8rrebr\u00f8d.dk",
    "col\u00b7lecci\u00f3.cat",
    "\u0440\u0430\u0443.ru",
    "\u0440\u0430\u0443.xn--p1ai",
    "\u0440\u0430\u0443.\u0440\u0444",
    "\u0440\u043e\u0441\u0441\u0438\u044f.com",
    "\u65e5\u672c\u8a9e\u304b\u306a.jp",
    "abc\u65e5\u672c.jp",
    "\u0e44\u0e17\u0e22.com",
    "\u4e00123.com",
    "m\u0133n.nl".replace("\u0133", "ij"),
]


@pytest.mark.parametrize(("domain", "told"), DECEPTIVE.items(), ids=range(len(DECEPTIVE)))
def test_a_deceptive_name_says_what_deceives(domain: str, told: str) -> None:
    assert deceives(domain) == told


@pytest.mark.parametrize("domain", HONEST)
def test_an_honest_name_is_left_alone(domain: str) -> None:
    assert deceives(domain) == ""


def test_a_label_is_spelled_as_people_see_it() -> None:
    assert spelled("mail.xn--mller-kva.de") == "mail.m\u00fcller.de"
    assert spelled("xn--99999999999.de") == "xn--99999999999.de"


def test_collected_spoofs_are_noticed_and_honest_names_are_not() -> None:
    rows = shared_file("data/hostile/idn_spoof.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [(row["input"], row["expect"]["verdict"]) for row in map(json.loads, rows)]
    unsafe = [deceives(name) for name, verdict in cases if verdict == "unsafe"]
    safe = [name for name, verdict in cases if verdict == "safe" and deceives(name)]

    assert sum(map(bool, unsafe)) >= 0.95 * len(unsafe)
    assert safe == []
