"""The German sentences that say why: counts and dates from the keys, never a guess that nobody can check."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from classifier.authentication import Proof
from classifier.book import Known, Written
from models.terms import Category

_BERLIN = ZoneInfo("Europe/Berlin")

_PROOF = {
    Proof.PASSED: "Beglaubigung bestanden",
    Proof.WEAK: "nicht beglaubigt, nur nach Einschätzung des Postfachanbieters echt",
    Proof.ABSENT: "Beglaubigung unbekannt",
    Proof.UNSEEN: "Kopfzeilen nicht bekannt, Beglaubigung nicht geprüft",
}


def day(at: datetime, now: datetime) -> str:
    """Return the Berlin day of an instant as people write it, with the year only when it is not the year of `now`."""
    local = at.astimezone(_BERLIN)
    return local.strftime("%d.%m." if local.year == now.astimezone(_BERLIN).year else "%d.%m.%Y")


def confirmed(what: str, known: Known, now: datetime) -> str:
    """Return "Absenderdomain muster.de 12x als Kunde bestätigt, zuletzt 03.11., 0x anders (Muster GmbH)"."""
    last = f", zuletzt {day(known.last_at, now)}" if known.last_at and known.last_at.tzinfo else ""
    party = f" ({known.party})" if known.party else ""
    return f"{what} {known.hits}x als {known.category} bestätigt{last}, {known.others}x anders{party}"


def master(what: str, known: Known) -> str:
    """Return "Stammdaten: Muster GmbH", or with the key itself when no party is named."""
    return f"Stammdaten: {known.party or what}"


def written(rule: Written, key: str) -> str:
    """Return "Regel „Rechnungsdienst“: rechnung@dienst.de, nur mit Listen-Kopfzeile (Muster GmbH)"."""
    listed = {True: ", nur mit Listen-Kopfzeile", False: ", nur ohne Listen-Kopfzeile", None: ""}[rule.listed]
    where = f", nur {rule.account}" if rule.account else ""
    party = f" ({rule.party})" if rule.party else ""
    return f"Regel „{rule.name}“: {key}{listed}{where}{party}"


def letters(count: int, what: str) -> str:
    """Return "Ihr Team schrieb 7x an diese Domain"."""
    return f"Ihr Team schrieb {count}x an diese {what}"


def answered(category: Category, count: int) -> str:
    """Return "Sieht nach Newsletter aus, aber Ihr Team schrieb 7x an diese Adresse"."""
    return f"Sieht nach {category} aus, aber {letters(count, 'Adresse')}"


def overall(category: Category) -> str:
    """Return "Kein einzelnes Merkmal gibt den Ausschlag; Domain und Name sind gebaut wie bei Newsletter-Absendern"."""
    return f"Kein einzelnes Merkmal gibt den Ausschlag; Domain und Name sind gebaut wie bei {category}-Absendern"


def held(reason: str) -> str:
    """Add that a step may only suggest for now."""
    return f"{reason}; diese Stufe schlägt zurzeit nur vor"


def with_proof(reason: str, proof: Proof) -> str:
    """Add how far the sender domain is proven."""
    return f"{reason}; {_PROOF[proof]}"


def forged(claimed: str) -> str:
    """Return the warning for a mail that claims a known domain without proof."""
    return f"Absender gibt sich als {claimed} aus, Beglaubigung nicht bestanden"


def instant(at: datetime) -> datetime:
    """Return an instant that can be shown, reading one without a zone as UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
