"""The address book of the judgement: which addresses, numbers and domains are known, and as what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache

from classifier.free_mail import FREE_MAIL
from classifier.lookalike import Index, index
from classifier.mass_mail import MASS_MAIL
from models.address import domain_form, registrable
from models.terms import Category, Channel, Step


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one key: `hits` confirmations as `category`, `others` as anything else, the last one when.

    `party` is the name people know the company or person by; "" when no party is linked.
    """

    category: Category
    hits: int
    others: int
    last_at: datetime | None
    party: str = ""
    company_id: int | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A rule that a person wrote, without its sender: what it says, and under which conditions.

    `listed`: only mail with (True) or without (False) a list header. `channel` and `account` narrow it to one way or
    one mailbox; None and "" mean any. `name` is what people call the rule, `number` what its hits are counted under.
    """

    number: int
    name: str
    category: Category
    listed: bool | None = None
    channel: Channel | None = None
    account: str = ""
    party: str = ""
    company_id: int | None = None
    person_id: int | None = None


@dataclass(frozen=True)
class AddressBook:
    """Everything the rules look up. Read-only; the caller builds a new one when a key changes.

    Keys of `*_addresses`: mail addresses in lower case, WhatsApp numbers as digits (`wa_id`), WhatsApp user ids.
    Keys of `*_domains` and `own_domains`: lower case A-label domains, registrable or deeper; the deepest match wins.
    `written_to` counts how often the firm wrote to a registrable domain or an address. `mass_mail_rule` is the
    admin's switch that lets authenticated mass mail be filed as Newsletter without a person looking. `confirmed_listed`
    and `confirmed_unlisted` are domains of two classes that the list header tells apart. `rules` are what people wrote,
    by address, number or domain, in the order in which they are asked. `suggest_only` are the steps whose answers
    always wait for a person, because too many of them were wrong.
    """

    own_domains: frozenset[str]
    confirmed_addresses: Mapping[str, Known]
    master_addresses: Mapping[str, Known]
    confirmed_domains: Mapping[str, Known]
    master_domains: Mapping[str, Known]
    written_to: Mapping[str, int] = field(default_factory=dict)
    mass_mail_rule: bool = False
    confirmed_listed: Mapping[str, Known] = field(default_factory=dict)
    confirmed_unlisted: Mapping[str, Known] = field(default_factory=dict)
    rules: Mapping[str, tuple[Written, ...]] = field(default_factory=dict)
    suggest_only: frozenset[Step] = frozenset()

    @cached_property
    def parties(self) -> Index:
        """The registrable domains of customers, suppliers and ourselves, ready to be compared with strange ones."""
        keys = {*self.own_domains}
        for domains in (self.confirmed_domains, self.master_domains):
            keys.update(key for key, known in domains.items() if known.category in TRUSTED)
        for addresses in (self.confirmed_addresses, self.master_addresses):
            keys.update(key.rpartition("@")[2] for key, known in addresses.items() if known.category in TRUSTED)
        return index(frozenset(filter(None, (key if key.count(".") == 1 else registrable(key) for key in keys))))

    def known_as(self, domain: str) -> Known | None:
        """Return what is known of a domain itself, confirmed before master data; None for nothing."""
        return self.confirmed_domains.get(domain) or self.master_domains.get(domain)


# Whom a forger wants to be; nobody gains by passing for a newsletter or an advertiser.
TRUSTED = frozenset({Category.KUNDE, Category.LIEFERANT, Category.INTERN})
EMPTY = AddressBook(frozenset(), {}, {}, {}, {})


@lru_cache(maxsize=20_000)
def lineage(domain: str) -> tuple[str, ...]:
    """Return a domain and its parents down to the registrable one, deepest first; () where there is none.

    "mail.eu.muster.de" gives ("mail.eu.muster.de", "eu.muster.de", "muster.de").
    """
    host = domain_form(domain)
    root = registrable(host)
    if not root:
        return ()
    labels = host.removesuffix(root).rstrip(".").split(".") if host != root else []
    return tuple(".".join([*labels[at:], root]) for at in range(len(labels) + 1))


@lru_cache(maxsize=20_000)
def is_free_mail(domain: str) -> bool:
    """Return whether anybody can have a mailbox there, or below it."""
    return any(part in FREE_MAIL for part in lineage(domain))


@lru_cache(maxsize=20_000)
def may_teach(domain: str) -> bool:
    """Return whether one confirmed sender of this domain says something about its other senders.

    Not for free mail, not for services and hosts that carry the mail of many firms, not for a bare public suffix.
    """
    parts = lineage(domain)
    return bool(parts) and not any(part in FREE_MAIL or part in MASS_MAIL for part in parts)
