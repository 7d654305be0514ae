"""Which webhooks there are: a new one is one line here."""

from collections.abc import Callable
from wsgiref.types import WSGIApplication

from service.hooks import graph, whatsapp
from service.hooks.counts import Counts
from service.hooks.gate import Gate, Hook
from service.hooks.writer import Writer
from service.runtime import Runtime


def build(runtime: Runtime, inner: WSGIApplication, on_stored: Callable[[], None] | None = None) -> Gate:
    """Return the gate in front of `inner`; `on_stored` is called after each commit of webhook rows.

    Call `close()` of the gate when the server stops.
    """
    counts = Counts()
    writer = Writer(runtime.database, on_stored)
    hooks: dict[str, Hook] = {
        whatsapp.PATH: whatsapp.WhatsApp(
            whatsapp.Secrets.of(runtime.config), whatsapp.numbers(runtime.config), runtime.clock, writer, counts
        ),
        graph.PATH: graph.Graph(runtime, counts),
    }
    return Gate(inner, hooks, counts, closing=(writer.close,))
