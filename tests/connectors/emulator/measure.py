"""Measures reading: `python -m tests.connectors.emulator.measure [DAYS]` prints what a message costs up to its record."""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection

import msgspec

from connectors.emulator.firm import invent
from connectors.emulator.graph import GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from connectors.emulator.traffic import past
from connectors.graph import parse
from connectors.graph.fields import SELECT_WITH_HEADERS
from connectors.graph.source import with_token

NOW = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)


def serve(days: int, pipe: Connection) -> None:
    """Serve the firm in a process of its own, so that its work does not count; tells where, ends when told."""
    firm = invent()
    mailboxes = Mailboxes([mailbox.address for mailbox in firm.mailboxes], past(firm, NOW, days).mails)
    server = GraphEmulator(mailboxes).start()
    pipe.send(server.base)
    pipe.recv()
    server.stop()


def read(base: str) -> Iterator[int]:
    """Yield the number of records of each page of every mailbox."""
    source = with_token(base, lambda: "emulator")
    for mailbox in invent().mailboxes:
        for folder in source.folders(mailbox.address):
            for page in source.pages(mailbox.address, folder, ""):
                yield len(page.records)
    source.close()


def main(days: int) -> None:
    """Print the figures."""
    ours, theirs = Pipe()
    process = Process(target=serve, args=(days, theirs))
    process.start()
    base = ours.recv()
    sum(read(base))
    wall, cpu = time.perf_counter(), time.process_time()
    sizes = list(read(base))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    count = sum(sizes)
    print(
        f"{count} messages, {len(sizes)} pages: {count / wall:,.0f} messages/s, {cpu / count * 1e6:.0f} us CPU a message"
    )
    bodies: list[bytes] = []
    source = with_token(base, lambda: "emulator")
    source._client.first(invent().mailboxes[0].address, "inbox", SELECT_WITH_HEADERS, bodies.append)
    source.close()
    found = len(parse.messages(bodies[0], "x", "inbox").records)
    for name, work in (("decode alone", msgspec.json.decode), ("decode to records", _records)):
        cpu = time.process_time()
        for _ in range(20):
            work(bodies[0])
        print(f"{name}: {(time.process_time() - cpu) / 20 / found * 1e6:.1f} us CPU a message with header lines")
    ours.send("end")
    process.join()


def _records(body: bytes) -> object:
    return parse.messages(body, "x", "inbox")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 90)
