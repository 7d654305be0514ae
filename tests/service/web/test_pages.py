"""Every page answers for every role as declared, and shows what is true."""

import re
from html import unescape

import pytest
from werkzeug.routing import Rule

from models.terms import Role
from service import guards, problems
from service.errors import NotFound, Unavailable
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


# What must not stand on a German page: English, what Python says instead of words, dates and weeks of machines.
FOREIGN = re.compile(
    r"\b(?:the|and|with|please|cancel|save|delete|submit|error|warning|settings|None|True|False|undefined|[ap]\.?m\.)\b"
    r"|\b20\d\d-(?:W?\d\d)\b|`|\bTraceback\b"
)


def plain_pages(firm: Web) -> list[str]:
    """Return the addresses of all pages that need nothing in their address."""
    others = ("/static", "/api", "/webhooks", "/anmelden/", "/abmelden/", "/exporte/stand")
    simple = [rule.rule for rule in rules(firm) if "GET" in (rule.methods or ()) and not rule.arguments]
    return sorted(path for path in simple if not path.startswith(others))


def seen(page: str) -> str:
    """Return what people read of a page: no markup, nothing that names its own language."""
    without = re.sub(r"<(script|style|template|option|code)\b[^>]*>.*?</\1>", " ", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", without))


def test_no_page_speaks_english_or_writes_dates_as_machines_do(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    answers = {path: client.get(path) for path in plain_pages(firm)}
    pages = {path: one.text for path, one in answers.items() if one.mimetype == "text/html" and one.location is None}

    strange = {path: found for path, page in pages.items() if (found := FOREIGN.findall(seen(page)))}

    assert len(pages) > 25
    assert strange == {}


def test_names_of_places_stand_once_on_a_page_and_every_way_to_one_leads_there(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    wrong = {}

    for path in plain_pages(firm):
        page = client.get(path).text
        places = re.findall(r'\sid="([^"]+)"', re.sub(r"<template\b.*?</template>", "", page, flags=re.DOTALL))
        lost = set(re.findall(r'href="#([^"]+)"', page)) - set(places)
        if lost or len(places) != len(set(places)):
            wrong[path] = lost | {place for place in places if places.count(place) > 1}

    assert wrong == {}


@pytest.mark.parametrize("status", [404, 503])
def test_what_may_pass_by_itself_can_be_tried_again_where_one_stands(firm: Web, status: int) -> None:
    with firm.app.test_request_context("/kennzahlen"):
        answer = problems.expected(Unavailable("Gesperrt.") if status == 503 else NotFound("Weg."))

    assert answer.status_code == status
    assert ("Erneut versuchen" in answer.get_data(as_text=True)) == (status == 503)


def test_a_past_without_figures_is_no_goal_reached_and_says_what_was_not_written_down(firm: Web) -> None:
    page = firm.client(Role.TEAM_LEAD).get("/kennzahlen?von=2025-01-01&bis=2025-01-31").text

    assert "Für diese Auswahl gibt es keine Zahlen." in page
    assert "für diesen Tag nicht festgehalten" in page
    assert "0 von 6 Zielen" not in page
    assert "01.01.–31.01.2025 · Stand" in page
