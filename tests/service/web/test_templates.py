"""The pages of templates: written, handed in at Meta, refused, deleted, and watched by whom."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.emulator.cloud import LOST, Wrong
from models.duty import Notice
from models.sending import Template
from models.terms import NoticeKind, Role, TemplateState
from models.trail import Trail
from service.jobs import templates as job
from service.store import templates
from tests.service.web.answering import CANARY, sending_firm
from tests.service.whatsapp_scene import Scene
from tests.web_data import Web, csrf


@pytest.fixture
def both(tmp_path: Path, filled: Path) -> Iterator[tuple[Web, Scene]]:
    with sending_firm(tmp_path, filled) as found:
        yield found


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
