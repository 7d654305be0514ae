"""Where tests find the material that is not part of the repository."""

import os
from pathlib import Path

import pytest

_ROOT = Path(os.environ.get("POSTLOTSE_SHARED") or Path(__file__).resolve().parents[1] / ".." / "shared")


def shared_file(path: str) -> Path:
    """Return the file or folder `path` below the shared folder; skips the test, saying so, when it is absent."""
    found = _ROOT / path
    if not found.exists():
        pytest.skip(f"shared data missing: {path}")
    return found
