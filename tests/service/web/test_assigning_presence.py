"""Who has a row open just now, who looks after a party, and what a firm of one or a member who left sees."""

from datetime import timedelta

from sqlalchemy import event, func, select, update

from models.duty import Notice, Presence
from models.party import Company
from models.staff import Member, WebSession
from models.terms import Role
from service.actions import assign
from service.actions.assign import Chosen
from service.jobs import upkeep
from service.turn import Actor
from tests.service.web.test_assigning import JENS, LEA, UTE
from tests.service.web.test_inbox import find, post
from tests.web_data import Web, csrf


def test_colleagues_see_who_has_a_row_open_until_a_minute_has_passed(firm: Web) -> None:
    lea, jens = firm.client(), firm.client(Role.TEAM_LEAD)
    row = find(firm, "Miriam Oswald")

    assert post(lea, "/einordnen/anwesend", {"id": row.id}).status_code == 204

    seen = jens.get("/einordnen/anwesend")
    assert (seen.get_json(), lea.get("/einordnen/anwesend").get_json()) == ({str(row.id): "Lea Voss"}, {})
    same = jens.get("/einordnen/anwesend", headers={"If-None-Match": seen.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    firm.clock.move(timedelta(seconds=61))
    assert jens.get("/einordnen/anwesend").get_json() == {}
    assert post(lea, "/einordnen/anwesend", {"id": "1"}).status_code == 422
    assert post(lea, "/einordnen/anwesend", {"id": 99_999}).status_code == 404


def test_presence_keeps_no_session_alive_and_upkeep_removes_it(firm: Web) -> None:
    client = firm.client()
    row = find(firm, "Miriam Oswald")
    token = csrf(client)
    with firm.runtime.look() as turn:
        before = turn.session.scalars(select(WebSession.seen_at)).all()
    firm.clock.move(timedelta(minutes=10))

    client.get("/einordnen/anwesend")
    client.post("/einordnen/anwesend", json={"id": row.id}, headers={"X-CSRF-Token": token})

    with firm.runtime.look() as turn:
        assert turn.session.scalars(select(WebSession.seen_at)).all() == before
    firm.clock.move(timedelta(days=1, minutes=1))
    upkeep.hourly(firm.runtime)
    with firm.runtime.look() as turn:
        assert turn.session.scalars(select(Presence)).all() == []


def test_a_firm_of_one_sees_nothing_of_all_this_and_pays_nothing(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        turn.session.execute(update(Member).where(Member.id.in_((LEA, JENS))).values(active=False))
    client = firm.client(Role.ADMIN)
    asked: list[str] = []
    engine = firm.runtime.database.engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))

    pages = [client.get(path).text for path in ("/", "/konversationen", "/partei/firma/1", "/konversation/1")]

    assert not any("data-colleagues" in page or "Zuständig" in page or "Betreut von" in page for page in pages)
    assert not any("FROM deputy " in statement or "FROM presence" in statement for statement in asked)


def test_a_page_asks_the_same_number_of_questions_for_one_row_and_for_many(firm: Web) -> None:
    client = firm.client()
    asked: list[str] = []
    engine = firm.runtime.database.engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))

    def questions(path: str) -> int:
        asked.clear()
        assert client.get(path).status_code == 200
        return len(asked)

    questions("/konversationen")  # compiled statements and sessions settle
    one, many = questions("/konversationen?suche=oswald"), questions("/konversationen?suche=example")

    assert many <= one + 2  # parties of some rows


def test_who_looks_after_a_party_is_set_on_its_page(firm: Web) -> None:
    client = firm.client()
    data = {"csrf": csrf(client), "wer": str(UTE), "bisher": ""}

    answer = client.post("/partei/firma/1/betreuung", data=data, follow_redirects=True)

    assert "Ute Admin" in answer.text
    with firm.runtime.look() as turn:
        assert turn.session.get_one(Company, 1).owner_id == UTE
    late = client.post("/partei/firma/1/betreuung", data=data | {"wer": str(LEA)})
    assert (late.status_code, "Ute Admin" in late.text) == (409, True)
    assert client.post("/partei/firma/1/betreuung", data=data | {"wer": "x"}).status_code == 422
    assert client.post("/partei/haus/1/betreuung", data=data).status_code == 404
    page = firm.client(Role.MANAGEMENT).get("/partei/firma/1").text
    assert "Betreut von" in page
    assert "/betreuung" not in page


def test_a_row_of_the_party_belongs_to_who_looks_after_it(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        turn.session.execute(update(Company).where(Company.id == 1).values(owner_id=UTE))

    page = firm.client().get("/partei/firma/1").text

    assert "Ute Admin: betreut den Kunden oder Lieferanten" in page


def test_a_member_who_left_is_still_named(firm: Web) -> None:
    row = find(firm, "Miriam Oswald")
    with firm.runtime.turn(Actor(JENS, "Jens Thode", Role.TEAM_LEAD)) as turn:
        assign.hand_over(turn, Chosen((row.id,)), LEA)
        turn.session.execute(update(Member).where(Member.id == JENS).values(active=False))

    assert "übergeben von Jens Thode" in firm.client().get(f"/einordnen/{row.id}").text
    with firm.runtime.look() as turn:
        assert turn.session.scalar(select(func.count()).select_from(Notice)) == 1
