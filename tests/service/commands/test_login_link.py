"""`postlotse login-link` prints a link that works once, and refuses where others could reach it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from models.terms import Role
from service import config, runtime
from service.actions import signin
from service.commands.login_link import command
from service.errors import ConfigInvalid, Invalid, NotAllowed
from service.store import invitations, staff


def test_the_link_signs_in_a_member_of_the_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path))

    printed = CliRunner().invoke(command, ["--role", "team-lead"], catch_exceptions=False).stdout.strip()

    address, _, token = printed.partition("#")
    assert address == "http://127.0.0.1:8484/anmelden"
    process = runtime.start(config.load())
    with process.turn() as turn:
        _, who = signin.redeem(turn, token)
    assert who.role is Role.TEAM_LEAD
    process.database.dispose()


def test_no_link_where_others_reach_the_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("POSTLOTSE_PUBLIC_URL", "https://post.firma.example")

    with pytest.raises(ConfigInvalid):
        CliRunner().invoke(command, [], catch_exceptions=False)


def test_a_server_with_a_directory_prints_the_first_link_until_an_admin_has_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTLOTSE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("POSTLOTSE_PUBLIC_URL", "https://post.firma.example")
    monkeypatch.setenv("POSTLOTSE_OIDC_ISSUER", "https://verzeichnis.example")

    printed = [CliRunner().invoke(command, [], catch_exceptions=False).stdout.strip() for _ in range(2)]

    address, _, token = printed[1].partition("#")
    assert address == "https://post.firma.example/einladung"
    process = runtime.start(config.load())
    with process.turn() as turn:
        who = invitations.invited(turn, token)
        assert (who.role, staff.count(turn)) == (Role.ADMIN, 1)
        with pytest.raises(NotAllowed):
            invitations.invited(turn, printed[0].partition("#")[2])
        who.invited_at = None
    process.database.dispose()
    with pytest.raises(Invalid, match="schon eine Verwaltung"):
        CliRunner().invoke(command, [], catch_exceptions=False)
