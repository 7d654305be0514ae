"""Absences, deputies and notices in a real browser: by keyboard alone, in both colours, on a phone, without a violation."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from models.account import Account
from models.duty import Absence, Deputy, MemberAccount
from models.staff import Member
from models.terms import AbsenceKind, Role
from service.actions import absence, cover
from service.actions.absence import Plan
from tests.browser.conftest import Site
from tests.browser.judge import faults_of
from tests.conftest import NOW

pytestmark = pytest.mark.browser

LEA, JENS, UTE = 1, 2, 3
DAY = timedelta(days=1)


@pytest.fixture
def away(site: Site) -> int:
    """Lea is away, Ute stands in; Pia is away later."""
    with site.web.runtime.turn() as turn:
        pia = Member(name="Pia Krüger", role=Role.TEAM_LEAD, created_at=NOW)
        turn.session.add(pia)
        turn.session.flush()
        turn.session.add_all(
            MemberAccount(account_id=number, member_id=LEA, position=0)
            for number in turn.session.scalars(select(Account.id)).all()
        )
        turn.session.add(Deputy(member_id=LEA, position=0, deputy_id=UTE))
        turn.session.flush()
        found = absence.enter(turn, LEA, Plan(AbsenceKind.KRANK, NOW - DAY / 2, NOW + 3 * DAY)).absence_id
        absence.enter(turn, pia.id, Plan(AbsenceKind.URLAUB, NOW + 2 * DAY, NOW + 9 * DAY))
        cover.cover(turn)
    return found


def test_no_page_of_absences_has_violations_in_either_colours_or_scrolls_sideways_on_a_phone(
    site: Site, away: int, axe: str
) -> None:
    page = site.page(Role.ADMIN)
    paths = ("/abwesenheiten", f"/abwesenheiten/{away}", f"/vertretung/{LEA}", "/hinweise", f"/mitglieder/{LEA}")

    found = faults_of(page, axe, [site.url + path for path in paths])

    assert (found, site.complaints) == ({}, [])


def tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Press the tab key until the element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the tab key never reaches {selector}")


def test_an_absence_is_entered_and_ended_by_keyboard_alone(site: Site, away: int) -> None:
    page = site.page(Role.ADMIN, "/abwesenheiten")

    tab_to(page, "select[name=mitglied]")
    page.keyboard.type("Jens")
    tab_to(page, "input[name=bis]")
    # The order of day and month follows the machine's language, not the page's: 11 fits both.
    page.keyboard.type("12122026")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Abwesenheit eingetragen.")).to_be_visible()
    expect(page.get_by_text("Jens Thode hat keine Vertretung.")).to_be_visible()
    tab_to(page, "td.nm a[href='/abwesenheiten/3']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Jens Thode")).to_be_visible()
    tab_to(page, ".top form button")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Jens Thode ist wieder da.")).to_be_visible()
    with site.web.runtime.look() as turn:
        assert turn.session.scalars(select(Absence.ended_at).where(Absence.member_id == JENS)).one() is not None


def test_deputies_are_chosen_by_keyboard_and_a_loop_is_explained(site: Site, away: int) -> None:
    page = site.page(Role.ADMIN, "/abwesenheiten")

    tab_to(page, "select[name=vertritt]")
    page.keyboard.type("Lea")
    tab_to(page, ".deputies button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ute Admin → Lea Voss → Ute Admin")).to_be_visible()
    page.locator("select[name=vertritt]").nth(1).select_option(label="Jens Thode")
    page.get_by_role("button", name="Vertretung speichern").press("Enter")

    expect(page.get_by_text("Vertretung gespeichert.")).to_be_visible()
    assert site.complaints == []


def test_a_notice_leads_to_what_it_is_about_and_counts_as_seen(site: Site, away: int) -> None:
    page = site.page(Role.ADMIN)
    expect(page.get_by_role("link", name="Hinweise 3")).to_be_visible()
    expect(page.get_by_role("complementary", name="Vertretung").get_by_text("bis 21.11.")).to_be_visible()

    page.goto(site.url + "/hinweise")
    page.get_by_role("button", name="Offenes ansehen").press("Enter")

    expect(page.get_by_role("heading", name="Offen für Lea Voss")).to_be_visible()
    expect(page.get_by_role("link", name="Hinweise 2")).to_be_visible()
