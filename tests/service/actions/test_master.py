"""Master data: parties and keys from the firm's own books, twice without doubles."""

from sqlalchemy import func, select

from models.key import SenderKey
from models.party import Company, CompanyDomain, ContactPoint
from models.terms import Category, KeyScope, KeySource
from service.actions import master
from service.actions.master import Entry
from service.store import keys
from service.turn import Turn

KUNDE = Entry("Kunde GmbH", Category.KUNDE, "K-1", "Kiel", ("kunde.example", "gmx.de"), ("chef@gmx.de",))


def test_domains_and_addresses_become_keys_of_the_company(turn: Turn) -> None:
    fresh = master.take(turn, [KUNDE])

    book = keys.book(turn)
    assert fresh == 1
    assert book.master_domains["kunde.example"].party == "Kunde GmbH"
    assert book.master_addresses["chef@gmx.de"].category is Category.KUNDE
    assert turn.session.get(CompanyDomain, "kunde.example") is not None
    assert turn.session.get(ContactPoint, "chef@gmx.de") is not None


def test_free_mail_never_becomes_a_domain_key(turn: Turn) -> None:
    master.take(turn, [KUNDE])

    domains = turn.session.scalars(select(SenderKey.value).where(SenderKey.scope == KeyScope.DOMAIN)).all()
    assert list(domains) == ["kunde.example"]


def test_a_second_run_makes_no_doubles_and_takes_corrections(turn: Turn) -> None:
    master.take(turn, [KUNDE])

    fresh = master.take(turn, [Entry("Kunde GmbH", Category.LIEFERANT, "K-1", "Kiel", ("kunde.example",))])

    key = turn.session.execute(select(SenderKey).where(SenderKey.value == "kunde.example")).scalar_one()
    assert fresh == 0
    assert turn.session.execute(select(func.count()).select_from(Company)).scalar_one() == 1
    assert (key.category, key.source) == (Category.LIEFERANT, KeySource.STAMMDATEN)
