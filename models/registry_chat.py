"""The part of the column registry that is about WhatsApp beside messages: delivery, calls, who is who, gaps."""

from models.column import ANY, Links, Purpose, Retention, Whose, entry

_TOLD = (Purpose.EINORDNEN, Retention.WIE_NACHRICHT, "von WhatsApp gemeldet")
_RUNNING = (Whose.NIEMAND, Purpose.BETRIEB, Retention.SOLANGE_NOETIG, "vom Programm angelegt")

CHAT = (
    entry("message_status Zustellung", (Whose.EMPFAENGER, *_TOLD), {
            "source_id": "Kennung bei WhatsApp", "recipient": "Empfänger", "status": "Zustand", "at": "Zeitpunkt",
            "error_code": "Fehlernummer",
        },
        "id account_id message_id",
        Links({"recipient": ANY}, belongs_to=("message_id",)),
    ),
    entry("chat_event Anrufe und Anzeigen", (Whose.ABSENDER, *_TOLD), {
            "source_id": "Kennung bei WhatsApp", "kind": "Ereignis", "peer": "Gegenüber", "at": "Zeitpunkt",
            "thread": "Kennung des Gesprächs",
        },
        "id account_id",
        Links({"peer": ANY}),
    ),
    entry("chat_person Personen bei WhatsApp", (Whose.ABSENDER, *_TOLD), {
            "portfolio": "Konto der Firma", "user_id": "WhatsApp-Kennung", "number": "Nummer",
            "thread": "Kennung in Gesprächen", "changed_at": "Zuletzt geändert",
        },
        "id same_as_id",
        Links({"user_id": "kennung", "number": "nummer", "thread": "nummer/kennung"}),
    ),
    entry("chat_name Nummern und Kennungen bei WhatsApp", (Whose.ABSENDER, *_TOLD),
        {"value": "Nummer oder Kennung", "left_at": "Aufgegeben am"},
        "id portfolio chat_person_id",
        Links({"value": "nummer/kennung"}, belongs_to=("chat_person_id",)),
    ),
    entry("chat_twin Vielleicht dieselbe Person", (Whose.ABSENDER, *_TOLD),
        {"found_at": "Bemerkt am", "same": "Dieselbe Person", "decided_at": "Entschieden am"},
        "id first_id second_id decided_by_id merged_id",
        Links(belongs_to=("first_id", "second_id")),
    ),
    entry("chat_move Zusammengeführt", (Whose.ABSENDER, *_TOLD), {"key_before": "Kennung des Gesprächs vorher"},
        "id chat_twin_id conversation_id message_id closure_id state_before took_party",
        Links(belongs_to=("chat_twin_id", "message_id")),
    ),
    entry("chat_watch Zuletzt gehört", _RUNNING, {}, "account_id signed_at watched_at subscribed_at counted_at"),
    entry("gap Mögliche Lücken", _RUNNING, {}, "id account_id cause from_at until_at pieces"),
)  # fmt: skip
