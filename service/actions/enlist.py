"""Enlist: a list of customers and suppliers becomes parties and keys; first a preview, then for good, never twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.terms import Category
from service.domain import columns, entries, roll, sheet, workbook
from service.domain.books import Books
from service.domain.entries import Entry, Reading
from service.domain.fates import Fate, Plan
from service.domain.sheet import MOST_BYTES, Remark
from service.errors import Invalid
from service.store import clocks, keys, pending, trail
from service.store import roll as stored
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Done:
    """What an import did: the plan that it followed, and how many waiting messages are classified by it."""

    plan: Plan
    messages: int


def read(data: bytes, roles: tuple[Category, ...] = ()) -> Reading:
    """Read a CSV or XLSX file; `roles` are those of lines that do not say theirs.

    Raises Invalid: no table, too large, columns that nobody can recognise. Broken lines become remarks.
    """
    if not data:
        raise Invalid("Die Datei ist leer.", {"datei": "Bitte eine CSV- oder XLSX-Datei wählen."})
    if len(data) > MOST_BYTES:
        raise Invalid(f"Die Datei ist größer als {MOST_BYTES // 1024 // 1024} MB.", {"datei": "Bitte aufteilen."})
    table = workbook.read(data) if workbook.is_workbook(data) else sheet.read(data)
    reading = entries.read(columns.understand(table), roles)
    if not (reading.entries or reading.remarks or reading.asked):
        raise Invalid("In der Datei steht unter den Überschriften nichts.", {"datei": "Die Liste ist leer."})
    return replace(reading, remarks=(*table.damaged, *reading.remarks))


def plan(turn: Turn, listed: Sequence[Entry], remarks: Sequence[Remark] = ()) -> Plan:
    """Say what an import of these entries would do; changes nothing."""
    return roll.plan(stored.books(turn), listed, remarks)


def apply(turn: Turn, listed: Sequence[Entry], remarks: Sequence[Remark] = ()) -> Done:
    """Take these entries over, as the books stand now; the same entries again change nothing.

    Suggestions follow at once: unclassified messages of the senders that became known are judged again.
    """
    wanted = plan(turn, listed, remarks)
    told = stored.write(turn, wanted.before, wanted.after)
    if not told and wanted.before == wanted.after:
        return Done(wanted, 0)
    for about, at in sorted(told.items()):
        kind = about.partition(":")[0]
        trail.note(turn, "Stammdaten eingelesen", about, _said(wanted.before, kind, at), _said(wanted.after, kind, at))
    messages = _judge(turn, wanted)
    counts = {fate.value: wanted.counts.get(fate, 0) for fate in Fate}
    trail.note(turn, "Stammdaten eingelesen", "masterdata:list", None, {**counts, "messages": messages})
    return Done(wanted, messages)


def _said(books: Books, kind: str, at: int) -> dict[str, str] | None:
    """Return what the books say of a party, as the trail keeps it."""
    firm = books.firms.get(at) if kind == "company" else None
    if firm is not None:
        told = {"name": firm.name, "city": firm.city, "postcode": firm.postcode, "country": firm.country}
        return told | {"website": firm.website, "vat_id": firm.vat_id}
    return {"name": " ".join(filter(None, books.people[at]))} if kind == "person" and at in books.people else None


def _judge(turn: Turn, wanted: Plan) -> int:
    before = wanted.before.keys
    changed = [at[1] for at, key in wanted.after.keys.items() if before.get(at) != key]
    if not changed:
        return 0
    judge = (keys.book(turn), None)
    count = 0
    touched: set[int] = set()
    for part in stored.waiting(turn, sorted(set(changed))):
        settled, conversations = pending.judge_again(turn, part, judge, None)
        count += settled
        touched |= conversations
    clocks.refresh(turn, touched)
    return count
