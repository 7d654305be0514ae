"""Learning in the background: when enough was confirmed, a child fits a model, and the gate says whether it answers."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from classifier.learned import Learned
from service.actions import suggest, train
from service.errors import Unavailable
from service.jobs import task
from service.runtime import Runtime
from service.store import fitted, keys, pending
from service.telemetry import log
from service.turn import Turn

_LONGEST = 900
# What waited is judged anew by a new model, the newest first.
_JUDGED_AGAIN = 2_000


def run(runtime: Runtime, *, at_once: bool = False) -> bool:
    """Fit a model if there is enough to learn; says whether one was fitted. Raises Unavailable when the child fails."""
    with runtime.look() as turn:
        material = train.material(turn, at_once=at_once)
        present = str(runtime.model_path) if runtime.model_path.exists() else ""
        asked = turn.now.isoformat()
    if material is None:
        return False
    with TemporaryDirectory(prefix="postlotse-") as folder:
        target = Path(folder) / "model.npz"
        verdict = _child(task.pack(material, present, asked), target)
        packed = target.read_bytes()
    verdict["held"] = {**material.held, **verdict["held"]}
    with runtime.turn() as turn:
        made = train.settle(turn, packed, (len(material.lessons), material.seen), verdict)
        refused = bool(verdict["refused"])
    log().info("Modell gelernt", version_id=made.id, examples=made.examples, refused=refused)
    if not refused:
        in_force(runtime)
    return True


def _child(given: bytes, target: Path) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - our own interpreter and module, nothing of others in the arguments
        [sys.executable, "-m", "service.jobs.fitting", str(target)],
        input=given,
        capture_output=True,
        timeout=_LONGEST,
        check=False,
    )
    if done.returncode:
        raise Unavailable("Das Lernen des Klassifikators ist misslungen.")
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


def in_force(runtime: Runtime) -> None:
    """Bring this machine's model file in line with the model in force, and judge anew what waits."""
    with runtime.look() as turn:
        changed = fitted.place(turn, runtime.model_path)
    model = suggest.learned(runtime.model_path)
    if not changed or model is None:
        return
    with runtime.turn() as turn:
        waiting = pending.newest(turn, _JUDGED_AGAIN)
        pending.judge_again(turn, waiting, (keys.book(turn), model), None)


def present(runtime: Runtime, turn: Turn) -> Learned | None:
    """Return the model in force, as a file of this machine; None when it cannot be used (rules alone)."""
    fitted.place(turn, runtime.model_path)
    return suggest.learned(runtime.model_path)
