"""Every page answers for every role as declared, and shows what is true."""

import pytest
from werkzeug.routing import Rule

from models.terms import Role
from service import guards
from tests.web_data import Web

PAGES = (
    "/",
    "/?ansicht=ohne",
    "/?ansicht=alt",
    "/?ansicht=erledigt",
    "/kennzahlen",
    "/kennzahlen?zeitraum=7",
    "/kennzahlen?postfach=2",
    "/konversationen",
    "/konversationen?kennzahl=unclassified",
    "/konversation/1",
    "/parteien",
    "/parteien?suche=mueller",
    "/partei/firma/1",
    "/einstellungen",
    "/profil",
    "/hilfe",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_for_the_administration(firm: Web, path: str) -> None:
    client = firm.client(Role.ADMIN)

    answer = client.get(path)

    assert answer.status_code == 200
    assert "<h1" in answer.text


def rules(firm: Web) -> list[Rule]:
    return list(firm.app.url_map.iter_rules())


def test_every_route_says_who_may_call_it(firm: Web) -> None:
    undeclared = [
        rule.rule for rule in rules(firm) if not hasattr(firm.app.view_functions[rule.endpoint], guards.ATTRIBUTE)
    ]

    assert undeclared == []
