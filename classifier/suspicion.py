"""Whether a sender only looks like somebody known, or has a name that deceives by itself; and what people are told."""

from dataclasses import dataclass

from classifier.book import AddressBook, is_free_mail, may_teach
from classifier.deception import deceives, spelled
from models.address import registrable


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is wrong with a sender's name: `flag` for programs, `reason` for people with both spellings.

    `grave` says that no honest sender has such a name; a typing error or another top level may be somebody's own.
    """

    flag: str
    reason: str
    grave: bool


def doubt(domain: str, book: AddressBook) -> Doubt | None:
    """Return what is doubtful about a sender's domain (A-label form) that no rule of the book answered for."""
    deceptive = deceives(domain)
    known = "" if not domain or is_free_mail(domain) or not may_teach(domain) else book.parties.find(domain)
    if known:
        reason = f"Absenderdomain {written(domain)} ähnelt {_whose(known, book)}, ist aber eine andere"
        return Doubt("lookalike", f"{reason} ({deceptive})" if deceptive else reason, bool(deceptive))
    if deceptive:
        return Doubt("deceptive_name", f"Absenderdomain {written(domain)} täuscht: {deceptive}", grave=True)
    return None


def written(domain: str) -> str:
    """Return a domain as people see it, and beside it as machines do where that differs."""
    seen = spelled(domain)
    return domain if seen == domain else f"{seen} ({domain})"


def _whose(known: str, book: AddressBook) -> str:
    if any(registrable(own) == known for own in book.own_domains):
        return f"Ihrer eigenen Domain {written(known)}"
    found = book.known_as(known)
    if found is None:
        return f"der bekannten Domain {written(known)}"
    party = f", {found.party}" if found.party else ""
    return f"der bekannten Domain {written(known)} ({found.category}{party})"
