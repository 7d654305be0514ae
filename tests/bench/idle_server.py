"""Empty mailboxes with three chains each, in a process of their own: what is measured is asking, not answering."""

import sys
import threading

from connectors.emulator.graph import GraphEmulator
from connectors.emulator.mailboxes import Mailboxes


def main(count: int) -> None:
    """Serve so many mailboxes until somebody ends the process."""
    addresses = [f"box{number:04}@firma.example" for number in range(count)]
    mailboxes = Mailboxes(addresses, [])
    for address in addresses:
        drawers = mailboxes.box(address).drawers
        # Two folders of the invented firm lie below the inbox; they would be chains of their own.
        for name in ("baustellen", "erledigt"):
            drawers.pop(name, None)
    emulator = GraphEmulator(mailboxes).start()
    print(emulator.base, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]))
