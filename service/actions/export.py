"""Export: somebody takes a list or figures out of the house; each time stands in the trail."""

from dataclasses import dataclass
from typing import Any

from models.export import Export
from service.domain import tabular
from service.domain.tabular import Format, Table
from service.errors import Conflict, Invalid, NotAllowed
from service.store import exports, jobs, listing, trail
from service.store.listing import Filter
from service.turn import Turn

JOB = "export"
FORMATS: tuple[Format, ...] = ("csv", "xlsx")


@dataclass(frozen=True, slots=True)
class Made:
    """A list as a file, or the number of the file that the worker will make (`data` is empty then)."""

    rows: int
    data: bytes = b""
    export_id: int = 0


def form(text: str) -> Format:
    """Return the format of this name. Raises Invalid."""
    for name in FORMATS:
        if name == text:
            return name
    raise Invalid("Dieses Format gibt es nicht.", {"format": ", ".join(FORMATS)})


def listed(turn: Turn, wanted: Filter, kind: Format, words: dict[str, str], most: int = exports.DIRECT) -> Made:
    """Make a file of a list in reach, or have the worker make it where there are more than `most` rows.

    `words` are the words of the address, for the trail. Raises Invalid for a program that asks for more than `most`.
    """
    count = listing.count(turn, wanted)
    note = {"rows": count, "format": kind, **_kept(words)}
    if count <= most:
        trail.note(turn, "Liste exportiert", "export:liste", None, note)
        some = (row for piece in exports.rows(turn, wanted) for row in piece)
        table = Table("Konversationen", exports.COLUMNS, some)
        return Made(count, tabular.csv(table) if kind == "csv" else tabular.xlsx([table]))
    if turn.actor.member_id is None:
        raise Invalid(
            f"Mehr als {most} Zeilen. Bitte den Zeitraum oder die Postfächer einschränken.", {"rows": str(count)}
        )
    number = exports.add(turn, wanted, kind, count)
    jobs.enqueue(turn, JOB, str(number))
    trail.note(turn, "Export angefordert", f"export:{number}", None, note)
    return Made(count, export_id=number)


def figures(turn: Turn, tables: list[Table], kind: Format, words: dict[str, str]) -> bytes:
    """Make a file of figures: all tables as one workbook, or the first one as CSV."""
    trail.note(turn, "Kennzahlen exportiert", "export:kennzahlen", None, {"format": kind, **_kept(words)})
    return tabular.csv(tables[0]) if kind == "csv" else tabular.xlsx(tables)


def take(turn: Turn, number: int) -> Export:
    """Let a member have a file that the worker made; its parts are in store/exports.

    Raises NotFound (also for somebody else's), Conflict (not finished), and NotAllowed where the member may see less
    than when it was made.
    """
    found = exports.get(turn, number)
    if found.finished_at is None:
        raise Conflict("Diese Datei ist noch nicht fertig.")
    if found.role is not turn.actor.role or not _still_in_reach(found.reach, turn):
        raise NotAllowed("Sie sehen inzwischen weniger als damals. Bitte die Liste neu exportieren.")
    trail.note(turn, "Export geladen", f"export:{number}", None, {"rows": found.total, "format": found.format})
    return found


def _still_in_reach(then: list[int] | None, turn: Turn) -> bool:
    now = turn.actor.reach
    return now is None or (then is not None and now.issuperset(then))


def _kept(words: dict[str, str]) -> dict[str, Any]:
    # What was searched for may be somebody's name: the trail says that there was a search, not for what.
    return {name: "…" if name == "suche" else value[:80] for name, value in sorted(words.items())}
