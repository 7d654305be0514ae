"""Sitzungen, Dienst-Token and the page for people without a role: by keyboard, in both themes, on a phone."""

import pytest

from models.terms import Role
from service import problems
from service.errors import NoRole
from tests.browser.conftest import Site
from tests.browser.judge import faults, reach

pytestmark = pytest.mark.browser


def test_a_session_is_ended_by_keyboard(site: Site, axe: str) -> None:
    other = site.web.client(Role.MITARBEITER)
    page = site.page(Role.MITARBEITER, "/sitzungen")
    assert "Chrome auf Linux" in page.inner_text("main")
    assert faults(page, axe) == []

    reach(page, "Beenden")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sitzungen?beendet=1")

    assert "Die Sitzung ist beendet" in page.inner_text("[role=status]")
    assert other.get("/profil").status_code == 303
    assert page.get_by_role("button", name="Alle anderen beenden").count() == 0
    assert site.complaints == []


def test_a_token_is_made_and_revoked_by_keyboard(site: Site, axe: str) -> None:
    page = site.page(Role.ADMIN, "/tokens")
    page.get_by_label("Welches Programm").focus()
    page.keyboard.type("Warenwirtschaft")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    reach(page, "Anlegen")
    page.keyboard.press("Enter")
    page.wait_for_selector(".link-once")
    assert page.inner_text(".link-once code").startswith("postlotse_")
    assert faults(page, axe) == []

    page.goto(f"{site.url}/tokens")
    reach(page, "Sperren")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tokens?gesperrt=1")

    assert "postlotse_" not in page.inner_text("main")
    assert "Gesperrt." in page.inner_text("[role=status]")
    assert site.complaints == []


def test_who_has_no_role_reads_whom_to_ask(site: Site, axe: str) -> None:
    with site.web.app.test_request_context("/anmelden/antwort"):
        answer = problems.expected(NoRole("Ihr Konto hat in Postlotse noch keine Rolle."))
    page = site.context.new_page()
    page.route("**/anmelden/antwort", lambda route: route.fulfill(body=answer.get_data(), content_type="text/html"))
    page.goto(f"{site.url}/anmelden/antwort")

    assert answer.status_code == 403
    assert "Ute Admin" in page.inner_text("main")
    assert faults(page, axe) == []
    reach(page, "Noch einmal anmelden")
