"""Starting the service: a taken port and a wrong setting are said before anything listens."""

import socket

import pytest
from click.testing import CliRunner

from service.commands import serve, work
from service.errors import ConfigInvalid


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(ConfigInvalid, match=f"POSTLOTSE_PORT={port + 1}"):
            serve.check_port("127.0.0.1", port)


def test_a_free_port_is_no_trouble() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]

    serve.check_port("127.0.0.1", port)


def test_wrong_settings_are_reported_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTLOTSE_PORT", "achtzig")
    monkeypatch.setenv("POSTLOTSE_THREADS", "0")

    answer = CliRunner().invoke(serve.command)

    assert isinstance(answer.exception, ConfigInvalid)
    assert len(answer.exception.problems) == 2


def test_work_beside_serve_is_for_postgresql_only(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path))

    answer = CliRunner().invoke(work.command)

    assert isinstance(answer.exception, ConfigInvalid)
    assert "PostgreSQL" in str(answer.exception)
