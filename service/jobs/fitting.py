"""The child process that fits a model: reads what to learn from its input, writes the model file, says how it did.

It is a process of its own because fitting needs scikit-learn, memory and seconds of a core, which the server does not
give; it knows no database and no network.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec

from classifier import artifact, gate
from classifier.learned import Learned
from classifier.refit import careful
from service.jobs import task


def work(given: bytes, target: Path) -> dict[str, Any]:
    """Fit, check and write a model; returns the verdict as plain data. Raises TooFewExamples, ArtifactUnusable."""
    asked = task.unpack(given)
    cases = asked.cases
    facts: dict[str, object] = {"made_at": asked.made_at}
    basis = artifact.shipped()
    model, held = careful(basis, asked.lessons, cases, facts)
    packed = artifact.pack(model)
    target.write_bytes(packed)
    # Judged as it will be read: the file keeps fewer digits.
    verdict = gate.check(_present(asked.present, basis), artifact.unpack(packed), cases)
    return {
        "refused": verdict.refused,
        "cases": verdict.cases,
        "before": {"macro_f1": verdict.before.macro_f1, "kunde_recall": verdict.before.kunde_recall},
        "after": {"macro_f1": verdict.after.macro_f1, "kunde_recall": verdict.after.kunde_recall},
        "held": dict(held),
    }


def _present(path: str, basis: Learned) -> Learned:
    return artifact.in_force(Path(path)) if path else basis


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(work(sys.stdin.buffer.read(), Path(sys.argv[1]))))
