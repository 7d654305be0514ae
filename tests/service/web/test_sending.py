"""The panel "Antworten", the pages of templates and the switch: what people see, and what nobody gets to see."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from connectors.emulator.cloud import LOST, Wrong
from models.duty import Notice
from models.message import Conversation
from models.sending import Template
from models.terms import NoticeKind, Role, TemplateState
from models.trail import Trail
from service.domain.wording import FORECAST, Draft, Place, fill
from service.jobs import templates as job
from service.store import halts, sendings, settings, templates
from tests import web_data
from tests.fakes import FakeClock
from tests.service import whatsapp_scene
from tests.service.jobs.chatting import NUMBER, inbound, tell
from tests.service.whatsapp_scene import TOKEN, Scene
from tests.web_data import Web, csrf

CANARY = "Kanarienvogel 4712"


@contextmanager
def sending_firm(folder: Path, filled: Path) -> Iterator[tuple[Web, Scene]]:
    """Open the small firm with sending switched on and the emulated Cloud API behind it."""
    (folder / "postlotse.db").write_bytes(filled.read_bytes())
    made: list[Web] = []

    def make(config: object) -> object:
        found = {name: getattr(config, name) for name in config.model_fields_set}  # type: ignore[attr-defined]
        runtime, clock = web_data._runtime(folder, **found)
        made.append(Web(web_data._shared(runtime), runtime, clock))
        return runtime

    with whatsapp_scene.scene(make, FakeClock()) as scene:
        (web,) = made
        scene.clock = web.clock
        scene.sent.clock = web.clock.now
        yield web, scene
        web.runtime.database.dispose()


@pytest.fixture
def both(tmp_path: Path, filled: Path) -> Iterator[tuple[Web, Scene]]:
    with sending_firm(tmp_path, filled) as found:
        yield found


def chat(web: Web) -> int:
    """Let a person write; return the conversation."""
    tell(web.runtime, inbound("web-1", web.clock.now(), **{"from": "491700000042"}))
    with web.runtime.look() as turn:
        return turn.session.scalars(select(Conversation.id).where(Conversation.peer == "491700000042")).one()


def form(page: str, template_id: int = 0) -> dict[str, str]:
    """Return the hidden fields of one of the forms of the panel."""
    forms = re.findall(r'<form method="post" action="/konversation/\d+/antworten.*?</form>', page, re.DOTALL)
    wanted = next(f for f in forms if (f'name="vorlage" value="{template_id}"' in f) == bool(template_id))
    return dict(re.findall(r'type="hidden" name="([a-z]+)" value="([^"]*)"', wanted))


def answer(client: FlaskClient, number: int, **more: str) -> object:
    page = client.get(f"/konversation/{number}").text
    return client.post(f"/konversation/{number}/antworten", data=form(page) | more)


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


def draft(**more: str) -> dict[str, object]:
    values: dict[str, object] = {
        "title": "Lieferung", "purpose": "Nachricht zur Lieferung", "name": "lieferung", "language": "de",
        "category": "UTILITY", "wording": "Ihre Lieferung kommt am {{1}} bei Ihnen an.", "label": ["Tag", ""],
        "kind": ["Datum", "Text"], "sample": ["24.11.2026", ""], "version": "0",
    }  # fmt: skip
    return values | more


def found(web: Web, name: str) -> Template:
    with web.runtime.look() as turn:
        row = templates.named(turn, name, "de")
        assert row is not None
        return row


def test_an_admin_writes_submits_and_watches_a_template(both: tuple[Web, Scene]) -> None:
    web, scene = both
    admin = web.client(Role.ADMIN)
    token = csrf(admin)

    wrong = admin.post("/vorlagen/0", data=draft(csrf=token, wording="{{1}} kommt"))
    saved = admin.post("/vorlagen/0", data=draft(csrf=token))
    taken = admin.post("/vorlagen/0", data=draft(csrf=token))
    row = found(web, "lieferung")
    sent = admin.post(f"/vorlagen/{row.id}", data=draft(csrf=token, version=str(row.version), tat="einreichen"))
    row = found(web, "lieferung")

    assert wrong.status_code == 422
    assert "nicht mit einer Stelle beginnen" in wrong.text
    assert (saved.status_code, taken.status_code, sent.status_code) == (303, 422, 303)
    assert row.state is TemplateState.GEPRUEFT
    scene.meta.review(scene.meta.known[row.meta_id], "REJECTED", "INVALID_FORMAT")
    scene.drain()
    job.sync(web.runtime)
    page = admin.get("/vorlagen").text
    assert "abgelehnt" in page
    assert "INVALID_FORMAT" in page
    assert "Vorlage bei WhatsApp geändert" in admin.get("/hinweise").text
    with web.runtime.look() as turn:
        told = turn.session.scalars(select(Notice).where(Notice.kind == NoticeKind.VORLAGE)).all()
        verbs = [t.verb for t in turn.session.scalars(select(Trail)) if t.about == f"template:{row.id}"]
    assert told
    assert verbs[:3] == ["Vorlage angelegt", "Vorlage geändert", "Vorlage eingereicht"]


def test_what_meta_refuses_and_what_gets_lost_on_the_way_leave_a_template_that_can_be_handed_in_again(
    both: tuple[Web, Scene],
) -> None:
    web, scene = both
    admin = web.client(Role.ADMIN)
    token = csrf(admin)

    scene.api.faults = [Wrong(100, CANARY, 2388024)]
    refused = admin.post("/vorlagen/0", data=draft(csrf=token, tat="einreichen"))
    row = found(web, "lieferung")
    scene.api.faults = [LOST]
    lost = admin.post(f"/vorlagen/{row.id}", data=draft(csrf=token, version=str(row.version), tat="einreichen"))
    job.sync(web.runtime)

    assert (refused.status_code, lost.status_code) == (409, 409)
    assert "gibt es in dieser Sprache schon" in refused.text
    assert CANARY not in refused.text
    assert "ging verloren" in lost.text
    assert found(web, "lieferung").meta_id


def test_templates_are_deleted_here_and_at_meta_but_only_with_a_tick(both: tuple[Web, Scene]) -> None:
    web, scene = both
    row = scene.approved("Willkommen")
    admin = web.client(Role.ADMIN)
    token = csrf(admin)

    assert admin.post(f"/vorlagen/{row.id}/loeschen", data={"csrf": token}).status_code == 422
    assert admin.post(f"/vorlagen/{row.id}/loeschen", data={"csrf": token, "sicher": "1"}).status_code == 303
    assert scene.meta.known == {}
    assert found(web, "willkommen").state is TemplateState.GELOESCHT
    admin.post(f"/vorlagen/{row.id}/loeschen", data={"csrf": token, "sicher": "1"})
    assert "willkommen" not in admin.get("/vorlagen").text
    assert admin.get("/vorlagen/neu").status_code == 200
    lead = web.client(Role.TEAM_LEAD)
    assert lead.get("/vorlagen/neu").status_code == 403
    assert "Ändern darf die Verwaltung" in lead.get(f"/vorlagen/{found(web, 'nachfrage').id}").text
    assert admin.post("/vorlagen/abgleichen", data={"csrf": token}).status_code == 303


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
