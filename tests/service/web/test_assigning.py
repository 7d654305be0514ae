"""Who is responsible, on the pages: rows, filter, forms without script, presence, who looks after a party."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from models.duty import MemberAccount
from models.message import Conversation
from models.terms import Role
from service.actions import assign
from service.actions.assign import Chosen
from service.store import shown
from service.turn import Actor
from tests.conftest import NOW
from tests.service.web.test_inbox import find, post
from tests.web_data import Web, csrf

LEA, JENS, UTE = 1, 2, 3


def take(firm: Web, row: Conversation, who: int = JENS, name: str = "Jens Thode") -> None:
    with firm.runtime.turn(Actor(who, name, Role.TEAM_LEAD)) as turn:
        assign.take(turn, Chosen((row.id,)))


def body(row: Conversation, verb: str, **more: Any) -> dict[str, Any]:
    return {"verb": verb, "ids": [row.id], "versions": {str(row.id): row.version}, "shown": row.id, **more}


def form(client: FlaskClient, row: Conversation, **more: str) -> Any:
    data = {"csrf": csrf(client), "zeile": f"{row.id}:{row.version}", **more}
    return client.post("/zustaendig", data=data)


def test_taking_over_answers_with_what_the_row_shows_now(firm: Web) -> None:
    client = firm.client()
    row = find(firm, "Miriam Oswald")

    answer = post(client, "/zustaendig", body(row, "uebernehmen")).get_json()

    after = find(firm, "Miriam Oswald")
    assert (after.assignee_id, answer["text"], answer["changed"], answer["left"]) == (
        LEA,
        "Miriam Oswald übernommen",
        [row.id],
        [],
    )
    assert answer["rows"][str(row.id)]["version"] == after.version
    assert "LV" in answer["rows"][str(row.id)]["chip"]
    assert "hat übernommen" in answer["pane"]


def test_handing_over_stores_the_end_of_the_day_and_shows_it(firm: Web) -> None:
    client = firm.client()
    row = find(firm, "Miriam Oswald")

    answer = post(client, "/zustaendig", body(row, "uebergeben", member=UTE, due="2026-11-24")).get_json()

    after = find(firm, "Miriam Oswald")
    assert answer["text"] == "Miriam Oswald übergeben, bis 24.11."
    assert after.assignee_due_at is not None
    assert after.assignee_due_at.isoformat() == "2026-11-24T23:00:00+00:00"
    assert "bis 24.11." in answer["rows"][str(row.id)]["asked"]
    firm.clock.move(timedelta(days=7))
    page = firm.client(Role.ADMIN).get("/konversationen?zustaendig=ich").text
    assert "Übergabe fällig 24.11." in page


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"verb": "uebergeben", "member": UTE, "due": "2026-11-17"}, "due"),
        ({"verb": "uebergeben", "member": UTE, "due": "gestern"}, "due"),
        ({"verb": "uebergeben", "member": UTE, "due": "9999-12-31"}, "due"),
        ({"verb": "uebergeben", "member": 4}, "member"),
        ({"verb": "uebergeben", "member": 99}, "member"),
        ({"verb": "uebergeben", "member": "x"}, "member"),
        ({"verb": "uebergeben"}, "member"),
        ({"verb": "loeschen"}, "verb"),
        ({"verb": "uebernehmen", "ids": []}, "ids"),
        ({"verb": "uebernehmen", "ids": list(range(1, 502))}, "ids"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_field(firm: Web, more: dict[str, Any], field: str) -> None:
    client = firm.client()
    row = find(firm, "Miriam Oswald")

    answer = post(client, "/zustaendig", body(row, "uebernehmen") | more)

    assert answer.status_code == 422, answer.text
    assert field in answer.get_json()["fields"]
    assert find(firm, "Miriam Oswald").assignee_id is None


def test_a_colleague_who_was_faster_is_named_and_nothing_is_lost(firm: Web) -> None:
    client = firm.client()
    row = find(firm, "Miriam Oswald")
    take(firm, row)

    answer = post(client, "/zustaendig", body(row, "uebernehmen"))

    assert answer.status_code == 409
    assert answer.get_json()["title"] == "Jens Thode war schneller: übernommen (10:00 Uhr)."
    assert find(firm, "Miriam Oswald").assignee_id == JENS


def test_the_rest_of_a_selection_goes_on_and_can_be_taken_back(firm: Web) -> None:
    client = firm.client()
    rows = [find(firm, name) for name in ("Miriam Oswald", "Sönke Brandt")]
    take(firm, rows[0])
    seen = {str(row.id): row.version for row in rows}

    done = post(
        client, "/zustaendig", {"verb": "uebernehmen", "ids": [row.id for row in rows], "versions": seen}
    ).get_json()
    back = post(client, "/zustaendig/zuruecknehmen", {"act": done["act"]}).get_json()

    assert done["changed"] == [rows[1].id]
    assert [(one["name"], one["text"]) for one in done["left"]] == [
        ("Miriam Oswald", "Jens Thode war schneller: übernommen (10:00 Uhr).")
    ]
    assert (back["text"], back["left"]) == ("Zuweisung zurückgenommen", [])
    assert find(firm, "Sönke Brandt").assignee_id is None
    assert post(client, "/zustaendig/zuruecknehmen", {"act": done["act"]}).status_code == 409
    assert post(firm.client(Role.ADMIN), "/zustaendig/zuruecknehmen", {"act": done["act"]}).status_code == 404


def test_the_name_and_the_reason_stand_on_every_page_of_a_row(firm: Web) -> None:
    row = find(firm, "Miriam Oswald")
    with firm.runtime.turn(Actor(JENS, "Jens Thode", Role.TEAM_LEAD)) as turn:
        assign.hand_over(turn, Chosen((row.id,)), LEA, NOW + timedelta(days=2))
    client = firm.client(Role.TEAM_LEAD)

    for path in ("/", f"/einordnen/{row.id}", f"/konversation/{row.id}", "/konversationen?suche=oswald"):
        assert "Lea Voss: übergeben von Jens Thode, 10:00" in client.get(path).text, path
    story = client.get(f"/konversation/{row.id}").text
    assert "Jens Thode: an Lea Voss übergeben" in story


def test_a_row_nobody_was_meant_for_says_so(firm: Web) -> None:
    page = firm.client().get("/").text

    assert "Jens Thode: leitet das Team; niemand ist eingeteilt" in page
    assert 'class="kz loose"' in page


def test_the_filter_finds_mine_nobodys_and_a_colleagues(firm: Web) -> None:
    row = find(firm, "Miriam Oswald")
    take(firm, row, LEA, "Lea Voss")
    client = firm.client()

    def count(of: str) -> int:
        page = client.get(f"/konversationen?zustaendig={of}").text
        return int(page.split(" gefunden")[0].rsplit(">", 1)[1].replace(".", ""))

    with firm.runtime.look() as turn:
        every = turn.session.scalar(select(func.count()).select_from(Conversation))
        open_ = sum(shown.is_work(one, turn.now) for one in turn.session.scalars(select(Conversation)))
    # Of a colleague only what has to be done is listed, not what is over.
    assert (count("ich"), count("1"), count("niemand"), count("2")) == (1, 1, (every or 0) - 1, open_ - 1)
    assert 1 < open_ < (every or 0)
    assert (count("99"), count("quatsch")) == (0, every)


def test_a_form_without_script_changes_many_and_names_what_it_left(firm: Web) -> None:
    client = firm.client()
    rows = [find(firm, name) for name in ("Miriam Oswald", "Sönke Brandt")]
    take(firm, rows[0])
    ticked = [f"{row.id}:{row.version}" for row in rows]
    data = {"csrf": csrf(client), "zeile": ticked, "tun": "uebergeben", "an": str(UTE), "weiter": "/konversationen"}

    page = client.post("/zustaendig", data=data, follow_redirects=True).text

    assert "Für 1 Konversation ist jetzt jemand anders zuständig." in page
    assert "Jens Thode war schneller: übernommen" in page
    assert find(firm, "Sönke Brandt").assignee_id == UTE
    act = page.split('name="act" value="')[1].split('"')[0]
    back = client.post("/zustaendig/zuruecknehmen", data={"csrf": csrf(client), "act": act, "weiter": "/hilfe"})
    assert (back.status_code, back.headers["Location"]) == (303, "/hilfe")
    assert find(firm, "Sönke Brandt").assignee_id is None


def test_a_form_never_leads_elsewhere_and_refuses_what_it_cannot_read(firm: Web) -> None:
    client = firm.client()
    row = find(firm, "Miriam Oswald")

    away = form(client, row, tun="uebernehmen", weiter="//boese.example")
    again = form(client, find(firm, "Miriam Oswald"), tun="uebernehmen", weiter="/konversationen?klasse=Kunde")
    odd = client.post("/zustaendig", data={"csrf": csrf(client), "zeile": "1:x", "tun": "uebernehmen"})

    assert away.headers["Location"].startswith("/konversationen?zugewiesen=")
    assert again.headers["Location"].startswith("/konversationen?klasse=Kunde&zugewiesen=nichts")
    assert odd.status_code == 422
    assert "hat sich nichts geändert" in client.get(again.headers["Location"]).text


def test_finishing_what_a_colleague_took_meanwhile_is_a_conflict(firm: Web) -> None:
    client = firm.client()
    row = find(firm, "Miriam Oswald")
    take(firm, row)
    data = {"csrf": csrf(client), "zustand": "archiviert", "version": str(row.version)}

    answer = client.post(f"/konversation/{row.id}/zustand", data=data)

    assert answer.status_code == 409
    assert "Jens Thode war schneller: übernommen" in answer.text


def test_what_is_out_of_reach_is_like_missing(firm: Web) -> None:
    row = find(firm, "Miriam Oswald")
    with firm.runtime.turn() as turn:
        turn.session.add(MemberAccount(account_id=row.account_id, member_id=UTE))
    client = firm.client()

    foreign = post(client, "/zustaendig", body(row, "uebernehmen"))
    missing = post(client, "/zustaendig", body(row, "uebernehmen") | {"ids": [99_999]})
    opened = post(client, "/einordnen/anwesend", {"id": row.id})

    assert (foreign.status_code, missing.status_code, opened.status_code) == (404, 404, 404)
    assert foreign.get_json()["title"] == missing.get_json()["title"]
