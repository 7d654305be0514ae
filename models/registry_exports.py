"""The part of the column registry that is about files made for members, and about groups of figures."""

from models.column import Purpose, Retention, Whose, entry

_ASKED = (Whose.MITGLIED, Purpose.NACHWEIS, Retention.EXPORT, "von einem Mitglied der Firma angefordert")
_COPIED = (Whose.ABSENDER, Purpose.EINORDNEN, Retention.EXPORT, "aus den gespeicherten Vorgängen kopiert")
_COUNTED = (Whose.NIEMAND, Purpose.KENNZAHLEN, Retention.SOLANGE_NOETIG, "vom Programm bestimmt")

EXPORTS = (
    entry("export Dateien für Mitglieder", _ASKED, {
            "member_id": "Handelndes Mitglied", "wanted": "Gewählte Liste", "format": "Format", "role": "Rolle",
            "reach": "Sichtbare Postfächer", "created_at": "Angefordert am", "expires_at": "Gültig bis",
        },
        "id total done finished_at error",
    ),
    entry("export_part Inhalt dieser Dateien", _COPIED, {"data": "Zeilen der Liste"}, "export_id position"),
    entry("figure_group Gruppen für Auswertungen", _COUNTED, {}, "since account_id block"),
)  # fmt: skip
