"""One answer about one message: the rules in order, then the model when it is sure enough, then nothing."""

from dataclasses import dataclass, replace

from classifier.authentication import Proof
from classifier.book import AddressBook
from classifier.learned import Guess, Learned
from classifier.rules import KNOWN, Sender, mass_mail, read
from classifier.suggestion import Suggestion
from classifier.suspicion import Doubt, doubt
from classifier.system_mail import is_system
from models.record import MessageRecord
from models.terms import Category, Channel, Step

# What the model calls a business partner is preselected as Kunde, but never so sure that it could be taken over:
# whether a stranger is customer or supplier cannot be seen from outside.
PARTNER_CEILING = 0.5


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer and how it came about: who wrote, what is doubtful about the name, what the model was asked."""

    answer: Suggestion
    sender: Sender
    doubt: Doubt | None = None
    guess: Guess | None = None


def classify(record: MessageRecord, book: AddressBook, model: Learned | None) -> Suggestion:
    """Return the suggestion for a record; every record gets one, whatever stands in its fields."""
    return judge(record, book, model).answer


def judge(record: MessageRecord, book: AddressBook, model: Learned | None) -> Judgement:
    """Return the suggestion for a record together with what led to it."""
    sender = read(record, book, is_system(record))
    for rule in KNOWN:
        answer = rule(sender, book)
        if answer is not None:
            return Judgement(answer, sender)
    if record.channel is Channel.WHATSAPP:
        return Judgement(_nothing(sender, 0.0, "Neue Nummer"), sender)
    doubtful = doubt(sender.domain, book)
    bulk = mass_mail(sender, book)
    if bulk is not None and not (doubtful and doubtful.grave):
        return Judgement(_warned(bulk, doubtful), sender, doubtful)
    # The model's guess about a robot or an unreadable sender is told to programs, never suggested to people.
    guess = model.judge(record) if model else None
    return Judgement(_of_a_stranger(sender, doubtful, guess), sender, doubtful, guess)


def _of_a_stranger(sender: Sender, doubtful: Doubt | None, guess: Guess | None) -> Suggestion:
    if sender.system:
        return _nothing(sender, 0.0, "Automatische Nachricht eines unbekannten Absenders")
    if guess is None or not sender.keys:
        nameless = "Neuer Absender" if sender.keys else "Kein lesbarer Absender"
        return _nothing(sender, 0.0, doubtful.reason if doubtful else nameless)
    answer = _from_model(sender, guess)
    if doubtful is None or answer.category is Category.WERBUNG:
        return _warned(answer, doubtful)
    if answer.category is Category.NEWSLETTER and not doubtful.grave:
        return _warned(answer, doubtful)
    return _nothing(sender, guess.confidence, doubtful.reason)


def _nothing(sender: Sender, confidence: float, reason: str) -> Suggestion:
    return Suggestion(None, confidence, Step.KEINER, reason, explicit=False, system=sender.system)


def _warned(answer: Suggestion, doubtful: Doubt | None) -> Suggestion:
    """Put the warning in front of the reason; what is doubtful never stands without a person looking."""
    if doubtful is None:
        return answer
    return replace(answer, reason=f"{doubtful.reason}; {answer.reason}", explicit=False)


def _from_model(sender: Sender, guess: Guess) -> Suggestion:
    if sender.proof is Proof.FAILED and guess.category is not Category.WERBUNG:
        return _nothing(sender, guess.confidence, "Beglaubigung der Absenderdomain nicht bestanden")
    if not guess.sure or guess.category is None:
        return _nothing(sender, guess.confidence, f"Kein Hinweis stark genug, am ehesten {guess.best}")
    if guess.category is Category.KUNDE:
        confidence = min(guess.confidence, PARTNER_CEILING)
        reason = "Sieht nach Geschäftspartner aus; bitte Kunde oder Lieferant wählen"
    else:
        confidence = guess.confidence
        reason = "; ".join(guess.hints) or "Ähnelt früheren Absendern dieser Klasse"
    answer = Suggestion(guess.category, confidence, Step.MODELL, reason, explicit=False, system=sender.system)
    return replace(answer, least=guess.least)
