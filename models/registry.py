"""The column registry: what every stored column is, whose data, for which purpose, how long; pure data.

`service/store/subject.py` finds a person's data by it; an undeclared or a stale column fails a test.
"""

from collections.abc import Mapping

from models.column import ANY, Entry, Links, Purpose, Retention, Whose, entry
from models.registry_chat import CHAT
from models.registry_exports import EXPORTS
from models.registry_learning import LEARNING
from models.registry_people import PEOPLE
from models.registry_reviews import REVIEWS
from models.registry_sending import SENDING

_POST = (Whose.ABSENDER, Purpose.EINORDNEN, Retention.WIE_NACHRICHT)
_RULED = "von Postlotse aus den Angaben der Nachricht bestimmt"
_ENTERED = "von einem Mitglied der Firma eingetragen oder bestätigt"
_COUNTED = (Whose.NIEMAND, Purpose.KENNZAHLEN, Retention.SOLANGE_NOETIG, "gezählt")
_RUNNING = (Whose.NIEMAND, Purpose.BETRIEB, Retention.SOLANGE_NOETIG, "vom Programm angelegt")
_PARTNER = (Whose.PERSON, Purpose.STAMMDATEN, Retention.SOLANGE_KONTAKT, _ENTERED)
_BUSINESS = (Whose.FIRMA, Purpose.STAMMDATEN, Retention.SOLANGE_KONTAKT, _ENTERED)
_RECEIVED = (Whose.EMPFAENGER, Purpose.EINORDNEN, Retention.WIE_NACHRICHT, "aus dem gelesenen Postfach")
_WAITING = (Whose.ABSENDER, Purpose.EINORDNEN, Retention.KURZ, "von WhatsApp gemeldet")
_SET_UP = (Whose.FIRMA, Purpose.BETRIEB, Retention.SOLANGE_NOETIG, "von einem Admin eingerichtet")

_CLASS = {
    "category": "Klasse", "suggested": "Vorgeschlagene Klasse", "confidence": "Sicherheit des Vorschlags",
    "step": "Stufe, die den Vorschlag machte",
}  # fmt: skip

_ENTRIES = (
    entry("message Nachrichten", (*_POST, "aus dem gelesenen Postfach oder der WhatsApp-Nummer"), {
            "channel": "Weg", "direction": "Richtung", "sender": "Absender", "sender_name": "Name des Absenders",
            "sender_domain": "Domain des Absenders", "submitter": "Tatsächlicher Einlieferer",
            "user_id": "WhatsApp-Kennung", "received_at": "Eingegangen", "sent_at": "Abgeschickt",
            "internet_message_id": "Nummer der Mail", "folder": "Ordner", "kind": "Art", "is_read": "Gelesen",
            "has_attachments": "Mit Anlagen", "important": "Wichtig", "automated": "Automatisch verschickt",
            "system": "Zustellbericht oder automatische Antwort", "recipients_total": "Zahl der Empfänger",
            "flags": "Versandmerkmale", **_CLASS, "reason": "Begründung des Vorschlags", "origin": "Entschieden durch",
            "decided_at": "Entschieden am", "removed_at": "Im Postfach gelöscht am", "holding": "Nur Zwischenbescheid",
            "source_id": "Kennung im Postfach oder bei WhatsApp", "context_id": "Bezug auf Kennung",
        },
        "id account_id conversation_id opens_clock time_is_guessed copied answers seen_round missing_round",
        Links(
            {"sender": ANY, "submitter": "adresse", "user_id": "kennung"},
            speaks_of={"sender": "sender_name sender_domain flags category suggested confidence step reason origin "
                                 "decided_at is_read important automated system internet_message_id source_id"},
            brings=("conversation_id", "account_id"),
        ),
    ),
    entry("recipient Empfängerangaben", _RECEIVED,
        {"kind": "Empfangen als", "address": "Empfänger"},
        "message_id position",
        Links({"address": ANY}, brings=("message_id",)),
    ),
    entry("conversation Vorgänge", (*_POST, _RULED), {
            "channel": "Weg", "peer": "Gegenüber", "peer_name": "Name des Gegenübers", "peer_domain": "Domain",
            "party_unknown": "Partner noch unbekannt", **_CLASS, "reason": "Begründung des Vorschlags",
            "state": "Zustand", "opened_at": "Begonnen", "last_at": "Letzte Nachricht",
            "last_inbound_at": "Letzter Eingang", "last_outbound_at": "Letzte Antwort", "closed_at": "Abgeschlossen",
            "waiting_since": "Wartet seit", "due_at": "Antwort fällig", "strict_due_at": "Antwort fällig (Wanduhr)",
            "clock": "Laufende Frist", "resolve_due_at": "Erledigung fällig", "breaks_at": "Nächste Frist endet",
            "snoozed_until": "Zurückgestellt bis", "holding_at": "Zwischenbescheid am", "raised_at": "Vorgezogen am",
            "meta_until": "Freie Antwort bei WhatsApp bis", "free_until": "Kostenfrei bei WhatsApp bis",
            "unread": "Ungelesen", "inbound": "Zahl der Eingänge",
            "outbound": "Zahl der Antworten", "unclassified": "Zahl ohne Klasse", "thread": "Kennung des Gesprächs",
        },
        "id account_id several company_id person_id assignee_id assignee_due_at assigned_by_id assigned_at "
        "calendar_version version",
        Links(
            {"peer": ANY},
            speaks_of={"peer": "peer_name peer_domain category suggested confidence step reason company_id person_id "
                               "party_unknown thread state opened_at last_inbound_at last_outbound_at closed_at "
                               "waiting_since due_at strict_due_at clock resolve_due_at breaks_at snoozed_until "
                               "holding_at raised_at meta_until free_until unread inbound outbound "
                               "unclassified"},
            brings=("account_id", "company_id", "person_id"),
        ),
    ),
    entry("decision Entscheidungen", (Whose.ABSENDER, Purpose.NACHWEIS, Retention.WIE_NACHRICHT, _ENTERED),
        {"at": "Entschieden am", "origin": "Entschieden durch", "previous": "Klasse vorher", **_CLASS,
         "reason": "Begründung des Vorschlags"},
        "id message_id confirmation_id member_id",
        Links(belongs_to=("message_id",), brings=("confirmation_id",)),
    ),
    entry("confirmation Bestätigungen", (Whose.MITGLIED, Purpose.NACHWEIS, Retention.PROTOKOLL, _ENTERED), {
            "at": "Bestätigt am", "category": "Klasse", "keys_before": "Regeln vorher",
            "conversations_before": "Vorgänge vorher", "undone_at": "Zurückgenommen am",
        },
        "id member_id conversations messages",
        Links({"keys_before": ANY, "conversations_before": ANY}, packed=("keys_before", "conversations_before")),
    ),
    entry("clock_event Antwortfristen", (*_POST, _RULED), {
            "channel": "Weg", "kind": "Ereignis", "at": "Zeitpunkt", "started_at": "Frist begann",
            "open_s": "Dauer in Geschäftszeit (s)", "wall_s": "Dauer insgesamt (s)", "in_goal": "Rechtzeitig",
            "category": "Klasse", "clock": "Welche Frist", "calendar": "Kalender der Frist",
            "calendar_version": "Stand des Kalenders", "until": "Gilt bis",
        },
        "id conversation_id account_id member_id",
        Links(belongs_to=("conversation_id",)),
    ),
    entry("sender_key Absenderregeln", (Whose.ABSENDER, Purpose.EINORDNEN, Retention.SOLANGE_KONTAKT, _ENTERED), {
            "scope": "Gilt für", "value": "Adresse, Nummer oder Domain", "category": "Klasse", "source": "Herkunft",
            "hits": "Bestätigungen dafür", "others": "Bestätigungen dagegen", "last_at": "Zuletzt bestätigt",
            "active": "In Kraft", "off_at": "Abgeschaltet am", "root": "Domain der Adresse",
        },
        "id company_id person_id under_domain",
        Links({"value": ANY, "root": ANY}, brings=("company_id", "person_id")),
    ),
    entry("inbox Noch nicht verarbeitete Eingänge", _WAITING,
        {"payload": "Angaben der Nachricht", "dedup": "Kennung der Meldung", "received_at": "Gemeldet am",
         "error": "Fehler"},
        "id account state",
        Links({"payload": ANY}, packed=("payload",)),
    ),
    entry("contact_point Kontaktangaben", _PARTNER, {"value": "Adresse oder Nummer", "kind": "Art"},
           "person_id company_id", Links({"value": ANY}, brings=("person_id", "company_id"))),
    entry("person Personen", _PARTNER,
        {"first_name": "Vorname", "last_name": "Nachname", "display_name": "Name", "search": "Name für die Suche",
         "created_at": "Angelegt"},
        "id owner_id sample",
    ),
    entry("person_company Tätigkeit bei Unternehmen", _PARTNER,
        {"function": "Funktion"},
        "person_id company_id",
        Links(belongs_to=("person_id",), brings=("company_id",)),
    ),
    entry("party_role Rollen", _PARTNER, {"category": "Rolle", "since": "Seit"}, "id person_id company_id",
           Links(belongs_to=("person_id",))),
    entry("company Unternehmen", _BUSINESS, {"name": "Unternehmen", "city": "Ort"},
           "id search postcode country website vat_id owner_id created_at sample"),
    entry("company_number Nummern von Unternehmen", _BUSINESS, {}, "id company_id program number"),
    entry("company_domain Domains von Unternehmen", _BUSINESS, {}, "domain company_id"),
    entry("trail Protokoll", (Whose.MITGLIED, Purpose.NACHWEIS, Retention.PROTOKOLL, "vom Programm mitgeschrieben"),
        {"at": "Zeitpunkt", "verb": "Was geschah", "before": "Vorher", "after": "Nachher"},
        "id member_id about",
        Links({"before": ANY, "after": ANY}, packed=("before", "after"), refers="about"),
    ),
    entry("account Postfächer und Nummern", _SET_UP,
        {"address": "Postfach oder Nummer", "name": "Name"},
        "id channel shared people state error_code warning_code last_ok_at incomplete_since bare_since "
        "round sample",
        Links({"address": "adresse/nummer"}),
    ),
    entry("chain Lesestände", _RUNNING, {},
           "id account_id folder kind cursor select_version round fence complete_at swept_round read total damaged "
           "ahead_at listed_at restarted_at"),
    entry("mail_folder Ordner", _RUNNING, {}, "account_id folder parent kind seen_round"),
    entry("subscription Benachrichtigungen", _RUNNING, {},
           "account_id graph_id client_state state expires_at renew_at error"),
    entry("setting Einstellungen", _RUNNING, {}, "id name version value changed_at member_id"),
    entry("job Aufträge", _RUNNING, {"key": "Postfach", "dedup": "Art und Postfach"},
           "id kind run_at attempt lease_until worker fence error",
           Links({"key": "adresse"})),
    entry("schedule Wiederkehrendes", _RUNNING, {}, "name next_run_at"),
    entry("tally Tageszahlen", _COUNTED, {},
           "day account_id category received final sent stops open_seconds wall_seconds in_goal copied copied_final "
           "copied_sent"),
    entry("work_tally Zahlen der Arbeit je Tag", _COUNTED, {},
           "day account_id category decided checked changed corrected closed closed_seconds reopened unanswered"),
    entry("histogram Verteilungen je Tag", _COUNTED, {}, "day account_id kind counts"),
    entry("firm_day Tageszahlen der Firma", _COUNTED, {}, "day channel counts reaction hour"),
    entry("standing_day Stand am Ende eines Tages", _COUNTED, {}, "day account_id category waiting old"),
    entry("closure Abgeschlossene Vorgänge", (*_POST, "von einem Mitglied der Firma abgeschlossen"), {
            "channel": "Weg", "category": "Klasse", "opened_at": "Begonnen", "closed_at": "Abgeschlossen",
            "reopened_at": "Wieder geöffnet",
        },
        "id conversation_id account_id",
        Links(belongs_to=("conversation_id",)),
    ),
)  # fmt: skip

_ALL = _ENTRIES + PEOPLE + CHAT + REVIEWS + LEARNING + SENDING + EXPORTS
REGISTRY: Mapping[str, Entry] = {declared.table: declared for declared in _ALL}
