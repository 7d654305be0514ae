"""The example of the settings file says the same as the settings class."""

import re

import pytest

from service import config as configuration
from service.config import Config
from tests.house import env_example


def test_the_example_is_what_the_settings_class_says() -> None:
    written = env_example.FILE.read_text(encoding="utf-8")

    assert written == env_example.render(), "python -m tests.house.env_example --write"


def test_every_setting_has_a_meaning() -> None:
    silent = [name for name, field in Config.model_fields.items() if not field.description]

    assert silent == []


def test_the_example_with_every_line_switched_on_gives_the_defaults(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = re.sub(r"^#(POSTLOTSE_\w+=.+)$", r"\1", env_example.FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (tmp_path / "all.env").write_text(text, encoding="utf-8")
    monkeypatch.setenv("POSTLOTSE_CONFIG", str(tmp_path / "all.env"))

    loaded = configuration.load()

    assert loaded == Config()
