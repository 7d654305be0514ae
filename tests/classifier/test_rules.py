"""The order of precedence, and who may inherit from a domain."""

from dataclasses import replace

import pytest

from classifier.classify import classify
from models.record import HeaderFlags
from models.terms import Category, Step
from tests.classifier.books import FAILED, NO_RESULTS, PASSED, book, known
from tests.factories import chat, mail

K, L, INTERN, N, W = Category.KUNDE, Category.LIEFERANT, Category.INTERN, Category.NEWSLETTER, Category.WERBUNG
WEAK = HeaderFlags(compauth="pass", auth_dmarc="none")
LISTED = HeaderFlags(auth_dmarc="pass", list_id="rundbrief.muster.de")
SENDER = "anna@einkauf.muster.de"

# From the strongest to the weakest; each row takes away what answered before.
EVERYTHING = {
    "confirmed_addresses": {SENDER: K},
    "master_addresses": {SENDER: L},
    "confirmed_domains": {"muster.de": W},
    "master_domains": {"muster.de": L},
    "own_domains": {"muster.de"},
}
PRECEDENCE = [
    (0, K, Step.ADRESSE_BESTAETIGT),
    (1, L, Step.ADRESSE_STAMMDATEN),
    (2, W, Step.DOMAIN_BESTAETIGT),
    (3, L, Step.DOMAIN_STAMMDATEN),
    (4, INTERN, Step.EIGENE_DOMAIN),
    (5, N, Step.MASSENVERSAND),
]


@pytest.mark.parametrize(("gone", "category", "step"), PRECEDENCE)
def test_the_first_rule_that_knows_the_sender_answers(gone: int, category: Category, step: Step) -> None:
    left = dict(list(EVERYTHING.items())[gone:])

    answer = classify(mail(SENDER, flags=LISTED), book(**left), None)

    assert (answer.category, answer.step) == (category, step)


def test_nothing_known_is_an_abstention() -> None:
    answer = classify(mail(SENDER), book(), None)

    assert (answer.category, answer.step, answer.reason) == (None, Step.KEINER, "Neuer Absender")
    assert not answer.explicit


def test_the_deepest_domain_wins() -> None:
    domains = {"muster.de": K, "einkauf.muster.de": L}

    answer = classify(mail(SENDER), book(confirmed_domains=domains), None)

    assert answer.category is L


@pytest.mark.parametrize("table", ["confirmed_domains", "master_domains"])
@pytest.mark.parametrize("sender", ["anna@gmx.de", "anna@em.sendgrid.net", "anna@firma.onmicrosoft.com"])
def test_free_mail_and_carriers_never_lend_their_domain(table: str, sender: str) -> None:
    domain = sender.partition("@")[2]
    parents = {domain: K, domain.partition(".")[2]: K, "onmicrosoft.com": K}

    answer = classify(mail(sender, flags=PASSED), book(**{table: parents}), None)

    assert answer.category is None


def test_a_free_mail_address_can_be_known() -> None:
    answer = classify(mail("anna@gmx.de", flags=PASSED), book(confirmed_addresses={"anna@gmx.de": K}), None)

    assert answer.category is K
    assert answer.explicit


def test_a_free_mail_domain_is_never_our_own() -> None:
    answer = classify(mail("anna@gmx.de", flags=PASSED), book(own_domains={"gmx.de"}), None)

    assert answer.category is None


PROOFS = [
    (PASSED, True, "Absenderdomain muster.de 12x als Kunde bestätigt, zuletzt 03.11., 0x anders"),
    (None, True, "; Kopfzeilen nicht bekannt, Beglaubigung nicht geprüft"),
    (NO_RESULTS, False, "; Beglaubigung unbekannt"),
    (WEAK, False, "; nicht beglaubigt, nur nach Einschätzung des Postfachanbieters echt"),
]


@pytest.mark.parametrize(("flags", "explicit", "told"), PROOFS)
def test_a_domain_is_explicit_only_with_proof_or_where_none_can_be_had(
    flags: HeaderFlags | None, explicit: bool, told: str
) -> None:
    answer = classify(mail(SENDER, flags=flags), book(confirmed_domains={"muster.de": K}), None)

    assert answer.category is K
    assert answer.explicit is explicit
    assert answer.reason.endswith(told)


def test_a_domain_with_umlauts_stands_in_its_reason_as_people_write_it() -> None:
    own = book(confirmed_domains={"xn--mller-kva.de": K})

    answers = [classify(mail("anna@xn--mller-kva.de", flags=flags), own, None) for flags in (PASSED, FAILED)]

    assert answers[0].reason.startswith("Absenderdomain müller.de (xn--mller-kva.de) 12x als Kunde bestätigt")
    assert answers[1].reason.startswith("Absender gibt sich als müller.de (xn--mller-kva.de) aus")


def test_a_domain_with_two_classes_is_only_suggested() -> None:
    domains = {"muster.de": known(K, hits=3, others=2)}

    answer = classify(mail(SENDER, flags=PASSED), book(confirmed_domains=domains), None)

    assert answer.category is K
    assert answer.confidence == pytest.approx(0.5)
    assert not answer.explicit


@pytest.mark.parametrize(("hits", "others", "explicit"), [(3, 1, True), (1, 1, False)])
def test_an_address_that_was_corrected_needs_a_majority(hits: int, others: int, explicit: bool) -> None:
    addresses = {SENDER: known(K, hits=hits, others=others)}

    answer = classify(mail(SENDER, flags=PASSED), book(confirmed_addresses=addresses), None)

    assert answer.explicit is explicit


@pytest.mark.parametrize("flags", [PASSED, NO_RESULTS])
def test_the_party_of_the_key_comes_along(flags: HeaderFlags) -> None:
    domains = {"muster.de": known(L, party="Muster GmbH", company_id=7, person_id=9)}

    answer = classify(mail(SENDER, flags=flags), book(master_domains=domains), None)

    assert (answer.company_id, answer.person_id) == (7, 9)
    assert answer.reason.startswith("Stammdaten: Muster GmbH")


def test_master_data_without_a_name_tell_the_key() -> None:
    answer = classify(mail(SENDER, flags=PASSED), book(master_domains={"muster.de": L}), None)

    assert answer.reason == "Stammdaten: muster.de"


def test_a_display_name_is_never_matched() -> None:
    record = mail("wer@fremd.de", sender_name=SENDER, flags=PASSED)

    answer = classify(record, book(confirmed_addresses={SENDER: K}, confirmed_domains={"muster.de": K}), None)

    assert answer.category is None


@pytest.mark.parametrize(
    "spelling", ["ANNA@Einkauf.Muster.DE", " <anna@einkauf.muster.de> ", "anna@einkauf.muster.de."]
)
def test_spelling_of_an_address_does_not_matter(spelling: str) -> None:
    answer = classify(mail(spelling, flags=PASSED), book(confirmed_addresses={SENDER: K}), None)

    assert answer.category is K


SIGNS = [
    ({"list_id": "rundbrief.muster.de"}, "Listen-Kopfzeile vorhanden; DMARC bestanden"),
    ({"list_unsubscribe": True}, "Abmelde-Kopfzeile vorhanden; DMARC bestanden"),
    ({"precedence": "Bulk"}, "als Massensendung gekennzeichnet; DMARC bestanden"),
    ({"feedback_id": True}, "Kampagnen-Kennung vorhanden; DMARC bestanden"),
    ({"mailing_services": ("mailchimp",)}, "Versand über mailchimp; DMARC bestanden"),
    ({"dkim_domains": ("muster.de", "mailjet.com")}, "Versand über mailjet.com; DMARC bestanden"),
    ({"return_path_domain": "bounce.sendgrid.net"}, "Versand über sendgrid.net; DMARC bestanden"),
    (
        {"list_id": "a", "list_unsubscribe": True, "mailing_services": ("brevo",)},
        "Listen-Kopfzeile vorhanden, Versand über brevo; DMARC bestanden",
    ),
]


@pytest.mark.parametrize(("marks", "reason"), SIGNS)
def test_proven_mass_mail_is_suggested_as_newsletter(marks: dict[str, object], reason: str) -> None:
    record = mail(flags=replace(PASSED, **marks))  # type: ignore[arg-type]

    answer = classify(record, book(), None)

    assert (answer.category, answer.step, answer.explicit) == (N, Step.MASSENVERSAND, False)
    assert answer.reason == reason


def test_mass_mail_is_filed_when_the_admin_said_so() -> None:
    answer = classify(mail(flags=LISTED), book(mass_mail_rule=True), None)

    assert answer.explicit


def test_mass_mail_proven_otherwise_says_so() -> None:
    flags = HeaderFlags(auth_dmarc="bestguesspass", list_id="a")

    answer = classify(mail(flags=flags), book(), None)

    assert answer.reason == "Listen-Kopfzeile vorhanden; Beglaubigung bestanden"


@pytest.mark.parametrize("flags", [HeaderFlags(list_id="a"), HeaderFlags(list_id="a", auth_dmarc="fail"), None])
def test_mass_mail_without_proof_is_not_believed(flags: HeaderFlags | None) -> None:
    assert classify(mail(flags=flags), book(), None).category is None


@pytest.mark.parametrize("written", ["muster.de", SENDER])
def test_whom_we_write_to_sends_no_newsletter(written: str) -> None:
    answer = classify(mail(SENDER, flags=LISTED), book(written_to={written: 7}), None)

    assert answer.category is None


def test_an_automatic_reply_with_bulk_mark_is_no_newsletter() -> None:
    flags = replace(PASSED, precedence="bulk", auto_submitted="auto-replied")

    answer = classify(mail(flags=flags), book(), None)

    assert answer.category is None
    assert answer.system


def test_a_customers_automatic_mail_stays_the_customers() -> None:
    flags = replace(PASSED, auto_submitted="auto-replied")

    answer = classify(mail(SENDER, flags=flags), book(confirmed_domains={"muster.de": K}), None)

    assert answer.category is K
    assert answer.system


def test_a_listed_mail_stays_a_newsletter_even_when_a_machine_marked_it() -> None:
    answer = classify(mail(flags=replace(LISTED, auto_submitted="auto-generated")), book(), None)

    assert answer.category is N
    assert answer.system


@pytest.mark.parametrize("table", ["confirmed_addresses", "master_addresses"])
@pytest.mark.parametrize("key", ["491718388958", "DE.1234"])
def test_whatsapp_is_known_by_number_or_user_id(table: str, key: str) -> None:
    record = chat("+49 171 8388958", user_id="DE.1234")

    answer = classify(record, book(**{table: {key: K}}), None)

    assert answer.category is K
    assert answer.explicit


def test_a_confirmed_number_says_so() -> None:
    answer = classify(chat(), book(confirmed_addresses={"491718388958": K}), None)

    assert answer.reason == "Diese Nummer 12x als Kunde bestätigt, zuletzt 03.11., 0x anders"


def test_a_new_number_is_an_abstention() -> None:
    answer = classify(chat(), book(own_domains={"muster.de"}), None)

    assert (answer.category, answer.reason) == (None, "Neue Nummer")


@pytest.mark.parametrize("table", ["confirmed_addresses", "master_addresses"])
def test_an_address_known_without_headers_says_that_nothing_was_checked(table: str) -> None:
    answer = classify(mail(SENDER, flags=None), book(**{table: {SENDER: K}}), None)

    assert (answer.category, answer.explicit) == (K, True)
    assert answer.reason.endswith("; Kopfzeilen nicht bekannt, Beglaubigung nicht geprüft")
