"""docs/betrieb/datenschutz.md made from the column registry: `python -m tests.models.privacy_page --write`."""

import sys
from pathlib import Path

from models.column import BY_CATEGORY, Entry, Purpose, Whose
from models.registry import REGISTRY

FILE = Path(__file__).resolve().parents[2] / "docs" / "betrieb" / "datenschutz.md"

_HEAD = """\
# Was Postlotse speichert

Diese Seite entsteht aus dem Spaltenverzeichnis des Programms (`models/registry.py`); eine Prüfung vergleicht beide. Sie
ist eine Vorlage für das Verzeichnis von Verarbeitungstätigkeiten (Art. 30 DSGVO). Ihre Datenschutzbeauftragte oder Ihr
Datenschutzbeauftragter prüft und ergänzt sie; sie ist keine Rechtsberatung.

## Kennzahlen und Beschäftigte

Zahlen je Person gibt es nicht, auch nicht in Exporten und über die Schnittstelle. Mittelwerte, Anteile und Verläufe gibt es nur für
ganze Gruppen ab fünf aktiven Personen, auch nicht als Differenz zweier Zahlen oder Zeiträume; Ranglisten gibt es nicht. Eine
Betriebsvereinbarung (Nummer, Geltungsbereich, Ende) senkt die Grenze in ihrem Bereich auf drei und endet von selbst. Eine Prüfung
fragt alles ab, was erlaubt ist, und versucht daraus die Zahl einer kleinen Gruppe zu errechnen. Exporte langer Listen liegen
höchstens 24 Stunden; jeder Export steht im Protokoll.

## Was nie gespeichert wird

Betreff, Text, Vorschau, Anlagen und deren Namen, Bildunterschriften, Kontaktkarten und Standorte. Postlotse fragt bei
Microsoft 365 nicht danach. WhatsApp schickt Inhalte unaufgefordert mit: Postlotse prüft die Signatur, behält im
Arbeitsspeicher nur die erlaubten Angaben und vergisst den Rest, bevor etwas auf die Platte kommt. Beim Einlesen von
Dateien endet das Lesen mit den Kopfzeilen. Eine Prüfung schickt eindeutige Wörter durch jeden Eingang und sucht sie
danach in Datenbank, Protokollen, Seiten und Ausgaben.

Vom Namen vor der Adresse bleibt nur der des Absenders; von Empfängern außerhalb der Firma nur die Adresse (höchstens
50 je Nachricht), von eigenen nur die Zahl. Protokolle enthalten Nummern und Mengen, keine Adressen und keine Namen.

## Wie lange

Die Fristen sind Vorgaben. Diese Fassung löscht noch nicht von selbst: bis dahin löscht ein Mensch nach diesen Fristen.

| Klasse der Nachricht | Frist |
|---|---|
"""


def render() -> str:
    """Return the whole page."""
    periods = "".join(f"| {name or 'ohne Klasse'} | {keep.value} |\n" for name, keep in BY_CATEGORY.items())
    return _HEAD + periods + "".join(_purpose(purpose) for purpose in Purpose)


def _purpose(purpose: Purpose) -> str:
    entries = [entry for entry in REGISTRY.values() if entry.purpose is purpose]
    return f"\n## {purpose.value}\n" + "".join(_entry(entry) for entry in entries)


def _entry(entry: Entry) -> str:
    personal = [column for column in entry.columns.values() if column.personal]
    whose = ", ".join(dict.fromkeys(column.whose.value for column in personal)) or Whose.NIEMAND.value
    lines = [
        f"\n### {entry.title} (`{entry.table}`)\n",
        f"- Über wen: {whose}",
        f"- Herkunft: {entry.origin}",
        f"- Aufbewahrung: {entry.retention.value}",
    ]
    if personal:
        lines.append(f"- Personenbezogen: {', '.join(f'{c.label} (`{c.name}`)' for c in personal)}")
    technical = [f"`{column.name}`" for column in entry.columns.values() if not column.personal]
    if technical:
        lines.append(f"- Technisch: {', '.join(technical)}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if "--write" in sys.argv:
        FILE.write_text(render(), encoding="utf-8")
    else:
        sys.stdout.write(render())
