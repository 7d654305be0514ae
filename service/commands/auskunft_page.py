"""Makes the readable page of an Art. 15 package from its plain data alone: one file, no script, good on paper."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Europe/Berlin")
# The instant that heads an entry; the first of them that a row has.
_WHEN = ("received_at", "at", "last_at", "created_at", "since")
_WIDE = 60
# Stored words of programs, as people say them.
_WORDS = {
    "inbox": "Posteingang",
    "sentitems": "Gesendete",
    "archive": "Archiv",
    "mail": "Mail",
    "an": "Empfänger",
    "kopie": "Kopie",
    "scope": "gilt für",
    "value": "Wert",
    "category": "Klasse",
    "class": "Klasse",
    "hits": "dafür",
    "others": "dagegen",
    "active": "in Kraft",
    "last_at": "zuletzt",
    "peer": "Gegenüber",
    "party_unknown": "Partner unbekannt",
    "id": "Nr.",
    "company_id": "Unternehmen Nr.",
    "person_id": "Person Nr.",
    "conversations": "Vorgänge",
    "messages": "Nachrichten",
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*")
_EMPTY: tuple[Any, ...] = (None, "", [], {})

_STYLE = """
:root { --ink: #17202a; --soft: #5b6773; --line: #d9dee4; --wash: #f5f7f9; --mark: #0b5c66; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink); }
body { font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 54rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
header { border-bottom: 3px solid var(--mark); padding-bottom: 1rem; margin-bottom: 1.5rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; color: var(--mark); break-after: avoid; }
p { margin: .4rem 0; } .soft { color: var(--soft); font-size: .9rem; }
.answer { background: var(--wash); border-left: 4px solid var(--mark); padding: .9rem 1.1rem; font-size: 1.05rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .93rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } th.number, td.number { text-align: right; padding-right: 0; }
td.number { font-variant-numeric: tabular-nums; }
ul { margin: .4rem 0; padding-left: 1.2rem; }
.entry { border: 1px solid var(--line); border-radius: 6px; padding: .7rem 1rem; margin: .6rem 0; }
.entry { break-inside: avoid; font-size: .93rem; }
.entry h3 { font-size: 1rem; margin: 0 0 .35rem; font-variant-numeric: tabular-nums; }
.entry dl { display: grid; grid-template-columns: repeat(3, 1fr); gap: .35rem 1.25rem; margin: 0; }
.entry .wide { grid-column: 1 / -1; }
dt { color: var(--soft); font-size: .8rem; line-height: 1.3; }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.entry footer { margin-top: .4rem; padding-top: .35rem; border-top: 1px dashed var(--line); }
.entry footer p { margin: 0; color: var(--soft); font-size: .85rem; }
@media (max-width: 40rem) { .entry dl { grid-template-columns: 1fr; } }
@media print {
  @page { size: A4; margin: 18mm 16mm; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; } h1 { font-size: 16pt; } h2 { font-size: 12pt; }
  .answer { border: 1px solid var(--line); border-left: 4px solid var(--mark); }
}
"""


def page(package: Mapping[str, Any]) -> str:
    """Return the whole HTML document of a package as `service/actions/disclose.py` makes it."""
    body = "\n".join(_body(package))
    return (
        '<!DOCTYPE html>\n<html lang="de">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>Auskunft nach Art. 15 DSGVO</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _body(package: Mapping[str, Any]) -> Iterator[str]:
    asked = package["anfrage"]
    yield "<header><h1>Auskunft nach Art. 15 DSGVO</h1>"
    yield f'<p class="soft">zu <b>{escape(asked["kennung"])}</b>, erstellt am {_moment(asked["erstellt_am"])} '
    yield f"mit Postlotse {escape(asked['programm'])}</p></header>"
    yield f'<p class="answer">{escape(package["bestaetigung"]["satz"])}</p>'
    if asked["gesucht_als"] and asked["gesucht_als"] != [asked["kennung"]]:
        yield f'<p class="soft">Gesucht als: {escape(", ".join(asked["gesucht_als"]))}</p>'
    if package["daten"]:
        yield from _frame(package)
        for number, table in enumerate(package["daten"], start=1):
            yield from _table(table, number)
    yield from _search(package)
    yield from _rights(package)


def _frame(package: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Wozu die Daten verarbeitet werden</h2>"
    yield _grid(("Zweck", "Rechtsgrundlage"), [(p["zweck"], p["rechtsgrundlage"]) for p in package["zwecke"]])
    yield "<h2>Wer Daten erhält</h2>"
    yield _grid(("Empfänger", "Wozu"), [(e["name"], e["wozu"]) for e in package["empfaenger"]])
    yield "<h2>Was gespeichert ist und wie lange</h2>"
    rows = [(t["titel"], t["herkunft"], t["aufbewahrung"], len(t["zeilen"])) for t in package["daten"]]
    yield _grid(("Daten", "Herkunft", "Vorgesehene Aufbewahrung", "Einträge"), rows)
    yield f"<h2>Wie Nachrichten eingeordnet werden</h2><p>{escape(package['logik'])}</p>"


def _table(table: Mapping[str, Any], number: int) -> Iterator[str]:
    yield f"<section><h2>{number}. {escape(table['titel'])} ({len(table['zeilen'])})</h2>"
    for row in table["zeilen"]:
        yield from _entry(row)
    yield "</section>"


def _entry(row: Mapping[str, Any]) -> Iterator[str]:
    logic = {"step", "reason", "confidence"} if "logik" in row else set()
    shown = [f for f in row["felder"] if f["bezeichnung"] and f["wert"] not in _EMPTY and f["name"] not in logic]
    at = next((each for each in shown if each["name"] in _WHEN), None)
    yield '<article class="entry">'
    if at is not None:
        yield f"<h3>{escape(at['bezeichnung'])} {_value(at)}</h3>"
    yield "<dl>"
    for each in shown:
        if each is not at:
            yield _pair(each["bezeichnung"], _value(each))
    if row.get("weitere_empfaenger"):
        yield _pair("Weitere Empfänger", str(row["weitere_empfaenger"]))
    why = row.get("logik", {})
    if why.get("begruendung"):
        yield _pair(
            "Begründung des Vorschlags",
            f"{escape(why['begruendung'])} ({escape(why['stufe'])}, Sicherheit {_share(why['sicherheit'])})",
        )
    yield f"</dl><footer><p>Herkunft: {escape(row['herkunft'])}</p>"
    yield f"<p>Vorgesehene Aufbewahrung: {escape(row['aufbewahrung'])}</p></footer></article>"


def _pair(label: str, value: str) -> str:
    wide = ' class="wide"' if len(value) > _WIDE else ""
    return f"<div{wide}><dt>{escape(label)}</dt><dd>{value}</dd></div>"


def _search(package: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Was durchsucht wurde</h2>"
    yield _grid(("Daten", "Gefunden"), [(s["was"], s["gefunden"]) for s in package["durchsucht"]])
    if package["zurueckgehalten"]:
        yield "<h2>Was nicht gezeigt wird</h2><p>Angaben über andere Personen werden nicht herausgegeben "
        yield "(Art. 15 Abs. 4 DSGVO):</p>"
        yield _grid(("Was", "Anzahl"), [(z["was"], z["anzahl"]) for z in package["zurueckgehalten"]])


def _rights(package: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Ihre Rechte</h2><ul>"
    yield from (f"<li>{escape(right)}</li>" for right in package["rechte"])
    yield '</ul><p class="soft">Betreff, Text und Anlagen von Nachrichten speichert Postlotse nicht. Diese Auskunft '
    yield "betrifft nur Postlotse; vor der Herausgabe prüft und ergänzt die Firma sie.</p>"


def _grid(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    marks = [' class="number"' if isinstance(value, int) else "" for value in rows[0]] if rows else [""] * len(heads)
    head = "".join(f"<th{mark}>{escape(text)}</th>" for text, mark in zip(heads, marks, strict=True))
    lines = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(value: Any) -> str:
    return f'<td class="number">{value}</td>' if isinstance(value, int) else f"<td>{escape(str(value))}</td>"


def _value(each: Mapping[str, Any]) -> str:
    value, kind = each["wert"], each["art"]
    if kind == "zeitpunkt":
        return _moment(value)
    if kind == "ja/nein":
        return "ja" if value else "nein"
    if kind == "anteil":
        return _share(value)
    return _open(value)


def _open(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{_open(name)}: {_open(part)}" for name, part in value.items() if part not in _EMPTY)
    if isinstance(value, list):
        return ", ".join(_open(part) for part in value)
    if isinstance(value, bool):
        return "ja" if value else "nein"
    text = str(value)
    return _moment(text) if _INSTANT.fullmatch(text) else escape(_WORDS.get(text, text))


def _moment(text: str) -> str:
    try:
        return datetime.fromisoformat(text).astimezone(_ZONE).strftime("%d.%m.%Y, %H:%M Uhr")
    except (ValueError, OverflowError):
        return escape(text)


def _share(value: float | None) -> str:
    return f"{round((value or 0.0) * 100)} %"
