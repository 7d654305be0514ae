"""A hint names the command as it can be typed where it is read."""

import shlex
import sys
from pathlib import Path

import pytest

from service import config


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with its command, of which the shell knows nothing."""
    script = tmp_path / "ein ordner" / ".venv" / "bin" / "postlotse"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n", encoding="utf-8")
    script.chmod(0o755)
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(sys, "prefix", str(script.parents[1]))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("POSTLOTSE_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return script


def test_in_the_folder_of_the_installation_the_short_path_is_named(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place.parents[2])

    assert config.call("login-link", "--role", "Team-Lead") == ".venv/bin/postlotse login-link --role Team-Lead"


def test_elsewhere_the_whole_path_is_named_and_blanks_are_quoted(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "bin")

    assert shlex.split(config.call("doctor")) == [str(place), "doctor"]


def test_the_file_of_settings_in_use_is_named_too(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTLOTSE_CONFIG", "/srv/meine firma.env")
    monkeypatch.chdir(place.parents[2])

    assert config.call("doctor") == "POSTLOTSE_CONFIG='/srv/meine firma.env' .venv/bin/postlotse doctor"
    assert config.call("doctor", settings="x.env") == "POSTLOTSE_CONFIG=x.env .venv/bin/postlotse doctor"


@pytest.mark.parametrize("leads", [True, False])
def test_the_bare_name_is_used_only_where_it_leads_here(place: Path, tmp_path: Path, leads: bool) -> None:
    shim = tmp_path / "bin" / "postlotse"
    shim.write_text(f'#!/bin/sh\nexec {place if leads else "/usr/bin/true"} "$@"\n', encoding="utf-8")
    shim.chmod(0o755)

    assert (config.call("doctor") == "postlotse doctor") is leads


def test_without_the_command_the_module_is_called(place: Path) -> None:
    place.unlink()

    assert config.call("doctor") == shlex.join([sys.executable, "-m", "service.cli", "doctor"])
