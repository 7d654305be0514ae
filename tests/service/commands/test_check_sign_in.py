"""The doctor says what is wrong with the sign-in before somebody stands in front of it."""

from collections.abc import Iterator

import pytest

from service.clock import SystemClock
from service.commands import check_sign_in
from service.commands.findings import Level
from service.config import Config
from tests.directory import CLIENT, Directory, serving


@pytest.fixture
def directory() -> Iterator[Directory]:
    with serving(int(SystemClock().now().timestamp())) as found:
        yield found


ISSUER = {"oidc_issuer": "https://anmeldung.example", "oidc_client_id": CLIENT}
OUTSIDE = {"public_url": "https://post.firma.example", "trusted_hosts": "post.firma.example"}


@pytest.mark.parametrize(
    ("values", "level", "says"),
    [
        ({}, Level.OK, "nur Anmeldelinks"),
        ({"oidc_client_id": CLIENT}, Level.FEHLER, "POSTLOTSE_OIDC_ISSUER fehlt"),
        ({"oidc_api_audience": "x"}, Level.FEHLER, "POSTLOTSE_OIDC_ISSUER fehlt"),
        ({"oidc_issuer": "https://anmeldung.example"}, Level.FEHLER, "POSTLOTSE_OIDC_CLIENT_ID fehlt"),
        (ISSUER, Level.OK, "eingerichtet"),
        (ISSUER | OUTSIDE, Level.OK, "eingerichtet"),
        (ISSUER | OUTSIDE | {"public_url": "http://post.firma.example"}, Level.FEHLER, "https://"),
        (ISSUER | {"host": "0.0.0.0"}, Level.FEHLER, "https://"),
        (ISSUER | {"oidc_api_audience": CLIENT}, Level.FEHLER, "eine eigene"),
        (ISSUER | {"oidc_api_audience": "x"}, Level.HINWEIS, "OIDC_API_CLIENTS ist leer"),
        (ISSUER | {"oidc_api_audience": "x", "oidc_api_clients": "y"}, Level.OK, "Zugriffstoken zugelassen"),
    ],
)
def test_settings_are_judged_as_a_whole(values: dict[str, str], level: Level, says: str) -> None:
    found = check_sign_in.settings(Config(**values))  # type: ignore[arg-type]

    assert (found.level, says in found.text) == (level, True)


def test_a_directory_that_answers_is_told_with_issuer_and_keys(directory: Directory) -> None:
    found = tuple(check_sign_in.directory(Config(oidc_issuer=directory.url, oidc_client_id=CLIENT)))

    assert {one.level for one in found} == {Level.OK}
    assert "Aussteller stimmt überein" in found[0].text
    assert "1 brauchbar" in found[2].text


@pytest.mark.parametrize("wrong", [{"issuer": "https://andere.example"}, {"jwks_uri": None}])
def test_a_directory_that_does_not_fit_is_a_fault(directory: Directory, wrong: dict[str, str | None]) -> None:
    directory.metadata = wrong

    (found,) = check_sign_in.directory(Config(oidc_issuer=directory.url, oidc_client_id=CLIENT))

    assert found.level is Level.FEHLER
    assert "setup sign-in" in found.text


def test_a_silent_directory_is_a_fault_and_none_is_none() -> None:
    (found,) = check_sign_in.directory(Config(oidc_issuer="http://127.0.0.1:9", oidc_client_id=CLIENT))

    assert found.level is Level.FEHLER
    assert tuple(check_sign_in.directory(Config())) == ()
