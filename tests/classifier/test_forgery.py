"""Who may inherit without proof: nobody whom a forger would want to be."""

import pytest

from classifier.book import Written
from classifier.classify import classify
from models.record import HeaderFlags
from models.terms import Category
from tests.classifier.books import FAILED, NO_RESULTS, NOTHING_FOUND, book, known
from tests.factories import mail

K, L, INTERN, N, W = Category.KUNDE, Category.LIEFERANT, Category.INTERN, Category.NEWSLETTER, Category.WERBUNG
WEAK = HeaderFlags(compauth="pass", auth_dmarc="none")
SENDER = "anna@einkauf.muster.de"


@pytest.mark.parametrize("flags", [FAILED, NOTHING_FOUND])
@pytest.mark.parametrize(
    "parts",
    [
        {"confirmed_addresses": {SENDER: K}},
        {"master_addresses": {SENDER: L}},
        {"confirmed_domains": {"muster.de": K}},
        {"master_domains": {"muster.de": L}},
        {"own_domains": {"muster.de"}},
    ],
)
def test_without_proof_nobody_inherits(flags: HeaderFlags, parts: dict[str, object]) -> None:
    answer = classify(mail(SENDER, flags=flags), book(**parts), None)

    assert answer.category is None
    assert not answer.explicit
    assert answer.reason.startswith("Absender gibt sich als ")
    assert answer.reason.endswith(" aus, Beglaubigung nicht bestanden")


def test_a_forged_mail_names_the_party_it_claims_to_be() -> None:
    domains = {"muster.de": known(party="Muster GmbH")}

    answer = classify(mail(SENDER, flags=FAILED), book(confirmed_domains=domains), None)

    assert answer.reason == "Absender gibt sich als Muster GmbH aus, Beglaubigung nicht bestanden"


def test_our_own_mail_may_be_proven_by_the_server_alone() -> None:
    flags = HeaderFlags(auth_internal=True, auth_dmarc="none")

    answer = classify(mail("anna@muster.de", flags=flags), book(own_domains={"muster.de"}), None)

    assert answer.category is INTERN
    assert answer.explicit
    assert answer.reason == "Eigene Domain, Beglaubigung bestanden"


def test_our_own_domain_without_results_is_only_suggested() -> None:
    answer = classify(mail("anna@muster.de", flags=NO_RESULTS), book(own_domains={"muster.de"}), None)

    assert answer.category is INTERN
    assert not answer.explicit


@pytest.mark.parametrize("category", [N, W])
@pytest.mark.parametrize("flags", [FAILED, NO_RESULTS, NOTHING_FOUND])
def test_advertisers_and_newsletters_inherit_without_proof_because_nobody_gains_by_forging_them(
    category: Category, flags: HeaderFlags
) -> None:
    by_domain = classify(mail(SENDER, flags=flags), book(confirmed_domains={"muster.de": category}), None)
    by_address = classify(mail(SENDER, flags=flags), book(confirmed_addresses={SENDER: category}), None)

    assert (by_domain.category, by_domain.explicit) == (category, True)
    assert (by_address.category, by_address.explicit) == (category, True)


@pytest.mark.parametrize("category", [K, L, INTERN])
def test_partners_and_colleagues_never_inherit_against_a_failed_proof(category: Category) -> None:
    by_domain = classify(mail(SENDER, flags=FAILED), book(confirmed_domains={"muster.de": category}), None)
    by_address = classify(mail(SENDER, flags=FAILED), book(confirmed_addresses={SENDER: category}), None)

    assert (by_domain.category, by_domain.explicit) == (None, False)
    assert (by_address.category, by_address.explicit) == (None, False)


@pytest.mark.parametrize("table", ["confirmed_addresses", "master_addresses"])
def test_an_address_that_only_microsoft_vouches_for_is_suggested(table: str) -> None:
    answer = classify(mail(SENDER, flags=WEAK), book(**{table: {SENDER: K}}), None)

    assert (answer.category, answer.explicit) == (K, False)
    assert "nicht beglaubigt" in answer.reason


@pytest.mark.parametrize("flags", [NO_RESULTS, WEAK])
@pytest.mark.parametrize("category", [K, L, INTERN])
@pytest.mark.parametrize("table", ["confirmed_addresses", "master_addresses", "confirmed_domains", "master_domains"])
def test_for_whom_nobody_vouches_is_suggested_as_unsure(table: str, category: Category, flags: HeaderFlags) -> None:
    key = SENDER if table.endswith("addresses") else "muster.de"

    answer = classify(mail(SENDER, flags=flags), book(**{table: {key: category}}), None)

    assert (answer.category, answer.explicit, answer.sure) == (category, False, False)


@pytest.mark.parametrize("flags", [None, NO_RESULTS, WEAK])
def test_only_proven_mail_of_our_own_settles_itself(flags: HeaderFlags | None) -> None:
    answer = classify(mail("anna@muster.de", flags=flags), book(own_domains={"muster.de"}), None)

    assert (answer.category, answer.explicit, answer.sure) == (INTERN, False, False)


def test_a_rule_of_people_needs_somebody_to_vouch_for_the_address() -> None:
    rules = {SENDER: (Written(1, "Einkauf", K),)}

    answer = classify(mail(SENDER, flags=NO_RESULTS), book(rules=rules), None)

    assert (answer.category, answer.explicit, answer.sure) == (K, False, False)


@pytest.mark.parametrize("path", ["boese.net", "muster.de"])
def test_without_results_an_envelope_of_another_domain_speaks_against_the_sender(path: str) -> None:
    flags = HeaderFlags(return_path_domain=path)

    by_domain = classify(mail(SENDER, flags=flags), book(confirmed_domains={"muster.de": K}), None)
    own = classify(mail(SENDER, flags=flags), book(own_domains={"muster.de"}), None)

    assert by_domain.category is (K if path == "muster.de" else None)
    assert own.category is (INTERN if path == "muster.de" else None)
    assert not by_domain.explicit
    assert not own.explicit
