"""Two people in two browsers: taking over, handing over and finishing at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from models.decision import Decision
from models.duty import Notice
from models.message import Conversation
from models.terms import Category, ConversationState, Role
from tests.browser.conftest import Site
from tests.browser.judge import in_both_colours
from tests.browser.test_triage import focused, names, press, ready
from tests.conftest import NOW

pytestmark = pytest.mark.browser

LEA, JENS, UTE = 1, 2, 3
ONE = "/?ansicht=ohne&suche=brandt"


@contextmanager
def colleague(site: Site, role: Role = Role.TEAM_LEAD, path: str = ONE) -> Iterator[Page]:
    """Open another browser, signed in as a colleague."""
    assert site.context.browser is not None
    context = site.context.browser.new_context(viewport={"width": 1440, "height": 900}, locale="de-DE")
    page = context.new_page()
    site.enter(page, role)
    page.goto(site.url + path)
    yield page
    context.close()


def row(site: Site, name: str = "Sönke Brandt") -> Conversation:
    with site.web.runtime.look() as turn:
        return turn.session.scalars(select(Conversation).where(Conversation.peer_name == name)).one()


def says(page: Page, text: str) -> None:
    expect(page.locator("[data-toast-text]")).to_contain_text(text)


def test_of_two_who_confirm_at_once_the_second_sees_what_the_first_did(site: Site) -> None:
    lea = site.page(path=ONE)
    with colleague(site) as jens:
        ready(lea)
        ready(jens)
        press(lea, "4")
        press(jens, "5", "Enter")
        says(jens, "Werbung gespeichert")

        press(lea, "Enter")

        expect(lea.locator("[data-alert]")).to_contain_text("Jens Thode war schneller: Werbung (10:00 Uhr).")
        expect(lea.locator("[data-row] .k")).to_contain_text("Werbung")
    with site.web.runtime.look() as turn:
        told = turn.session.execute(select(Decision.member_id, Decision.category).order_by(Decision.id).limit(99))
        mine = [tuple(one) for one in told if one.member_id is not None]
    assert row(site).category is Category.WERBUNG
    assert mine == [(JENS, Category.WERBUNG)]


def test_u_takes_over_once_and_the_second_hears_who_was_faster(site: Site) -> None:
    lea = site.page(path=ONE)
    with colleague(site) as jens:
        ready(lea)
        ready(jens)

        press(jens, "u")
        says(jens, "Sönke Brandt übernommen.")
        press(lea, "u")

        expect(lea.locator("[data-alert]")).to_contain_text("Jens Thode war schneller: übernommen (10:00 Uhr).")
        expect(lea.locator("[data-row] .kz")).to_have_text("JTZuständig: Jens Thode: hat übernommen, 10:00")
        expect(lea.locator("[data-duty]")).to_contain_text("Jens Thode")
        assert row(site).assignee_id == JENS
        press(lea, "u")
        says(lea, "Sönke Brandt übernommen.")
    assert row(site).assignee_id == LEA


def test_z_takes_an_assignment_back_and_then_the_decision_before_it(site: Site) -> None:
    page = site.page(path="/?suche=rundbrief")
    ready(page)
    first, second = names(page)[:2]
    press(page, "5", "Enter")
    says(page, f"{first}: Werbung gespeichert")
    press(page, "u")
    says(page, f"{second} übernommen")
    assert row(site, second).assignee_id == LEA

    press(page, "z")
    says(page, "Zuweisung zurückgenommen")
    press(page, "z")
    says(page, "wieder offen")

    assert row(site, second).assignee_id is None
    assert row(site, first).category is None


def test_a_selection_is_handed_over_by_keyboard_with_a_day(site: Site) -> None:
    page = site.page(path="/?suche=rundbrief")
    ready(page)
    chosen = names(page)[:3]
    press(page, "Shift+ArrowDown", "Shift+ArrowDown")
    page.get_by_role("button", name="Auswahl übergeben").focus()

    press(page, "Enter")
    dialog = page.locator("dialog[data-hand]")
    expect(dialog).to_contain_text("3 Konversationen")
    expect(dialog.get_by_label("An")).to_be_focused()
    dialog.get_by_label("An").select_option(label="Ute Admin")
    dialog.get_by_label("Bis").fill("2026-11-24")
    press(page, "Enter")

    says(page, "3 Konversationen übergeben, bis 24.11.")
    expect(page.locator("[data-row]").first).to_contain_text("bis 24.11.")
    assert focused(page) in names(page)
    assert {row(site, name).assignee_id for name in chosen} == {UTE}
    with site.web.runtime.look() as turn:
        assert [(n.member_id, n.amount) for n in turn.session.scalars(select(Notice))] == [(UTE, 3)]


def test_a_day_that_has_passed_is_refused_in_the_dialog_and_escape_changes_nothing(site: Site) -> None:
    page = site.page(path=ONE)
    ready(page)
    page.locator("[data-duty]").get_by_role("link", name="Übergeben").click()
    dialog = page.locator("dialog[data-hand]")
    dialog.locator("[data-hand-until]").evaluate("field => field.removeAttribute('min')")
    dialog.get_by_label("Bis").fill("2026-11-10")

    dialog.get_by_role("button", name="Übergeben").click()

    expect(dialog.get_by_role("alert")).to_contain_text("Dieser Tag ist schon vorbei.")
    press(page, "Escape")
    expect(dialog).to_be_hidden()
    assert row(site).assignee_id is None


def test_giving_back_leaves_the_mailbox_to_say_who(site: Site) -> None:
    page = site.page(path=ONE)
    ready(page)
    press(page, "u")
    expect(page.locator("[data-duty]")).to_contain_text("hat übernommen")

    page.locator("[data-duty]").get_by_role("button", name="Zurückgeben").click()

    expect(page.locator("[data-duty]")).to_contain_text("Jens Thode")
    assert row(site).assignee_id is None
    assert focused(page) == "Sönke Brandt"


def test_finishing_what_a_colleague_took_over_meanwhile_says_so(site: Site) -> None:
    number = row(site).id
    lea = site.page(path=f"/konversation/{number}")
    with colleague(site, path=f"/konversation/{number}") as jens:
        jens.get_by_role("button", name="Übernehmen").click()
        expect(jens.get_by_role("heading", name="Zuständig").locator("xpath=ancestor::section")).to_contain_text(
            "Jens Thode (Sie)"
        )

        lea.get_by_role("button", name="Archivieren").click()

        expect(lea.locator("main, body").first).to_contain_text("Jens Thode war schneller: übernommen (10:00 Uhr).")
        assert row(site).state is ConversationState.OFFEN
        lea.goto(f"{site.url}/konversation/{number}")
        lea.get_by_role("button", name="Archivieren").click()
        expect(lea.get_by_role("button", name="Wieder öffnen")).to_be_visible()
        jens.get_by_role("button", name="Rückgängig").click()
    assert row(site).state is ConversationState.ARCHIVIERT
    assert row(site).assignee_id is None


def test_u_rests_in_text_fields_and_when_switched_off(site: Site) -> None:
    page = site.page(path=ONE)
    ready(page)
    press(page, "/", "u")
    page.goto(site.url + "/profil")
    page.get_by_label("Einzeltasten").uncheck()
    page.get_by_role("button", name="Speichern").first.click()
    page.goto(site.url + ONE)
    ready(page)

    press(page, "u")
    page.wait_for_load_state("networkidle")

    assert row(site).assignee_id is None


def test_a_list_is_handed_over_without_script(site: Site) -> None:
    site.page(path="/konversationen")
    assert site.context.browser is not None
    plain = site.context.browser.new_context(java_script_enabled=False)
    plain.add_cookies(site.context.cookies())  # type: ignore[arg-type]
    page = plain.new_page()
    page.goto(site.url + "/konversationen?suche=rundbrief")
    bar = page.get_by_role("form", name="Auswahl bearbeiten")
    expect(bar).to_be_hidden()
    page.get_by_label("Rundbrief 0 auswählen").check()
    page.get_by_label("Rundbrief 1 auswählen").check()

    bar.get_by_label("Übergeben an").select_option(label="Ute Admin")
    bar.get_by_role("button", name="Übergeben").click()

    expect(page.get_by_role("status").filter(has_text="Gespeichert")).to_contain_text("Für 2 Konversationen")
    assert {row(site, f"Rundbrief {n}").assignee_id for n in (0, 1, 2)} == {UTE, None}
    page.get_by_role("button", name="Rückgängig").click()
    assert row(site, "Rundbrief 0").assignee_id is None
    plain.close()


def test_no_state_of_it_has_violations_in_either_colours_or_scrolls_sideways(site: Site, axe: str) -> None:
    number = row(site).id
    page = site.page(path=ONE)
    ready(page)
    with colleague(site) as jens:
        ready(jens)
        with jens.expect_response(lambda answer: answer.request.method == "POST" and "anwesend" in answer.url):
            jens.locator("[data-duty]").get_by_role("link", name="Übergeben").click()
        jens.locator("[data-hand-to]").select_option(label="Lea Voss")
        jens.locator("[data-hand-until]").fill("2026-11-18")
        jens.locator("dialog[data-hand]").get_by_role("button", name="Übergeben").click()
        says(jens, "übergeben, bis 18.11.")
    found: dict[str, list[str]] = {}

    def look(where: str) -> None:
        found[where] = in_both_colours(page, axe)

    page.goto(site.url + ONE)
    expect(page.locator("[data-row] [data-here]")).to_be_visible()
    look("hint")
    page.locator("[data-duty]").get_by_role("link", name="Übergeben").click()
    look("dialog")
    press(page, "Escape")
    with site.web.runtime.turn() as turn:
        turn.session.execute(
            update(Conversation).where(Conversation.id == number).values(assignee_due_at=NOW - timedelta(hours=10))
        )
    for path in (ONE, f"/konversation/{number}?zugewiesen=x", "/konversationen?zustaendig=ich", "/partei/firma/1"):
        page.goto(site.url + path)
        if "zustaendig" in path:
            expect(page.locator("tbody tr").first).to_contain_text("Übergabe fällig 17.11.")
            page.locator("tbody .ck").first.check()
        look(path)
    page.set_viewport_size({"width": 400, "height": 860})
    wide = []
    for path in (ONE, f"/konversation/{number}", "/konversationen?zustaendig=ich", "/partei/firma/1"):
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
        if "zustaendig" in path:
            page.locator("tbody .ck").first.check()
            bar = page.get_by_role("form", name="Auswahl bearbeiten")
            assert (bar.bounding_box() or {})["height"] < 100
            page.get_by_label("Mehr für die Auswahl").press("Enter")
            expect(bar.get_by_label("Übergeben an")).to_be_in_viewport()
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)

    assert {where: lines for where, lines in found.items() if lines} == {}
    assert (wide, site.complaints) == ([], [])
