"""The words of the firm: enums whose values are what people and exports read, and the traits of each category."""

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """What a sender is. Member order is key order 1-5 and never changes (tension X5)."""

    KUNDE = "Kunde"
    LIEFERANT = "Lieferant"
    INTERN = "Intern"
    NEWSLETTER = "Newsletter"
    WERBUNG = "Werbung"


@dataclass(frozen=True, slots=True)
class Traits:
    """What follows from a category: its key, whether it names a party, whether its mails await a reply by default."""

    key: int
    names_party: bool
    awaits_reply: bool


TRAITS: dict[Category, Traits] = {
    Category.KUNDE: Traits(key=1, names_party=True, awaits_reply=True),
    Category.LIEFERANT: Traits(key=2, names_party=True, awaits_reply=False),
    Category.INTERN: Traits(key=3, names_party=False, awaits_reply=False),
    Category.NEWSLETTER: Traits(key=4, names_party=False, awaits_reply=False),
    Category.WERBUNG: Traits(key=5, names_party=False, awaits_reply=False),
}


class Channel(StrEnum):
    """The way a message came."""

    EMAIL = "E-Mail"
    WHATSAPP = "WhatsApp"


class Direction(StrEnum):
    """Inbound: somebody wrote to us. Outbound: we wrote. Inside the firm counts as inbound of class Intern."""

    EINGANG = "Eingang"
    AUSGANG = "Ausgang"


class Role(StrEnum):
    """What a member of staff may do (S4.53). Rights are named per route in service/guards.py."""

    MITARBEITER = "Mitarbeiter"
    TEAM_LEAD = "Team-Lead"
    ADMIN = "Admin"
    MANAGEMENT = "Management"
    DATENSCHUTZ = "Datenschutz"


class Origin(StrEnum):
    """Who made a category final. Only a person or an explicit rule can (S4.47)."""

    PERSON = "Person"
    REGEL = "Regel"
    RUECKNAHME = "Rücknahme"


class Step(StrEnum):
    """The step of the cascade that answered, in order of precedence (S4.44)."""

    ADRESSE_BESTAETIGT = "Adresse bestätigt"
    ADRESSE_STAMMDATEN = "Adresse aus Stammdaten"
    LISTE_BESTAETIGT = "Domain und Liste bestätigt"
    DOMAIN_BESTAETIGT = "Domain bestätigt"
    DOMAIN_STAMMDATEN = "Domain aus Stammdaten"
    EIGENE_DOMAIN = "Eigene Domain"
    MASSENVERSAND = "Massenversand"
    MODELL = "Modell"
    KEINER = "Kein Vorschlag"


class KeyScope(StrEnum):
    """What a sender key matches: one address or number, or a registrable domain with everything below it.

    The last two match a domain's mail with and without a list header: what is left of a domain with two classes.
    """

    ADRESSE = "Adresse"
    DOMAIN = "Domain"
    MIT_LISTE = "Domain mit Listen-Kopfzeile"
    OHNE_LISTE = "Domain ohne Listen-Kopfzeile"


class KeySource(StrEnum):
    """Where a sender key came from."""

    BESTAETIGT = "Bestätigt"
    STAMMDATEN = "Stammdaten"


class CalendarKind(StrEnum):
    """Which hours count (tension X1): every hour, 0-24 h on working days, or opening hours."""

    UHR = "uhr"
    WERKTAGE = "werktage"
    OEFFNUNG = "oeffnung"


class ConversationState(StrEnum):
    """Where a conversation stands with us; the mailbox itself is never changed."""

    OFFEN = "offen"
    ERLEDIGT = "ohne Antwort erledigt"
    ARCHIVIERT = "archiviert"


class ClockKind(StrEnum):
    """Events of a response window; every deadline and figure derives from them.

    ERLEDIGT and PAUSE are what people did; the others are derived from messages and those two (domain/standing.py).
    """

    START = "Start"
    PAUSE = "Pause"
    WEITER = "Weiter"
    STOPP = "Stopp"
    FRISTBRUCH = "Fristbruch"
    ZWISCHENBESCHEID = "Zwischenbescheid"
    ERLEDIGT = "Erledigt"
    ENDE_OHNE_ANTWORT = "Ende ohne Antwort"
    WIEDEROEFFNUNG = "Wiedereröffnung"


class WindowKind(StrEnum):
    """Which window runs on a conversation; of several, the tightest is shown."""

    ERSTE_ANTWORT = "Erste Antwort"
    NAECHSTE_ANTWORT = "Nächste Antwort"
    ERLEDIGUNG = "Erledigung"
    META = "Meta"


class AccountState(StrEnum):
    """How reading a mailbox or number stands."""

    BEREIT = "bereit"
    LIEST = "liest"
    GESTOERT = "gestört"
    ANGEHALTEN = "angehalten"


class AbsenceKind(StrEnum):
    """Why a member is away (S4.78); the last comes from the mailbox itself."""

    URLAUB = "Urlaub"
    KRANK = "Krank"
    SONSTIGES = "Sonstiges"
    OUTLOOK = "Abwesenheitsnotiz in Outlook"


class Delivery(StrEnum):
    """How a member wants to be told things: digests instead of real-time noise; urgent ones come at once."""

    MORGENS = "morgens"
    MORGENS_UND_MITTAGS = "morgens und mittags"
    NUR_DRINGEND = "nur Dringendes"


class NoticeKind(StrEnum):
    """What a member was told inside Postlotse."""

    VERTRETUNG = "Vertretung"
    WHATSAPP_VERTRETUNG = "WhatsApp in Vertretung"
    UEBERGEBEN = "übergeben"
    RUECKGABE = "Rückgabe nach Vertretung"
    OHNE_VERTRETUNG = "niemand da"
    REGELBUCH = "Regelbuch prüfen"
    MITTEILUNG = "Mitteilung an das Team"
    REVIEW = "Review fällig"
    KENNZAHL = "Kennzahl verfehlt"
    WHATSAPP_UEBERFAELLIG = "WhatsApp über der Frist"
    STUFE = "Klassifikator schlägt nur noch vor"
    MODELL = "neues Modell"
    SENDEN_STEHT = "Senden über WhatsApp angehalten"
    VORLAGE = "Vorlage bei WhatsApp geändert"


class DutyBy(StrEnum):
    """Why a member is responsible for a conversation, in order of precedence."""

    HAND = "von Hand zugewiesen"
    PARTNER = "betreut den Partner"
    POSTFACH = "betreut das Postfach"
    LEITUNG = "leitet das Team"
    AUSHILFE = "springt ein"
    NIEMAND = "niemand zuständig"


class ReviewKind(StrEnum):
    """What is gone through again and again: a morning (S4.15), a week (S4.25), a month (S4.87)."""

    MORGEN = "Morgenroutine"
    FREITAG = "Freitag-Review"
    MONAT = "Monatsreview"


class PartyVerdict(StrEnum):
    """Whether a drawn message stands under the right customer or supplier (S4.92)."""

    JA = "ja"
    NEIN = "nein"
    ENTFAELLT = "entfällt"


class ModelState(StrEnum):
    """What became of a fitted model."""

    AKTIV = "in Kraft"
    ABGELOEST = "abgelöst"
    ABGELEHNT = "nicht in Kraft gesetzt"


class TemplateState(StrEnum):
    """Where a message template stands at Meta; only GENEHMIGT can be sent (S4.73)."""

    ENTWURF = "Entwurf"
    GEPRUEFT = "wird geprüft"
    GENEHMIGT = "genehmigt"
    ABGELEHNT = "abgelehnt"
    PAUSIERT = "pausiert"
    GESPERRT = "gesperrt"
    GELOESCHT = "bei Meta gelöscht"


class SendKind(StrEnum):
    """What is sent over WhatsApp: words of a person inside Meta's window, or an approved template."""

    TEXT = "Freitext"
    VORLAGE = "Vorlage"


class SendState(StrEnum):
    """How a sending stands. What became of it at the other side, its statuses say (domain/delivery.py)."""

    SENDET = "wird gesendet"
    ANGENOMMEN = "angenommen"
    UNGEWISS = "ungewiss"
    FEHLGESCHLAGEN = "fehlgeschlagen"


class OptOutSource(StrEnum):
    """How we know that somebody wants no messages, or wants them again."""

    WORT = "schrieb STOP"
    WHATSAPP = "in WhatsApp abgemeldet"
    FEHLER = "von WhatsApp beim Senden gemeldet"
    MITGLIED = "von Hand eingetragen"
