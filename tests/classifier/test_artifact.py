"""The model file: what is written can be read, what was touched is refused."""

import json
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from classifier import artifact
from classifier.errors import ArtifactUnusable
from classifier.features import SIZE
from classifier.measures import COUNT
from tests.classifier.strangers import examples, model


@lru_cache(maxsize=1)
def packed() -> bytes:
    """Return the file of the model of strangers."""
    return artifact.pack(model())


def _parts(packed: bytes) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    with np.load(BytesIO(packed), allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def _again(parts: dict[str, np.ndarray]) -> bytes:  # type: ignore[type-arg]
    out = BytesIO()
    np.savez_compressed(out, **parts)  # type: ignore[arg-type]  # its stubs take the names of arrays for its options
    return out.getvalue()


def _signed(**changes: object) -> bytes:
    """Return a file whose checksum is right although something else is not."""
    parts = _parts(packed())
    parts |= {name: np.asarray(changes.pop(name)) for name in list(changes) if name in parts}
    header = json.loads(parts["header"].tobytes()) | changes
    header["sha256"] = artifact._digest(header, parts)
    return _again(parts | {"header": np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)})


def test_a_model_survives_the_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(packed())

    found = artifact.load(path)

    assert found.classes == model().classes
    assert found.facts == model().facts
    assert found.thresholds == pytest.approx(model().thresholds)
    for each in examples()[:9]:
        guess, first = found.judge(each.record), model().judge(each.record)
        assert (guess.best, guess.sure, guess.hints) == (first.best, first.sure, first.hints)
        assert guess.confidence == pytest.approx(first.confidence, abs=0.01)


def test_packing_twice_gives_a_file_that_says_the_same() -> None:
    once = artifact.unpack(packed())

    assert artifact.unpack(artifact.pack(once)).weights.tolist() == once.weights.tolist()


def test_a_changed_weight_is_noticed() -> None:
    parts = _parts(packed())
    parts["weights"] = parts["weights"].copy()
    parts["weights"][5, 0] += 1

    with pytest.raises(ArtifactUnusable, match="Prüfsumme"):
        artifact.unpack(_again(parts))


def test_a_changed_threshold_is_noticed() -> None:
    parts = _parts(packed())
    header = json.loads(parts["header"].tobytes())
    header["thresholds"][0] = 0.0
    parts["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)

    with pytest.raises(ArtifactUnusable, match="Prüfsumme"):
        artifact.unpack(_again(parts))


def test_any_flipped_byte_is_refused_or_harmless() -> None:
    whole = packed()
    weights = artifact.unpack(whole).weights.tolist()

    for at in range(0, len(whole), max(1, len(whole) // 150)):
        broken = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        try:
            found = artifact.unpack(broken)
        except ArtifactUnusable:
            continue
        assert found.weights.tolist() == weights


@pytest.mark.parametrize("cut", [0, 1, 100, 5000])
def test_half_a_file_is_refused(cut: int) -> None:
    with pytest.raises(ArtifactUnusable, match="beschädigt"):
        artifact.unpack(packed()[:cut])


def test_another_feature_version_is_refused() -> None:
    with pytest.raises(ArtifactUnusable, match="anderen Programmversion"):
        artifact.unpack(_signed(feature_version=0))


def test_instead_of_a_model_of_another_version_the_shipped_one_answers(tmp_path: Path) -> None:
    older, own, none = (tmp_path / name for name in ("older.npz", "own.npz", "none.npz"))
    older.write_bytes(_signed(feature_version=0))
    own.write_bytes(packed())

    found = [artifact.in_force(path).facts["basis"] for path in (older, none, own)]

    assert found == [artifact.shipped().facts["basis"]] * 2 + ["erfunden"]


def test_a_damaged_model_of_the_firm_is_said_to_be_damaged(tmp_path: Path) -> None:
    damaged = tmp_path / "own.npz"
    damaged.write_bytes(b"kein Modell")

    with pytest.raises(ArtifactUnusable, match="beschädigt"):
        artifact.in_force(damaged)


UNFIT = [
    {"weights": np.zeros((SIZE - 1, 3), dtype=np.float16)},
    {"weights": np.full((SIZE, 3), np.nan, dtype=np.float16)},
    {"thresholds": [0.5]},
    {"temperature": 0.0},
    {"classes": ["Newsletter"]},
    {"asked": np.zeros((180, 3), dtype=np.uint8)},
    {"asked": np.full((180, 15), COUNT, dtype=np.uint8)},
    {"limits": np.full((180, 15), np.nan, dtype=np.float32)},
    {"leaves": np.full((180, 16), np.inf, dtype=np.float16)},
    {"base": np.zeros(2, dtype=np.float32)},
    {"rivals": []},
    {"rivals": [1, 1]},
    {"rivals": [0, 3]},
]


@pytest.mark.parametrize("changes", UNFIT)
def test_a_model_of_another_form_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ArtifactUnusable, match="passt nicht"):
        artifact.unpack(_signed(**changes))


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(ArtifactUnusable, match="beschädigt"):
        artifact.unpack(_signed(classes=["Newsletter", "Werbung", "Freunde"]))


def test_executable_content_is_never_loaded() -> None:
    parts = _parts(packed())
    parts["weights"] = np.array([object()], dtype=object)

    with pytest.raises(ArtifactUnusable):
        artifact.unpack(_again(parts))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    parts = _parts(packed()) | {"bomb": np.zeros(20_000_000, dtype=np.uint8)}

    with pytest.raises(ArtifactUnusable):
        artifact.unpack(_again(parts))


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ArtifactUnusable, match="nicht lesbar"):
        artifact.load(tmp_path / "keins.npz")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with path.open("wb") as out:
        out.truncate(9_000_000)

    with pytest.raises(ArtifactUnusable, match="zu groß"):
        artifact.load(path)


def test_the_shipped_model_loads_is_small_and_names_its_basis() -> None:
    found = artifact.shipped()

    assert artifact.SHIPPED.stat().st_size <= 1_000_000
    assert found.facts["basis"]
