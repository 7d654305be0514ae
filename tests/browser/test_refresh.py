"""The figures refresh themselves without a flicker: part by part, and what a person holds stays where it is."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from models.message import Conversation
from models.terms import Category, Role
from service.actions import confirm
from service.actions.confirm import Choice
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

# Marks every part of the page, and counts what the browser says about contents that jump.
WATCH = """() => {
  for (const one of document.querySelectorAll('[data-part]')) one.stays = true;
  window.jumps = [];
  new PerformanceObserver(list => {
    for (const one of list.getEntries()) jumps.push([one.value, one.hadRecentInput]);
  }).observe({ type: 'layout-shift' });
}"""
PLACES = """() => Object.fromEntries([...document.querySelectorAll('[data-part]')].map(one => {
  const at = one.getBoundingClientRect();
  return [one.dataset.part, [at.x, at.y, at.width].map(Math.round).join(' ')];
}))"""
NEW = "() => [...document.querySelectorAll('[data-part]')].filter(one => !one.stays).map(one => one.dataset.part)"
# Two frames later the browser has drawn, and has said what jumped.
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
TILE = '[data-part="unclassified"]'


def classify(site: Site) -> None:
    with site.web.runtime.turn() as turn:
        one = turn.session.scalars(
            select(Conversation).where(Conversation.unclassified > 0, Conversation.suggested == Category.NEWSLETTER)
        ).first()
        assert one is not None
        confirm.confirm(turn, Choice((one.id,), category=Category.NEWSLETTER))


def settled(page: Page) -> tuple[str | None, int, bool]:
    """Return where the focus is, how far the page is scrolled, and whether the opened formula is still open."""
    focus, scrolled, is_open = page.evaluate(
        f"() => [document.activeElement.getAttribute('href'), scrollY, document.querySelector('{TILE} details').open]"
    )
    return focus, scrolled, is_open


def test_a_number_changes_in_its_place_while_focus_scrolling_and_the_other_parts_stay(site: Site) -> None:
    page = site.context.new_page()
    page.clock.install()
    page.goto(f"{site.url}/anmelden#{site.web.link(Role.TEAM_LEAD)}")
    page.wait_for_url(lambda address: "/anmelden" not in address)
    page.set_viewport_size({"width": 1280, "height": 420})
    page.goto(f"{site.url}/kennzahlen")
    page.locator(f"{TILE} summary").click()
    page.locator(f"{TILE} a.cover").focus()
    page.evaluate("scrollTo(0, 60)")
    number = page.locator(f"{TILE} .v")
    before = int(number.inner_text())
    page.evaluate(WATCH)
    held, places = settled(page), page.evaluate(PLACES)
    classify(site)

    with page.expect_response("**/kennzahlen/stand*") as answer:
        page.clock.run_for(31_000)
    expect(number).to_have_text(str(before - 1))
    page.clock.resume()
    page.evaluate(DRAWN)

    assert answer.value.status == 200
    assert held[1] > 0
    assert settled(page) == held
    changed = set(page.evaluate(NEW))
    assert "unclassified" in changed
    assert {"whatsapp_unanswered", "old_open", "whatsapp", "stunden", "reaktion"} & changed == set()
    assert page.evaluate(PLACES) == places
    assert page.evaluate("jumps") == []
    assert site.complaints == []
