"""The installation says in German what is missing and how to mend it, before it does anything."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def install(python: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(ROOT / "deploy/install.sh"), python, str(folder / "venv"), str(folder / "nichts.lock")]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, timeout=60)


def fake(folder: Path, body: str) -> str:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_a_missing_python_is_named_with_the_command_that_brings_it(tmp_path: Path) -> None:
    done = install("python-gibt-es-nicht", tmp_path)

    assert done.returncode == 1
    assert "Python fehlt" in done.stderr
    assert "apt install python3" in done.stderr


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('case "$1" in --version) echo "Python 3.9.2";; *) exit 1;; esac', "Python 3.9.2 ist zu alt"),
        ('case "$2" in *version_info*) exit 0;; *) exit 1;; esac', "apt install python3-venv"),
    ],
)
def test_a_python_that_does_not_do_is_refused_with_the_way_out(tmp_path: Path, body: str, says: str) -> None:
    done = install(fake(tmp_path, body), tmp_path)

    assert done.returncode == 1
    assert says in done.stderr
    assert not (tmp_path / "venv").exists()
