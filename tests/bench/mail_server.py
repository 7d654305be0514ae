"""The emulated firm's mailboxes in a process of their own, so that serving them costs the measured process nothing."""

import sys
import threading
from datetime import UTC, datetime

from connectors.emulator.firm import invent
from connectors.emulator.graph import GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from connectors.emulator.traffic import past

# A fixed instant, so that every run reads the same mails.
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)

if __name__ == "__main__":
    firm = invent()
    traffic = past(firm, NOW, int(sys.argv[1]))
    emulator = GraphEmulator(Mailboxes((m.address for m in firm.mailboxes), traffic.mails)).start()
    print(emulator.base, firm.domain, *(m.address for m in firm.mailboxes), flush=True)
    threading.Event().wait()
