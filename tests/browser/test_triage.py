"""Classifying by keyboard alone: choose, save, cancel, undo, bulk with a look at the senders, conflicts, a lost server."""

import pytest
from playwright.sync_api import Page, expect

from models.terms import Category, Role
from service.actions import confirm
from service.actions.confirm import Choice
from service.store import lookup
from service.turn import Actor
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


def names(page: Page) -> list[str]:
    return page.eval_on_selector_all("[data-row]", "rows => rows.map(r => r.dataset.name)")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.dataset.name ?? document.activeElement.tagName"))


def stored(site: Site, name: str) -> tuple[Category | None, ...]:
    with site.web.runtime.look() as turn:
        rows = [c for c in (turn.session.scalars(everything())) if c.peer_name == name]
        return tuple(c.category for c in rows)


def everything() -> object:
    from sqlalchemy import select

    from models.message import Conversation

    return select(Conversation)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def ready(page: Page) -> None:
    expect(page.locator("[data-row].cur")).to_be_focused()


def test_k_3_enter_saves_intern_and_the_next_row_has_the_focus(site: Site) -> None:
    page = site.page()
    ready(page)
    first, second = names(page)[:2]

    press(page, "k", "3", "Enter")

    expect(page.locator("[data-toast-text]")).to_contain_text(f"{first}: Intern gespeichert")
    assert focused(page) == second
    assert stored(site, first) == (Category.INTERN,)


# What a keyboard sends: the digit row, and the number pad with NumLock on.
DIGITS = ({"key": "4", "code": "Digit4"}, {"key": "4", "code": "Numpad4", "location": 3})


@pytest.mark.parametrize("pressed", DIGITS, ids=["row", "pad"])
def test_a_digit_chooses_and_only_enter_saves(site: Site, pressed: dict[str, object]) -> None:
    page = site.page()
    ready(page)
    first = names(page)[0]

    page.evaluate(
        "what => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {...what, bubbles: true}))", pressed
    )

    assert stored(site, first) == (None,)
    press(page, "Enter")
    expect(page.locator("[data-toast-text]")).to_contain_text("Newsletter gespeichert")
    assert stored(site, first) == (Category.NEWSLETTER,)


def test_escape_changes_nothing(site: Site) -> None:
    page = site.page()
    ready(page)
    first = names(page)[0]
    before = page.locator("[data-row].cur .k").inner_text()

    press(page, "k", "5", "Escape")

    assert focused(page) == first
    assert page.locator("[data-row].cur .k").inner_text() == before
    assert stored(site, first) == (None,)


def test_z_takes_the_last_act_back(site: Site) -> None:
    page = site.page()
    ready(page)
    first = names(page)[0]
    press(page, "5", "Enter")
    expect(page.locator("[data-toast-text]")).to_contain_text("gespeichert")

    press(page, "z")

    expect(page.locator("[data-toast-text]")).to_contain_text("Zurückgenommen")
    assert focused(page) == first
    assert stored(site, first) == (None,)


def test_a_bulk_of_different_senders_shows_them_before_it_saves(site: Site) -> None:
    page = site.page(path="/?suche=rundbrief")
    ready(page)
    shown = names(page)

    press(page, "Shift+ArrowDown", "Shift+ArrowDown", "4", "Enter")
    dialog = page.locator("dialog[data-ask]")
    expect(dialog).to_contain_text("3 verschiedene Absender als Newsletter speichern?")
    assert all(name in dialog.inner_text() for name in shown[:3])
    assert stored(site, shown[0]) == (None,)
    dialog.get_by_role("button", name="Alle als Newsletter speichern").click()

    expect(page.locator("[data-toast-text]")).to_contain_text("3 Konversationen eingeordnet")
    assert [stored(site, name) for name in shown[:3]] == [(Category.NEWSLETTER,)] * 3


def test_a_bulk_that_is_declined_changes_nothing(site: Site) -> None:
    page = site.page(path="/?suche=rundbrief")
    ready(page)

    press(page, "x", "ArrowDown", "x", "5", "Enter")
    page.locator("[data-ask-no]").click()

    assert stored(site, names(page)[0]) == (None,)
    expect(page.locator("[data-bulk]")).to_be_visible()


def test_kunde_without_a_party_asks_and_enter_first_selects_then_saves(site: Site) -> None:
    page = site.page(path="/?ansicht=ohne&suche=brandt")
    ready(page)

    press(page, "1", "Enter")
    expect(page.locator("#partei-suche")).to_be_focused()
    page.keyboard.type("muell")
    expect(page.locator("[role=option]").first).to_contain_text("Müller & Partner")
    press(page, "ArrowDown", "ArrowUp", "Enter")
    expect(page.locator("#partei-suche")).not_to_have_value("muell")
    assert stored(site, "Sönke Brandt") == (None,)
    press(page, "Enter")

    expect(page.locator("[data-toast-text]")).to_contain_text("Kunde gespeichert")
    assert stored(site, "Sönke Brandt") == (Category.KUNDE,)


def test_a_colleague_who_was_faster_is_named_and_the_row_is_fresh(site: Site) -> None:
    page = site.page(path="/?suche=brandt&ansicht=ohne")
    ready(page)
    row = page.locator("[data-row]").first
    number, version = int(row.get_attribute("data-id") or 0), int(row.get_attribute("data-version") or 0)
    with site.web.runtime.turn(Actor(2, "Jens Thode", Role.TEAM_LEAD)) as turn:
        confirm.confirm(turn, Choice((number,), Category.WERBUNG, versions={number: version}))

    press(page, "4", "Enter")

    expect(page.locator("[data-alert]")).to_contain_text("Jens Thode war schneller: Werbung")
    expect(page.locator("[data-row]").first.locator(".k")).to_contain_text("Werbung")
    with site.web.runtime.look() as turn:
        assert lookup.conversation(turn, number).category is Category.WERBUNG


def test_a_lost_server_brings_the_row_back_and_says_so(site: Site) -> None:
    page = site.page()
    ready(page)
    first = names(page)[0]
    page.route("**/einordnen/bestaetigen", lambda route: route.abort())

    press(page, "5", "Enter")

    expect(page.locator("[data-alert]")).to_contain_text("nicht erreichbar")
    expect(page.locator("[data-row]").first).not_to_have_class("done")
    assert focused(page) == first
    assert stored(site, first) == (None,)


def test_a_choice_survives_a_lost_server_and_is_saved_by_the_next_enter(site: Site) -> None:
    page = site.page()
    ready(page)
    first = names(page)[0]
    page.route("**/einordnen/bestaetigen", lambda route: route.abort())
    press(page, "5", "Enter")
    expect(page.locator("[data-alert]")).to_contain_text("nicht erreichbar")
    expect(page.locator("[data-row].cur.picked")).to_have_count(1)
    page.unroute("**/einordnen/bestaetigen")

    press(page, "Enter")

    expect(page.locator("[data-toast-text]")).to_contain_text(f"{first}: Werbung gespeichert")
    assert stored(site, first) == (Category.WERBUNG,)


def test_details_that_cannot_be_loaded_never_leave_another_sender_in_the_pane(site: Site) -> None:
    page = site.page()
    ready(page)
    second = names(page)[1]
    page.route("**/einordnen/*", lambda route: route.abort())

    press(page, "ArrowDown")

    expect(page.locator("[data-detail]")).to_have_text(f"Die Einzelheiten zu {second} lassen sich gerade nicht laden.")


def test_the_end_of_a_session_is_said_with_the_way_back(site: Site) -> None:
    page = site.page()
    ready(page)
    first = names(page)[0]
    site.context.clear_cookies()

    press(page, "5", "Enter")

    expect(page.locator("[data-toast-text]")).to_contain_text("Sitzung ist abgelaufen")
    press(page, "ArrowDown")
    expect(page.locator("[data-toast] a")).to_have_attribute("href", "/anmelden?weiter=%2F")
    expect(page.locator("[data-toast-text]")).to_contain_text("Sitzung ist abgelaufen")
    assert stored(site, first) == (None,)


def test_a_double_click_on_save_and_a_key_held_down_save_one_row(site: Site) -> None:
    page = site.page()
    ready(page)
    first, second, third = names(page)[:3]

    page.locator("label.kb.werbung").click()
    page.locator("form[data-decide] button[type=submit]").dblclick()
    expect(page.locator("[data-toast-text]")).to_contain_text(f"{first}: Werbung gespeichert")
    page.locator("[data-row].cur").focus()
    page.keyboard.press("4")
    page.keyboard.down("Enter")
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")

    expect(page.locator("[data-toast-text]")).to_contain_text(f"{second}: Newsletter gespeichert")
    assert stored(site, first) == (Category.WERBUNG,)
    assert stored(site, third) == (None,)
    assert focused(page) == third


def test_back_from_a_conversation_finds_the_row_that_one_left(site: Site) -> None:
    page = site.page()
    ready(page)
    press(page, "ArrowDown", "ArrowDown")
    left = focused(page)
    expect(page.locator("[data-detail] h2")).to_have_text(left)
    page.locator("[data-detail] a.more").click()
    page.wait_for_url("**/konversation/*")

    page.go_back()

    ready(page)
    assert focused(page) == left


def test_single_keys_rest_in_text_fields_and_when_switched_off(site: Site) -> None:
    page = site.page()
    ready(page)
    press(page, "/")
    page.keyboard.type("k3")
    assert page.locator("[data-search]").input_value() == "k3"
    page.goto(site.url + "/profil")
    page.get_by_label("Einzeltasten").uncheck()
    page.get_by_role("button", name="Speichern").first.click()
    page.goto(site.url + "/")
    ready(page)

    press(page, "5")

    assert page.locator("[data-row].picked").count() == 0


def test_a_single_row_can_be_confirmed_without_script(site: Site, browser: object) -> None:
    plain = site.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    signed = site.page()
    plain.add_cookies(site.context.cookies())  # type: ignore[arg-type]
    first = names(signed)[0]
    page = plain.new_page()
    page.goto(site.url + "/")

    page.locator("label.kb.werbung").click()
    page.get_by_role("button", name="Speichern").click()

    expect(page.get_by_role("button", name="Rückgängig")).to_be_visible()
    assert stored(site, first) == (Category.WERBUNG,)
    plain.close()
