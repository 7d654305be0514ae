"""Members and teams as people use them: by keyboard alone, in both colours, on a phone, without a breach of the policy."""

import pytest
from playwright.sync_api import expect

from models.duty import Deputy, MemberAccount
from models.staff import Member
from models.terms import Role
from service.actions import members, teams
from service.store import care
from service.store.teams import Part
from tests.browser.conftest import Site
from tests.browser.judge import faults_of, reach, violations

pytestmark = pytest.mark.browser

LEA, JENS = 1, 2
PAGES = (
    "/mitglieder",
    "/mitglieder/1",
    "/mitglieder/6",
    "/mitglieder/7",
    "/mitglieder/1/deaktivieren",
    "/mitglieder/1/einordnungen",
    "/teams",
    "/teams/1",
    "/teams/neu",
    "/profil",
)


@pytest.fixture
def people(site: Site) -> Site:
    """The firm with mailboxes looked after, a team, a deputy, somebody invited and somebody who left."""
    with site.web.runtime.turn() as turn:
        members.look_after(turn, LEA, {1: 1})
        members.look_after(turn, JENS, {1: 2, 2: 1})
        teams.create(turn, "Service", Part(frozenset({1, 2}), frozenset({LEA, JENS}), frozenset({JENS})))
        turn.session.add(Deputy(member_id=LEA, position=0, deputy_id=JENS))
        members.invite(turn, "Mia Neu", "mia@muster.example", Role.MITARBEITER)
        gone = members.invite(turn, "Otto Weg", "", Role.MITARBEITER)
        gone.active, gone.deactivated_at = False, turn.now
    return site


def test_no_page_has_violations_breaches_or_sideways_scrolling(people: Site, axe: str) -> None:
    page = people.page(Role.ADMIN)

    found = faults_of(page, axe, [people.url + path for path in PAGES])

    assert (found, people.complaints) == ({}, [])


def test_somebody_is_invited_by_keyboard_and_the_link_is_for_that_person(people: Site, axe: str) -> None:
    page = people.page(Role.ADMIN, "/mitglieder")
    reach(page, "Einladen")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Kim Neu")
    page.keyboard.press("Enter")

    link = page.locator("code.pickable")
    expect(link).to_be_visible()
    address = link.inner_text()

    assert violations(page, axe) == []
    guest = people.context.browser.new_context().new_page()  # type: ignore[union-attr]
    guest.goto(address.replace("localhost", "127.0.0.1"))
    guest.wait_for_url(lambda url: "/anmelden" not in url)
    guest.goto(f"{people.url}/profil")
    assert "Kim Neu" in guest.inner_text("body")
    guest.context.close()


def test_mailboxes_and_own_hours_are_set_by_keyboard(people: Site) -> None:
    page = people.page(Role.ADMIN, "/mitglieder/1")
    reach(page, "Stelle bei info@")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.get_by_text("Postfächer gespeichert").wait_for()
    reach(page, "wie die Firma (Mo–Fr 08:00–17:00)")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("08:00")
    page.keyboard.press("Tab")
    page.keyboard.type("12:30")
    page.keyboard.press("Enter")
    page.get_by_text("Arbeitszeit gespeichert").wait_for()

    with people.web.runtime.look() as turn:
        assert turn.session.get_one(Member, LEA).hours == {"mon": [["08:00", "12:30"]]}
        assert care.order(turn, 2) == [LEA, JENS]


def test_leaving_asks_first_and_can_be_taken_back_at_once(people: Site) -> None:
    page = people.page(Role.ADMIN, "/mitglieder/1")
    page.get_by_role("link", name="Deaktivieren …").click()
    expect(page.get_by_role("combobox", name="Wer übernimmt?")).to_have_value(str(JENS))
    page.get_by_role("button", name="Jetzt deaktivieren").click()
    page.get_by_text("ist deaktiviert").wait_for()

    page.get_by_role("button", name="Wieder aktivieren").click()

    page.get_by_text("kann sich wieder anmelden").wait_for()
    with people.web.runtime.look() as turn:
        assert turn.session.get_one(Member, LEA).active
        assert turn.session.get(MemberAccount, (1, LEA)) is None, "what was handed over stays there"


def test_a_phone_makes_a_team_with_a_finger(people: Site) -> None:
    page = people.page(Role.ADMIN, "/teams")
    page.set_viewport_size({"width": 400, "height": 860})
    page.get_by_role("link", name="Team anlegen").click()
    page.get_by_label("Name").fill("Einkauf")
    page.get_by_text("WhatsApp Service").click()
    page.get_by_text("Lea Voss").first.click()
    page.get_by_role("button", name="Speichern").click()

    page.get_by_text("Team gespeichert").wait_for()
    expect(page.get_by_role("heading", name="Einkauf")).to_be_visible()
