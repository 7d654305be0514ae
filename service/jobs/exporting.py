"""Makes the files that are too long to wait for: part after part, with progress, from one picture of the database."""

from collections.abc import Mapping

from service.domain.tabular import CsvWriter, Sink, Table, XlsxWriter
from service.runtime import Runtime
from service.store import exports
from service.store.listing import Filter
from service.turn import Actor

# Parts of about this size are stored one by one, so that neither memory nor a transaction holds a whole file.
_PART = 1 << 20
_WRITERS: Mapping[str, type[CsvWriter] | type[XlsxWriter]] = {"csv": CsvWriter, "xlsx": XlsxWriter}


def run(runtime: Runtime, number: int) -> int:
    """Make one file; returns how many rows it has (0 when nobody needs it, or nobody may have it, any more)."""
    with runtime.turn() as turn:
        begun = exports.begin(turn, number)
    if begun is None:
        return 0
    done = _write(runtime, number, *begun)
    with runtime.turn() as turn:
        exports.finish(turn, number, done)
    return done


def _write(runtime: Runtime, number: int, actor: Actor, wanted: Filter, form: str) -> int:
    sink, done, position = Sink(), 0, 0
    writer = _WRITERS[form](sink, Table("Konversationen", exports.COLUMNS))
    with runtime.look(actor) as turn:
        for rows in exports.rows(turn, wanted):
            writer.add(rows)
            done += len(rows)
            if sink.held >= _PART:
                with runtime.turn() as writing:
                    exports.put(writing, number, position, sink.take(), done)
                position += 1
    writer.close()
    with runtime.turn() as writing:
        exports.put(writing, number, position, sink.take(), done)
    return done
