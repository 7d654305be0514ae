"""What people are told about names that imitate or deceive, and that such senders never inherit."""

from dataclasses import replace

import pytest

from classifier.classify import classify
from classifier.report import line
from models.record import HeaderFlags
from models.terms import Category, Step
from tests.classifier.books import PASSED, book, known
from tests.classifier.strangers import model
from tests.factories import mail

K, L, INTERN, N, W = Category.KUNDE, Category.LIEFERANT, Category.INTERN, Category.NEWSLETTER, Category.WERBUNG
BOOK = book(
    own_domains={"eigene-firma.de"},
    confirmed_domains={"muster.de": known(K, party="Muster GmbH"), "werbung24.de": W, "xn--mller-kva.de": L},
    master_domains={"stahlwerk.de": L},
    confirmed_addresses={"anna@kontor-nord.de": K, "berta@gmx.de": K},
)
LISTED = replace(PASSED, list_id="a.b", list_unsubscribe=True)
TOLD = [
    (
        "a@rnuster.de",
        "Absenderdomain rnuster.de ähnelt der bekannten Domain muster.de (Kunde, Muster GmbH), ist aber eine andere",
    ),
    (
        "a@stahlwerk.com",
        "Absenderdomain stahlwerk.com ähnelt der bekannten Domain stahlwerk.de (Lieferant), ist aber eine andere",
    ),
    (
        "a@eigene-firrna.de",
        "Absenderdomain eigene-firrna.de ähnelt Ihrer eigenen Domain eigene-firma.de, ist aber eine andere",
    ),
    (
        "a@kontor-nord.eu",
        "Absenderdomain kontor-nord.eu ähnelt der bekannten Domain kontor-nord.de, ist aber eine andere",
    ),
    (
        "a@mueller.de",
        "Absenderdomain mueller.de ähnelt der bekannten Domain müller.de (xn--mller-kva.de) (Lieferant), ist aber eine andere",
    ),
    (
        "a@xn--schden-5nf.de",
        "Absenderdomain sch\u0430den.de (xn--schden-5nf.de) täuscht: gemischte Schriften",
    ),
    (
        "a@xn--muste-rwe.de",
        "Absenderdomain muste\u0433.de (xn--muste-rwe.de) ähnelt der bekannten Domain muster.de (Kunde",
    ),
]


@pytest.mark.parametrize(("sender", "reason"), TOLD)
@pytest.mark.parametrize("with_model", [True, False])
def test_an_imitation_never_inherits_and_both_spellings_are_shown(sender: str, reason: str, with_model: bool) -> None:
    answer = classify(mail(sender, flags=PASSED), BOOK, model() if with_model else None)

    assert answer.category not in (K, L, INTERN)
    assert not answer.explicit
    assert answer.reason.startswith(reason)


@pytest.mark.parametrize("sender", ["a@gmx.net", "a@werbung42.de", "a@mail.muster.de", "a@fremd.de", "a@mcsv.net"])
def test_other_senders_are_not_suspected(sender: str) -> None:
    assert "ähnelt" not in classify(mail(sender, flags=PASSED), BOOK, None).reason


def test_mass_mail_of_a_similar_name_is_suggested_with_the_warning() -> None:
    answer = classify(mail("a@stahlwerk.com", flags=LISTED), replace(BOOK, mass_mail_rule=True), None)

    assert (answer.category, answer.step, answer.explicit) == (N, Step.MASSENVERSAND, False)
    assert not answer.sure
    assert answer.reason.startswith("Absenderdomain stahlwerk.com ähnelt")
    assert answer.reason.endswith("DMARC bestanden")


def test_mass_mail_of_a_deceptive_name_is_no_newsletter() -> None:
    answer = classify(mail("a@xn--schden-5nf.de", flags=LISTED), BOOK, None)

    assert answer.category is None


SPAM = HeaderFlags(reply_to_domain="sammelbox.net", content_type="text/html")
NEWS = HeaderFlags(list_id="news.muster-verlag.de", list_unsubscribe=True, precedence="bulk")


def test_the_model_may_still_call_it_advertising() -> None:
    answer = classify(mail("gewinn1@stahlwerk.com", sender_name="GEWINN!!", flags=SPAM), BOOK, model())

    assert answer.category is W
    assert "ähnelt der bekannten Domain stahlwerk.de" in answer.reason


def test_the_model_may_call_a_similar_name_a_newsletter_but_not_a_deceptive_one() -> None:
    similar = classify(mail("newsletter@stahlwerk.com", sender_name="Verlag", flags=NEWS), BOOK, model())
    deceptive = classify(mail("newsletter@xn--schden-5nf.de", sender_name="Verlag", flags=NEWS), BOOK, model())

    assert similar.category is N
    assert deceptive.category is None
    assert "täuscht" in deceptive.reason


def test_programs_are_told_by_flags() -> None:
    found = [line(mail(sender, flags=PASSED), BOOK, None).flags for sender in ("a@rnuster.de", "a@xn--schden-5nf.de")]

    assert found == [("lookalike",), ("deceptive_name",)]
    assert line(mail("a@xn--muste-rwe.de", flags=PASSED), BOOK, None).flags == ("lookalike", "deceptive_name")
