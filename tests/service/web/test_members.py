"""The pages of members and teams: what they show, what they store, what they refuse, and for whom."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.duty import Deputy
from models.staff import Member
from models.terms import Delivery, Role
from models.trail import Trail
from service.actions import members, teams
from service.store import care
from service.store.teams import Part
from tests.web_data import Web, csrf

LEA, JENS, UTE, BOSS = 1, 2, 3, 4


def post(client: FlaskClient, path: str, **fields: object) -> TestResponse:
    return client.post(path, data={"csrf": csrf(client), **fields})


def member(firm: Web, number: int) -> Member:
    with firm.runtime.look() as turn:
        return turn.session.get_one(Member, number)


def test_the_list_shows_who_works_here_and_who_has_no_deputy(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        members.look_after(turn, LEA, {1: 1})
        teams.create(turn, "Service", Part(members=frozenset({LEA})))
        turn.session.add(Deputy(member_id=LEA, position=0, deputy_id=JENS))

    page = firm.client(Role.ADMIN).get("/mitglieder").text

    assert "2 Mitglieder haben keine Vertretung" in page
    row = page.split("Lea Voss")[1].split("</tr>")[0]
    assert "info@" in row
    assert "Service" in row
    assert "ohne Vertretung" not in row


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.MANAGEMENT, Role.DATENSCHUTZ])
@pytest.mark.parametrize("path", ["/mitglieder", "/mitglieder/1", "/teams", "/teams/1"])
def test_others_read_and_have_nothing_to_press(firm: Web, role: Role, path: str) -> None:
    with firm.runtime.turn() as turn:
        teams.create(turn, "Service", Part())

    answer = firm.client(role).get(path)

    assert answer.status_code == 200
    assert "nur lesen" in answer.text
    main = answer.text.split("<main")[1]
    assert "btn primary" not in main
    assert "btn danger" not in main


def test_an_invitation_shows_its_link_once_and_the_link_works(firm: Web) -> None:
    client = firm.client(Role.ADMIN)

    shown = post(client, "/mitglieder", name="Mia Neu", adresse="mia@muster.example", rolle="Team-Lead").text

    link = re.search(r"http://localhost/anmelden#([\w-]+)", shown)
    assert link is not None
    assert link[1] not in client.get("/mitglieder").text
    assert "eingeladen" in client.get("/mitglieder").text
    guest = firm.app.test_client()
    assert guest.post("/anmelden", json={"token": link[1]}).status_code == 200
    assert "Mia Neu" in guest.get("/profil").text
    assert "eingeladen" not in client.get("/mitglieder/6").text.split("<h1")[1][:400]


@pytest.mark.parametrize(
    "fields", [{"name": "", "rolle": "Admin"}, {"name": "x", "adresse": "kein-at", "rolle": "Admin"}, {"name": "x"}]
)
def test_a_refused_invitation_keeps_what_was_typed(firm: Web, fields: dict[str, str]) -> None:
    client = firm.client(Role.ADMIN)

    answer = post(client, "/mitglieder", **fields)

    assert answer.status_code == 422
    assert "PL-1022" in answer.text
    assert member_count(firm) == 5


def member_count(firm: Web) -> int:
    with firm.runtime.look() as turn:
        return len(turn.session.scalars(select(Member)).all())


def test_each_part_of_a_member_is_stored(firm: Web) -> None:
    client = firm.client(Role.ADMIN)

    post(client, "/mitglieder/1/angaben", name="Lea Anders", adresse="lea@muster.example", stand="1")
    post(client, "/mitglieder/1/rolle", rolle="Team-Lead", stand="2")
    post(client, "/mitglieder/1/postfaecher", betreut=["1", "2"], **{"platz-1": "1"}, stand="3")
    hours = {"zeiten": "eigene", "von-mon": "08:00", "bis-mon": "12:00", "zone": "Europe/Vienna"}
    last = post(client, "/mitglieder/1/arbeitszeit", zustellung="nur Dringendes", stand="4", **hours)

    assert last.headers["Location"] == "/mitglieder/1?gespeichert=arbeitszeit"
    lea = member(firm, LEA)
    assert (lea.name, lea.address, lea.role) == ("Lea Anders", "lea@muster.example", Role.TEAM_LEAD)
    assert (lea.hours, lea.zone, lea.delivery) == (
        {"mon": [["08:00", "12:00"]]},
        "Europe/Vienna",
        Delivery.NUR_DRINGEND,
    )
    with firm.runtime.look() as turn:
        assert care.ranks(turn, LEA) == {1: 1, 2: 1}
        who = turn.session.scalars(select(Trail.member_id).where(Trail.about == "member:1")).all()
    assert set(who[-4:]) == {UTE}
    assert "Arbeitszeit gespeichert" in client.get(last.headers["Location"]).text


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("angaben", {"name": ""}, "braucht einen Namen"),
        ("rolle", {"rolle": "Chef"}, "Rolle gibt es nicht"),
        ("postfaecher", {"betreut": "x"}, "Auswahl gibt es nicht"),
        ("postfaecher", {"betreut": "4711"}, "gibt es nicht"),
        ("postfaecher", {"betreut": "1", "platz-1": "0"}, "beginnt bei 1"),
        ("arbeitszeit", {"zustellung": "nie"}, "Zustellung gibt es nicht"),
        ("arbeitszeit", {"zustellung": "morgens", "zone": "Mond"}, "Unbekannte Zeitzone"),
        (
            "arbeitszeit",
            {"zustellung": "morgens", "zeiten": "eigene", "von-mon": "17:00", "bis-mon": "08:00"},
            "Das Ende liegt vor dem Anfang",
        ),
        ("arbeitszeit", {"zustellung": "morgens", "zeiten": "eigene"}, "wenigstens an einem Wochentag"),
        ("aktivieren", {}, "schon aktiv"),
        ("deaktivieren", {"nachfolge": "x"}, "Auswahl gibt es nicht"),
        ("deaktivieren", {"nachfolge": "4"}, "kann nichts übernehmen"),
    ],
)
def test_what_cannot_be_is_refused_on_the_same_page(firm: Web, path: str, fields: dict[str, str], said: str) -> None:
    answer = post(firm.client(Role.ADMIN), f"/mitglieder/1/{path}", **fields)

    assert answer.status_code == 422
    assert said in answer.text
    assert "Kennung PL-1022" in answer.text


def test_refused_hours_are_shown_as_typed(firm: Web) -> None:
    fields = {"zustellung": "morgens", "zeiten": "eigene", "von-tue": "17:10", "bis-tue": "08:20"}

    page = post(firm.client(Role.ADMIN), "/mitglieder/1/arbeitszeit", **fields).text

    assert 'value="17:10"' in page
    assert 'value="08:20"' in page


def test_an_old_page_overwrites_nothing(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    post(client, "/mitglieder/1/angaben", name="Lea Neu", stand="1")

    answer = post(client, "/mitglieder/1/angaben", name="Lea Alt", stand="1")

    assert answer.status_code == 409
    assert "inzwischen geändert" in answer.text
    assert member(firm, LEA).name == "Lea Neu"


def test_a_changed_role_ends_the_sessions_of_that_member(firm: Web) -> None:
    lea, ute = firm.client(Role.MITARBEITER), firm.client(Role.ADMIN)

    post(ute, "/mitglieder/1/rolle", rolle="Management")

    assert lea.get("/profil").status_code == 303


def test_who_changes_the_own_role_signs_in_again_and_the_last_admin_cannot(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    refused = post(client, "/mitglieder/3/rolle", rolle="Mitarbeiter")
    post(client, "/mitglieder/2/rolle", rolle="Admin")

    answer = post(client, "/mitglieder/3/rolle", rolle="Mitarbeiter")

    assert refused.status_code == 422
    assert "letzte aktive Verwaltung" in refused.text
    assert answer.headers["Location"] == "/anmelden"
    assert client.get("/profil").status_code == 303


def test_deactivating_asks_first_then_ends_access_and_can_be_taken_back(firm: Web) -> None:
    lea, ute = firm.client(Role.MITARBEITER), firm.client(Role.ADMIN)
    post(ute, "/mitglieder/1/postfaecher", betreut="1")
    asked = ute.get("/mitglieder/1/deaktivieren").text

    done = post(ute, "/mitglieder/1/deaktivieren", nachfolge="2")

    assert "info@" in asked.split("<dl")[1].split("</dl>")[0]
    assert "kümmert sich sonst niemand" in asked
    assert "Max Chef" not in asked.split("<select")[1].split("</select>")[0], "Management classifies nothing"
    assert lea.get("/profil").status_code == 303
    page = ute.get(done.headers["Location"]).text
    assert "Wieder aktivieren" in page
    assert "Deaktivierte Mitglieder (1)" in ute.get("/mitglieder").text
    with firm.runtime.look() as turn:
        assert care.ranks(turn, JENS) == {1: 1}
    back = post(ute, "/mitglieder/1/aktivieren")
    assert "kann sich wieder anmelden" in ute.get(back.headers["Location"]).text
    assert member(firm, LEA).active


def test_nobody_deactivates_himself(firm: Web) -> None:
    client = firm.client(Role.ADMIN)

    assert "Deaktivieren …" not in client.get("/mitglieder/3").text
    assert post(client, "/mitglieder/3/deaktivieren").status_code == 422


def test_a_new_link_is_shown_for_who_never_came_in(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    post(client, "/mitglieder", name="Mia Neu", rolle="Mitarbeiter")

    shown = post(client, "/mitglieder/6/einladung")

    assert "nur jetzt zu sehen" in shown.text
    assert "/anmelden#" in shown.text


@pytest.mark.parametrize("path", ["/mitglieder/4711", "/mitglieder/4711/deaktivieren", "/teams/4711"])
def test_what_does_not_exist_is_not_found(firm: Web, path: str) -> None:
    assert firm.client(Role.ADMIN).get(path).status_code == 404


def test_the_own_profile_stores_own_hours_for_every_role(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        members.look_after(turn, LEA, {1: 1})
        teams.create(turn, "Service", Part(members=frozenset({LEA})))
    client = firm.client(Role.MITARBEITER)
    fields = {"zeiten": "eigene", "von-fri": "08:00", "bis-fri": "12:00", "zustellung": "morgens und mittags"}

    saved = post(client, "/profil/arbeitszeit", zone="", **fields)
    refused = post(client, "/profil/arbeitszeit", zone="Mond", **fields)

    assert saved.status_code == 303
    assert member(firm, LEA).hours == {"fri": [["08:00", "12:00"]]}
    assert refused.status_code == 422
    assert "Unbekannte Zeitzone" in refused.text
    page = client.get("/profil").text
    assert "Stelle 1 von 1" in page
    assert "Service" in page
