"""The page about mailboxes as people use it: by keyboard alone, in both colours, on a phone, refreshed without a flicker."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from models.account import Account, Chain
from models.subscription import Subscription, SubscriptionState
from models.terms import AccountState, Channel, Role
from service.store import accounts, polls
from service.store.accounts import Facts
from tests.browser.conftest import Site
from tests.browser.judge import faults_of, reach
from tests.conftest import NOW

pytestmark = pytest.mark.browser

REFUSED, READING = 3, 4
PAGES = ("/postfaecher", "/postfaecher/2", f"/postfaecher/{REFUSED}", f"/postfaecher/{READING}")


@pytest.fixture
def boxes(site: Site) -> Site:
    """The firm with a mailbox that is refused and one that is read for the first time."""
    with site.web.runtime.turn() as turn:
        refused = accounts.ensure(turn, Channel.EMAIL, "vertrieb@muster.example", Facts("vertrieb@"))
        refused.round, refused.state, refused.error_code = 1, AccountState.ANGEHALTEN, "PL-2009"
        refused.last_ok_at = refused.incomplete_since = NOW - timedelta(hours=3)
        reading = accounts.ensure(turn, Channel.EMAIL, "buchhaltung@muster.example", Facts("buchhaltung@"))
        reading.round = 1
        turn.session.add(Chain(account_id=reading.id, folder="a", kind="inbox", round=1, read=300, total=1200))
        until = NOW + timedelta(days=2)
        turn.session.add(Subscription(account_id=reading.id, state=SubscriptionState.AKTIV, expires_at=until))
        polls.enroll(turn, [refused.address, reading.address])
    return site


def test_no_page_has_violations_breaches_or_sideways_scrolling(boxes: Site, axe: str) -> None:
    page = boxes.page(Role.ADMIN)

    found = faults_of(page, axe, [boxes.url + path for path in PAGES])

    assert (found, boxes.complaints) == ({}, [])


def test_a_mailbox_is_paused_and_resumed_by_keyboard(boxes: Site) -> None:
    page = boxes.page(Role.ADMIN, "/postfaecher")
    reach(page, "buchhaltung@")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/postfaecher/{READING}")
    reach(page, "Anhalten")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Lesen angehalten von Ute Admin")).to_be_visible()

    reach(page, "Fortsetzen")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Lesen fortgesetzt von Ute Admin")).to_be_visible()
    with boxes.web.runtime.look() as turn:
        assert turn.session.get_one(Account, READING).error_code == ""


def test_progress_comes_by_itself_and_what_has_not_changed_is_not_drawn_again(boxes: Site) -> None:
    page = boxes.context.new_page()
    page.clock.install()
    page.goto(f"{boxes.url}/anmelden#{boxes.web.link(Role.ADMIN)}")
    page.wait_for_url(lambda address: "/anmelden" not in address)
    page.goto(f"{boxes.url}/postfaecher/{READING}")
    expect(page.get_by_text("300 von 1.200 (25 %)").first).to_be_visible()
    with page.expect_response("**/stand") as first:
        page.clock.run_for(31_000)
    # The browser asks whether anything changed once it has kept the whole answer.
    first.value.finished()
    with page.expect_response("**/stand") as same:
        page.clock.run_for(31_000)
    with boxes.web.runtime.turn() as turn:
        turn.session.query(Chain).filter_by(account_id=READING).update({"read": 900})

    with page.expect_response("**/stand") as changed:
        page.clock.run_for(31_000)

    expect(page.get_by_text("900 von 1.200 (75 %)").first).to_be_visible()
    assert (same.value.status, changed.value.status) == (304, 200)
