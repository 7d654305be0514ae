"""One answer about one message: the rules in order, then the model when it is sure enough, then nothing."""

from classifier.authentication import Proof
from classifier.book import AddressBook
from classifier.learned import Guess, Learned
from classifier.rules import RULES, Sender, read
from classifier.suggestion import Suggestion
from classifier.system_mail import is_system
from models.record import MessageRecord
from models.terms import Category, Channel, Step

# What the model calls a business partner is preselected as Kunde, but never so sure that it could be taken over:
# whether a stranger is customer or supplier cannot be seen from outside.
PARTNER_CEILING = 0.5


def classify(record: MessageRecord, book: AddressBook, model: Learned | None) -> Suggestion:
    """Return the suggestion for a record; every record gets one, whatever stands in its fields."""
    sender = read(record, book, is_system(record))
    for rule in RULES:
        answer = rule(sender, book)
        if answer is not None:
            return answer
    if record.channel is Channel.WHATSAPP:
        return _nothing(sender, 0.0, "Neue Nummer")
    if sender.system:
        return _nothing(sender, 0.0, "Automatische Nachricht eines unbekannten Absenders")
    if model is None or not sender.keys:
        return _nothing(sender, 0.0, "Neuer Absender" if sender.keys else "Kein lesbarer Absender")
    return _from_model(sender, model.judge(record))


def _nothing(sender: Sender, confidence: float, reason: str) -> Suggestion:
    return Suggestion(None, confidence, Step.KEINER, reason, explicit=False, system=sender.system)


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
    return Suggestion(guess.category, confidence, Step.MODELL, reason, explicit=False, system=sender.system)
