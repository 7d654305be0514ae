"""The firm's own models: which there are, which one answers, and its file on this machine."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from models.learning import ModelVersion
from models.terms import ModelState
from service.errors import NotFound
from service.turn import Turn

# So many models that passed the gate can be brought back.
KEPT = 3


def versions(turn: Turn, most: int = 12) -> Sequence[ModelVersion]:
    """Return the models that were fitted, the newest first."""
    return turn.session.scalars(select(ModelVersion).order_by(ModelVersion.id.desc()).limit(most)).all()


def active(turn: Turn) -> ModelVersion | None:
    """Return the model that answers; None while it is the shipped one (or a file that somebody put there)."""
    return turn.session.scalars(select(ModelVersion).where(ModelVersion.state == ModelState.AKTIV)).first()


def since(turn: Turn) -> datetime | None:
    """Return when the model in force was fitted; None for the shipped one."""
    found = active(turn)
    return found.made_at if found else None


def held(turn: Turn) -> dict[str, float]:
    """Return of which days of members the model in force learned only a share; it stays so in what follows it."""
    found = active(turn)
    return {by: float(share) for by, share in found.verdict["held"].items()} if found else {}


def seen(turn: Turn) -> int:
    """Return how many confirmations there were when a model was last fitted, whatever became of it."""
    return turn.session.scalar(select(ModelVersion.seen).order_by(ModelVersion.id.desc()).limit(1)) or 0


def add(turn: Turn, packed: bytes, counts: tuple[int, int], verdict: dict[str, Any]) -> ModelVersion:
    """Keep a fitted model with its verdict; `counts` are its examples and the confirmations there were."""
    refused = bool(verdict["refused"])
    made = ModelVersion(
        made_at=turn.now,
        state=ModelState.ABGELEHNT if refused else ModelState.ABGELOEST,
        sha256=hashlib.sha256(packed).hexdigest(),
        packed=None if refused else packed,
        examples=counts[0],
        seen=counts[1],
        verdict=verdict,
    )
    turn.session.add(made)
    turn.session.flush()
    return made


def activate(turn: Turn, version_id: int) -> ModelVersion | None:
    """Let a kept model answer (0 = the shipped one), and forget the files of all but the last. Raises NotFound."""
    wanted = turn.session.get(ModelVersion, version_id) if version_id else None
    if version_id and (wanted is None or wanted.packed is None):
        raise NotFound("Dieses Modell ist nicht (mehr) aufbewahrt.")
    turn.session.execute(
        update(ModelVersion).where(ModelVersion.state == ModelState.AKTIV).values(state=ModelState.ABGELOEST)
    )
    if wanted is not None:
        wanted.state, wanted.activated_at, wanted.member_id = ModelState.AKTIV, turn.now, turn.actor.member_id
    turn.session.flush()
    kept = [version for version in versions(turn, 1_000) if version.packed is not None]
    for version in kept[KEPT:]:
        if version.state is not ModelState.AKTIV:
            version.packed = None
    turn.session.flush()
    return wanted


def place(turn: Turn, path: Path) -> bool:
    """Bring the model file of this machine in line with the model in force; says whether it changed.

    A file that is none of ours stays as long as no model of ours is in force.
    """
    found = active(turn)
    present = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
    if found is None:
        ours = turn.session.scalar(select(ModelVersion.id).where(ModelVersion.sha256 == present).limit(1))
        if present and ours is not None:
            path.unlink()
            return True
        return False
    if found.sha256 == present or found.packed is None:
        return False
    draft = path.with_name(path.name + ".neu")
    draft.write_bytes(found.packed)
    draft.replace(path)
    return True
