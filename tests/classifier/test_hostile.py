"""Whatever stands in a record, the answer is a suggestion, never an error."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.classify import classify
from classifier.report import line
from classifier.suggestion import Suggestion
from connectors.archive.headers import Own, Place, parse
from models.address import domain_form, registrable
from models.record import HeaderFlags, MessageRecord
from models.terms import Category
from tests.classifier.books import FAILED, PASSED, book, known
from tests.classifier.strangers import model
from tests.factories import chat, mail
from tests.shared import shared_file

BOOK = book(
    own_domains={"muster.de"},
    confirmed_domains={"kunde.de": Category.KUNDE, "paypal.com": Category.LIEFERANT, "apple.com": known(others=3)},
    confirmed_addresses={"a@gmx.de": Category.KUNDE},
)
# Invented, one of each shape that real files hold; they stand in where the shared files are missing.
OWN = [
    "",
    "@",
    "a@",
    "@b",
    "a@b@c",
    "a@[127.0.0.1]",
    "a@[IPv6:::1]",
    "a@.de",
    "a@de",
    "a@-x-.de",
    "<>",
    "<a@b.de>",
    '"a b"@muster.de',
    "a@muster.de\r\nBcc: b@c.de",
    "a@muster.de\x00",
    "\ud800@muster.de",
    "a@\ud800.de",
    "a@\udcff",
    "a@xn--",
    "a@xn--99999999999.de",
    "a@m\u00fcster.de",
    "a@\u043c\u0443ster.de",
    "a@" + "x" * 5000 + ".de",
    "a@" + "x." * 3000 + "de",
    "Gruppe: a@b.de, c@d.de;",
    "\u202ea@ed.retsum",
    "a@muster\u3002de",
    "a@muster.de..",
    "\u200b@\u200b",
]


def _inputs(name: str) -> Iterator[str]:
    for row in shared_file(f"data/hostile/{name}.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(row)["input"]


def _judge(text: str) -> None:
    """Put a text into every place where a stranger's text can stand."""
    as_domain = f"a@{text}"
    for flags in (None, PASSED, FAILED):
        for sender in (text, as_domain):
            record = mail(sender, sender_name=text, flags=flags)
            assert isinstance(classify(record, BOOK, model()), Suggestion)
            json.dumps(line(record, BOOK, model()).confidence)
    marks = HeaderFlags(
        list_id=text,
        precedence=text,
        auto_submitted=text,
        content_type=text,
        mailer=text,
        return_path_domain=text,
        reply_to_domain=text,
        message_id_domain=text,
        sender_domain=text,
        dkim_domains=(text,),
        mailing_services=(text,),
        campaign_headers=(text,),
        auth_spf="pass",
        auth_dkim="pass",
    )
    assert isinstance(classify(mail(as_domain, flags=marks), BOOK, model()), Suggestion)
    assert isinstance(classify(chat(text, user_id=text), BOOK, model()), Suggestion)


@pytest.mark.parametrize("text", OWN, ids=range(len(OWN)))
def test_an_invented_oddity_ends_in_a_suggestion(text: str) -> None:
    _judge(text)


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    "name", ["address_headers", "addresses", "idn_spoof", "confusables", "public_suffix", "bulk_headers", "strings"]
)
def test_every_collected_oddity_ends_in_a_suggestion(name: str) -> None:
    for text in _inputs(name):
        _judge(text)


def test_look_alikes_of_known_domains_inherit_nothing() -> None:
    for text in _inputs("idn_spoof"):
        if registrable(text) in ("paypal.com", "apple.com", "kunde.de"):
            continue
        answer = classify(mail(f"a@{text}", flags=PASSED), BOOK, None)
        assert answer.category is None, text


def test_registrable_domains_follow_the_public_suffix_list_without_exception() -> None:
    wrong = []
    for row in shared_file("data/hostile/public_suffix.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(row)
        expected = case["expect"]["registrable_domain"]
        if registrable(case["input"]) != (domain_form(expected) if expected else ""):
            wrong.append(case["input"])

    assert wrong == []


_TEXT = st.text(st.characters(codec=None), max_size=30)
_VALUES = {
    str: _TEXT | st.sampled_from(["pass", "fail", "none", "bulk"]),
    bool: st.booleans(),
    int: st.integers(),
    tuple[str, ...]: st.lists(_TEXT, max_size=3).map(tuple),
}
_FLAGS = st.builds(HeaderFlags, **{each.name: _VALUES[each.type] for each in fields(HeaderFlags)})  # type: ignore[index]


@settings(derandomize=True, max_examples=150, deadline=None)
@given(sender=_TEXT, domain=_TEXT, name=_TEXT, flags=st.none() | _FLAGS)
def test_any_record_ends_in_a_suggestion(sender: str, domain: str, name: str, flags: HeaderFlags | None) -> None:
    record: MessageRecord = mail(f"{sender}@{domain}", sender_name=name, flags=flags)

    answer = classify(record, BOOK, model())

    assert 0 <= answer.confidence <= 1
    assert answer.reason


def test_collected_results_of_authentication_prove_only_what_they_say() -> None:
    """Only an Authentication-Results of our boundary with a pass in it may make a customer's domain explicit."""
    proven = 0
    for row in shared_file("data/hostile/auth_results.jsonl").read_text(encoding="utf-8").splitlines():
        said = json.loads(row)["input"].strip()
        block = f"{said}\nFrom: a@paypal.com\nTo: b@muster.de\n\n".encode("utf-8", "replace")

        record = parse(block, Place("a", "b"), Own())
        answer = classify(record, BOOK, model())

        own_boundary = said.lower().startswith("authentication-results")
        passed = re.search(r"\b(?:dmarc|dkim|spf)\s*=\s*pass", said, re.IGNORECASE)
        assert record.flags
        told = {record.flags.auth_spf, record.flags.auth_dkim, record.flags.auth_dmarc, record.flags.compauth}
        assert own_boundary or told == {""}, said
        assert not answer.explicit or (own_boundary and passed), said
        failed = "dmarc=fail" in said.lower() and own_boundary
        assert not failed or answer.category is not Category.LIEFERANT, said
        proven += answer.explicit
    assert proven < 144
