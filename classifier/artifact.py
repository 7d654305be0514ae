"""The model file: an npz of arrays that cannot execute anything, checked before it is believed."""

import hashlib
import json
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.errors import ArtifactOutdated, ArtifactUnusable
from classifier.features import FEATURE_VERSION, SIZE
from classifier.learned import Learned, Likeness
from classifier.trees import Trees

Arrays = dict[str, NDArray[Any]]

SHIPPED = Path(__file__).with_name("shipped.npz")
_LARGEST = 8_000_000
_ARRAYS = ("weights", "bias", "asked", "limits", "kept", "leaves", "base")
_DAMAGED = (
    OSError, ValueError, KeyError, TypeError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error,
    SyntaxError, TokenError,
)  # fmt: skip


def load(path: Path) -> Learned:
    """Return the model of a file; raises ArtifactUnusable when it is missing, damaged or of another version."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ArtifactUnusable(f"Das Modell {path.name} ist zu groß.")
        return unpack(path.read_bytes(), path.name)
    except OSError as error:
        raise ArtifactUnusable(f"Das Modell {path.name} ist nicht lesbar.") from error


def shipped() -> Learned:
    """Return the model that comes with the program; raises ArtifactUnusable as `load` does."""
    return load(SHIPPED)


def in_force(path: Path) -> Learned:
    """Return the firm's own model, or the shipped one where it has none or one of another version of the program.

    Raises ArtifactUnusable when the file is damaged: somebody should know.
    """
    try:
        return load(path) if path.exists() else shipped()
    except ArtifactOutdated:
        return shipped()


def unpack(packed: bytes, name: str = "im Speicher") -> Learned:
    """Return the model packed in `packed`; raises ArtifactUnusable. Never runs anything that stands in the bytes."""
    try:
        header, arrays = _arrays(packed)
        if header["feature_version"] != FEATURE_VERSION:
            raise ArtifactOutdated(f"Das Modell {name} gehört zu einer anderen Programmversion.")
        if header["sha256"] != _digest(header, arrays):
            raise ArtifactUnusable(f"Das Modell {name} ist beschädigt (Prüfsumme).")
        learned = Learned(
            classes=tuple(Likeness(each) for each in header["classes"]),
            weights=arrays["weights"].astype(np.float32),
            bias=arrays["bias"].astype(np.float32),
            trees=_trees(header, arrays),
            temperature=float(header["temperature"]),
            thresholds=tuple(float(each) for each in header["thresholds"]),
            facts=dict(header["facts"]),
        )
    except _DAMAGED as error:
        raise ArtifactUnusable(f"Das Modell {name} ist beschädigt.") from error
    _check(learned, name)
    return learned


def pack(learned: Learned) -> bytes:
    """Return the bytes of a model file: weights as float16, a JSON header with its SHA-256, both in one npz."""
    arrays: Arrays = {
        "weights": learned.weights.astype(np.float16),
        "bias": learned.bias.astype(np.float32),
        "asked": learned.trees.asked,
        "limits": learned.trees.limits,
        "kept": learned.trees.kept,
        "leaves": learned.trees.leaves.astype(np.float16),
        "base": learned.trees.base,
    }
    header: dict[str, Any] = {
        "feature_version": FEATURE_VERSION,
        "classes": [each.value for each in learned.classes],
        "temperature": learned.temperature,
        "thresholds": list(learned.thresholds),
        "rivals": list(learned.trees.rivals),
        "facts": learned.facts,
    }
    header["sha256"] = _digest(header, arrays)
    text = np.frombuffer(json.dumps(header, sort_keys=True).encode(), dtype=np.uint8)
    out = BytesIO()
    np.savez_compressed(out, header=text, **arrays)  # type: ignore[arg-type]  # its stubs take the names of arrays for its options
    return out.getvalue()


def _arrays(packed: bytes) -> tuple[dict[str, Any], Arrays]:
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        if sum(item.file_size for item in archive.infolist()) > _LARGEST:
            raise ValueError("too large when unpacked")
    with np.load(BytesIO(packed), allow_pickle=False) as found:
        header = json.loads(found["header"].tobytes())
        return header, {name: found[name] for name in _ARRAYS}


def _trees(header: dict[str, Any], arrays: Arrays) -> Trees:
    leaves, rivals = arrays["leaves"].astype(np.float32), tuple(int(each) for each in header["rivals"])
    return Trees(arrays["asked"], arrays["limits"], arrays["kept"], leaves, arrays["base"], rivals)


def _digest(header: dict[str, Any], arrays: Arrays) -> str:
    told = {key: value for key, value in header.items() if key != "sha256"}
    hashed = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for name in _ARRAYS:
        hashed.update(arrays[name].tobytes())
    return hashed.hexdigest()


def _check(learned: Learned, name: str) -> None:
    count = len(learned.classes)
    fits = learned.weights.shape == (SIZE, count) and learned.bias.shape == (count,) and learned.trees.fits(count)
    finite = np.isfinite(learned.weights).all() and np.isfinite(learned.bias).all()
    if not (fits and finite and len(learned.thresholds) == count and learned.temperature > 0):
        raise ArtifactUnusable(f"Das Modell {name} passt nicht zu diesem Programm.")
