"""Every error has a status, a code to note down and a German sentence, and never shows details."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from models.errors import PostlotseError
from models.terms import Role
from service import errors, texts
from tests import web_data
from tests.web_data import Web, csrf


def kinds(root: type[PostlotseError]) -> list[type[PostlotseError]]:
    """Return every error class below `root`, itself included."""
    return [root, *(kind for child in root.__subclasses__() for kind in kinds(child))]


def test_every_error_code_is_explained() -> None:
    assert {kind.code for kind in kinds(PostlotseError)} - set(texts.ERRORS) == set()


def test_every_term_has_a_word() -> None:
    assert all(texts.word(member) for term in texts.TERMS for member in term)


@pytest.fixture
def firm(tmp_path: Path, filled: Path) -> Iterator[Web]:
    """The small firm with an application of its own: these tests add routes that fail."""
    made = web_data.copied(tmp_path, filled, alone=True)
    yield made
    made.runtime.database.dispose()


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("Weg."), 404),
        (errors.NotAllowed("Nein."), 403),
        (errors.Conflict("Jana war schneller."), 409),
        (errors.Invalid("Fehlt.", {"name": "Bitte eintragen."}), 422),
        (errors.Unavailable("Gesperrt."), 503),
        (ValueError("geheimes Wort"), 500),
    ],
)
def test_an_error_becomes_a_page_and_a_problem_document(firm: Web, error: Exception, status: int) -> None:
    fail(firm.app, error)
    client = firm.client(Role.ADMIN)

    page, document = client.get("/hilfe"), client.get("/_fehler", headers={"Accept": "application/json"})

    assert (page.status_code, document.status_code) == (status, status)
    assert "Kennung" in page.text
    assert document.mimetype == "application/problem+json"
    assert document.get_json()["code"].startswith("PL-")
    assert "geheimes Wort" not in page.text + document.text
    # Where the database is away, every way of the navigation would end at the same page.
    assert ("Hauptnavigation" in page.text) is (status != 503)


def test_an_address_that_does_not_exist_has_the_navigation_for_those_who_are_signed_in(firm: Web) -> None:
    page, stranger = firm.client(Role.ADMIN).get("/gibt-es-nicht"), firm.client(None).get("/gibt-es-nicht")

    assert (page.status_code, stranger.status_code) == (404, 404)
    assert "Hauptnavigation" in page.text
    assert "Hauptnavigation" not in stranger.text
    assert "Zur Startseite" in stranger.text


def fail(app: Flask, error: Exception) -> None:
    def view() -> str:
        raise error

    app.view_functions["web.help.index"] = view
    app.add_url_rule("/_fehler", "_fehler", view)


def test_a_database_that_is_away_says_so_and_when_to_try_again(firm: Web) -> None:
    fail(firm.app, errors.Unavailable("Die Datenbank ist gerade nicht erreichbar."))

    answer = firm.client(Role.ADMIN).get("/_fehler")

    assert answer.headers["Retry-After"] == "5"


def test_wrong_methods_and_large_bodies_are_refused_in_german(firm: Web) -> None:
    client = firm.client(Role.ADMIN)

    wrong = client.post("/hilfe", data={"csrf": csrf(client)})
    large = client.post("/profil", data={"csrf": "x" * 2_000_000})

    assert (wrong.status_code, large.status_code) == (405, 413)
    assert "lässt sich diese Adresse nicht" in wrong.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"ids": "x"}',
        b'{"ids": [1], "category": "Freund"}',
        b'{"ids": [99999], "category": "Intern"}',
        b'{"ids": [true]}',
        b'{"ids": [1], "party": "firma:x", "category": "Kunde"}',
    ],
)
def test_a_damaged_confirmation_is_refused_and_stores_nothing(firm: Web, body: bytes) -> None:
    client = firm.client(Role.MITARBEITER)
    headers = {"X-CSRF-Token": csrf(client), "Content-Type": "application/json"}

    answer = client.post("/einordnen/bestaetigen", data=body, headers=headers)

    assert answer.status_code in {404, 422}
    assert answer.get_json()["code"].startswith("PL-")


def test_a_database_file_that_is_gone_is_told_to_people_and_to_the_supervisor(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    path = Path(str(firm.runtime.database.engine.url.database))
    assert client.get("/healthz").status_code == 200

    path.rename(path.with_suffix(".weg"))

    page, supervisor = client.get("/hilfe"), client.get("/healthz")
    assert (page.status_code, supervisor.status_code) == (503, 503)
    assert "gelöscht oder verschoben" in page.text
    assert "PL-1056" in page.text
    assert "PL-1056" in supervisor.text
    assert not path.exists()
