"""`postlotse token` makes a token that works, shows it once, lists it without its secret, and revokes it."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from service import config as configuration
from service import runtime as running
from service.commands.token import command
from service.errors import NotFound
from service.store import tokens


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path))
    return CliRunner()


def test_a_token_is_shown_once_and_found_by_the_service(runner: CliRunner) -> None:
    made = runner.invoke(command, ["new", "crm", "--scope", "kpis", "--scope", "suggestions"])
    listed = runner.invoke(command, ["list"])

    token = made.stdout.strip()
    runtime = running.start(configuration.load())
    with runtime.look() as turn:
        assert tokens.find(turn, token).scopes == ("kpis", "suggestions")
    runtime.database.dispose()
    assert made.exit_code == 0
    assert "crm\tkpis, suggestions\tgültig" in listed.stdout
    assert "ohne Ende" in listed.stdout
    assert token not in listed.output


def test_a_revoked_token_is_listed_as_such(runner: CliRunner) -> None:
    runner.invoke(command, ["new", "crm", "--scope", "kpis"])

    revoked = runner.invoke(command, ["revoke", "crm"])

    assert revoked.exit_code == 0
    assert "gesperrt" in runner.invoke(command, ["list"]).stdout


def test_without_tokens_the_list_says_so_and_revoking_is_refused(runner: CliRunner) -> None:
    assert "Noch kein" in runner.invoke(command, ["list"]).stdout
    assert isinstance(runner.invoke(command, ["revoke", "crm"]).exception, NotFound)


def test_an_unknown_scope_is_refused_with_the_possible_ones(runner: CliRunner) -> None:
    refused = runner.invoke(command, ["new", "crm", "--scope", "alles"])

    assert refused.exit_code == 2
    assert "suggestions" in refused.output


def test_days_say_when_a_token_ends_and_without_them_it_never_does(runner: CliRunner) -> None:
    brief = runner.invoke(command, ["new", "kurz", "--scope", "kpis", "--days", "30"]).stdout.strip()
    lasting = runner.invoke(command, ["new", "lang", "--scope", "kpis"]).stdout.strip()

    runtime = running.start(configuration.load())
    with runtime.look() as turn:
        ends = tokens.find(turn, brief).expires_at
        assert tokens.find(turn, lasting).expires_at is None
        assert ends is not None
        assert timedelta(days=29) < ends - turn.now <= timedelta(days=30)
    runtime.database.dispose()


@pytest.mark.unmeasured
@pytest.mark.parametrize("days", ["0", "-1", "3651", "bald"])
def test_days_that_cannot_be_meant_are_refused_and_make_no_token(runner: CliRunner, days: str) -> None:
    refused = runner.invoke(command, ["new", "crm", "--scope", "kpis", "--days", days])

    assert refused.exit_code == 2
    assert "Noch kein" in runner.invoke(command, ["list"]).stdout
