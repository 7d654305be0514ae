"""`postlotse setup sign-in` says every step with the values of this installation, and finds what is wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.terms import Role
from service import runtime as running
from service.commands.setup import command
from service.config import load
from service.errors import ConfigInvalid
from service.store import invitations
from tests.conftest import NOW
from tests.directory import CLIENT, SECRET, Directory, serving


@pytest.fixture
def directory() -> Iterator[Directory]:
    with serving(int(NOW.timestamp())) as found:
        yield found


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path))


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str, **settings: str) -> Result:
    for name, value in settings.items():
        monkeypatch.setenv(f"POSTLOTSE_{name.upper()}", value)
    return CliRunner().invoke(command, ["sign-in", *arguments])


def test_every_step_is_told_and_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    told = call(monkeypatch, public_url="http://post.firma.example", trusted_hosts="localhost")

    assert told.exit_code == 1
    assert "http://post.firma.example/anmelden/antwort" in told.output
    for word in ("Team-Lead", "Zuweisung erforderlich", "App-Rollen", "OIDC_TENANTS"):
        assert word in told.output
    assert told.output.count("FEHLT") == 5


def test_settings_can_be_checked_without_the_net(monkeypatch: pytest.MonkeyPatch) -> None:
    told = call(
        monkeypatch,
        "--offline",
        public_url="https://post.firma.example",
        trusted_hosts="post.firma.example",
        oidc_issuer="https://verzeichnis.example",
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
    )

    assert told.exit_code == 0
    assert "OK       Einstellungen vollständig" in told.output
    assert SECRET not in told.output


def test_a_fitting_directory_is_found_good(monkeypatch: pytest.MonkeyPatch, directory: Directory) -> None:
    told = call(monkeypatch, oidc_issuer=directory.url, oidc_client_id=CLIENT)

    assert told.exit_code == 0
    assert told.output.count("OK  ") == 4


def test_the_first_link_is_printed_as_long_as_no_admin_has_come_in(
    monkeypatch: pytest.MonkeyPatch, directory: Directory
) -> None:
    first = call(monkeypatch, oidc_issuer=directory.url, oidc_client_id=CLIENT)
    token = first.output.partition("/einladung#")[2].strip()
    process = running.start(load())
    with process.turn() as turn:
        assert invitations.invited(turn, token).role is Role.ADMIN
        invitations.invited(turn, token).invited_at = None
    process.database.dispose()

    second = call(monkeypatch)

    assert "Erste Verwaltung" in first.output
    assert second.exit_code == 0
    assert "einladung" not in second.output


@pytest.mark.parametrize(
    "metadata", [{"issuer": "https://boese.example"}, {"jwks_uri": "http://boese.example/"}, {"token_endpoint": ""}]
)
def test_what_does_not_fit_is_named(
    monkeypatch: pytest.MonkeyPatch, directory: Directory, metadata: dict[str, str]
) -> None:
    directory.metadata = metadata

    told = call(monkeypatch, oidc_issuer=directory.url, oidc_client_id=CLIENT)

    assert told.exit_code == 1
    assert "FEHLER" in told.output
    assert "PL-2002" in told.output


def test_a_role_that_does_not_exist_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTLOTSE_OIDC_ROLES", "chef=Boss")

    with pytest.raises(ConfigInvalid, match="chef=Boss"):
        load()
