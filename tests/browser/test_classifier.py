"""Klassifikator, Regeln, Unstimmigkeiten and Regelbuch: by keyboard, in both themes, on a phone."""

import pytest

from models.terms import Category, Role
from service.actions import confirm, observe
from service.actions.confirm import Choice
from tests.browser.conftest import Site
from tests.browser.judge import faults_of, reach
from tests.service.web.test_watching import take

pytestmark = pytest.mark.browser

PAGES = ("/klassifikator", "/regeln", "/regeln/neu", "/unstimmigkeiten", "/regelbuch", "/regelbuch/neu")


def test_the_classifiers_pages_have_no_faults(site: Site, axe: str) -> None:
    with site.web.runtime.turn() as turn:
        for number in take(turn, *(f"a{n}@firma{n}.example" for n in range(4))):
            confirm.confirm(turn, Choice((number,), Category.KUNDE, party_unknown=True))
        observe.look(turn)
    page = site.page(Role.ADMIN, "/klassifikator")

    found = faults_of(page, axe, [site.url + path for path in PAGES])

    assert found == {}
    assert site.complaints == []


def test_a_rule_is_written_tried_out_and_switched_off_by_keyboard(site: Site) -> None:
    page = site.page(Role.ADMIN, "/regeln/neu")
    page.get_by_label("Absender").focus()
    page.keyboard.type("werft-brandt.example")
    page.keyboard.press("Tab")
    page.keyboard.type("Newsletter")
    reach(page, "Vorschau zeigen")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Was die Regel ändern würde")

    reach(page, "Regel speichern")
    page.keyboard.press("Enter")
    page.wait_for_url("**/regeln?getan=an*")
    assert "1 wartende Nachricht" in page.inner_text("[role=status]")
    reach(page, "Ausschalten")
    page.keyboard.press("Enter")
    page.wait_for_url("**/regeln?getan=aus*")

    assert "ausgeschaltet" in page.inner_text("main")
    assert site.complaints == []
