"""The part of the column registry that is about sending over WhatsApp: templates, sendings, opt-outs."""

from models.column import Links, Purpose, Retention, Whose, entry

_OWN = (Whose.FIRMA, Purpose.BETRIEB, Retention.SOLANGE_NOETIG, "von der Verwaltung eingetragen oder von Meta gemeldet")
_SENT = (Whose.EMPFAENGER, Purpose.EINORDNEN, Retention.WIE_NACHRICHT, "beim Senden vermerkt, ohne den Text")
_TOLD = "von der Person selbst, von WhatsApp gemeldet oder von einem Mitglied der Firma eingetragen"
_REFUSED = (Whose.ABSENDER, Purpose.EINORDNEN, Retention.SOLANGE_KONTAKT, _TOLD)

SENDING = (
    entry("template Vorlagen", _OWN, {},
        "id name language title purpose wording variables category state meta_id quality reason holding answers "
        "submitted_at synced_at changed_at member_id version",
    ),
    entry("sending Gesendetes", _SENT, {
            "kind": "Art", "state": "Zustand", "created_at": "Geschrieben am", "tried_at": "Zuletzt versucht am",
            "accepted_at": "Angenommen am", "retry_at": "Frühestens wieder", "error_number": "Fehlernummer",
            "source_id": "Kennung bei WhatsApp",
        },
        "id key account_id conversation_id member_id template_id tries message_id",
        Links(belongs_to=("conversation_id",)),
    ),
    entry("opt_out Abmeldungen", _REFUSED,
        {"at": "Zeitpunkt", "wanted": "Möchte Nachrichten", "source": "Herkunft"},
        "id chat_person_id member_id",
        Links(belongs_to=("chat_person_id",)),
    ),
)  # fmt: skip
