"""The words people read: German by enum member, figure and error code; English for those who chose it."""

import enum
from dataclasses import dataclass

from models.terms import (
    AbsenceKind,
    AccountState,
    CalendarKind,
    Category,
    Channel,
    ClockKind,
    ConversationState,
    Direction,
    KeyScope,
    KeySource,
    Origin,
    PartyVerdict,
    ReviewKind,
    Role,
    Step,
    WindowKind,
)
from service.domain import kpi


@dataclass(frozen=True, slots=True)
class Advice:
    """What an error code means and what the person can do about it."""

    what: str
    todo: str


# Words for members whose value is not already the German word; all other members are shown by their value.
_WORDS: dict[enum.Enum, str] = {
    CalendarKind.UHR: "rund um die Uhr",
    CalendarKind.WERKTAGE: "Werktage, 0–24 Uhr",
    CalendarKind.OEFFNUNG: "Öffnungszeiten",
    ConversationState.ERLEDIGT: "keine Antwort nötig",
    Role.TEAM_LEAD: "Team-Leitung",
    Role.ADMIN: "Verwaltung",
    KeyScope.DOMAIN: "ganze Domain",
    KeyScope.ADRESSE: "einzelne Adresse",
    kpi.State.IM_ZIEL: "Im Ziel",
    kpi.State.KNAPP: "Knapp",
    kpi.State.VERFEHLT: "Verfehlt",
    kpi.State.KEINE_DATEN: "Keine Daten",
    kpi.State.OHNE_ZIEL: "Ohne Ziel",
}

TERMS: tuple[type[enum.Enum], ...] = (
    AbsenceKind,
    AccountState,
    CalendarKind,
    Category,
    Channel,
    ClockKind,
    ConversationState,
    Direction,
    KeyScope,
    KeySource,
    Origin,
    PartyVerdict,
    ReviewKind,
    Role,
    Step,
    WindowKind,
    kpi.State,
)

# Short titles of the figures as tiles and lists show them.
KPIS: dict[str, str] = {figure.key: figure.title for figure in kpi.EVERY}

# What to do first when a figure misses its target: the label of the button that opens its rows.
KPI_ACTIONS: dict[str, str] = {
    "whatsapp_unanswered": "Sofort reagieren",
    "quote": "Offene einordnen",
    "unclassified": "Nacharbeiten",
    "old_open": "Archivieren oder nachfassen",
    "unhandled": "Bearbeiten",
    "reaction": "Langsame Antworten ansehen",
}

ERRORS: dict[str, Advice] = {
    "PL-0000": Advice("Ein Fehler ohne nähere Angabe.", "Bitte mit der Kennung an die Verwaltung wenden."),
    "PL-0400": Advice("Die Anfrage ist unvollständig.", "Seite neu laden und noch einmal versuchen."),
    "PL-0405": Advice("Die Adresse lässt sich so nicht aufrufen.", "Über die Navigation gehen."),
    "PL-0413": Advice("Es wurde zu viel auf einmal geschickt.", "In kleineren Teilen schicken."),
    "PL-1000": Advice("Postlotse hat etwas abgelehnt.", "Den Text der Meldung lesen; er nennt den Grund."),
    "PL-1001": Advice("Die Einrichtung ist unvollständig.", "Die Verwaltung ruft `postlotse doctor` auf."),
    "PL-1002": Advice("Niemand ist angemeldet, oder die Sitzung ist abgelaufen.", "Neu anmelden."),
    "PL-1003": Advice("Ihre Rolle darf das nicht.", "Die Verwaltung kann Ihre Rolle ändern."),
    "PL-1004": Advice("Das gibt es nicht oder nicht mehr.", "Über Suche oder Liste gehen."),
    "PL-1005": Advice(
        "Ihr Konto hat hier noch keine Rolle.",
        "Die Verwaltung gibt Ihnen im Firmenverzeichnis eine Rolle oder lädt Sie ein.",
    ),
    "PL-1009": Advice("Jemand war schneller.", "Den neuen Stand ansehen und, wenn nötig, noch einmal entscheiden."),
    "PL-1022": Advice("Eine Angabe fehlt oder passt nicht.", "Die genannten Felder berichtigen."),
    "PL-1023": Advice("Diese Nachricht kann jetzt nicht gesendet werden.", "Die Meldung nennt Grund und Ausweg."),
    "PL-1053": Advice("Die Datenbank antwortet gerade nicht.", "Kurz warten und wiederholen; nichts ging verloren."),
    "PL-1056": Advice("Die Datenbankdatei wurde gelöscht oder ersetzt.", "Der Verwaltung Bescheid geben."),
    "PL-1055": Advice("Jemand hat gerade dasselbe gespeichert.", "Die Seite neu laden und noch einmal versuchen."),
    "PL-1054": Advice("Die Datenbank nimmt einen Wert nicht an.", "Eingabe kürzen oder ändern."),
    "PL-2000": Advice("Ein Anschluss meldet einen Fehler.", "Die Verwaltung ruft `postlotse doctor` auf."),
    "PL-2001": Advice("Ein Dienst ist nicht erreichbar.", "Postlotse versucht es von selbst wieder."),
    "PL-2002": Advice("Ein Dienst verweigert den Zugriff.", "Die Verwaltung prüft Anmeldung und Rechte."),
    "PL-2003": Advice("Die Leseposition ist abgelaufen.", "Postlotse liest das Postfach von selbst neu."),
    "PL-2004": Advice("Eine Nachricht ist beschädigt.", "Sie wird ausgelassen und gezählt; nichts zu tun."),
    "PL-2005": Advice(
        "Anmeldung nötig: Microsoft 365 lässt Postlotse nicht herein.",
        "Die Verwaltung erneuert Zertifikat oder Geheimnis; danach geht es von selbst weiter.",
    ),
    "PL-2006": Advice("Das Postfach ist ohne Lizenz oder nicht in der Cloud.", "Die Verwaltung prüft die Lizenz."),
    "PL-2007": Advice("Das Postfach ist voll.", "Platz im Postfach schaffen; neue Mails werden trotzdem gelesen."),
    "PL-2008": Advice("Das Postfach oder ein Ordner ist nicht zu finden.", "Die Verwaltung prüft die Adresse."),
    "PL-2009": Advice("Das Postfach ist nicht freigegeben.", "Die Verwaltung nimmt es in die Gruppe auf."),
    "PL-2010": Advice("Die Verwaltung hat das Lesen angehalten.", "Fortsetzen, sobald wieder gelesen werden soll."),
    "PL-2011": Advice(
        "Microsoft 365 gibt Postlotse mehr Rechte, als es haben darf.",
        "Die Verwaltung entfernt das Recht in Entra; bis dahin wird nichts gelesen.",
    ),
    "PL-2012": Advice(
        "WhatsApp führt etwas nicht aus.",
        "Die Meldung nennt Grund und nächsten Schritt.",
    ),
    "PL-2013": Advice(
        "Die Antwort von WhatsApp ging verloren.",
        "Postlotse wartet auf die Bestätigung und sieht vor jedem neuen Versuch nach.",
    ),
    "PL-3000": Advice("Die Vorschläge melden einen Fehler.", "Regeln arbeiten weiter; Verwaltung informieren."),
    "PL-3001": Advice(
        "Die Modelldatei ist unbrauchbar.",
        "Regeln arbeiten weiter; die Verwaltung löscht die Datei, dann gilt das mitgelieferte Modell.",
    ),
    "PL-3002": Advice("Zu wenige Beispiele zum Lernen.", "Mehr Zeilen mit bekannter Klasse angeben."),
    "PL-5000": Advice("Ein unerwarteter Fehler.", "Die ganze Kennung notieren und an die Verwaltung geben."),
}


def word(member: enum.Enum) -> str:
    """Return the German word of a term."""
    return _WORDS.get(member, str(member.value))


def advice(code: str) -> Advice:
    """Return what an error code means; codes with an incident number share the advice of their kind."""
    return ERRORS.get(code[:7], ERRORS["PL-0000"])


def say(text: str, language: str) -> str:
    """Return a German text in a member's language; what has no translation stays German."""
    return ENGLISH.get(text, text) if language == "en" else text


ENGLISH: dict[str, str] = {
    "Einordnen": "Classify",
    "Konversationen": "Conversations",
    "Kennzahlen": "Figures",
    "Kunden & Lieferanten": "Customers & suppliers",
    "Hinweise": "Notices",
    "Vorlagen": "Templates",
    "Abwesenheiten": "Absences",
    "Vertretung": "Standing in",
    "Sie vertreten": "You stand in for",
    "Mitglieder": "Members",
    "Teams": "Teams",
    "Einstellungen": "Settings",
    "Hilfe": "Help",
    "Mein Profil": "My profile",
    "Abmelden": "Sign out",
    "Anmelden": "Sign in",
    "Mit dem Firmenkonto anmelden": "Sign in with your work account",
    "Steuern": "Manage",
    "Hauptnavigation": "Main navigation",
    "Zum Inhalt springen": "Skip to content",
    "Kunde": "Customer",
    "Lieferant": "Supplier",
    "Intern": "Internal",
    "Newsletter": "Newsletter",
    "Werbung": "Advertising",
    "offen": "open",
    "Eingang": "Received",
    "Ausgang": "Sent",
    "Vorschläge": "Suggestions",
    "Ohne Vorschlag": "No suggestion",
    "Älter als 7 Tage": "Older than 7 days",
    "Heute erledigt": "Done today",
    "Unsicher unter 80 %": "Unsure, below 80 %",
    "E-Mail": "E-mail",
    "WhatsApp": "WhatsApp",
    "Absender": "Sender",
    "Vorschlag und Grund": "Suggestion and reason",
    "Antwortfrist": "Reply due",
    "Klasse": "Class",
    "Zuordnung": "Assigned to",
    "Speichern": "Save",
    "Übernehmen": "Accept",
    "Rückgängig": "Undo",
    "Abbrechen": "Cancel",
    "Schließen": "Close",
    "Suche": "Search",
    "Absender, Domain, Kunde": "Sender, domain, customer",
    "Warum dieser Vorschlag?": "Why this suggestion?",
    "Verlauf": "History",
    "keine Frist": "no deadline",
    "noch unbekannt": "not known yet",
    "Neu anlegen": "Add new",
    "Reichweite": "Reach",
    "nur diese Adresse": "this address only",
    "sichere übernehmen": "sure ones: accept",
    "blättern": "move",
    "einordnen": "classify",
    "speichern": "save",
    "abbrechen": "cancel",
    "auswählen": "select",
    "rückgängig": "undo",
    "suchen": "search",
    "alle Tasten": "all keys",
    "Auswahl aufheben": "Clear selection",
    "ausgewählt": "selected",
    "Filter": "Filters",
    "aktiv": "active",
    "Ansicht": "View",
    "Zeitraum": "Period",
    "Heute": "Today",
    "7 Tage": "7 days",
    "30 Tage": "30 days",
    "Quartal": "Quarter",
    "Alle Postfächer": "All mailboxes",
    "Nächste Fristen": "Next deadlines",
    "Erste Antwort": "First reply",
    "Nächste Antwort": "Next reply",
    "Erledigung": "Resolution",
    "Postfächer": "Mailboxes",
    "Eingang nach Klasse": "Received by class",
    "Wann kommt Post?": "When does mail arrive?",
    "WhatsApp: erste Antwort": "WhatsApp: first reply",
    "Reaktionszeit E-Mail": "Reply time e-mail",
    "Als Tabelle": "As a table",
    "Im Ziel": "On target",
    "Knapp": "Close",
    "Verfehlt": "Missed",
    "Keine Daten": "No data",
    "So wird gezählt": "How it is counted",
    "WhatsApp ohne Antwort": "WhatsApp unanswered",
    "Klassifizierungsquote": "Classified share",
    "Ohne Klassifizierung": "Unclassified",
    "Offen seit über 7 Tagen": "Open for over 7 days",
    "Unbearbeitete E-Mails": "Unhandled e-mails",
    "Reaktionszeit (Mittel)": "Reply time (mean)",
    "Konversation": "Conversation",
    "Zustand": "State",
    "Kanal": "Channel",
    "Richtung": "Direction",
    "Zeit": "Time",
    "Postfach": "Mailbox",
    "Frist": "Deadline",
    "Name": "Name",
    "Ort": "City",
    "Nummer": "Number",
    "Domain": "Domain",
    "Rolle": "Role",
    "Nachrichten": "Messages",
    "Entscheidungen": "Decisions",
    "Keine Antwort nötig": "No reply needed",
    "Archivieren": "Archive",
    "Wieder öffnen": "Reopen",
    "Öffnungszeiten": "Opening hours",
    "Bundesland": "Federal state",
    "Einzelne Tage": "Single days",
    "Antwortziele": "Reply targets",
    "Ziele der Kennzahlen": "Targets of the figures",
    "Regeln": "Rules",
    "Beispieldaten": "Sample data",
    "Beispieldaten entfernen": "Remove sample data",
    "Sprache": "Language",
    "Farben": "Colours",
    "wie das Gerät": "as the device",
    "hell": "light",
    "dunkel": "dark",
    "Einzeltasten": "Single keys",
    "Weitere": "More",
    "Mehr": "More",
    "Verläufe": "Threads",
    "Zurück": "Back",
    "Anwenden": "Apply",
    "Zurücksetzen": "Reset",
    "alle": "all",
    "Offen": "Open",
    "Reaktion": "Reply time",
    "Lage": "State",
    "Median": "Median",
    "Langsamste 10 %": "Slowest 10 %",
    "Tag": "Day",
    "Tasten": "Keys",
    "Fehlerkennungen": "Error codes",
}
