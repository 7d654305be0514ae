"""Makes the files that are too long to wait for: part after part, with progress, from one picture of the database."""

from service.domain.tabular import CsvWriter, Sink, Table, XlsxWriter
from service.runtime import Runtime
from service.store import exports
from service.store.listing import Filter
from service.turn import Actor

# Parts of about this size are stored one by one, so that neither memory nor a transaction holds a whole file.
_PART = 1 << 20
# After so many lots of rows whoever waits is told how far it is, also while a workbook gives nothing out yet.
_TELL = 10


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
    table = Table("Konversationen", exports.COLUMNS)
    writer = XlsxWriter(sink, table, folder=runtime.config.data_dir) if form == "xlsx" else CsvWriter(sink, table)
    with runtime.look(actor) as turn:
        for count, rows in enumerate(exports.rows(turn, wanted), 1):
            writer.add(rows)
            done += len(rows)
            if sink.held >= _PART:
                with runtime.turn() as writing:
                    exports.put(writing, number, position, sink.take(), done)
                position += 1
            elif count % _TELL == 0:
                with runtime.turn() as writing:
                    exports.written(writing, number, done)
    writer.close()
    rest = sink.take()
    for start in range(0, len(rest), _PART):
        with runtime.turn() as writing:
            exports.put(writing, number, position, rest[start : start + _PART], done)
        position += 1
    return done
