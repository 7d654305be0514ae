"""Where a member is signed in, ending it from elsewhere, and what an Admin may end."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models.terms import Role
from models.trail import Trail
from service.actions import signin
from service.store import sessions, staff
from tests.web_data import Web, csrf

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604"


def enter(firm: Web, role: Role, agent: str) -> FlaskClient:
    client = firm.app.test_client()
    answer = client.post("/anmelden", json={"token": firm.link(role)}, headers={"User-Agent": agent})
    assert answer.status_code == 200
    return client


def handle(client: FlaskClient) -> str:
    cookie = client.get_cookie("postlotse")
    assert cookie is not None
    return sessions.handle(cookie.value)


def endings(firm: Web) -> list[Trail]:
    with firm.runtime.look() as turn:
        found = turn.session.scalars(select(Trail).where(Trail.verb == "Sitzung beendet").order_by(Trail.id)).all()
        turn.session.expunge_all()
        return list(found)


def test_a_member_sees_the_own_sessions_by_browser_and_nobody_elses(firm: Web) -> None:
    enter(firm, Role.MITARBEITER, IPHONE)
    enter(firm, Role.TEAM_LEAD, "Opera OPR/1 (X11; Linux)")
    here = enter(firm, Role.MITARBEITER, FIREFOX)

    text = here.get("/sitzungen").text

    assert "Firefox auf Windows" in text
    assert "Safari auf iPhone" in text
    assert "Opera" not in text
    assert text.count("dieser Browser") == 1


def test_ending_another_session_holds_on_the_server_at_once_and_stands_in_the_trail(firm: Web) -> None:
    phone, here = enter(firm, Role.MITARBEITER, IPHONE), enter(firm, Role.MITARBEITER, FIREFOX)

    answer = here.post(f"/sitzungen/{handle(phone)}/beenden", data={"csrf": csrf(here)})

    assert answer.headers["Location"] == "/sitzungen?beendet=1"
    assert phone.get("/profil").status_code == 303
    assert here.get("/profil").status_code == 200
    (line,) = endings(firm)
    assert line.before is not None
    assert line.before["browser"] == "Safari auf iPhone"
    assert line.member_id == int(line.about.removeprefix("member:"))


def test_ending_all_others_leaves_this_browser(firm: Web) -> None:
    others = [enter(firm, Role.MITARBEITER, IPHONE) for _ in range(3)]
    stranger = enter(firm, Role.TEAM_LEAD, IPHONE)
    here = enter(firm, Role.MITARBEITER, FIREFOX)

    here.post("/sitzungen/andere", data={"csrf": csrf(here)})

    assert [client.get("/profil").status_code for client in others] == [303, 303, 303]
    assert stranger.get("/profil").status_code == 200
    assert here.get("/profil").status_code == 200
    assert len(endings(firm)) == 3


def test_ending_the_session_of_this_browser_signs_out(firm: Web) -> None:
    here = enter(firm, Role.MITARBEITER, FIREFOX)

    answer = here.post(f"/sitzungen/{handle(here)}/beenden", data={"csrf": csrf(here)})

    assert answer.headers["Location"] == "/anmelden"
    assert here.get("/profil").status_code == 303


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_a_foreign_session_is_answered_like_a_missing_one(firm: Web, role: Role) -> None:
    victim = enter(firm, Role.ADMIN, IPHONE)
    client = enter(firm, role, FIREFOX)
    token = csrf(client)

    foreign = client.post(f"/sitzungen/{handle(victim)}/beenden", data={"csrf": token})
    missing = client.post(f"/sitzungen/{'0' * 16}/beenden", data={"csrf": token})
    short = client.post(f"/sitzungen/{handle(victim)[:3]}/beenden", data={"csrf": token})
    wild = client.post("/sitzungen/________________/beenden", data={"csrf": token})

    assert {answer.status_code for answer in (foreign, missing, short, wild)} == {404}
    assert foreign.text == missing.text == short.text == wild.text
    assert victim.get("/profil").status_code == 200


def test_an_admin_sees_and_ends_the_sessions_of_members(firm: Web) -> None:
    worker = enter(firm, Role.MITARBEITER, IPHONE)
    admin = enter(firm, Role.ADMIN, FIREFOX)

    text = admin.get("/sitzungen").text
    admin.post(f"/sitzungen/{handle(worker)}/beenden", data={"csrf": csrf(admin)})

    assert "Lea Voss" in text
    assert "Safari auf iPhone" in text
    assert worker.get("/profil").status_code == 303
    (line,) = endings(firm)
    assert f"member:{line.member_id}" != line.about


def test_sessions_that_are_over_are_not_listed(firm: Web) -> None:
    enter(firm, Role.MITARBEITER, IPHONE)
    firm.clock.move(signin.IDLE + timedelta(seconds=1))
    here = enter(firm, Role.MITARBEITER, FIREFOX)

    assert "Safari auf iPhone" not in here.get("/sitzungen").text


def test_a_changed_role_ends_all_sessions(firm: Web) -> None:
    worker = enter(firm, Role.MITARBEITER, IPHONE)
    admin = enter(firm, Role.ADMIN, FIREFOX)
    with firm.runtime.look() as turn:
        member = staff.with_role(turn, Role.MITARBEITER)[0]
        number, version = member.id, member.version

    data = {"csrf": csrf(admin), "rolle": "Management", "stand": str(version)}
    answer = admin.post(f"/mitglieder/{number}/rolle", data=data)

    assert answer.status_code == 303
    assert worker.get("/profil").status_code == 303
    with firm.runtime.look() as turn:
        assert staff.member(turn, number).role is Role.MANAGEMENT
