"""`postlotse mailboxes` says how far reading has come, reads on at demand, and names what is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from connectors.emulator.graph import GraphEmulator
from connectors.emulator.mailboxes import Mailboxes
from service.commands.mailboxes import command
from tests.connectors.graph.conftest import ADDRESS, mail


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GraphEmulator]:
    """An emulated mailbox, configured."""
    emulator = GraphEmulator(Mailboxes([ADDRESS], [mail(n) for n in range(7)]), token="gut").start()
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("POSTLOTSE_GRAPH_BASE", emulator.base)
    monkeypatch.setenv("POSTLOTSE_GRAPH_CLIENT_SECRET", "gut")
    monkeypatch.setenv("POSTLOTSE_GRAPH_MAILBOXES", ADDRESS)
    monkeypatch.setenv("POSTLOTSE_GRAPH_HISTORY_DAYS", "0")
    yield emulator
    emulator.stop()


def test_before_anything_was_read_it_says_so(server: GraphEmulator) -> None:
    result = CliRunner().invoke(command, [])

    assert (result.exit_code, result.stdout) == (0, "Noch kein Postfach gelesen.\n")


def test_it_reads_at_demand_and_shows_the_state(server: GraphEmulator) -> None:
    result = CliRunner().invoke(command, ["--read"])

    assert result.exit_code == 0
    assert f"{ADDRESS}: bereit, 5 Ordner, zuletzt gelesen" in result.stdout
    assert f"{ADDRESS}: 7 gelesen" in result.stderr


def test_a_mailbox_that_cannot_be_read_is_named_with_its_code(server: GraphEmulator) -> None:
    server.token = "anders"

    result = CliRunner().invoke(command, ["--read"])

    assert result.exit_code == 1
    assert "angehalten, PL-2005" in result.stdout
    assert "Stand unvollständig seit" in result.stdout
