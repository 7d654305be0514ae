"""One answer about one message: the rules in order, then the model when it is sure enough, then nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import repeat

from classifier import reasons
from classifier.authentication import Proof
from classifier.book import AddressBook, may_teach
from classifier.learned import Guess, Learned
from classifier.measures import Letters
from classifier.rules import KNOWN, Sender, mass_mail, read
from classifier.suggestion import Suggestion
from classifier.suspicion import Doubt, doubt
from classifier.system_mail import is_system
from models.record import MessageRecord, quickly
from models.terms import Category, Channel, Step

# What the model calls a business partner is preselected as Kunde, but never so sure that it could be taken over:
# whether a stranger is customer or supplier cannot be seen from outside.
PARTNER_CEILING = 0.5
# What has a doubtful name is shown as unsure and never accepted with others (suggestion.UNSURE).
DOUBTFUL_CEILING = 0.75
# Nobody writes this often to an address that only sends newsletters or advertising, whatever its mail looks like.
_ANSWERED = 2


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer and how it came about: who wrote, what is doubtful about the name, what the model was asked."""

    answer: Suggestion
    sender: Sender
    doubt: Doubt | None = None
    guess: Guess | None = None


_judgement, _suggestion = quickly(Judgement), quickly(Suggestion)


def classify(record: MessageRecord, book: AddressBook, model: Learned | None) -> Suggestion:
    """Return the suggestion for a record; every record gets one, whatever stands in its fields."""
    return judge(record, book, model).answer


def judge(record: MessageRecord, book: AddressBook, model: Learned | None) -> Judgement:
    """Return the suggestion for a record together with what led to it."""
    sender = read(record, book, is_system(record))
    found = _by_rule(sender, book)
    if found is not None and not _open(found):
        return found
    return _completed(found, sender, book, model.judge(record, _both_ways(sender, book)) if model else None)


def judge_all(records: Iterable[MessageRecord], book: AddressBook, model: Learned | None) -> list[Judgement]:
    """Return what `judge` returns for each record, in order; the model looks at all new senders together, which costs
    about half as much.
    """
    senders = [read(record, book, is_system(record)) for record in records]
    known = [_by_rule(sender, book) for sender in senders]
    strangers = [sender for sender, found in zip(senders, known, strict=True) if found is None or _open(found)]
    guesses: Iterator[Guess | None] = repeat(None)
    if model is not None:
        guesses = iter(model.judge_all([(sender.record, _both_ways(sender, book)) for sender in strangers]))
    return [
        found if found is not None and not _open(found) else _completed(found, sender, book, next(guesses))
        for sender, found in zip(senders, known, strict=True)
    ]


def _open(found: Judgement) -> bool:
    """Say whether a rule only said what a mail is not: programs are still told what it most likely is."""
    return found.answer.category is None and found.sender.record.channel is not Channel.WHATSAPP


def _completed(found: Judgement | None, sender: Sender, book: AddressBook, guess: Guess | None) -> Judgement:
    return _by_model(sender, book, guess) if found is None else replace(found, guess=guess)


def letters(record: MessageRecord, book: AddressBook) -> Letters:
    """Return how often the firm wrote to a record's address and to its domain, as the model is told."""
    return _both_ways(read(record, book, system=False), book)


def _by_rule(sender: Sender, book: AddressBook) -> Judgement | None:
    for rule in KNOWN:
        answer = rule(sender, book)
        if answer is not None:
            return _judgement(_held(answer, book), sender)
    if sender.record.channel is Channel.WHATSAPP:
        return _judgement(_nothing(sender, 0.0, "Neue Nummer"), sender)
    bulk = mass_mail(sender, book)
    doubtful = doubt(sender.domain, book) if bulk is not None else None
    if bulk is None or (doubtful and doubtful.grave):
        return None
    return _judgement(_held(_warned(bulk, doubtful), book), sender, doubtful)


def _by_model(sender: Sender, book: AddressBook, guess: Guess | None) -> Judgement:
    # The model's guess about a robot or an unreadable sender is told to programs, never suggested to people.
    doubtful = doubt(sender.domain, book)
    return _judgement(_of_a_stranger(sender, doubtful, guess, book), sender, doubtful, guess)


def _both_ways(sender: Sender, book: AddressBook) -> Letters:
    """Return how often the firm wrote to the address and to the domain; where that is many people's, to the address."""
    address = book.written_to.get(next(iter(sender.keys), ""), 0)
    if not sender.domains or not may_teach(sender.domain):
        return address, address
    return address, book.written_to.get(sender.domains[-1], 0)


def _letters(sender: Sender, book: AddressBook) -> str:
    """Say how often the firm wrote to the sender's domain, or to the address where the domain is many people's."""
    shared = not may_teach(sender.domain)
    key, what = (next(iter(sender.keys), ""), "Adresse") if shared else (sender.domains[-1], "Domain")
    count = book.written_to.get(key, 0)
    return reasons.letters(count, what) if count else ""


def _held(answer: Suggestion, book: AddressBook) -> Suggestion:
    """Leave an answer to a person where its step was wrong too often."""
    if not answer.explicit or answer.step not in book.suggest_only:
        return answer
    return replace(answer, reason=reasons.held(answer.reason), explicit=False)


def _of_a_stranger(sender: Sender, doubtful: Doubt | None, guess: Guess | None, book: AddressBook) -> Suggestion:
    if sender.system:
        return _nothing(sender, 0.0, "Automatische Nachricht eines unbekannten Absenders")
    if guess is None or not sender.keys:
        nameless = "Neuer Absender" if sender.keys else "Kein lesbarer Absender"
        return _nothing(sender, 0.0, doubtful.reason if doubtful else nameless)
    answer = _from_model(sender, guess, book)
    if doubtful is None or answer.category is Category.WERBUNG:
        return _warned(answer, doubtful)
    if answer.category is Category.NEWSLETTER and not doubtful.grave:
        return _warned(answer, doubtful)
    return _nothing(sender, guess.confidence, doubtful.reason)


def _nothing(sender: Sender, confidence: float, reason: str) -> Suggestion:
    return _suggestion(None, confidence, Step.KEINER, reason, explicit=False, system=sender.system)


def _warned(answer: Suggestion, doubtful: Doubt | None) -> Suggestion:
    """Put the warning in front of the reason; what is doubtful is unsure, and never stands without a person looking."""
    if doubtful is None:
        return answer
    confidence = min(answer.confidence, DOUBTFUL_CEILING)
    return replace(answer, reason=f"{doubtful.reason}; {answer.reason}", confidence=confidence, explicit=False)


def _from_model(sender: Sender, guess: Guess, book: AddressBook) -> Suggestion:
    ours = _letters(sender, book)
    if sender.proof is Proof.FAILED and guess.category is not Category.WERBUNG:
        return _nothing(sender, guess.confidence, "Beglaubigung der Absenderdomain nicht bestanden")
    if not guess.sure or guess.category is None:
        reason = f"Unsicher: kein Hinweis stark genug, am ehesten {guess.best}"
        return _nothing(sender, guess.confidence, "; ".join(filter(None, (reason, ours))))
    written, _ = _both_ways(sender, book)
    if guess.category is not Category.KUNDE and written >= _ANSWERED:
        return _nothing(sender, guess.confidence, reasons.answered(guess.category, written))
    if guess.category is Category.KUNDE:
        confidence = min(guess.confidence, PARTNER_CEILING)
        seen = ("Sieht nach Geschäftspartner aus", *guess.hints, ours, "bitte Kunde oder Lieferant wählen")
        reason = "; ".join(filter(None, seen))
    else:
        confidence = guess.confidence
        reason = "; ".join(filter(None, (*guess.hints, ours))) or reasons.overall(guess.category)
    return _suggestion(
        guess.category, confidence, Step.MODELL, reason, explicit=False, system=sender.system, least=guess.least
    )
