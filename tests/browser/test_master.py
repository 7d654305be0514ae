"""Stammdaten einlesen: by keyboard, in both themes, on a phone, without a fault that axe finds."""

import pytest

from models.terms import Role
from tests.browser.conftest import Site
from tests.browser.judge import faults, reach

pytestmark = pytest.mark.browser

LIST = "Kundennummer;Firma;Ort;E-Mail\n77;Neu GmbH;Kiel;info@neu-dabei.example\n78;Kaputt AG;Bonn;kaputt@\n79;;;\n"


def test_a_list_is_previewed_and_taken_over_by_keyboard(site: Site, axe: str) -> None:
    page = site.page(Role.ADMIN)
    page.goto(f"{site.url}/stammdaten/import")

    assert faults(page, axe) == []
    page.set_input_files("input[type=file]", {"name": "l.csv", "mimeType": "text/csv", "buffer": LIST.encode()})
    reach(page, "Vorschau zeigen")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Was geschehen würde")
    assert faults(page, axe) == []
    reach(page, "Übernehmen")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Was geschehen ist")
    assert faults(page, axe) == []
