"""The part of the column registry that is about learning: rules of people, fitted models, blind questions."""

from models.column import ANY, Links, Purpose, Retention, Whose, entry

LEARNING = (
    entry("rule Regeln", (
            Whose.ABSENDER, Purpose.EINORDNEN, Retention.SOLANGE_KONTAKT, "von einem Mitglied der Firma eingetragen",
        ), {
            "name": "Name der Regel", "scope": "Gilt für", "value": "Adresse, Nummer oder Domain",
            "category": "Klasse", "active": "In Kraft", "created_at": "Angelegt", "changed_at": "Geändert",
            "hits": "Treffer", "last_hit_at": "Letzter Treffer", "listed": "Nur mit oder ohne Listen-Kopfzeile",
            "channel": "Nur auf diesem Weg",
        },
        "id position account_id company_id person_id member_id",
        Links({"value": ANY}, brings=("company_id", "person_id")),
    ),
    entry("model_version Gelernte Modelle", (
            Whose.FIRMA, Purpose.EINORDNEN, Retention.SOLANGE_NOETIG, "aus Bestätigungen gelernt",
        ), {},
        "id made_at state sha256 packed examples seen verdict activated_at member_id",
    ),
    entry("recheck Blinde Gegenproben", (
            Whose.ABSENDER, Purpose.NACHWEIS, Retention.WIE_NACHRICHT, "von einem Mitglied der Firma eingeordnet",
        ), {
            "asked_at": "Gefragt am", "category": "Klasse vorher", "step": "Stufe, die sie gab",
            "answer": "Klasse in der Gegenprobe", "answered_at": "Beantwortet am",
        },
        "id conversation_id message_id member_id",
        Links(belongs_to=("message_id",)),
    ),
    entry("observation Beobachtungen", (
            Whose.NIEMAND, Purpose.BETRIEB, Retention.SOLANGE_NOETIG, "gezählt",
        ), {},
        "day name value",
    ),
)  # fmt: skip
