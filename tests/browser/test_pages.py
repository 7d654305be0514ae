"""Every page in both colours and on a phone: no violations of axe-core, no breach of the policy, no sideways scrolling."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from models.record import MessageRecord
from models.terms import Role
from tests import web_data
from tests.browser.conftest import Site, start, stop
from tests.browser.judge import in_both_colours, violations
from tests.conftest import NOW
from tests.factories import chat, mail
from tests.shared import shared_file

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/?ansicht=ohne",
    "/?ansicht=alt",
    "/?suche=gibtesnicht",
    "/kennzahlen",
    "/kennzahlen?postfach=2",
    "/kennzahlen?zeitraum=7&kanal=WhatsApp",
    "/konversationen",
    "/konversationen?kennzahl=unclassified",
    "/konversation/1",
    "/parteien",
    "/partei/firma/1",
    "/einstellungen",
    "/profil",
    "/hilfe",
    "/gibt-es-nicht",
)


def test_no_page_has_accessibility_violations_in_either_colours(site: Site, axe: str) -> None:
    page = site.page(Role.ADMIN)
    found = {}

    for path in (*PAGES, "/anmelden?weiter=/"):
        page.goto(site.url + path)
        found[path] = in_both_colours(page, axe)

    assert {where: lines for where, lines in found.items() if lines} == {}


def test_dialogs_and_the_bulk_bar_have_no_violations(site: Site, axe: str) -> None:
    page = site.page(Role.ADMIN, "/?suche=rundbrief")
    page.locator("[data-row].cur").wait_for()
    page.keyboard.press("Shift+ArrowDown")
    bulk = violations(page, axe)
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    asked = violations(page, axe)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator("dialog[open]").wait_for()

    keys = violations(page, axe)

    assert bulk + asked + keys == []


def test_no_page_breaches_the_policy_or_scrolls_sideways_on_a_phone(site: Site) -> None:
    page = site.page(Role.ADMIN)
    page.set_viewport_size({"width": 400, "height": 860})
    wide = []

    for path in PAGES[:-1]:
        page.goto(site.url + path)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)

    assert (wide, site.complaints) == ([], [])


def test_a_phone_can_classify_with_a_finger(site: Site) -> None:
    page = site.page()
    page.set_viewport_size({"width": 400, "height": 860})
    page.locator("[data-row]").first.locator(".who").click()

    page.locator("[data-detail] label.kb.werbung").click()
    page.get_by_role("button", name="Speichern").click()

    page.get_by_text("Werbung gespeichert").first.wait_for()
    for row in page.locator("[data-row]:not(.done) .ck").all()[:2]:
        row.click()
    page.get_by_role("toolbar", name="Auswahl einordnen").get_by_role("button", name="Intern").click()
    page.get_by_role("button", name="Alle als Intern speichern").click()
    page.get_by_text("2 Konversationen eingeordnet").first.wait_for()


def test_a_phone_closes_the_sheet_without_deciding(site: Site) -> None:
    page = site.page()
    page.set_viewport_size({"width": 400, "height": 800})
    page.locator("[data-row]").first.click()
    shut = page.get_by_role("button", name="Schließen")

    shut.click()

    expect(shut).to_be_hidden()
    expect(page.locator(".row.done")).to_have_count(0)


def test_figures_follow_when_somebody_decides(site: Site) -> None:
    page = site.page(Role.TEAM_LEAD, "/kennzahlen")
    tile = page.get_by_role("link", name="Ohne Klassifizierung")
    text = tile.inner_text()
    tile.click()

    shown = page.locator("h1 + [role=status]").inner_text()

    assert shown.split(" ")[0] == text.split(":")[1].split(",")[0].strip()


OWN_NAMES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'-alert(1)-'",
    "javascript:alert(1)",
    "</title><script>alert(1)</script>",
    "{{7*7}}{% raw %}",
    "${alert(1)}",
    "<b>fett</b>",
    "</textarea><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<iframe srcdoc='<script>alert(1)'>",
    "\u202eexe.tdp\u202c",
    "\u200bunsichtbar",
    "\x00null",
    'x" autofocus onfocus="alert(1)',
    "<a href=javascript:alert(1)>",
    "]]><!--<script>alert(1)</script>-->",
    "<math><mtext><script>alert(1)</script>",
    "\\u003cscript\\u003ealert(1)",
)


def senders(names: tuple[str, ...]) -> tuple[MessageRecord, ...]:
    """Return one mail or chat per name."""
    return tuple(
        chat(f"49170{n:07d}", at=NOW, sender_name=name)
        if n % 5 == 0
        else mail(f"n{n}@fremd{n}.example", at=NOW, sender_name=name)
        for n, name in enumerate(names)
    )


def walk(site: Site) -> None:
    """Open every page on which a name appears, and every detail pane of the first list page."""
    page = site.page(Role.ADMIN, "/?ansicht=ohne")
    for _ in range(min(30, page.locator("[data-row]").count())):
        page.keyboard.press("ArrowDown")
    page.wait_for_timeout(300)
    for path in (
        "/?ansicht=ohne&seite=2",
        "/kennzahlen",
        "/konversationen",
        "/konversationen?seite=2",
        "/konversation/3",
    ):
        page.goto(site.url + path)


def test_hostile_names_stay_text(browser: Browser, tmp_path: Path, migrated: Path) -> None:
    site = start(browser, web_data.web(tmp_path, migrated, senders(OWN_NAMES)))

    walk(site)

    assert (site.dialogs, site.complaints) == ([], [])
    stop(site)


def test_collected_script_fragments_stay_text(browser: Browser, tmp_path: Path, migrated: Path) -> None:
    with shared_file("data/hostile/xss.jsonl").open(encoding="utf-8") as lines:
        names = tuple(str(json.loads(line).get("input", "")) for line in lines)
    site = start(browser, web_data.web(tmp_path, migrated, senders(names)))

    walk(site)

    assert len(names) > 300
    assert (site.dialogs, site.complaints) == ([], [])
    stop(site)


def test_the_sign_in_link_leaves_no_trace_and_works_once(site: Site) -> None:
    token = site.web.link(Role.TEAM_LEAD)
    page = site.page(role=None, path=f"/anmelden?weiter=/hilfe#{token}")
    page.wait_for_url("**/hilfe")

    second = site.context.browser.new_context().new_page()  # type: ignore[union-attr]
    second.goto(f"{site.url}/anmelden#{token}")

    second.get_by_text("gilt nicht (mehr)").wait_for()
    assert "#" not in page.url
    assert "#" not in second.url
    second.context.close()


def test_a_phone_opens_the_filters_by_keyboard_and_sees_afterwards_how_many_are_set(site: Site, axe: str) -> None:
    page = site.page(Role.TEAM_LEAD, "/konversationen")
    page.set_viewport_size({"width": 400, "height": 860})
    fold = page.locator("summary", has_text="Filter")
    expect(page.get_by_label("Klasse")).to_be_hidden()

    fold.press("Enter")
    opened = in_both_colours(page, axe)
    page.get_by_label("Klasse").select_option("Kunde")
    page.get_by_role("button", name="Anwenden").press("Enter")

    expect(fold).to_have_text("Filter (1 aktiv)")
    expect(page.get_by_label("Klasse")).to_have_value("Kunde")
    assert opened == []


@pytest.mark.parametrize("width", [1280, 1440])
def test_the_list_of_conversations_fits_its_card_with_all_filters_open(site: Site, width: int) -> None:
    page = site.page(Role.TEAM_LEAD)
    page.set_viewport_size({"width": width, "height": 800})

    page.goto(site.url + "/konversationen")

    expect(page.get_by_label("Klasse")).to_be_visible()
    expect(page.locator("summary", has_text="Filter")).to_be_hidden()
    assert page.locator(".card.scroll").evaluate("e => e.scrollWidth <= e.clientWidth")
