"""One judgement as a line for other programs: the suggestion, the likeliest class, and what was noticed."""

from dataclasses import dataclass

from classifier.authentication import Proof
from classifier.book import AddressBook, is_free_mail, may_teach
from classifier.classify import classify
from classifier.learned import Learned, Likeness
from classifier.rules import Sender, read
from models.record import MessageRecord
from models.terms import Category, Channel, Step

PARTNER = Likeness.PARTNER.value


@dataclass(frozen=True, slots=True)
class Line:
    """`category` is one of the five, "Geschäftspartner" or None (abstained); `best` the likeliest even then, with its
    probability `confidence`; `auto` whether it may stand without a person; `flags` what was noticed.
    """

    id: str
    category: str | None
    best: str | None
    confidence: float
    step: str
    reason: str
    auto: bool
    flags: tuple[str, ...]


def line(record: MessageRecord, book: AddressBook, model: Learned | None) -> Line:
    """Return the judgement about a record as a line."""
    answer = classify(record, book, model)
    category = answer.category.value if answer.category else None
    if answer.step is Step.MODELL and answer.category is Category.KUNDE:
        category = PARTNER
    best, confidence = category, answer.confidence
    if model is not None and record.channel is Channel.EMAIL and answer.step in (Step.MODELL, Step.KEINER):
        guess = model.judge(record)
        best = Category.INTERN.value if guess.best is Likeness.INTERN else guess.best.value
        confidence = guess.confidence
    noticed = flags(read(record, book, answer.system), book)
    return Line(
        record.source_id,
        category,
        best,
        round(confidence, 4),
        answer.step.value,
        answer.reason,
        answer.explicit,
        noticed,
    )


def flags(sender: Sender, book: AddressBook) -> tuple[str, ...]:
    """Return what was noticed about a sender, as fixed English words."""
    unproven = sender.proof in (Proof.FAILED, Proof.UNPROVEN)
    found = (
        ("system_mail", sender.system),
        ("forged", unproven and _claims_known(sender, book)),
        ("authentication_failed", sender.proof is Proof.FAILED),
        ("free_mail", is_free_mail(sender.domain)),
        ("carrier", bool(sender.domains) and not is_free_mail(sender.domain) and not may_teach(sender.domain)),
        ("no_sender", not sender.keys),
    )
    return tuple(name for name, holds in found if holds)


def _claims_known(sender: Sender, book: AddressBook) -> bool:
    addresses = book.confirmed_addresses.keys() | book.master_addresses.keys()
    domains = book.confirmed_domains.keys() | book.master_domains.keys() | book.own_domains
    by_domain = may_teach(sender.domain) and any(each in domains for each in sender.domains)
    return by_domain or any(each in addresses for each in sender.keys)
