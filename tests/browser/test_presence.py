"""The hint that a colleague has a row open: shown while he is there, and never asked for in a firm of one."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from models.staff import Member
from models.terms import Role
from tests.browser.conftest import Site
from tests.browser.test_duty import ONE, colleague
from tests.browser.test_triage import press, ready

pytestmark = pytest.mark.browser

LEA, JENS, UTE = 1, 2, 3


def test_one_sees_that_a_colleague_has_the_row_open_until_he_goes_on(site: Site) -> None:
    lea = site.context.new_page()
    lea.clock.install()
    lea.goto(f"{site.url}/anmelden#{site.web.link(Role.MITARBEITER)}")
    lea.wait_for_url(lambda address: "/anmelden" not in address)
    lea.goto(site.url + ONE)
    ready(lea)
    with colleague(site) as jens:
        ready(jens)
        with jens.expect_response(lambda answer: answer.request.method == "POST" and "anwesend" in answer.url):
            pass
        assert lea.locator("[data-here]").count() == 0

        lea.clock.fast_forward(16_000)

        expect(lea.locator("[data-row] [data-here]")).to_have_text("Jens Thode ordnet diese Zeile gerade ein")
        expect(lea.locator("[data-here-pane]")).to_have_text("Jens Thode ordnet diese Zeile gerade ein.")
    site.web.clock.move(timedelta(seconds=61))

    lea.clock.fast_forward(16_000)

    expect(lea.locator("[data-here]")).to_have_count(0)
    expect(lea.locator("[data-here-pane]")).to_be_hidden()


def test_a_firm_of_one_never_asks_who_else_is_there(site: Site) -> None:
    with site.web.runtime.turn() as turn:
        turn.session.execute(update(Member).where(Member.id.in_((JENS, UTE))).values(active=False))
    asked: list[str] = []
    site.context.on("request", lambda request: asked.append(request.url))

    page = site.page()
    ready(page)
    press(page, "u", "ArrowDown")
    page.wait_for_load_state("networkidle")

    assert not [url for url in asked if "anwesend" in url or "zustaendig" in url]
    assert (page.locator(".kz").count(), site.complaints) == (0, [])
