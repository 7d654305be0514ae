"""What the pages about mailboxes say: each state in plain words, how old something is, and what to do step by step."""

from datetime import datetime
from typing import NamedTuple

from connectors.errors import REFUSALS, SignInNeeded, Unreachable
from models.account import Account
from models.subscription import Subscription, SubscriptionState
from models.terms import Channel
from service import texts
from service.config import call
from service.store.accounts import PAUSED
from service.store.readings import FolderReading, Lage, Reading
from service.web import words


class Said(NamedTuple):
    """A state as pages show it: word, look ("good", "warn", "bad", "calm"), icon, one sentence beside it."""

    word: str
    look: str
    sign: str
    beside: str = ""


_SAID = {
    Lage.GESTOERT: Said("Gestört", "bad", "bad"),
    Lage.ABGELEHNT: Said("Abgelehnt", "bad", "bad"),
    Lage.STILL: Said(
        "Nicht gelesen", "bad", "bad", "Seit über einer Stunde nicht gelesen, ohne dass ein Fehler vorliegt."
    ),
    Lage.ANGEHALTEN: Said("Angehalten", "warn", "pause"),
    Lage.EINGESCHRAENKT: Said("Eingeschränkt", "warn", "warn"),
    Lage.ERSTER: Said("Erster Durchgang", "calm", "history", "Das Neueste ist schon da, Älteres wird nachgelesen."),
    Lage.NEU: Said("Wartet", "calm", "clock", "Der erste Abruf steht noch aus."),
    Lage.ABGEMELDET: Said("Nicht abgerufen", "calm", "x", "Steht nicht mehr in der Einrichtung; Gelesenes bleibt."),
    Lage.BEREIT: Said("Bereit", "good", "check"),
    Lage.EMPFANG: Said("Empfängt", "good", "check"),
    Lage.DATEI: Said("Aus Dateien", "calm", "archive", "Eingelesen, wird nicht abgerufen."),
}

# States that chips above the list choose, by the word in the address.
CHOICES: dict[str, tuple[str, tuple[Lage, ...]]] = {
    "": ("Alle", ()),
    "gestoert": ("Gestört", (Lage.ABGELEHNT, Lage.GESTOERT, Lage.STILL)),
    "angehalten": ("Angehalten", (Lage.ANGEHALTEN,)),
    "eingeschraenkt": ("Eingeschränkt", (Lage.EINGESCHRAENKT,)),
    "durchgang": ("Erster Durchgang", (Lage.ERSTER, Lage.NEU)),
}

_PLACES = {"inbox": "Posteingang", "archive": "Archiv", "sentitems": "Gesendete Elemente"}


def said(reading: Reading) -> Said:
    """Return the state of a mailbox or number in words."""
    plain = _SAID[reading.lage]
    account = reading.account
    if reading.lage is Lage.EMPFANG and reading.heard_at is None:
        return Said("Wartet", "calm", "clock", "Noch kein Aufruf von WhatsApp in den letzten 14 Tagen.")
    code = account.error_code or (account.warning_code if reading.lage is Lage.EINGESCHRAENKT else "")
    return plain._replace(beside=texts.advice(code).what) if code else plain


def ago(at: datetime | None, now: datetime) -> str:
    """Return how long ago something was: "gerade eben", "vor 3 Min.", "vor 5 Std.", "vor 2 Tagen"."""
    if at is None:
        return "noch nie"
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return "gerade eben"
    if minutes < 60:
        return f"vor {minutes} Min."
    hours = minutes // 60
    if hours < 24:
        return f"vor {hours} Std."
    return "vor 1 Tag" if hours < 48 else f"vor {hours // 24} Tagen"


def since(at: datetime, now: datetime) -> str:
    """Return since when, with day and time: "06:10", "gestern, 18:20", "Di 17.11., 06:10"."""
    day = words.when(at, now)
    return day if ":" in day else f"{day}, {words.clock(at)}"


def number(account: Account) -> str:
    """Return what stands below the name: the address, or Meta's id of a number."""
    return f"Kennung {account.address}" if account.channel is Channel.WHATSAPP else account.address


def notices(one: Subscription | None, now: datetime) -> Said:
    """Return whether Microsoft tells of new mail by itself, until when, and what holds instead."""
    if one is None or one.state is SubscriptionState.FEHLT:
        return Said("nur Abruf", "calm", "clock", "Keine Benachrichtigungen")
    if one.state is SubscriptionState.GESTOERT:
        return Said("nur Abruf", "warn", "warn", f"Benachrichtigungen gestört ({one.error})")
    if one.expires_at is None or one.expires_at <= now:
        return Said("nur Abruf", "warn", "warn", "Benachrichtigungen abgelaufen, werden erneuert")
    return Said("Benachrichtigungen an", "good", "bell", f"verlängert bis {since(one.expires_at, now)}")


def interval(seconds: int) -> str:
    """Return how often a mailbox is looked into, from the base interval (service/domain/polling.py)."""
    low = f"{seconds} Sek." if seconds < 60 else words.number(seconds / 60)
    return f"alle {low} bis {words.number(max(seconds * 15 / 60, 1))} Min., je nach Lage"


def folder(one: FolderReading) -> str:
    """Return the name of a folder: Microsoft's own, or a number, because other names are not read."""
    holder = _PLACES.get(one.kind, one.kind)
    return holder if not one.place else f"{holder}, Unterordner {one.place}"


def steps(account: Account, lage: Lage) -> tuple[str, ...]:
    """Return what to do, in order; nothing where all is well."""
    if lage in _BY_STATE:
        return _BY_STATE[lage]
    code = account.error_code or account.warning_code
    if not code:
        return ()
    own = _BY_CODE.get(code, (texts.advice(code).todo,))
    checked = f"Danach prüfen: {call('setup', 'microsoft365')} --check"
    again = "„Jetzt abholen“ drücken; sonst geht es beim nächsten Abruf von selbst weiter."
    return (*own, checked, again) if code in _ASKED else own


_SCOPE = "docs/betrieb/microsoft365.md, Schritt 3"
_ASKED = frozenset({*REFUSALS.values(), SignInNeeded.code, "PL-2002", "PL-2011"}) - {"PL-2007"}
_BY_CODE: dict[str, tuple[str, ...]] = {
    Unreachable.code: (
        "Abwarten: Postlotse versucht es von selbst wieder; verloren geht nichts.",
        "Dauert es über eine Stunde: Wege zu graph.microsoft.com:443 und login.microsoftonline.com:443 prüfen.",
    ),
    SignInNeeded.code: (
        "Nachsehen, ob Zertifikat oder Geheimnis in Entra abgelaufen ist, und ein neues hinterlegen.",
        "Nachsehen, ob die Anwendung in Entra noch da und eingeschaltet ist.",
    ),
    "PL-2006": ("Dem Postfach eine Lizenz für Exchange Online geben, oder es aus POSTLOTSE_GRAPH_MAILBOXES nehmen.",),
    "PL-2007": (
        "Platz im Postfach schaffen oder das Archiv einschalten.",
        "Bis dahin liest Postlotse neue Mails aus der Liste; Verschieben und Löschen sieht es erst danach wieder.",
    ),
    "PL-2008": ("Die Adresse in POSTLOTSE_GRAPH_MAILBOXES mit der im Exchange Admin Center vergleichen.",),
    "PL-2009": (
        f"Nachsehen, ob das Postfach direktes Mitglied der Gruppe „Postlotse-Postfaecher“ ist ({_SCOPE}).",
        "Bis zu zwei Stunden warten, bis die Änderung bei Microsoft wirkt.",
    ),
    "PL-2011": ("Das Recht, das Texte öffnet, in Entra entfernen (docs/betrieb/microsoft365.md, Schritt 1).",),
    PAUSED: ("„Fortsetzen“ drücken. Was inzwischen kam, wird dann nachgelesen.",),
}
_BY_STATE: dict[Lage, tuple[str, ...]] = {
    Lage.STILL: (
        "Auf dem Server `postlotse doctor` aufrufen: Läuft die Hintergrundarbeit?",
        "„Jetzt abholen“ drücken und nach einer Minute noch einmal nachsehen.",
    ),
    Lage.ABGEMELDET: ("Soll es wieder gelesen werden: in POSTLOTSE_GRAPH_MAILBOXES eintragen und neu starten.",),
}
