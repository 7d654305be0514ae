"""Stammdaten einlesen: choose a list, see what it would do, confirm; between the two the browser holds the lines."""

import csv
import hmac
import io
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from typing import Any

import msgspec
from flask import Blueprint, Request, Response, render_template, request

from models.terms import Category
from service import guards
from service.actions import enlist
from service.domain.entries import BOTH, Reading, explained, words
from service.domain.fates import Fate, Plan
from service.domain.sheet import MOST_BYTES, Remark
from service.errors import Invalid
from service.web import session

pages = Blueprint("master", __name__)

_ROLES = {"": (), "kunde": (Category.KUNDE,), "lieferant": (Category.LIEFERANT,), "beides": BOTH}
_SHOWN = 20
# So many unknown words are asked about one by one; all rarer ones get one answer together.
_ASKED = 12
_MOST_UNPACKED = 128 * 1024 * 1024
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class InMemory(Request):
    """A request whose uploads never touch the disk."""

    def _get_file_stream(self, *_: Any, **__: Any) -> io.BytesIO:
        return io.BytesIO()


@pages.url_value_preprocessor
def _wide(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let these pages alone take larger bodies: a list with its form, or the lines that a preview gave out."""
    request.max_content_length = MOST_BYTES + (1 << 20)
    request.max_form_memory_size = MOST_BYTES


@pages.get("/stammdaten/import")
@guards.needs(guards.CHANGE_SETTINGS)
def index() -> str:
    """Ask for a list."""
    return _page()


def _page(problem: Invalid | None = None, **more: Any) -> str:
    given: dict[str, Any] = {"plan": None, "held": "", "done": None, "kinds": {}, "lost": 0, "shown": _SHOWN}
    given |= {"unknown": (), "most": _ASKED}
    return render_template("stammdaten_import.html", page="parteien", problem=problem, Fate=Fate, **(given | more))


@pages.post("/stammdaten/import")
@guards.needs(guards.CHANGE_SETTINGS)
def preview() -> str | tuple[str, int]:
    """Show what the list would do; nothing is stored."""
    sent = request.files.get("datei")
    try:
        roles = _ROLES.get(request.form.get("rolle", ""), ())
        reading = enlist.read(sent.read() if sent else b"", roles)
    except Invalid as error:
        return _page(error), 422
    return _shown(reading)


@pages.post("/stammdaten/import/antworten")
@guards.needs(guards.CHANGE_SETTINGS)
def answers() -> str | tuple[str, int]:
    """Show the preview once more, with the words explained of which nobody knew what role they name."""
    try:
        held = _open(request.form.get("zeilen", ""))
    except Invalid as error:
        return _page(error), 422
    rest = _ROLES.get(request.form.get("uebrige", ""), ())
    told = {
        word: _ROLES.get(request.form.get(f"wort{at}", ""), ()) if at < _ASKED else rest
        for at, (word, _) in enumerate(words(held.asked))
    }
    known = {word: roles for word, roles in told.items() if roles}
    settled = explained(replace(held, asked=tuple(each for each in held.asked if each.kind in known)), known)
    return _shown(replace(settled, asked=tuple(each for each in held.asked if each.kind not in known)))


def _shown(reading: Reading) -> str:
    """Show what a list would do; lines about whose role somebody has to be asked count as left out until then."""
    settled = explained(reading, {})
    with session.runtime().look(session.actor()) as turn:
        plan = enlist.plan(turn, settled.entries, settled.remarks)
    return _page(
        plan=plan,
        held=_seal(reading),
        layout=reading.layout.value,
        columns=reading.columns,
        unknown=words(reading.asked),
        **_report(plan),
    )


@pages.post("/stammdaten/import/uebernehmen")
@guards.needs(guards.CHANGE_SETTINGS)
def confirm() -> str | tuple[str, int]:
    """Take over what the preview showed, as the books stand now; a second click changes nothing."""
    try:
        held = explained(_open(request.form.get("zeilen", "")), {})
    except Invalid as error:
        return _page(error), 422
    with session.runtime().turn(session.actor()) as turn:
        done = enlist.apply(turn, held.entries, held.remarks)
    return _page(plan=done.plan, done=done, held=request.form["zeilen"], **_report(done.plan))


@pages.post("/stammdaten/import/bericht")
@guards.needs(guards.CHANGE_SETTINGS)
def report() -> Response | tuple[str, int]:
    """Give the report as a CSV file: each remark with its line."""
    try:
        held = explained(_open(request.form.get("zeilen", "")), {})
    except Invalid as error:
        return _page(error), 422
    with session.runtime().look(session.actor()) as turn:
        plan = enlist.plan(turn, held.entries, held.remarks)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(("Zeile", "Hinweis", "Übernommen", "Was"))
    for remark in plan.remarks:
        row = (str(remark.line), remark.kind, "nein" if remark.lost else "ja", remark.text)
        writer.writerow(f"'{value}" if value.startswith(_FORMULA) else value for value in row)
    answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="stammdaten-bericht.csv"'
    return answer


def _report(plan: Plan) -> dict[str, Any]:
    kinds: dict[str, list[Remark]] = {}
    for remark in plan.remarks:
        kinds.setdefault(remark.kind, []).append(remark)
    lost = Counter(remark.lost for remark in plan.remarks)[True]
    return {"kinds": dict(sorted(kinds.items(), key=lambda kind: not kind[1][0].lost)), "lost": lost}


def _mark(packed: bytes) -> bytes:
    # The session id is a secret of this browser and this server: what one session was shown, no other can confirm.
    return hmac.new(session.cookie().encode(), packed, sha256).digest()


def _seal(held: Reading) -> str:
    packed = zlib.compress(msgspec.json.encode(held))
    return urlsafe_b64encode(_mark(packed) + packed).decode()


def _open(sealed: str) -> Reading:
    """Return what `_seal` gave out. Raises Invalid when it is missing, changed or of another session."""
    try:
        raw = urlsafe_b64decode(sealed.encode())
    except (NotBase64, ValueError):
        raw = b""
    if not hmac.compare_digest(_mark(raw[32:]), raw[:32]):
        raise Invalid("Die Vorschau ist veraltet. Bitte die Datei noch einmal wählen.")
    return msgspec.json.decode(zlib.decompressobj().decompress(raw[32:], _MOST_UNPACKED), type=Reading)
