"""The part of the column registry that is about the members of the firm: who they are, sign-in, duty, absences."""

from models.column import Entry, Links, Purpose, Retention, Whose, entry

_SIGNED_IN = (Whose.MITGLIED, Purpose.ANMELDUNG, Retention.SITZUNG, "bei der Anmeldung entstanden")
_STAFF = (Whose.MITGLIED, Purpose.ANMELDUNG, Retention.SOLANGE_MITGLIED, "von einem Admin eingetragen")
_ON_DUTY = (
    Whose.MITGLIED, Purpose.VERTRETUNG, Retention.SOLANGE_MITGLIED, "von einem Mitglied der Firma eingetragen"
)  # fmt: skip
_TOLD = (Whose.MITGLIED, Purpose.VERTRETUNG, Retention.PROTOKOLL, "vom Programm angelegt")
_RUNNING = (Whose.NIEMAND, Purpose.BETRIEB, Retention.SOLANGE_NOETIG, "vom Programm angelegt")
_TEAM = (Whose.FIRMA, Purpose.VERTRETUNG, Retention.SOLANGE_NOETIG, "von einem Admin eingetragen")

PEOPLE: tuple[Entry, ...] = (
    entry("member Mitglieder", _STAFF,
        {"name": "Name", "role": "Rolle", "language": "Sprache", "theme": "Ansicht", "shortcuts": "Tastenkürzel",
         "active": "Aktiv", "created_at": "Angelegt", "address": "Adresse", "zone": "Zeitzone",
         "hours": "Arbeitszeiten",
         "delivery": "Zustellung", "invited_at": "Eingeladen", "deactivated_at": "Ausgeschieden"},
        "id sample version",
    ),
    entry("member_identity Konten im Firmenverzeichnis",
           (Whose.MITGLIED, Purpose.ANMELDUNG, Retention.SOLANGE_MITGLIED, "bei der ersten Anmeldung entstanden"),
           {"issuer": "Verzeichnis", "lasting_id": "Kennung im Verzeichnis", "created_at": "Erste Anmeldung"},
           "member_id", Links(belongs_to=("member_id",))),
    entry("login_link Anmeldelinks", _SIGNED_IN,
           {"created_at": "Angelegt", "expires_at": "Gültig bis", "used_at": "Benutzt"}, "token_hash member_id",
           Links(belongs_to=("member_id",))),
    entry("web_session Sitzungen", _SIGNED_IN,
           {"created_at": "Angemeldet", "seen_at": "Zuletzt gesehen", "revoked_at": "Beendet",
            "browser": "Browser"}, "id_hash member_id",
           Links(belongs_to=("member_id",))),
    entry("service_token Dienst-Token", _RUNNING, {},
           "token_hash name scope created_at last_used_at revoked_at expires_at created_by_id"),
    entry("member_account Zuständig für Postfächer", _ON_DUTY, {"position": "Reihenfolge"}, "account_id member_id",
          Links(belongs_to=("member_id",), brings=("account_id",))),
    entry("team Teams", _TEAM, {}, "id name created_at sample"),
    entry("team_account Postfächer der Teams", _TEAM, {}, "team_id account_id"),
    entry("team_member Mitglieder der Teams", _ON_DUTY, {"leads": "Leitet das Team"}, "team_id member_id",
          Links(belongs_to=("member_id",), brings=("team_id",))),
    entry("deputy Vertretungen", _ON_DUTY, {"position": "Reihenfolge", "deputy_id": "Vertritt"}, "member_id",
          Links(belongs_to=("member_id", "deputy_id"))),
    entry("absence Abwesenheiten", (*_ON_DUTY[:2], Retention.PROTOKOLL, _ON_DUTY[3]), {
            "kind": "Grund", "from_at": "Von", "until_at": "Bis", "created_at": "Eingetragen", "ended_at": "Beendet",
            "handed_back_at": "Zurückgegeben",
        },
        "id member_id entered_by_id", Links(belongs_to=("member_id",))),
    entry("deputy_grant Rechte in Vertretung", _TOLD, {
            "from_at": "Von", "until_at": "Bis", "ended_at": "Beendet", "deputy_id": "Vertritt",
        },
        "id absence_id member_id", Links(belongs_to=("member_id", "deputy_id"))),
    entry("notice Hinweise", _TOLD, {
            "at": "Zeitpunkt", "kind": "Art", "amount": "Anzahl", "seen_at": "Gesehen",
        },
        "id member_id dedup conversation_id about_member_id absence_id", Links(belongs_to=("member_id",))),
    entry("presence Gerade geöffnet",
          (Whose.MITGLIED, Purpose.VERTRETUNG, Retention.KURZ, "beim Öffnen einer Zeile entstanden"),
          {"seen_at": "Zuletzt geöffnet"}, "conversation_id member_id", Links(belongs_to=("member_id",))),
)  # fmt: skip
