"""The process that is killed: reads every mailbox of the emulated firm into the database given by its arguments."""

import sys
from pathlib import Path

from connectors import registry
from service import config, runtime
from service.jobs import pull


def main() -> None:
    """Read all mailboxes once; the parent kills us at a moment of its choice."""
    folder, base, mailboxes = Path(sys.argv[1]), sys.argv[2], sys.argv[3].split(",")
    settings = config.load(
        data_dir=folder,
        graph_base=base,
        graph_client_secret="emulator",
        graph_mailboxes=sys.argv[3],
        own_domains=sys.argv[4],
    )
    process = runtime.start(settings)
    source = registry.open_source("graph", settings)
    print("bereit", flush=True)
    for mailbox in mailboxes:
        pull.account(process, mailbox, source, None)


if __name__ == "__main__":
    main()
