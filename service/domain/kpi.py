"""What the key figures mean, when they are in goal, and how median and 90th percentile follow from a histogram."""

from datetime import date, datetime, timedelta

from service.domain.curve import Curve
from service.domain.reading import Comparison, Direction, Kpi, Point, Reading, Rows, Span, State, Unit

__all__ = ["Comparison", "Direction", "Kpi", "Point", "Reading", "Rows", "Span", "State", "Unit"]

WHATSAPP_UNANSWERED = Kpi(
    "whatsapp_unanswered",
    "WhatsApp ohne Antwort",
    "Offene WhatsApp-Chats, deren Frist (Standard: 4 Stunden Öffnungszeit seit der ältesten unbeantworteten "
    "Nachricht) überschritten ist; daneben alle offenen Chats, die auf Antwort warten.",
    Unit.ANZAHL,
    0,
    Direction.HOECHSTENS,
    span=Span.JETZT,
)
QUOTE = Kpi(
    "quote",
    "Klassifizierungsquote",
    "Eingegangene Nachrichten der letzten 7 Kalendertage (heute eingeschlossen), deren Klasse ein Mensch oder eine "
    "ausdrückliche Regel festgelegt hat, geteilt durch alle eingegangenen Nachrichten dieser Tage. Vorschläge zählen "
    "nicht als Klasse. Genau 95,0 % sind nicht über 95 %.",
    Unit.PROZENT,
    95,
    Direction.UEBER,
    near=90,
    span=Span.WOCHE,
    cadence="wöchentlich",
    is_average=True,
)
UNCLASSIFIED = Kpi(
    "unclassified",
    "Ohne Klassifizierung",
    "Konversationen mit mindestens einer eingegangenen Nachricht ohne endgültige Klasse. Auch automatische "
    "Meldungen brauchen eine, aber sie haben keine Frist. Daneben die Zahl der Nachrichten.",
    Unit.ANZAHL,
    10,
    Direction.UNTER,
    span=Span.JETZT,
)
OLD_OPEN = Kpi(
    "old_open",
    "Offen seit über 7 Tagen",
    "Offene Konversationen, die länger als genau 7 × 24 Stunden auf Antwort warten oder deren letzte eingegangene "
    "Nachricht älter ist und noch eine Klasse braucht. Genau 7 × 24 Stunden zählen noch nicht. Vom Ende vergangener "
    "Tage ist nur bekannt, was auf Antwort wartete.",
    Unit.ANZAHL,
    20,
    Direction.UNTER,
    span=Span.JETZT,
    cadence="wöchentlich",
)
UNHANDLED = Kpi(
    "unhandled",
    "Unbearbeitete E-Mails",
    "E-Mail-Konversationen mit laufender Frist: eingegangen, offen, ohne Antwort, nicht archiviert.",
    Unit.ANZAHL,
    10,
    Direction.UNTER,
    span=Span.JETZT,
)
REACTION = Kpi(
    "reaction",
    "Reaktionszeit (Mittel)",
    "Mittlere Zeit vom Eingang der ältesten unbeantworteten Nachricht bis zur ersten Antwort eines Menschen, "
    "gemessen im Kalender der Frist, über alle Antworten im gewählten Zeitraum (sonst 30 Tage). Median und "
    "90-%-Wert aus dem Histogramm ganzer Minuten. Unbeantwortete zählen nicht ins Mittel; sie stehen mit Zahl und "
    "Alter daneben.",
    Unit.MINUTEN,
    24 * 60,
    is_average=True,
)
MAIL_REACTION = Kpi(
    "mail_reaction",
    "E-Mail-Reaktionszeit",
    "Summe der Zeiten vom Eingang der ältesten unbeantworteten E-Mail bis zur ersten Antwort eines Menschen, geteilt "
    "durch die Zahl der Antworten im Zeitraum, im Kalender der Frist (Standard: Werktage). Median und 90-%-Wert sind "
    "auf dem Histogramm ganzer Minuten (über 48 h ganzer Stunden) bestimmt. Unbeantwortete stehen mit Zahl und Alter "
    "daneben und zählen im zweiten 90-%-Wert mit. Verfehlt ist erst, was länger als die Frist dauert.",
    Unit.MINUTEN,
    24 * 60,
    is_average=True,
)
CHAT_REACTION = Kpi(
    "chat_reaction",
    "WhatsApp-Reaktionszeit",
    "Wie bei E-Mail, für WhatsApp: Mittel der Zeiten bis zur ersten Antwort eines Menschen im Zeitraum, im Kalender "
    "der Frist (Standard: Öffnungszeit). Daneben der Anteil innerhalb der Frist und innerhalb der idealen 15 Minuten. "
    "Zwischenbescheide und Vorlagen, die das Programm von selbst schickt, zählen nicht als Antwort.",
    Unit.MINUTEN,
    4 * 60,
    is_average=True,
)
RESOLVED = Kpi(
    "resolved",
    "Gelöste Anliegen",
    "Im Zeitraum abgeschlossene Konversationen, die nicht binnen 7 Tagen wiederkamen, geteilt durch alle im Zeitraum "
    "abgeschlossenen und alle, die am Ende des Zeitraums auf Antwort warten. Abgeschlossen heißt: ein Mensch hat "
    "archiviert oder „keine Antwort nötig“ gewählt; wie oft dabei noch jemand auf Antwort wartete, steht daneben. Ein "
    "Zwischenbescheid löst nichts.",
    Unit.PROZENT,
    is_average=True,
)
RESOLUTION_TIME = Kpi(
    "resolution_time",
    "Zeit bis zur Lösung",
    "Mittlere Zeit von der ersten Nachricht (oder vom letzten Wiederöffnen) bis zum Abschluss, nach der Uhr, über alle "
    "im Zeitraum abgeschlossenen Konversationen.",
    Unit.MINUTEN,
    is_average=True,
)
REOPENED = Kpi(
    "reopened",
    "Wieder geöffnet",
    "Im Zeitraum abgeschlossene Konversationen, die binnen 7 × 24 Stunden durch eine neue Nachricht oder von Hand "
    "wieder aufgingen, geteilt durch alle im Zeitraum abgeschlossenen. Genau 7 × 24 Stunden zählen noch mit.",
    Unit.PROZENT,
    is_average=True,
)
INBOUND_HOUR = Kpi(
    "inbound_hour",
    "Eingang je Stunde",
    "Eingegangene Nachrichten im Zeitraum, geteilt durch seine Öffnungsstunden bis jetzt. Auch was außerhalb davon "
    "kommt, zählt mit: Es muss darin bearbeitet werden. Wie es sich verteilt, steht unter „Wann kommt Post?“.",
    Unit.ANZAHL,
)
CLASSES = Kpi(
    "classes",
    "Klassen je Woche",
    "Eingegangene Nachrichten der letzten 7 Kalendertage des Zeitraums mit endgültiger Klasse; daneben jede Klasse "
    "einzeln und wie oft ein Mensch in diesen Tagen entschieden hat. Klasse wie heute bekannt.",
    Unit.ANZAHL,
    span=Span.WOCHE,
    cadence="wöchentlich",
)
SUGGESTED = Kpi(
    "suggested",
    "Abdeckung der Vorschläge",
    "Entscheidungen von Menschen im Zeitraum, bei denen ein Vorschlag dastand, geteilt durch alle Entscheidungen von "
    "Menschen. Zurückgenommene zählen nicht. Ein Vorschlag allein zählt nie als Klasse.",
    Unit.PROZENT,
    cadence="wöchentlich",
    is_average=True,
)
CORRECTION = Kpi(
    "correction",
    "Korrekturquote",
    "Entscheidungen von Menschen im Zeitraum, die von dem Vorschlag abwichen, der dastand, geteilt durch alle, bei "
    "denen einer dastand. Daneben, wie oft eine schon endgültige Klasse berichtigt wurde.",
    Unit.PROZENT,
    cadence="monatlich",
    is_average=True,
)
CHAT_VOLUME = Kpi(
    "chat_volume",
    "WhatsApp-Nachrichten",
    "Eingegangene und gesendete WhatsApp-Nachrichten im Zeitraum; daneben beide einzeln.",
    Unit.ANZAHL,
    cadence="monatlich",
)
NOTICES = Kpi(
    "notices",
    "Hinweise je Person und Arbeitstag",
    "Hinweise, die Postlotse Mitgliedern im Zeitraum gegeben hat, geteilt durch die aktiven Mitglieder und die "
    "Arbeitstage darin, heute als ganzer. Nur als Mittel der ganzen Firma; die eigene Zahl sieht nur jeder selbst.",
    Unit.ANZAHL,
    is_average=True,
)

CATALOGUE: tuple[Kpi, ...] = (
    WHATSAPP_UNANSWERED,
    QUOTE,
    UNCLASSIFIED,
    OLD_OPEN,
    UNHANDLED,
    MAIL_REACTION,
    CHAT_REACTION,
    RESOLVED,
    RESOLUTION_TIME,
    REOPENED,
    INBOUND_HOUR,
    CLASSES,
    SUGGESTED,
    CORRECTION,
    CHAT_VOLUME,
    NOTICES,
)
# The six figures that say how the day stands; the last one shows both reaction times in one.
TILES: tuple[Kpi, ...] = (*CATALOGUE[:5], REACTION)
EVERY: tuple[Kpi, ...] = (*CATALOGUE, REACTION)
_BY_KEY = {figure.key: figure for figure in EVERY}

# S4.27, S4.85: exactly 7 x 24 h is not older.
OLD_AFTER = timedelta(days=7)

# Below this many people, averages and shares would be figures about a person (decision "Per-person figures").
GROUP_MINIMUM = 5
WITHHELD = (
    f"Hier arbeiten weniger als {GROUP_MINIMUM} Personen. Mittelwerte und Anteile wären Angaben über einzelne Menschen "
    "und werden deshalb nicht gezeigt."
)

_COMPARE = {
    Direction.UNTER: lambda value, target: value < target,
    Direction.UEBER: lambda value, target: value > target,
    Direction.HOECHSTENS: lambda value, target: value <= target,
}


def find(key: str) -> Kpi:
    """Return the figure of a key. Raises KeyError for an unknown one."""
    return _BY_KEY[key]


def read(kpi: Kpi, value: float | None, target: float | None = None) -> Reading:
    """Return the reading of a value; None means no data. `target` replaces the catalogue's own."""
    goal = kpi.target if target is None else target
    met = _met(kpi, value, goal)
    return Reading(
        key=kpi.key,
        title=kpi.title,
        value=value,
        unit=kpi.unit,
        target=goal,
        direction=kpi.direction,
        state=_state(kpi, value, met, goal),
        met=met,
        formula=kpi.formula,
        cadence=kpi.cadence,
    )


def state(kpi: Kpi, value: float | None, target: float | None = None) -> State:
    """Return the state of a value alone, as `read` would."""
    goal = kpi.target if target is None else target
    return _state(kpi, value, _met(kpi, value, goal), goal)


def _met(kpi: Kpi, value: float | None, goal: float | None) -> bool | None:
    return None if value is None or goal is None else bool(_COMPARE[kpi.direction](value, goal))


def compare(now: float | None, before: float | None, since: date, until: date) -> Comparison:
    """Return how a value stands to the one of the local days `since` to `until` before."""
    change = None if now is None or before is None else now - before
    return Comparison(since.isoformat(), until.isoformat(), before, change)


def _state(kpi: Kpi, value: float | None, met: bool | None, goal: float | None) -> State:
    if value is None:
        return State.KEINE_DATEN
    if goal is None:
        return State.OHNE_ZIEL
    if met:
        return State.IM_ZIEL
    # The distance that counts as little stays the catalogue's own when the firm moves its target.
    close = kpi.near is not None and kpi.target is not None and value >= goal - (kpi.target - kpi.near)
    return State.KNAPP if close else State.VERFEHLT


def share(part: int, whole: int) -> float | None:
    """Return `part` of `whole` in percent; None when there is nothing to share (an empty week is no 0 %)."""
    return None if whole <= 0 else 100 * part / whole


def is_old(since: datetime, now: datetime) -> bool:
    """Return whether something is older than exactly 7 x 24 h."""
    return now - since > OLD_AFTER


# Histogram of reaction times: bucket 0..2880 are whole minutes up to 48 h, 2880 + n are n whole hours beyond 48 h.
FINE_MINUTES = 48 * 60


def bucket(open_seconds: int) -> int:
    """Return the histogram bucket of a reaction time.

    Up to 48 h whole minutes (0..2880), beyond 2880 + whole hours past 48 h. Both round up: limits are whole minutes
    and exactly the limit keeps the goal (D10), so "at most 15 minutes" is exactly bucket <= 15.
    """
    minutes = -(-max(0, open_seconds) // 60)
    return minutes if minutes <= FINE_MINUTES else FINE_MINUTES - (FINE_MINUTES - minutes) // 60


def bucket_minutes(number: int) -> int:
    """Return the longest reaction time of a bucket in minutes."""
    return number if number <= FINE_MINUTES else FINE_MINUTES + (number - FINE_MINUTES) * 60


def percentile(curve: Curve, percent: int) -> int | None:
    """Return the nearest-rank percentile of a histogram of reaction times in minutes; None when it is empty.

    Nearest rank: the smallest value that at least `percent` of all values do not exceed. It is a value that
    occurred, needs no interpolation, and is the same on every database.
    """
    found = curve.ranked(percent)
    return None if found is None else bucket_minutes(found)
