"""The rules of the judgement in order of precedence: one function each, the first that answers wins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from classifier import reasons
from classifier.authentication import Proof, proof
from classifier.book import TRUSTED, AddressBook, Known, Written, is_free_mail, lineage, may_teach
from classifier.mass_mail import SERVICES
from classifier.suggestion import Suggestion
from classifier.suspicion import written
from models.address import clean_address, registrable
from models.record import HeaderFlags, MessageRecord, quickly
from models.terms import Category, Channel, Step

# How sure a key is when nothing speaks against it: shares of later mails for which it was right, measured on dated
# mail by sender (docs/dev/classifier.md); an address hardly ever changes its class, a domain sometimes does.
_ADDRESS, _MASTER_ADDRESS, _DOMAIN, _MASTER_DOMAIN, _OWN, _MASS = 0.99, 0.98, 0.97, 0.95, 0.99, 0.9
# Without proof any of them is unsure: never part of a bulk proposal (suggestion.UNSURE).
_WITHOUT_PROOF = 0.8


@dataclass(frozen=True, slots=True)
class Sender:
    """What the rules need of a record, worked out once.

    `key` is the address, number or user id; `domains` the domain and its parents, () for free mail, carriers and
    WhatsApp; `proof` how far the domain is proven.
    """

    record: MessageRecord
    keys: tuple[str, ...]
    domain: str
    domains: tuple[str, ...]
    proof: Proof
    system: bool


_sender = quickly(Sender)
Rule = Callable[[Sender, AddressBook], Suggestion | None]
Wanted = Callable[[Written], bool]


def read(record: MessageRecord, book: AddressBook, system: bool) -> Sender:
    """Return who wrote, in the forms under which the book knows senders. Never looks at a display name."""
    if record.channel is Channel.WHATSAPP:
        number = "".join(c for c in record.sender if c.isdigit())
        keys = tuple(filter(None, (number, record.user_id)))
        return _sender(record, keys, "", (), Proof.PASSED, system)
    address = clean_address(record.sender)
    domain = address.rpartition("@")[2]
    domains = lineage(domain)
    own = not book.own_domains.isdisjoint(domains)
    return _sender(record, (address,) if address else (), domain, domains, proof(record.flags, domain, own), system)


def _known(keys: tuple[str, ...], table: Mapping[str, Known]) -> tuple[str, Known] | None:
    for key in keys if table else ():
        if key in table:
            return key, table[key]
    return None


def _share(known: Known) -> float:
    return known.hits / (known.hits + known.others + 1)


def _forged(sender: Sender, claimed: str) -> Suggestion:
    return Suggestion(None, 0.0, Step.KEINER, reasons.forged(claimed), explicit=False, system=sender.system)


def unproven(sender: Sender, category: Category = Category.INTERN) -> bool:
    """Say whether a mail that inherits this category would be believed without proof.

    Newsletter and Werbung may be inherited without: nobody gains by passing for one. Where headers are known without
    any result, an envelope of another domain speaks against the sender and nothing for it.
    """
    if category not in TRUSTED or sender.proof in (Proof.PASSED, Proof.WEAK, Proof.UNSEEN):
        return False
    path = sender.record.flags.return_path_domain if sender.record.flags else ""
    return sender.proof is not Proof.ABSENT or bool(path and registrable(path) != registrable(sender.domain))


def _settle(sender: Sender, known: Known, step: Step, reason: str, ceiling: float) -> Suggestion:
    """Turn a key into an answer: explicit when nothing speaks against it, otherwise only a suggestion."""
    clear = known.others == 0 or (step is Step.ADRESSE_BESTAETIGT and known.hits > known.others)
    confidence = ceiling if known.others == 0 else min(ceiling, _share(known))
    return Suggestion(known.category, confidence, step, reason, clear, sender.system, known.company_id, known.person_id)


def _by_address(sender: Sender, table: Mapping[str, Known], step: Step, ceiling: float) -> Suggestion | None:
    found = _known(sender.keys, table)
    if found is None:
        return None
    key, known = found
    if unproven(sender, known.category):
        return _forged(sender, known.party or written(sender.domain))
    what = "Diese Nummer" if sender.record.channel is Channel.WHATSAPP else "Diese Adresse"
    if step is Step.ADRESSE_BESTAETIGT:
        reason = reasons.confirmed(what, known, reasons.instant(sender.record.received_at))
    else:
        reason = reasons.master(key, known)
    return _with_proof(sender, known, _settle(sender, known, step, reason, ceiling))


def _by_domain(sender: Sender, table: Mapping[str, Known], step: Step, ceiling: float) -> Suggestion | None:
    found = _known(sender.domains, table)
    if found is None or not may_teach(sender.domain):
        return None
    domain, known = found
    if unproven(sender, known.category):
        return _forged(sender, known.party or written(domain))
    if step is not Step.DOMAIN_STAMMDATEN:
        what = f"Absenderdomain {written(domain)}"
        if step is Step.LISTE_BESTAETIGT:
            what += " mit Listen-Kopfzeile" if listed(sender) else " ohne Listen-Kopfzeile"
        reason = reasons.confirmed(what, known, reasons.instant(sender.record.received_at))
    else:
        reason = reasons.master(written(domain), known)
    return _with_proof(sender, known, _settle(sender, known, step, reason, ceiling))


def _with_proof(sender: Sender, known: Known, answer: Suggestion) -> Suggestion:
    """Keep an answer explicit without proof only where proof cannot be had; elsewhere it becomes a suggestion."""
    if sender.proof is Proof.PASSED or known.category not in TRUSTED:
        return answer
    reason = reasons.with_proof(answer.reason, sender.proof)
    if sender.proof is Proof.UNSEEN:
        return replace(answer, reason=reason)
    return replace(answer, reason=reason, confidence=answer.confidence * _WITHOUT_PROOF, explicit=False)


def listed(sender: Sender) -> bool | None:
    """Say whether a mail has a list header; None where its headers are not known."""
    flags = sender.record.flags
    return None if flags is None else bool(flags.list_id or flags.list_unsubscribe)


def _any(_rule: Written) -> bool:
    return True


def _by_list(rule: Written) -> bool:
    return rule.listed is not None


def _written(sender: Sender, book: AddressBook, keys: tuple[str, ...], wanted: Wanted) -> tuple[str, Written] | None:
    """Return the first rule of people for one of these keys whose conditions the record meets."""
    record, marked = sender.record, listed(sender)
    for key in keys:
        for rule in book.rules.get(key, ()):
            fits = rule.listed in (None, marked) and rule.channel in (None, record.channel)
            if fits and rule.account in ("", record.account) and wanted(rule):
                return key, rule
    return None


def _by_rule(sender: Sender, found: tuple[str, Written], step: Step, ceiling: float) -> Suggestion:
    """Answer what a person wrote; who claims a known sender without proof gets no further than with any other key."""
    key, rule = found
    known = Known(rule.category, 1, 0, None, rule.party, rule.company_id, rule.person_id)
    if unproven(sender, rule.category):
        return _forged(sender, rule.party or written(sender.domain))
    answer = _settle(sender, known, step, reasons.written(rule, written(key)), ceiling)
    return replace(_with_proof(sender, known, answer), rule=rule.number)


def confirmed_address(sender: Sender, book: AddressBook) -> Suggestion | None:
    """Answer when a rule of people names this very address or number, or people confirmed it."""
    if book.rules:
        found = _written(sender, book, sender.keys, _any)
        if found is not None:
            return _by_rule(sender, found, Step.ADRESSE_BESTAETIGT, _ADDRESS)
    return _by_address(sender, book.confirmed_addresses, Step.ADRESSE_BESTAETIGT, _ADDRESS)


def master_address(sender: Sender, book: AddressBook) -> Suggestion | None:
    """Answer when the address or number stands in the imported master data."""
    return _by_address(sender, book.master_addresses, Step.ADRESSE_STAMMDATEN, _MASTER_ADDRESS)


def confirmed_list(sender: Sender, book: AddressBook) -> Suggestion | None:
    """Answer when people confirmed a domain's mail with, or without, a list header as something of its own."""
    marked = listed(sender)
    if marked is None or not may_teach(sender.domain):
        return None
    if book.rules:
        found = _written(sender, book, sender.domains, _by_list)
        if found is not None:
            return _by_rule(sender, found, Step.LISTE_BESTAETIGT, _DOMAIN)
    table = book.confirmed_listed if marked else book.confirmed_unlisted
    return _by_domain(sender, table, Step.LISTE_BESTAETIGT, _DOMAIN) if table else None


def confirmed_domain(sender: Sender, book: AddressBook) -> Suggestion | None:
    """Answer when people confirmed the sender's domain, deepest first; free mail and carriers never."""
    if book.rules and may_teach(sender.domain):
        found = _written(sender, book, sender.domains, _any)
        if found is not None:
            return _by_rule(sender, found, Step.DOMAIN_BESTAETIGT, _DOMAIN)
    return _by_domain(sender, book.confirmed_domains, Step.DOMAIN_BESTAETIGT, _DOMAIN)


def master_domain(sender: Sender, book: AddressBook) -> Suggestion | None:
    """Answer when the sender's domain stands in the imported master data."""
    return _by_domain(sender, book.master_domains, Step.DOMAIN_STAMMDATEN, _MASTER_DOMAIN)


def own_domain(sender: Sender, book: AddressBook) -> Suggestion | None:
    """Answer Intern for the firm's own domains, when the mail is proven to come from one."""
    domain = next((each for each in sender.domains if each in book.own_domains), "")
    if not domain or is_free_mail(domain):
        return None
    if unproven(sender):
        return _forged(sender, "eigene Domain")
    # Only mail that is proven to be ours settles itself: whoever passes for a colleague is waited for by nobody.
    explicit = sender.proof is Proof.PASSED
    confidence = _OWN if explicit else _OWN * _WITHOUT_PROOF
    reason = reasons.with_proof("Eigene Domain", sender.proof).replace(";", ",", 1)
    return Suggestion(Category.INTERN, confidence, Step.EIGENE_DOMAIN, reason, explicit, sender.system)


def mass_mail(sender: Sender, book: AddressBook) -> Suggestion | None:
    """Answer Newsletter for proven mass mail of a domain that nobody in the firm ever wrote to."""
    flags = sender.record.flags
    if flags is None or sender.proof is not Proof.PASSED:
        return None
    listed = bool(flags.list_id or flags.list_unsubscribe)
    signs = _signs(flags)
    if not signs or (sender.system and not listed) or _wrote_to(sender, book):
        return None
    passed = "DMARC bestanden" if flags.auth_dmarc == "pass" else "Beglaubigung bestanden"
    reason = f"{', '.join(signs)}; {passed}"
    return Suggestion(Category.NEWSLETTER, _MASS, Step.MASSENVERSAND, reason, book.mass_mail_rule, sender.system)


def _signs(flags: HeaderFlags) -> tuple[str, ...]:
    carriers = {registrable(each) for each in (*flags.dkim_domains, flags.return_path_domain)} & SERVICES
    names = sorted(carriers) or sorted(set(flags.mailing_services))
    signs = (
        ("Listen-Kopfzeile vorhanden", bool(flags.list_id)),
        ("Abmelde-Kopfzeile vorhanden", flags.list_unsubscribe and not flags.list_id),
        ("als Massensendung gekennzeichnet", flags.precedence.lower() in ("bulk", "list", "junk")),
        ("Kampagnen-Kennung vorhanden", flags.feedback_id),
        (f"Versand über {', '.join(names[:2])}", bool(names)),
    )
    return tuple(text for text, holds in signs if holds)


def _wrote_to(sender: Sender, book: AddressBook) -> bool:
    """Say whether the firm ever wrote to this address or domain."""
    return any(book.written_to.get(key, 0) > 0 for key in (*sender.keys, *sender.domains))


# Mass mail stands apart: before it, and before the model, a name that imitates a known one is noticed.
KNOWN: tuple[Rule, ...] = (
    confirmed_address,
    master_address,
    confirmed_list,
    confirmed_domain,
    master_domain,
    own_domain,
)
