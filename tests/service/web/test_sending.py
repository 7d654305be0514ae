"""The panel "Antworten", the pages of templates and the switch: what people see, and what nobody gets to see."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.emulator.cloud import LOST, Wrong
from models.message import Conversation
from models.sending import Template
from models.terms import Role, TemplateState
from models.trail import Trail
from service.domain.wording import FORECAST, Draft, Place, fill
from service.store import halts, sendings, settings, templates
from tests.service.jobs.chatting import NUMBER, inbound, tell
from tests.service.web.answering import CANARY, answer, chat, form, sending_firm
from tests.service.whatsapp_scene import TOKEN, Scene
from tests.web_data import Web, csrf


@pytest.fixture
def both(tmp_path: Path, filled: Path) -> Iterator[tuple[Web, Scene]]:
    with sending_firm(tmp_path, filled) as found:
        yield found


def test_words_are_sent_from_the_page_and_their_fate_is_shown(both: tuple[Web, Scene]) -> None:
    web, scene = both
    number, client = chat(web), web.client(Role.MITARBEITER)

    done = answer(client, number, text=CANARY)
    scene.sent.flush("sent", "delivered")
    scene.drain()
    page = client.get(f"/konversation/{number}").text
    part = client.get(f"/konversation/{number}/gesendet")

    assert done.status_code == 303  # type: ignore[attr-defined]
    assert len(scene.sent.taken) == 1
    assert "zugestellt" in page
    assert CANARY not in page
    assert "zugestellt" in part.text
    assert client.get(part.request.path, headers={"If-None-Match": part.headers["ETag"]}).status_code == 304


def test_a_refusal_says_why_and_keeps_what_was_typed_in_the_browser_alone(
    both: tuple[Web, Scene], capfd: pytest.CaptureFixture[str]
) -> None:
    web, scene = both
    number, client = chat(web), web.client(Role.MITARBEITER)

    scene.api.faults = [Wrong(131026, CANARY)]
    refused = answer(client, number, text=CANARY)
    scene.api.faults = [LOST]
    lost = answer(client, number, text=CANARY)
    late = client.get(f"/konversation/{number}").text

    assert (refused.status_code, lost.status_code) == (422, 422)  # type: ignore[attr-defined]
    assert "kein WhatsApp unter dieser Nummer" in refused.text  # type: ignore[attr-defined]
    assert CANARY in refused.text  # type: ignore[attr-defined]
    assert "ging verloren" in lost.text  # type: ignore[attr-defined]
    assert "trotzdem senden" in late
    assert CANARY not in late
    assert CANARY not in "".join(capfd.readouterr())
    assert CANARY not in "".join(repr(row) for row in dump(web))


def dump(web: Web) -> list[object]:
    with web.runtime.database.engine.connect() as connection:
        names = [row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [row for name in names for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')]


def test_a_closed_window_leaves_templates_with_preview_and_a_wrong_place_is_named(both: tuple[Web, Scene]) -> None:
    web, scene = both
    row = scene.approved("Rückruf")
    number = chat(web)
    web.clock.move(timedelta(days=1))
    client = web.client(Role.MITARBEITER)
    page = client.get(f"/konversation/{number}").text

    wrong = client.post(f"/konversation/{number}/antworten", data=form(page, row.id) | {"wert-1": "12"})
    right = client.post(f"/konversation/{number}/antworten", data=form(page, row.id) | {"wert-1": "0721 5550100"})

    assert "24-Stunden-Fenster geschlossen" in page
    assert "Sollen wir Sie unter" in page
    assert wrong.status_code == 422
    assert "Telefonnummer mit Vorwahl" in wrong.text
    assert right.status_code == 303
    assert [one.template for one in scene.sent.taken] == ["rueckruf"]


def test_a_place_for_the_forecast_is_filled_in_and_may_be_changed(both: tuple[Web, Scene]) -> None:
    web, _ = both
    place = Place("Antwort bis", FORECAST, "Mo 24.11., 10:00 Uhr")
    wording = "Vielen Dank! Wir antworten voraussichtlich bis {{1}}, meistens früher."
    with web.runtime.turn() as turn:
        row = Template(state=TemplateState.GENEHMIGT)
        templates.write(turn, row, Draft("willkommen_bis", "de", "Willkommen bis", "UTILITY", wording, (place,)))
        turn.session.add(row)

    page = web.client().get(f"/konversation/{chat(web)}").text

    shown = re.search(r'name="wert-1" type="text"[^>]* value="([^"]*)"', page[page.index("Antwort bis") :])
    assert shown is not None
    assert re.fullmatch(r".*\d\d:\d\d Uhr", shown[1])
    assert fill(wording, (place,), [shown[1]]) == ((shown[1],), {})


def test_only_who_works_there_sends_and_only_an_admin_switches(both: tuple[Web, Scene]) -> None:
    web, scene = both
    number = chat(web)
    for role in (Role.MANAGEMENT, Role.DATENSCHUTZ):
        client = web.client(role)
        assert "sendet nicht über WhatsApp" in client.get(f"/konversation/{number}").text
        data = {"csrf": csrf(client), "key": "pl1." + "0" * 32, "text": "x"}
        assert client.post(f"/konversation/{number}/antworten", data=data).status_code == 403
    lead, admin = web.client(Role.TEAM_LEAD), web.client(Role.ADMIN)
    assert lead.post("/einstellungen/senden", data={"csrf": csrf(lead), "an": "0"}).status_code == 403

    admin.post("/einstellungen/senden", data={"csrf": csrf(admin), "an": "0"})
    off = admin.get(f"/konversation/{number}").text
    with web.runtime.turn() as turn:
        halts.halt(turn, 190)
    stands = admin.get("/einstellungen").text
    admin.post("/einstellungen/senden", data={"csrf": csrf(admin), "an": "1"})

    assert "Einstellungen öffnen" in off
    assert "abgelaufen oder gesperrt" in stands
    assert "angehalten" in admin.get("/hinweise").text
    with web.runtime.look() as turn:
        assert settings.get(turn, sendings.SWITCH, default=False) is True
        assert halts.number(turn) is None
        changes = [t for t in turn.session.scalars(select(Trail)) if t.about == f"setting:{sendings.SWITCH}"]
        assert [(t.before, t.after) for t in changes if t.member_id] == [(True, False), (False, True)]
    assert scene.sent.taken == []


def test_switching_on_is_refused_with_a_token_that_meta_does_not_accept(both: tuple[Web, Scene]) -> None:
    web, scene = both
    scene.api.token = "ein anderes"
    admin = web.client(Role.ADMIN)

    refused = admin.post("/einstellungen/senden", data={"csrf": csrf(admin), "an": "1"})

    assert refused.status_code == 422
    assert "Zugriffstoken für WhatsApp ist abgelaufen" in refused.text
    assert TOKEN not in refused.text


def test_an_objection_is_noted_shown_and_taken_back(both: tuple[Web, Scene]) -> None:
    web, _ = both
    number, client = chat(web), web.client(Role.MITARBEITER)

    client.post(f"/konversation/{number}/abmeldung", data={"csrf": csrf(client), "moechte": "0"})
    noted = client.get(f"/konversation/{number}").text
    web.clock.move(sendings.LOST_AFTER)
    client.post(f"/konversation/{number}/abmeldung", data={"csrf": csrf(client), "moechte": "1"})

    assert "Möchte keine Nachrichten (von Hand eingetragen)" in noted
    assert "Möchte keine Nachrichten (" not in client.get(f"/konversation/{number}").text


def test_a_mail_has_no_panel_and_without_a_token_the_panel_says_what_to_do(firm: Web) -> None:
    admin = firm.client(Role.ADMIN)
    with firm.runtime.look() as turn:
        mail = turn.session.scalars(select(Conversation.id).where(Conversation.peer.contains("@"))).first()
    tell(firm.runtime, inbound("bare", firm.clock.now()))
    with firm.runtime.look() as turn:
        number = turn.session.scalars(select(Conversation.id).where(Conversation.peer == NUMBER)).one()

    assert "Antworten über WhatsApp" not in admin.get(f"/konversation/{mail}").text
    assert "nicht eingerichtet" in admin.get(f"/konversation/{number}").text
    assert admin.post("/einstellungen/senden", data={"csrf": csrf(admin), "an": "1"}).status_code == 422
    assert "fehlt noch der Zugang" in admin.get("/vorlagen").text
