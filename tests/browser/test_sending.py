"""Answering over WhatsApp as people use it: by keyboard alone, with a preview, in both colours and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from connectors.emulator.cloud import WABA, CloudApi
from connectors.emulator.sending import Sendings
from connectors.emulator.templates import Templates
from models.terms import Role, TemplateState
from service.store import sendings, settings, templates
from tests import web_data
from tests.browser import conftest
from tests.browser.conftest import Site
from tests.browser.judge import faults_of
from tests.service.jobs.chatting import inbound, tell
from tests.service.whatsapp_scene import TOKEN, configured

pytestmark = pytest.mark.browser


@pytest.fixture
def answering(
    browser: Browser, tmp_path: Path, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Site, Sendings, str]]:
    """The firm with sending switched on, two templates approved, and a person who has just written."""
    meta = Templates(lambda _body: None)
    site = conftest.start(browser, web_data.copied(tmp_path, filled, alone=True))
    sent = Sendings(meta, lambda _body: None, site.web.clock.now)
    api = CloudApi(TOKEN, [meta, sent]).start()
    # The configuration is frozen on purpose; the emulator's port is known only now.
    settings_of = site.web.runtime.config.model_copy(update=dict(site.web.runtime.config) | _secret(configured(api)))
    object.__setattr__(site.web.runtime, "config", settings_of)
    tell(site.web.runtime, inbound("hallo", site.web.clock.now(), **{"from": "491700000077"}))
    with site.web.runtime.turn() as turn:
        templates.ship(turn)
        settings.put(turn, sendings.SWITCH, value=True)
        for row in templates.every(turn):
            if row.name in {"nachfrage", "bestaetigung"}:
                made = meta._create(_ask(row))
                meta.known[made["id"]].status = "APPROVED"
                row.state, row.meta_id = TemplateState.GENEHMIGT, made["id"]
    with site.web.runtime.look() as turn:
        number = turn.session.connection().exec_driver_sql("SELECT max(id) FROM conversation").scalar()
    yield site, sent, f"/konversation/{number}"
    api.stop()
    conftest.stop(site)


def _secret(values: dict[str, str]) -> dict[str, object]:
    from pydantic import SecretStr

    return values | {"whatsapp_token": SecretStr(values["whatsapp_token"])}


def _ask(row: object) -> object:
    import json

    from connectors.emulator.wire import Ask
    from connectors.whatsapp.templates import Writing

    writing = Writing(row.name, row.language, row.category, row.wording, [p["sample"] for p in row.variables])  # type: ignore[attr-defined]  # a row of the template table
    body = {
        "name": writing.name,
        "language": writing.language,
        "category": writing.category,
        "components": writing.components(),
    }
    return Ask(f"/v25.0/{WABA}/message_templates", {}, "", TOKEN, "POST", json.dumps(body).encode())


def test_the_pages_have_no_violations_breaches_or_sideways_scrolling(
    answering: tuple[Site, Sendings, str], axe: str
) -> None:
    site, _, path = answering
    page = site.page(Role.ADMIN)

    found = faults_of(page, axe, [site.url + one for one in (path, "/vorlagen", "/vorlagen/2", "/vorlagen/neu")])

    assert (found, site.complaints) == ({}, [])


def test_words_go_out_with_control_and_enter_and_a_template_shows_what_is_filled_in(
    answering: tuple[Site, Sendings, str],
) -> None:
    site, sent, path = answering
    page = site.page(Role.MITARBEITER, path)

    page.locator("textarea[name=text]").focus()
    page.keyboard.type("Guten Tag, wir kommen morgen.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("angenommen")).to_be_visible()
    page.get_by_text("Bestätigung").first.focus()
    page.locator("details.tpl", has_text="Terminbestätigung").locator("summary").press("Enter")
    form = page.locator("details.tpl[open] form")
    form.get_by_label("Datum").fill("2026-11-24")
    form.get_by_label("Uhrzeit").fill("14:30")
    expect(form.locator(".bubble")).to_have_text("Ihr Termin am 24.11.2026 um 14:30 Uhr ist bestätigt.")
    form.get_by_role("button").press("Enter")
    expect(page.get_by_text("Vorlage „Bestätigung“")).to_be_visible()

    assert [(one.kind, one.template) for one in sent.taken] == [("text", ""), ("template", "bestaetigung")]
    assert site.complaints == []
