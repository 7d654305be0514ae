"""The part of the column registry that is about reviews, their samples, and closed months."""

from models.column import Entry, Links, Purpose, Retention, Whose, entry

_REVIEWED = (Whose.MITGLIED, Purpose.NACHWEIS, Retention.PROTOKOLL, "von einem Mitglied der Firma eingetragen")
_JUDGED = (Whose.ABSENDER, Purpose.NACHWEIS, Retention.PROTOKOLL, "gelost und von einem Mitglied der Firma beurteilt")
_CLOSED = (Whose.FIRMA, Purpose.KENNZAHLEN, Retention.SOLANGE_NOETIG, "beim Monatsabschluss kopiert")
_COUNTED = (Whose.NIEMAND, Purpose.KENNZAHLEN, Retention.SOLANGE_NOETIG, "beim Monatsabschluss kopiert")

REVIEWS: tuple[Entry, ...] = (
    entry("review Routinen und Reviews", _REVIEWED, {
            "kind": "Art", "period": "Zeitraum", "started_at": "Begonnen", "closed_at": "Abgeschlossen",
            "started_by_id": "Begonnen von", "closed_by_id": "Abgeschlossen von",
        },
        "id dedup member_id seed population sample",
        Links(belongs_to=("member_id", "started_by_id", "closed_by_id"))),
    entry("review_step Abgehakte Schritte", _REVIEWED, {"step": "Schritt", "at": "Abgehakt"},
        "review_id member_id", Links(belongs_to=("member_id",), brings=("review_id",))),
    entry("review_sample Stichproben", _JUDGED, {
            "category": "Klasse", "origin": "Entschieden durch", "class_right": "Klasse richtig",
            "party_right": "Zuordnung richtig", "judged_at": "Beurteilt am",
        },
        "review_id position message_id member_id", Links(belongs_to=("message_id",))),
    entry("team_note Mitteilungen an das Team", _REVIEWED, {"at": "Geschrieben", "words": "Wortlaut"},
        "id review_id member_id rulebook", Links(belongs_to=("member_id",))),
    entry("team_note_receipt Gelesene Mitteilungen", _REVIEWED, {"read_at": "Gelesen"},
        "note_id member_id", Links(belongs_to=("member_id",), brings=("note_id",))),
    entry("month_close Abgeschlossene Monate", _CLOSED, {},
        "month review_id closed_at member_id calendar_version figures sample"),
    entry("month_figure Zahlen abgeschlossener Monate", _COUNTED, {},
        "month section key position label value unit target state facts"),
)  # fmt: skip
