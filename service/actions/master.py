"""Master data: the firm's list of customers and suppliers becomes parties and keys; twice changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.book import may_teach
from models.address import clean_address, domain_form
from models.party import Company
from models.terms import Category, KeyScope
from service.store import keys, parties
from service.store.parties import OWN_BOOKS
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of master data: who, as what, under which number, with which domains and addresses."""

    name: str
    category: Category
    number: str
    city: str = ""
    domains: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    sample: bool = False


def take(turn: Turn, entries: Sequence[Entry]) -> int:
    """Take in master data; returns how many companies are new. Free-mail domains never become a key."""
    fresh = 0
    for entry in entries:
        company = parties.by_number(turn, OWN_BOOKS, entry.number)
        if company is None:
            company = parties.add_company(turn, entry.name, entry.city, sample=entry.sample)
            parties.number(turn, company.id, OWN_BOOKS, entry.number)
            fresh += 1
        _link(turn, company, entry)
    turn.session.flush()
    return fresh


def _link(turn: Turn, company: Company, entry: Entry) -> None:
    party = {"company_id": company.id, "person_id": None}
    parties.role(turn, party, entry.category)
    for domain in map(domain_form, entry.domains):
        if may_teach(domain):
            keys.master(turn, KeyScope.DOMAIN, domain, entry.category, company.id)
            parties.own_domain(turn, domain, company.id)
    for address in filter(None, (clean_address(a) or a for a in entry.addresses)):
        keys.master(turn, KeyScope.ADRESSE, address, entry.category, company.id)
        parties.link(turn, address, party, domain=False)
