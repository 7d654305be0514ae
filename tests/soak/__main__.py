"""`make soak`: kill -9 while mailboxes are read, random schedules, a resync of 50,000; an outside ledger judges.

Batches of under ten minutes; counts are kept in var/soak.json, so a run can be stopped and gone on with. One part alone:
`python -m tests.soak kills|schedules|resync`. Exit code 1 as soon as a promise is broken.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service import telemetry
from tests.soak import kills, ledger, resync, schedules

RESULT = Path("var/soak.json")
KILLS, SCHEDULES = 1_000, 10_000
BATCH_SECONDS = 9 * 60
_PER_ROUND = {"kills": 50, "schedules": 100}
_FIGURES = {"kills", "midway", "messages"}


def load() -> dict[str, Any]:
    """Return what earlier runs counted."""
    return dict(json.loads(RESULT.read_text(encoding="utf-8"))) if RESULT.exists() else {}


def save(counts: dict[str, Any]) -> None:
    """Keep what was counted."""
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(counts, indent=2, sort_keys=True, ensure_ascii=False), encoding="utf-8")


def kill_round(counts: dict[str, Any]) -> bool:
    """Kill 50 times more."""
    found = kills.run(1000 + counts.get("kill_rounds", 0), _PER_ROUND["kills"])
    counts["kill_rounds"] = counts.get("kill_rounds", 0) + 1
    for name in _FIGURES:
        counts[name] = counts.get(name, 0) + found.pop(name, 0)
    return _judge(counts, "kills_wrong", found, f"{counts['kills']} Abbrüche")


def schedule_round(counts: dict[str, Any]) -> bool:
    """Run 100 schedules more."""
    done = counts.get("schedules", 0)
    found, seeds = schedules.run(10_000 + done, _PER_ROUND["schedules"])
    counts["schedules"] = done + _PER_ROUND["schedules"]
    counts["failing_seeds"] = counts.get("failing_seeds", []) + seeds
    return _judge(counts, "schedules_wrong", found, f"{counts['schedules']} Abläufe")


def _judge(counts: dict[str, Any], name: str, found: Counter[str], what: str) -> bool:
    wrong = Counter(counts.get(name, {})) + found
    counts[name] = dict(wrong)
    save(counts)
    print(f"{what}, falsch: {dict(wrong) or 0} {' '.join(ledger.TOLD[:5])}", flush=True)
    ledger.TOLD.clear()
    return not found


def batch(part: Callable[[dict[str, Any]], bool], done: Callable[[dict[str, Any]], bool], until: float) -> bool:
    """Run rounds of a part until it is done, the batch is over, or something is wrong."""
    counts, good = load(), True
    while good and not done(counts) and time.monotonic() < until:
        good = part(counts)
    return good


def main(chosen: str) -> int:
    """Run what is left of the parts that were chosen ("" = all)."""
    telemetry.start("ERROR")
    until = time.monotonic() + BATCH_SECONDS
    good = True
    if chosen in {"", "kills"}:
        good = batch(kill_round, lambda counts: counts.get("kills", 0) >= KILLS, until)
    if chosen in {"", "schedules"} and good:
        good = batch(schedule_round, lambda counts: counts.get("schedules", 0) >= SCHEDULES, until)
    counts = load()
    if chosen == "resync" or (chosen == "" and good and "resync" not in counts and time.monotonic() < until):
        counts["resync"] = resync.run()
        save(counts)
        print(counts["resync"], flush=True)
        good = not counts["resync"]["wrong"] and not counts["resync"]["wrong_counts"]
    if not good:
        print("Eine Zusage ist gebrochen.")
    elif counts.get("kills", 0) < KILLS or counts.get("schedules", 0) < SCHEDULES:
        print("Noch nicht fertig: make soak macht hier weiter.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
