"""The column registry: what every stored column is, whose data, for which purpose, how long; pure data.

`service/store/subject.py` finds a person's data by it; an undeclared or a stale column fails a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Whose(StrEnum):
    """Whose data the rows of a table are."""

    ABSENDER = "Absender"
    EMPFAENGER = "Empfänger"
    PERSON = "Person"
    MITGLIED = "Mitglied"
    FIRMA = "Firma"
    NIEMAND = "niemand"


class Purpose(StrEnum):
    """What a table is for, as the record of processing says it (Art. 30 (1) b GDPR)."""

    EINORDNEN = "Eingehende Nachrichten einordnen und Antwortfristen einhalten"
    STAMMDATEN = "Geschäftspartner kennen, damit ihre Nachrichten richtig eingeordnet werden"
    NACHWEIS = "Nachweisen, wer wann was entschieden hat, und Entscheidungen zurücknehmen können"
    ANMELDUNG = "Mitglieder der Firma anmelden und ihre Rechte prüfen"
    KENNZAHLEN = "Menge und Antwortzeit zählen, ohne Bezug auf Personen"
    BETRIEB = "Das Programm betreiben: Postfächer lesen, Einstellungen, Aufträge"


class Retention(StrEnum):
    """How long rows are meant to stay; defaults that a data protection officer may change."""

    KUNDE_LIEFERANT = "24 Monate nach der Nachricht"
    INTERN = "12 Monate nach der Nachricht"
    NEWSLETTER = "180 Tage nach der Nachricht"
    WERBUNG = "90 Tage nach der Nachricht"
    UNKLASSIFIZIERT = "6 Monate nach dem letzten Kontakt"
    WIE_NACHRICHT = "je nach Klasse der Nachricht"
    SOLANGE_KONTAKT = "solange die Geschäftsbeziehung besteht, dann 24 Monate"
    SOLANGE_MITGLIED = "solange die Person Mitglied der Firma ist"
    KURZ = "bis zur Verarbeitung, meist Sekunden; bei Fehlern 14 Tage"
    SITZUNG = "bis zum Ablauf, höchstens 8 Stunden; der Eintrag 90 Tage"
    PROTOKOLL = "36 Monate"
    SOLANGE_NOETIG = "solange die Einrichtung besteht"


# The values of models.terms.Category, "" for no class; a test holds the two together.
BY_CATEGORY: Mapping[str, Retention] = {
    "Kunde": Retention.KUNDE_LIEFERANT,
    "Lieferant": Retention.KUNDE_LIEFERANT,
    "Intern": Retention.INTERN,
    "Newsletter": Retention.NEWSLETTER,
    "Werbung": Retention.WERBUNG,
    "": Retention.UNKLASSIFIZIERT,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `identifier` says what may stand in it ("adresse", "nummer", "kennung", several with "/"; "" = none).

    `packed` means that identifiers stand somewhere inside JSON. `speaks_of` names the identifier column of the same
    table whose bearer this value is about; "" = the row as a whole.
    """

    name: str
    label: str
    personal: bool
    whose: Whose
    purpose: Purpose
    retention: Retention
    identifier: str = ""
    packed: bool = False
    speaks_of: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One table. A row whose parent (by a column in `belongs_to`) is about a person is about that person, too.

    `brings` names columns whose parent row is shown together with a row. `refers` names a column with text like
    "conversation:17" that points at a row of another table. `origin` says where the data comes from.
    """

    table: str
    title: str
    whose: Whose
    purpose: Purpose
    retention: Retention
    origin: str
    columns: Mapping[str, Column]
    belongs_to: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()
    refers: str = ""


@dataclass(frozen=True, slots=True)
class _Links:
    # How a table's rows find their person: identifiers (column -> kinds), ties, and who a value speaks of.
    identifiers: Mapping[str, str] = field(default_factory=dict)
    packed: tuple[str, ...] = ()
    speaks_of: Mapping[str, str] = field(default_factory=dict)
    belongs_to: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()
    refers: str = ""


_ANY = "adresse/nummer/kennung"
_NO_LINKS = _Links()


def _entry(
    names: str,
    law: tuple[Whose, Purpose, Retention, str],
    personal: Mapping[str, str],
    technical: str,
    links: _Links = _NO_LINKS,
) -> Entry:
    table, title = names.split(" ", 1)
    whose, purpose, retention, origin = law
    of = {name: owner for owner, group in links.speaks_of.items() for name in group.split()}
    labels = {**dict.fromkeys(technical.split(), ""), **personal}
    # Who acted is data about that member, in whichever table it stands.
    labels |= {"member_id": "Handelndes Mitglied"} if "member_id" in labels else {}
    columns = {
        name: Column(
            name, label, label != "", _whose(name, label, whose), purpose, retention,
            links.identifiers.get(name, ""), name in links.packed, of.get(name, ""),
        )
        for name, label in labels.items()
    }  # fmt: skip
    return Entry(table, title, whose, purpose, retention, origin, columns, links.belongs_to, links.brings, links.refers)


def _whose(name: str, label: str, whose: Whose) -> Whose:
    if name == "member_id" or (label and whose is Whose.NIEMAND):
        return Whose.MITGLIED
    return whose if label else Whose.NIEMAND


_POST = (Whose.ABSENDER, Purpose.EINORDNEN, Retention.WIE_NACHRICHT)
_RULED = "von Postlotse aus den Angaben der Nachricht bestimmt"
_ENTERED = "von einem Mitglied der Firma eingetragen oder bestätigt"
_SIGNED_IN = (Whose.MITGLIED, Purpose.ANMELDUNG, Retention.SITZUNG, "bei der Anmeldung entstanden")
_COUNTED = (Whose.NIEMAND, Purpose.KENNZAHLEN, Retention.SOLANGE_NOETIG, "gezählt")
_RUNNING = (Whose.NIEMAND, Purpose.BETRIEB, Retention.SOLANGE_NOETIG, "vom Programm angelegt")
_PARTNER = (Whose.PERSON, Purpose.STAMMDATEN, Retention.SOLANGE_KONTAKT, _ENTERED)
_BUSINESS = (Whose.FIRMA, Purpose.STAMMDATEN, Retention.SOLANGE_KONTAKT, _ENTERED)
_RECEIVED = (Whose.EMPFAENGER, Purpose.EINORDNEN, Retention.WIE_NACHRICHT, "aus dem gelesenen Postfach")
_WAITING = (Whose.ABSENDER, Purpose.EINORDNEN, Retention.KURZ, "von WhatsApp gemeldet")
_STAFF = (Whose.MITGLIED, Purpose.ANMELDUNG, Retention.SOLANGE_MITGLIED, "von einem Admin eingetragen")
_SET_UP = (Whose.FIRMA, Purpose.BETRIEB, Retention.SOLANGE_NOETIG, "von einem Admin eingerichtet")

_CLASS = {
    "category": "Klasse", "suggested": "Vorgeschlagene Klasse", "confidence": "Sicherheit des Vorschlags",
    "step": "Stufe, die den Vorschlag machte",
}  # fmt: skip

_ENTRIES = (
    _entry("message Nachrichten", (*_POST, "aus dem gelesenen Postfach oder der WhatsApp-Nummer"), {
            "channel": "Weg", "direction": "Richtung", "sender": "Absender", "sender_name": "Name des Absenders",
            "sender_domain": "Domain des Absenders", "submitter": "Tatsächlicher Einlieferer",
            "user_id": "WhatsApp-Kennung", "received_at": "Eingegangen", "sent_at": "Abgeschickt",
            "internet_message_id": "Nummer der Mail", "folder": "Ordner", "kind": "Art", "is_read": "Gelesen",
            "has_attachments": "Mit Anlagen", "important": "Wichtig", "automated": "Automatisch verschickt",
            "system": "Zustellbericht oder automatische Antwort", "recipients_total": "Zahl der Empfänger",
            "flags": "Versandmerkmale", **_CLASS, "reason": "Begründung des Vorschlags", "origin": "Entschieden durch",
            "decided_at": "Entschieden am", "removed_at": "Im Postfach gelöscht am",
            "source_id": "Kennung im Postfach oder bei WhatsApp", "context_id": "Bezug auf Kennung",
        },
        "id account_id conversation_id opens_clock time_is_guessed",
        _Links(
            {"sender": _ANY, "submitter": "adresse", "user_id": "kennung"},
            speaks_of={"sender": "sender_name sender_domain flags category suggested confidence step reason origin "
                                 "decided_at is_read important automated system internet_message_id source_id"},
            brings=("conversation_id", "account_id"),
        ),
    ),
    _entry("recipient Empfängerangaben", _RECEIVED,
        {"kind": "Empfangen als", "address": "Empfänger"},
        "message_id position",
        _Links({"address": _ANY}, brings=("message_id",)),
    ),
    _entry("conversation Vorgänge", (*_POST, _RULED), {
            "channel": "Weg", "peer": "Gegenüber", "peer_name": "Name des Gegenübers", "peer_domain": "Domain",
            "party_unknown": "Partner noch unbekannt", **_CLASS, "reason": "Begründung des Vorschlags",
            "state": "Zustand", "opened_at": "Begonnen", "last_at": "Letzte Nachricht",
            "last_inbound_at": "Letzter Eingang", "last_outbound_at": "Letzte Antwort", "closed_at": "Abgeschlossen",
            "waiting_since": "Wartet seit", "due_at": "Antwort fällig", "strict_due_at": "Antwort fällig (Wanduhr)",
            "meta_until": "Freie Antwort bei WhatsApp bis", "unread": "Ungelesen", "inbound": "Zahl der Eingänge",
            "outbound": "Zahl der Antworten", "unclassified": "Zahl ohne Klasse", "thread": "Kennung des Gesprächs",
        },
        "id account_id company_id person_id calendar_version version",
        _Links(
            {"peer": _ANY},
            speaks_of={"peer": "peer_name peer_domain category suggested confidence step reason company_id person_id "
                               "party_unknown thread state opened_at last_inbound_at last_outbound_at closed_at "
                               "waiting_since due_at strict_due_at meta_until unread inbound outbound unclassified"},
            brings=("account_id", "company_id", "person_id"),
        ),
    ),
    _entry("decision Entscheidungen", (Whose.ABSENDER, Purpose.NACHWEIS, Retention.WIE_NACHRICHT, _ENTERED),
        {"at": "Entschieden am", "origin": "Entschieden durch", "previous": "Klasse vorher", **_CLASS,
         "reason": "Begründung des Vorschlags"},
        "id message_id confirmation_id member_id",
        _Links(belongs_to=("message_id",), brings=("confirmation_id",)),
    ),
    _entry("confirmation Bestätigungen", (Whose.MITGLIED, Purpose.NACHWEIS, Retention.PROTOKOLL, _ENTERED), {
            "at": "Bestätigt am", "category": "Klasse", "keys_before": "Regeln vorher",
            "conversations_before": "Vorgänge vorher", "undone_at": "Zurückgenommen am",
        },
        "id member_id conversations messages",
        _Links({"keys_before": _ANY, "conversations_before": _ANY}, packed=("keys_before", "conversations_before")),
    ),
    _entry("clock_event Antwortfristen", (*_POST, _RULED), {
            "channel": "Weg", "kind": "Ereignis", "at": "Zeitpunkt", "started_at": "Frist begann",
            "open_s": "Dauer in Geschäftszeit (s)", "wall_s": "Dauer insgesamt (s)", "in_goal": "Rechtzeitig",
            "category": "Klasse",
        },
        "id conversation_id account_id",
        _Links(belongs_to=("conversation_id",)),
    ),
    _entry("sender_key Absenderregeln", (Whose.ABSENDER, Purpose.EINORDNEN, Retention.SOLANGE_KONTAKT, _ENTERED), {
            "scope": "Gilt für", "value": "Adresse, Nummer oder Domain", "category": "Klasse", "source": "Herkunft",
            "hits": "Bestätigungen dafür", "others": "Bestätigungen dagegen", "last_at": "Zuletzt bestätigt",
            "active": "In Kraft",
        },
        "id company_id person_id",
        _Links({"value": _ANY}, brings=("company_id", "person_id")),
    ),
    _entry("inbox Noch nicht verarbeitete Eingänge", _WAITING,
        {"payload": "Angaben der Nachricht", "dedup": "Kennung der Meldung", "received_at": "Gemeldet am",
         "error": "Fehler"},
        "id account state",
        _Links({"payload": _ANY}, packed=("payload",)),
    ),
    _entry("contact_point Kontaktangaben", _PARTNER, {"value": "Adresse oder Nummer", "kind": "Art"},
           "person_id company_id", _Links({"value": _ANY}, brings=("person_id", "company_id"))),
    _entry("person Personen", _PARTNER,
        {"first_name": "Vorname", "last_name": "Nachname", "display_name": "Name", "search": "Name für die Suche",
         "created_at": "Angelegt"},
        "id sample",
    ),
    _entry("person_company Tätigkeit bei Unternehmen", _PARTNER,
        {"function": "Funktion"},
        "person_id company_id",
        _Links(belongs_to=("person_id",), brings=("company_id",)),
    ),
    _entry("party_role Rollen", _PARTNER, {"category": "Rolle", "since": "Seit"}, "id person_id company_id",
           _Links(belongs_to=("person_id",))),
    _entry("company Unternehmen", _BUSINESS, {"name": "Unternehmen", "city": "Ort"},
           "id search postcode country website vat_id created_at sample"),
    _entry("company_number Nummern von Unternehmen", _BUSINESS, {}, "id company_id program number"),
    _entry("company_domain Domains von Unternehmen", _BUSINESS, {}, "domain company_id"),
    _entry("trail Protokoll", (Whose.MITGLIED, Purpose.NACHWEIS, Retention.PROTOKOLL, "vom Programm mitgeschrieben"),
        {"at": "Zeitpunkt", "verb": "Was geschah", "before": "Vorher", "after": "Nachher"},
        "id member_id about",
        _Links({"before": _ANY, "after": _ANY}, packed=("before", "after"), refers="about"),
    ),
    _entry("member Mitglieder", _STAFF,
        {"name": "Name", "role": "Rolle", "language": "Sprache", "theme": "Ansicht", "shortcuts": "Tastenkürzel",
         "active": "Aktiv", "created_at": "Angelegt"},
        "id sample",
    ),
    _entry("member_identity Konten im Firmenverzeichnis",
           (Whose.MITGLIED, Purpose.ANMELDUNG, Retention.SOLANGE_MITGLIED, "bei der ersten Anmeldung entstanden"),
           {"issuer": "Verzeichnis", "lasting_id": "Kennung im Verzeichnis", "created_at": "Erste Anmeldung"},
           "member_id", _Links(belongs_to=("member_id",))),
    _entry("login_link Anmeldelinks", _SIGNED_IN,
           {"created_at": "Angelegt", "expires_at": "Gültig bis", "used_at": "Benutzt"}, "token_hash member_id",
           _Links(belongs_to=("member_id",))),
    _entry("web_session Sitzungen", _SIGNED_IN,
           {"created_at": "Angemeldet", "seen_at": "Zuletzt gesehen", "revoked_at": "Beendet"}, "id_hash member_id",
           _Links(belongs_to=("member_id",))),
    _entry("account Postfächer und Nummern", _SET_UP,
        {"address": "Postfach oder Nummer", "name": "Name"},
        "id channel shared people state error_code last_ok_at sample",
        _Links({"address": "adresse/nummer"}),
    ),
    _entry("chain Lesestände", _RUNNING, {},
           "id account_id folder kind cursor select_version round fence complete_at"),
    _entry("service_token Dienst-Token", _RUNNING, {},
           "token_hash name scope created_at last_used_at revoked_at"),
    _entry("setting Einstellungen", _RUNNING, {}, "id name version value changed_at member_id"),
    _entry("job Aufträge", _RUNNING, {"key": "Postfach", "dedup": "Art und Postfach"},
           "id kind run_at attempt lease_until worker fence error",
           _Links({"key": "adresse"})),
    _entry("schedule Wiederkehrendes", _RUNNING, {}, "name next_run_at"),
    _entry("tally Tageszahlen", _COUNTED, {},
           "day account_id category received final sent stops open_seconds wall_seconds in_goal"),
    _entry("reaction_bucket Antwortzeiten", _COUNTED, {}, "day account_id bucket stops"),
    _entry("hour_tally Stundenzahlen", _COUNTED, {}, "day account_id hour received"),
)  # fmt: skip

REGISTRY: Mapping[str, Entry] = {entry.table: entry for entry in _ENTRIES}
