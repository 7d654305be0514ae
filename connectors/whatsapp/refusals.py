"""What WhatsApp means by its error numbers, and what a person does next about each; its own texts are never shown.

Source: Cloud API, "Error codes" (developers.facebook.com); numbers from 2388000 on are subcodes of template management.
Meta's `details` may quote what somebody wrote, so only the number is read of an error.
"""

from dataclasses import dataclass
from enum import StrEnum


class Next(StrEnum):
    """What has to happen after a refusal."""

    ZUGANG = "Zugang"  # token or rights: nothing can be sent until an admin acts
    KONTO = "Konto"  # bill, registration, policy: likewise
    LANGSAMER = "langsamer"  # too fast: wait 4^n seconds
    FENSTER = "Fenster"  # the window is closed: a template
    ABGEMELDET = "abgemeldet"  # the person does not want it: stored as an opt-out
    UNZUSTELLBAR = "unzustellbar"  # this person cannot be reached: do not repeat
    MORGEN = "morgen"  # Meta holds it back: not before 24 hours
    VORLAGE = "Vorlage"  # the template or its variables
    NUMMER = "Nummer"  # not by user id: a number is needed
    VORUEBERGEHEND = "vorübergehend"  # passes by itself; look before repeating
    EINGANG = "Eingang"  # about something that came in: nothing to do
    UNBEKANNT = "unbekannt"  # a number that is not in the table


# After these nothing more is sent before an admin has acted.
HALTING = frozenset({Next.ZUGANG, Next.KONTO})


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error number: what is to happen, what it is, and what the person does next."""

    next: Next
    what: str
    todo: str

    @property
    def sentence(self) -> str:
        """Return both in one line for people."""
        return f"{self.what} {self.todo}"


_ADMIN = "Die Verwaltung prüft das unter „Einstellungen“, Abschnitt „Senden über WhatsApp“."
_ACCOUNT = "Die Verwaltung klärt das im WhatsApp-Manager von Meta; bis dahin wird nichts gesendet."
_WAIT = "Bitte kurz warten; Postlotse nennt, ab wann es wieder geht."
_AGAIN = "Bitte in einigen Minuten noch einmal senden; Postlotse sieht vorher nach, ob es doch ankam."
_OTHER_WAY = "Bitte anrufen oder eine E-Mail schreiben; noch einmal zu senden hilft nicht."
_TEMPLATE = "Die Verwaltung berichtigt die Vorlage unter „Vorlagen“."
_TOMORROW = "Frühestens in 24 Stunden noch einmal versuchen; bis dahin anrufen oder eine E-Mail schreiben."

_Z, _K, _L, _V = Next.ZUGANG, Next.KONTO, Next.LANGSAMER, Next.VORLAGE
_U, _W = Next.UNZUSTELLBAR, Next.VORUEBERGEHEND

TABLE: dict[int, Refusal] = {
    0: Refusal(_Z, "WhatsApp erkennt den Zugang von Postlotse nicht an.", _ADMIN),
    3: Refusal(_Z, "Dem Zugang fehlt ein Recht bei WhatsApp.", _ADMIN),
    10: Refusal(_Z, "Dem Zugang wurde ein Recht bei WhatsApp entzogen.", _ADMIN),
    190: Refusal(_Z, "Das Zugriffstoken für WhatsApp ist abgelaufen oder gesperrt.", _ADMIN),
    131005: Refusal(_Z, "Dem Zugang fehlt ein Recht bei WhatsApp.", _ADMIN),
    33: Refusal(_K, "Unsere Nummer gibt es bei WhatsApp nicht mehr.", _ACCOUNT),
    368: Refusal(_K, "WhatsApp hat das Konto vorübergehend gesperrt (Richtlinien).", _ACCOUNT),
    130497: Refusal(_K, "WhatsApp lässt dieses Konto nicht in dieses Land senden.", _ACCOUNT),
    131031: Refusal(_K, "WhatsApp hat das Konto gesperrt.", _ACCOUNT),
    131037: Refusal(_K, "Der Anzeigename unserer Nummer ist noch nicht genehmigt.", _ACCOUNT),
    131042: Refusal(_K, "Die Zahlung an WhatsApp ist offen oder nicht eingerichtet.", _ACCOUNT),
    131045: Refusal(_K, "Unsere Nummer ist bei WhatsApp nicht richtig angemeldet.", _ACCOUNT),
    131048: Refusal(_K, "WhatsApp bremst unsere Nummer, weil Empfänger sie gemeldet haben.", _ACCOUNT),
    131064: Refusal(_K, "WhatsApp hat die Grenze für Vorlagen dieser Art erreicht.", _ACCOUNT),
    133005: Refusal(_K, "Die PIN unserer Nummer bei WhatsApp stimmt nicht.", _ACCOUNT),
    133006: Refusal(_K, "Unsere Nummer muss bei WhatsApp bestätigt werden.", _ACCOUNT),
    133008: Refusal(_K, "Die PIN unserer Nummer wurde zu oft falsch eingegeben.", _ACCOUNT),
    133009: Refusal(_K, "Die PIN unserer Nummer wurde zu schnell eingegeben.", _ACCOUNT),
    133010: Refusal(_K, "Unsere Nummer ist bei WhatsApp nicht angemeldet.", _ACCOUNT),
    133015: Refusal(_K, "Unsere Nummer wurde bei WhatsApp gerade gelöscht.", _ACCOUNT),
    4: Refusal(_L, "Zu viele Anfragen an WhatsApp.", _WAIT),
    80007: Refusal(_L, "Zu viele Anfragen an WhatsApp in dieser Stunde.", _WAIT),
    130429: Refusal(_L, "Zu viele Nachrichten auf einmal.", _WAIT),
    131056: Refusal(_L, "Zu viele Nachrichten an dieselbe Person in kurzer Zeit.", _WAIT),
    133016: Refusal(_L, "Unsere Nummer wurde zu oft an- und abgemeldet.", _WAIT),
    131047: Refusal(
        Next.FENSTER,
        "Das 24-Stunden-Fenster ist geschlossen.",
        "Eine Vorlage senden, etwa „Nachfrage“; mit der Antwort öffnet sich das Fenster wieder.",
    ),
    131050: Refusal(
        Next.ABGEMELDET,
        "Diese Person möchte solche Nachrichten nicht.",
        "Postlotse hat das vermerkt und hält sich daran.",
    ),
    131021: Refusal(_U, "Absender und Empfänger sind dieselbe Nummer.", _OTHER_WAY),
    131026: Refusal(_U, "Nicht zustellbar: kein WhatsApp unter dieser Nummer, oder ein veraltetes.", _OTHER_WAY),
    130403: Refusal(_U, "Unsere Nummer hat diese Person blockiert.", "Die Sperre im WhatsApp-Manager aufheben."),
    130472: Refusal(Next.MORGEN, "Meta hält Nachrichten an diese Person für einen Versuch zurück.", _TOMORROW),
    131049: Refusal(Next.MORGEN, "Meta stellt dieser Person gerade keine weiteren solchen Nachrichten zu.", _TOMORROW),
    100: Refusal(_V, "WhatsApp nimmt eine Angabe der Nachricht oder Vorlage nicht an.", _TEMPLATE),
    131008: Refusal(_V, "Der Nachricht fehlt eine Angabe, die WhatsApp verlangt.", _TEMPLATE),
    131009: Refusal(_V, "Ein Wert der Nachricht passt nicht zu dem, was WhatsApp verlangt.", _TEMPLATE),
    132000: Refusal(_V, "Die Zahl der ausgefüllten Stellen passt nicht zur Vorlage bei WhatsApp.", _TEMPLATE),
    132001: Refusal(_V, "Diese Vorlage gibt es bei WhatsApp nicht, oder nicht in dieser Sprache.", _TEMPLATE),
    132005: Refusal(_V, "Mit den eingesetzten Angaben wird die Vorlage zu lang.", "Bitte kürzere Angaben einsetzen."),
    132007: Refusal(_V, "Die Vorlage verstößt gegen die Richtlinien von WhatsApp.", _TEMPLATE),
    132012: Refusal(_V, "Eine eingesetzte Angabe hat nicht die Form, die die Vorlage verlangt.", _TEMPLATE),
    132015: Refusal(_V, "WhatsApp hat die Vorlage wegen schlechter Rückmeldungen angehalten.", _TEMPLATE),
    132016: Refusal(_V, "WhatsApp hat die Vorlage für immer gesperrt.", "Die Verwaltung reicht eine neue Vorlage ein."),
    132068: Refusal(_V, "Das Formular dieser Vorlage ist bei WhatsApp gesperrt.", _TEMPLATE),
    132069: Refusal(_V, "Das Formular dieser Vorlage ist bei WhatsApp überlastet.", "In einer Stunde noch einmal."),
    131062: Refusal(
        Next.NUMMER,
        "Diese Vorlage lässt sich nur an eine Telefonnummer senden, und die kennen wir nicht.",
        "Eine andere Vorlage wählen oder nach der Nummer fragen.",
    ),
    131063: Refusal(
        Next.NUMMER, "Werbende Vorlagen nimmt WhatsApp über diesen Weg nicht an.", "Eine andere Vorlage wählen."
    ),
    1: Refusal(_W, "WhatsApp hat gerade eine Störung.", _AGAIN),
    2: Refusal(_W, "WhatsApp ist gerade nicht verfügbar.", _AGAIN),
    131000: Refusal(_W, "WhatsApp konnte die Nachricht aus unbekanntem Grund nicht senden.", _AGAIN),
    131016: Refusal(_W, "Ein Dienst von WhatsApp ist gerade überlastet.", _AGAIN),
    131057: Refusal(_W, "Unsere Nummer wird bei WhatsApp gerade umgestellt; das dauert etwa eine Minute.", _AGAIN),
    133004: Refusal(_W, "Die Anmeldung der Nummern ist bei WhatsApp gerade nicht erreichbar.", _AGAIN),
    135000: Refusal(_W, "WhatsApp konnte die Nachricht nicht verarbeiten.", _AGAIN),
    131051: Refusal(Next.EINGANG, "Diese Art von Nachricht zeigt WhatsApp Firmen nicht.", "Auf dem Telefon nachsehen."),
    131052: Refusal(Next.EINGANG, "Eine Datei der Person war nicht abrufbar.", "Bitte um erneutes Senden bitten."),
    131053: Refusal(Next.EINGANG, "Eine Datei ließ sich nicht übertragen.", "Bitte noch einmal versuchen."),
    2388019: Refusal(_V, "Das Konto hat schon so viele Vorlagen, wie WhatsApp erlaubt.", "Eine alte Vorlage löschen."),
    2388023: Refusal(_V, "Unter diesem Namen wird bei WhatsApp gerade eine Vorlage gelöscht.", "Anderen Namen nehmen."),
    2388024: Refusal(_V, "Eine Vorlage dieses Namens gibt es in dieser Sprache schon.", "Abgleichen oder umbenennen."),
    2388039: Refusal(_V, "Der Wortlaut der Vorlage entspricht nicht der Form, die WhatsApp verlangt.", _TEMPLATE),
    2388040: Refusal(_V, "Ein Feld der Vorlage ist länger, als WhatsApp erlaubt.", _TEMPLATE),
    2388072: Refusal(_V, "Der Wortlaut der Vorlage hat eine Form, die WhatsApp nicht annimmt.", _TEMPLATE),
    2388293: Refusal(_V, "Die Vorlage hat zu viele Stellen für so wenig Wortlaut.", _TEMPLATE),
    2388299: Refusal(_V, "Eine Vorlage darf nicht mit einer Stelle beginnen oder enden.", _TEMPLATE),
    2388047: Refusal(_V, "Die Kopfzeile der Vorlage hat eine Form, die WhatsApp nicht annimmt.", _TEMPLATE),
    2388073: Refusal(_V, "Die Fußzeile der Vorlage hat eine Form, die WhatsApp nicht annimmt.", _TEMPLATE),
}  # fmt: skip


def refusal(number: int) -> Refusal:
    """Return what an error number means; 200 to 299 are rights, and an unknown one says its number and whom to ask."""
    known = TABLE.get(number)
    if known is not None:
        return known
    if 200 <= number <= 299:
        return Refusal(Next.ZUGANG, "Dem Zugang fehlt ein Recht bei WhatsApp.", _ADMIN)
    return Refusal(
        Next.UNBEKANNT, f"WhatsApp hat die Nachricht abgelehnt (Fehler {number}).", "Bitte die Verwaltung fragen."
    )


def halts(number: int) -> bool:
    """Say whether nothing more may be sent after this error before an admin has acted."""
    return refusal(number).next in HALTING
