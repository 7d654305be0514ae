"""Starting the service: a taken port and a wrong setting are said before anything listens."""

import re
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.commands import serve, work
from service.errors import ConfigInvalid, Damaged


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(ConfigInvalid) as refused:
            serve.check_port("127.0.0.1", port)

    named = re.search(r"POSTLOTSE_PORT=(\d+)", str(refused.value))
    assert named is not None
    assert int(named[1]) != port


def test_a_port_that_is_taken_as_well_is_not_offered() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        assert serve.next_free("127.0.0.1", port - 1) != port


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
    assert answer.exception.problems == (
        "POSTLOTSE_PORT: „achtzig“ ist keine ganze Zahl.",
        "POSTLOTSE_THREADS: „0“ ist zu klein; mindestens 1.",
    )


def test_work_beside_serve_is_for_postgresql_only(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path))

    answer = CliRunner().invoke(work.command)

    assert isinstance(answer.exception, ConfigInvalid)
    assert "PostgreSQL" in str(answer.exception)


@pytest.mark.parametrize(("url", "error"), [("mysql://n@r/d", ConfigInvalid), ("nichts", ConfigInvalid), ("", Damaged)])
def test_a_database_that_cannot_be_worked_with_is_said_before_the_server_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, error: type[Exception]
) -> None:
    (tmp_path / "postlotse.db").write_bytes(b"keine Datenbank" * 1000)
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("POSTLOTSE_DATABASE_URL", url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("POSTLOTSE_PORT", str(probe.getsockname()[1]))

    answer = CliRunner().invoke(serve.command)

    assert isinstance(answer.exception, error)
