"""Reviews in a real browser: by keyboard alone, in both colours, on a phone, without a violation."""

import pytest
from playwright.sync_api import expect

from models.terms import ReviewKind, Role
from service.actions import brief, review
from tests.browser.conftest import Site
from tests.browser.judge import faults_of

pytestmark = pytest.mark.browser


def _begun(site: Site, kind: ReviewKind) -> str:
    with site.web.runtime.turn() as turn:
        return f"/reviews/{review.begin(turn, kind).id}"


def test_no_page_of_reviews_has_violations_in_either_colours_or_scrolls_sideways_on_a_phone(
    site: Site, axe: str
) -> None:
    month = _begun(site, ReviewKind.MONAT)
    with site.web.runtime.turn() as turn:
        brief.tell(turn, int(month.rpartition("/")[2]), "Messebauer sind ab jetzt Lieferant.")
    paths = ("/reviews", month, _begun(site, ReviewKind.FREITAG), "/reviews/erfolg", "/hinweise", "/mitteilungen")
    page = site.page(Role.TEAM_LEAD)

    found = faults_of(page, axe, [site.url + path for path in paths])

    assert (found, site.complaints) == ({}, [])


def test_a_drawn_mail_is_judged_and_a_step_ticked_by_keyboard_alone(site: Site) -> None:
    page = site.page(Role.TEAM_LEAD, _begun(site, ReviewKind.MONAT))

    page.locator("#p-1 input[name=klasse]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#p-1 .verdict")).to_contain_text("Klasse richtig")
    page.locator("#s-zahlen button.tick").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#s-zahlen button.tick")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#s-zahlen")).to_contain_text("Jens Thode")
