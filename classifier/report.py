"""One judgement as a line for other programs: the suggestion, the likeliest class, and what was noticed."""

from dataclasses import dataclass

from classifier.authentication import Proof
from classifier.book import AddressBook, is_free_mail, may_teach
from classifier.classify import Judgement, judge
from classifier.learned import Learned, Likeness
from classifier.rules import Sender, unproven
from models.record import MessageRecord
from models.terms import Category, Step

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
    return told(judge(record, book, model), book)


def told(found: Judgement, book: AddressBook) -> Line:
    """Return a judgement as a line."""
    answer = found.answer
    category = answer.category.value if answer.category else None
    if answer.step is Step.MODELL and answer.category is Category.KUNDE:
        category = PARTNER
    best, confidence = category, answer.confidence
    if found.guess is not None:
        best = Category.INTERN.value if found.guess.best is Likeness.INTERN else found.guess.best.value
        confidence = found.guess.confidence
    return Line(
        found.sender.record.source_id,
        category,
        best,
        round(confidence, 4),
        answer.step.value,
        answer.reason,
        answer.explicit,
        flags(found, book),
    )


def flags(found: Judgement, book: AddressBook) -> tuple[str, ...]:
    """Return what was noticed about a sender, as fixed English words."""
    sender = found.sender
    noticed = (
        ("system_mail", sender.system),
        ("forged", unproven(sender) and _claims_known(sender, book)),
        ("lookalike", found.doubt is not None and found.doubt.flag == "lookalike"),
        ("deceptive_name", found.doubt is not None and found.doubt.grave),
        ("authentication_failed", sender.proof is Proof.FAILED),
        ("free_mail", is_free_mail(sender.domain)),
        ("carrier", bool(sender.domains) and not is_free_mail(sender.domain) and not may_teach(sender.domain)),
        ("no_sender", not sender.keys),
    )
    return tuple(name for name, holds in noticed if holds)


def _claims_known(sender: Sender, book: AddressBook) -> bool:
    tables = (book.confirmed_domains, book.master_domains, book.own_domains)
    by_domain = may_teach(sender.domain) and any(each in table for each in sender.domains for table in tables)
    return by_domain or any(key in book.confirmed_addresses or key in book.master_addresses for key in sender.keys)
