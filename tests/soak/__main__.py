"""`make soak`: kill -9 while mail and webhooks come in, power cuts, schedules, a resync; an outside ledger judges.

Batches of under ten minutes; counts are kept in var/soak/, so a run can be stopped and gone on with. One part alone:
`python -m tests.soak kills|schedules|resync|webhooks|power`. Exit code 1 as soon as a promise is broken.
"""

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service import telemetry
from tests.soak import images, kills, ledger, resync, schedules, webhooks

RESULT = Path("var/soak")
KILLS, SCHEDULES, IMAGES = 1_000, 10_000, 200
BATCH_SECONDS = 9 * 60
_PER_ROUND = {"kills": 50, "schedules": 100, "power": 20}
_FIGURES = {"kills", "midway", "messages"}


def load(part: str) -> dict[str, Any]:
    """Return what earlier runs of a part counted."""
    path = RESULT / f"{part}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def save(part: str, counts: dict[str, Any]) -> None:
    """Keep what a part counted; parts may run side by side."""
    RESULT.mkdir(parents=True, exist_ok=True)
    text = json.dumps(counts, indent=2, sort_keys=True, ensure_ascii=False)
    (RESULT / f"{part}.json").write_text(text, encoding="utf-8")


def kill_round(counts: dict[str, Any]) -> Counter[str]:
    """Kill 50 times more; return what is wrong."""
    found = kills.run(1000 + counts.get("rounds", 0), _PER_ROUND["kills"])
    counts["rounds"] = counts.get("rounds", 0) + 1
    for name in _FIGURES:
        counts[name] = counts.get(name, 0) + found.pop(name, 0)
    return found


def schedule_round(counts: dict[str, Any]) -> Counter[str]:
    """Run 100 schedules more; return what is wrong."""
    done = counts.get("schedules", 0)
    found, seeds = schedules.run(10_000 + done, _PER_ROUND["schedules"])
    counts["schedules"] = done + _PER_ROUND["schedules"]
    counts["failing_seeds"] = counts.get("failing_seeds", []) + seeds
    return found


def resync_round(counts: dict[str, Any]) -> Counter[str]:
    """Measure the resync; return what is wrong."""
    counts.update(resync.run(), resync=1)
    return +Counter({name: int(counts[name]) for name in ("wrong", "wrong_counts")})


def webhook_round(counts: dict[str, Any]) -> Counter[str]:
    """Kill the house 50 times more while webhooks come in; return what is wrong."""
    found = webhooks.kills(2000 + counts.get("webhooks", 0), _PER_ROUND["kills"])
    counts["webhooks"] = counts.get("webhooks", 0) + found.pop("kills")
    for name in ("midway", "answered"):
        counts[name] = counts.get(name, 0) + found.pop(name, 0)
    return found


def power_round(counts: dict[str, Any]) -> Counter[str]:
    """Look at 20 power cuts more, each of them at another moment of a new run; return what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        library = images.build(Path(folder))
        found = webhooks.cuts(3000 + counts.get("power", 0), _PER_ROUND["power"], library)
    counts["power"] = counts.get("power", 0) + found.pop("images")
    counts["answered"] = counts.get("answered", 0) + found.pop("answered")
    return found


_PARTS: dict[str, tuple[Callable[[dict[str, Any]], Counter[str]], int]] = {
    "kills": (kill_round, KILLS),
    "schedules": (schedule_round, SCHEDULES),
    "resync": (resync_round, 1),
    "webhooks": (webhook_round, KILLS),
    "power": (power_round, IMAGES),
}


def batch(part: str, until: float) -> bool:
    """Run rounds of a part until it is done, the batch is over, or something is wrong; return whether all is well."""
    work, enough = _PARTS[part]
    counts = load(part)
    while counts.get(part, 0) < enough and time.monotonic() < until:
        wrong = work(counts)
        counts["found_wrong"] = dict(Counter(counts.get("found_wrong", {})) + wrong)
        save(part, counts)
        print(f"{part}: {counts[part]} von {enough}, falsch: {dict(wrong) or 0} {ledger.TOLD[:5] or ''}", flush=True)
        if wrong:
            return False
    return True


def main(chosen: tuple[str, ...]) -> int:
    """Run what is left of the parts that were chosen."""
    telemetry.start("ERROR")
    until = time.monotonic() + BATCH_SECONDS
    if not all(batch(part, until) for part in chosen):
        print("Eine Zusage ist gebrochen.")
        return 1
    if any(load(part).get(part, 0) < _PARTS[part][1] for part in chosen):
        print("Noch nicht fertig: make soak macht hier weiter.")
    return 0


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:]) or tuple(_PARTS)))
