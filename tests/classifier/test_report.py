"""One judgement as a line."""

import pytest

from classifier.report import line
from models.record import HeaderFlags
from models.terms import Category
from tests.classifier.books import FAILED, PASSED, book
from tests.classifier.strangers import model
from tests.factories import chat, mail

PLAIN = HeaderFlags(message_id_domain="moor-bau.de", return_path_domain="moor-bau.de", in_reply_to=True)


def test_a_rule_speaks_for_itself() -> None:
    found = line(mail("a@muster.de", source_id="7"), book(confirmed_domains={"muster.de": Category.KUNDE}), model())

    assert (found.id, found.category, found.best, found.auto, found.step) == (
        "7",
        "Kunde",
        "Kunde",
        True,
        "Domain bestätigt",
    )
    assert found.confidence == 0.97


def test_a_partner_of_the_model_is_neither_customer_nor_supplier() -> None:
    found = line(mail("anna.muster@moor-bau.de", sender_name="Anna Muster", flags=PLAIN), book(), model())

    assert (found.category, found.best, found.auto) == ("Geschäftspartner", "Geschäftspartner", False)
    assert found.confidence > 0.5


def test_an_abstention_still_tells_the_likeliest_class() -> None:
    found = line(mail("mailer-daemon@moor-bau.de", flags=PLAIN), book(), model())

    assert found.category is None
    assert found.best in {"Geschäftspartner", "Newsletter", "Werbung"}
    assert found.flags == ("system_mail",)


def test_without_a_model_there_is_no_likeliest_class() -> None:
    assert line(mail("a@fremd.de"), book(), None).best is None
    assert line(chat(), book(), model()).best is None


NOTICED = [
    ("a@muster.de", FAILED, ("forged", "authentication_failed")),
    ("b@gmx.de", FAILED, ("forged", "authentication_failed", "free_mail")),
    ("c@gmx.de", FAILED, ("authentication_failed", "free_mail")),
    ("c@sendgrid.net", PASSED, ("carrier",)),
    ("", None, ("no_sender",)),
    ("a@muster.de", PASSED, ()),
]


@pytest.mark.parametrize(("sender", "flags", "expected"), NOTICED)
def test_what_was_noticed_is_named(sender: str, flags: HeaderFlags | None, expected: tuple[str, ...]) -> None:
    known = book(confirmed_domains={"muster.de": Category.KUNDE}, confirmed_addresses={"b@gmx.de": Category.KUNDE})

    assert line(mail(sender, flags=flags), known, None).flags == expected
