"""`make bench`: prints the figures of start, judgement, webhooks, intake and pages; `--big` adds a million messages."""

import sys
import tempfile
from pathlib import Path

from tests.bench import calendars, classifier, filters, idle, ingest, notices, pages, startup, webhooks
from tests.bench.figures import Figure


def show(title: str, figures: list[Figure]) -> None:
    """Print one block."""
    print(f"\n{title}")
    for figure in figures:
        print(figure.line(), flush=True)


def main() -> None:
    """Run all measurements in order; each compares with a floor measured in the same run."""
    days = 7 if "--small" in sys.argv else 90
    show("Start", list(startup.measure()))
    show("Calendars", list(calendars.measure()))
    show("Judgement", list(classifier.measure()))
    show("Spam filters on the same header blocks", list(filters.measure()))
    show("Webhooks", list(webhooks.measure()))
    show("Notifications", list(notices.measure()))
    with tempfile.TemporaryDirectory() as name:
        show("Polling", list(idle.measure(Path(name))))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        show("Intake", list(ingest.fill(folder, days)))
        show("Pages", list(pages.measure(folder)))
        if "--big" in sys.argv:
            pages.grow(folder, 1_000_000)
            show("Pages, big", list(pages.measure(folder)))


if __name__ == "__main__":
    main()
