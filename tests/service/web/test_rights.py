"""Every route with every role, on own, foreign and missing objects, against the matrix in service/guards.py."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.duty import MemberAccount, Team, TeamMember
from models.message import Conversation
from models.party import Company
from models.staff import Member, ServiceToken, WebSession
from models.terms import AbsenceKind, Channel, Role
from service import guards
from service.actions import absence
from service.actions.absence import Plan
from service.guards import Extent, Right
from service.store import accounts, staff
from service.store.accounts import Facts
from service.store.sessions import handle
from tests.service.web.house import DAY, MISSING, House, Route, call, ends_the_session, routes
from tests.service.web.test_pages import rules
from tests.web_data import Web, copied, csrf

# Every page with every role: what the pages do is counted where they are proved.
pytestmark = pytest.mark.unmeasured


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, filled: Path) -> Iterator[House]:
    firm = copied(tmp_path_factory.mktemp("rechte"), filled)
    with firm.runtime.turn() as turn:
        lead = staff.add(turn, "Fremde Betreuung", Role.MITARBEITER)
        target = staff.add(turn, "Ziel", Role.MANAGEMENT)
        box = accounts.ensure(turn, Channel.EMAIL, "geheim@muster.example", Facts("geheim@", people=6))
        turn.session.add(MemberAccount(member_id=lead.id, account_id=box.id))
        first, second = turn.session.scalars(select(Conversation).order_by(Conversation.id).limit(2))
        second.account_id, second.company_id = box.id, None
        turn.session.flush()
        staff.add_session(turn, "sitzung-eines-anderen", lead.id, turn.now)
        own, foreign, place = first.id, second.id, first.account_id
        theirs = absence.enter(turn, lead.id, Plan(AbsenceKind.KRANK, turn.now + DAY, turn.now + 2 * DAY)).absence_id
        group = Team(name="Bestand", created_at=turn.now)
        turn.session.add(group)
        turn.session.flush()
        stranger, group_id, foreign_place = lead.id, group.id, box.id
    common: dict[str, object] = {"kind": "firma", "party_id": 1, "name": "base.css", "team_id": group_id}
    common |= {"absence_id": MISSING, "member_id": target.id, "_rest": "nichts", "verb": "abholen", "twin_id": MISSING}
    common |= {"rule_id": MISSING, "key_id": MISSING, "number": MISSING, "version_id": MISSING}
    yield House(
        firm,
        common | {"conversation_id": own, "handle": "0" * 16, "account_id": place},
        common
        | {"conversation_id": foreign, "handle": handle("sitzung-eines-anderen")}
        | {"absence_id": theirs, "member_id": stranger, "account_id": foreign_place},
    )
    firm.runtime.database.dispose()


def test_every_route_names_a_right_of_the_matrix_or_says_that_it_is_open(house: House) -> None:
    for route in routes(house.firm):
        assert route.who in {guards.PUBLIC} or route.who in guards.MATRIX, route


def test_the_matrix_says_something_for_every_role() -> None:
    for right in guards.MATRIX:
        assert set(right.extents) == set(Role), right.name
        assert right.roles, right.name
    assert len({right.name for right in guards.MATRIX}) == len(guards.MATRIX)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_reaches_what_the_matrix_gives_it_and_nothing_else(house: House, role: Role) -> None:
    client = house.firm.client(role)
    token = csrf(client)

    wrong = []
    for route in routes(house.firm):
        if isinstance(route.who, Right) and not ends_the_session(route):
            status = call(client, route, house.own, token).status_code
            forbidden = status in {401, 403}
            by_session = getattr_session(house.firm, route)
            if forbidden is (role in route.who and by_session):
                wrong.append((route.method, route.path, status))

    assert wrong == []


def getattr_session(firm: Web, route: Route) -> bool:
    """Whether a browser with a session may call a route at all; some of the API are for tokens alone."""
    for rule in rules(firm):
        if rule.rule == route.path and route.method in (rule.methods or set()):
            return bool(getattr(firm.app.view_functions[rule.endpoint], guards.BY_SESSION, True))
    raise AssertionError(route)


def test_own_conversations_are_shown(house: House) -> None:
    client = house.firm.client(Role.MITARBEITER)

    for path in ("/konversation/{}", "/einordnen/{}", "/einordnen/{}/zeile"):
        assert client.get(path.format(house.own["conversation_id"])).status_code == 200


def test_nobody_without_a_session_reaches_anything_of_the_firm(house: House) -> None:
    client = house.firm.client(None)

    for route in routes(house.firm):
        if isinstance(route.who, Right):
            answer = call(client, route, house.own)
            assert answer.status_code in {303, 401}, route
            assert answer.headers.get("Location", "/anmelden").startswith("/anmelden"), route


@pytest.mark.parametrize("role", [Role.MITARBEITER, Role.TEAM_LEAD])
def test_foreign_objects_are_answered_like_missing_ones(house: House, role: Role) -> None:
    with house.firm.runtime.turn() as turn:
        lead = staff.with_role(turn, Role.TEAM_LEAD)[0]
        if turn.session.scalars(select(TeamMember).where(TeamMember.member_id == lead.id)).first() is None:
            team = Team(name="Rand", created_at=turn.now)
            turn.session.add(team)
            turn.session.flush()
            turn.session.add(TeamMember(team_id=team.id, member_id=lead.id, leads=True))
    client = house.firm.client(role)
    token = csrf(client)
    missing = house.own | {"conversation_id": MISSING, "handle": "0" * 16, "absence_id": MISSING, "member_id": MISSING}
    # A Team-Lead enters absences and deputies of everybody: a sick person does not sign in.
    walked = {"conversation_id", "handle"} | ({"absence_id", "member_id"} if role is Role.MITARBEITER else set())
    seen = set()

    for route in routes(house.firm):
        if not isinstance(route.who, Right) or not walked & set(route.places):
            continue
        if route.who.extents[role] is not Extent.EIGENE:
            continue
        foreign, gone = call(client, route, house.foreign, token), call(client, route, missing, token)
        assert foreign.status_code == gone.status_code, route
        assert not 200 <= foreign.status_code < 300, route
        assert without_token(foreign) == without_token(gone), route
        seen |= walked & set(route.places)

    assert seen == walked


def without_token(answer: TestResponse) -> str:
    return re.sub(r"[0-9a-f]{32,}|99999\d*", "", answer.text)


BODIES = (
    ("/einordnen/bestaetigen", lambda number: {"ids": [number], "category": "Werbung"}),
    ("/einordnen/bestaetigen", lambda number: {"ids": [number]}),
    ("/zustaendig", lambda number: {"ids": [number], "verb": "uebernehmen"}),
    ("/zustaendig", lambda number: {"ids": [number], "verb": "uebergeben", "member": 1}),
    ("/einordnen/anwesend", lambda number: {"id": number}),
)


@pytest.mark.parametrize("place", range(len(BODIES)))
def test_a_foreign_conversation_in_a_body_is_answered_like_a_missing_one(house: House, place: int) -> None:
    path, body = BODIES[place]
    client = house.firm.client(Role.MITARBEITER)
    headers = {"X-CSRF-Token": csrf(client)}

    foreign = client.post(path, json=body(house.foreign["conversation_id"]), headers=headers)
    gone = client.post(path, json=body(MISSING), headers=headers)

    assert (foreign.status_code, foreign.json) == (404, gone.json)


LISTS = ("/", "/konversationen", "/konversationen?kennzahl=unclassified", "/konversationen?suche=@", "/partei/firma/1")
LISTS += ("/kennzahlen", "/kennzahlen/stand", "/?ansicht=ohne", "/?ansicht=alt", "/?ansicht=erledigt")


@pytest.mark.parametrize("path", LISTS)
def test_no_list_shows_a_foreign_conversation(house: House, path: str) -> None:
    client = house.firm.client(Role.MITARBEITER)

    text = client.get(path, follow_redirects=True).text

    number = house.foreign["conversation_id"]
    assert f'/konversation/{number}"' not in text
    assert f'data-id="{number}"' not in text
    assert "geheim@" not in text


def test_figures_of_a_foreign_mailbox_are_answered_like_those_of_a_missing_one(house: House) -> None:
    client = house.firm.client(Role.MITARBEITER)
    with house.firm.runtime.look() as turn:
        box = accounts.find(turn, Channel.EMAIL, "geheim@muster.example")
    assert box is not None

    for path in ("/kennzahlen?postfach=", "/kennzahlen/stand?postfach="):
        foreign, gone = client.get(f"{path}{box.id}"), client.get(f"{path}{MISSING}")
        assert (foreign.status_code, gone.status_code) == (404, 404)
        assert without_token(foreign) == without_token(gone)
    foreign, gone = client.get(f"/api/v1/kpis?postfach={box.id}"), client.get(f"/api/v1/kpis?postfach={MISSING}")
    assert (foreign.status_code, foreign.json) == (gone.status_code, gone.json)


def test_rows_behind_a_figure_of_the_firm_say_how_many_lie_elsewhere(house: House) -> None:
    worker, chief = house.firm.client(Role.MITARBEITER), house.firm.client(Role.ADMIN)
    with house.firm.runtime.turn() as turn:
        second = turn.session.get_one(Conversation, house.foreign["conversation_id"])
        second.unclassified = 1

    text = worker.get("/konversationen?kennzahl=unclassified").text

    assert "1 weitere Konversation liegt in Postfächern, um die Sie sich nicht kümmern." in text
    assert "um die Sie sich nicht kümmern" not in chief.get("/konversationen?kennzahl=unclassified").text
    assert "um die Sie sich nicht kümmern" not in worker.get("/konversationen?kennzahl=unclassified&suche=x").text


ODD = {
    "role": "Admin",
    "rolle": "Admin",
    "member_id": 1,
    "mitglied": 1,
    "id": 1,
    "active": True,
    "created_at": "2020-01-01",
    "version": 99,
    "tenant_id": 1,
    "account_id": 1,
    "class_source": "Regel",
    "origin": "Regel",
    "assignee_id": 1,
    "owner_id": 1,
    "decided_at": "2020-01-01",
    "sample": True,
    "state": "Archiviert",
    "expires_at": "2099-01-01",
    "scope_": "kpis",
    "is_admin": "1",
}


def test_twenty_fields_that_nobody_asked_for_change_nothing(house: House) -> None:
    """Each changing route is called with the fields alone, as JSON and as a form, by whom the matrix lets through."""
    assert len(ODD) == 20
    left_out = {"/sitzungen/<handle>/beenden", "/tokens/<handle>/sperren"}

    for role in (Role.MITARBEITER, Role.DATENSCHUTZ):
        client = house.firm.client(role)
        headers = {"X-CSRF-Token": csrf(client)}
        for route in routes(house.firm):
            if route.method != "POST" or ends_the_session(route) or route.path in left_out:
                continue
            before = rights(house.firm)
            for sent in ({"json": ODD}, {"data": {name: str(value) for name, value in ODD.items()}}):
                answer = client.post(route.filled(house.own), headers=headers, **sent)  # type: ignore[arg-type]
                assert answer.status_code < 500, route
            assert rights(house.firm) == before, route


def rights(firm: Web) -> list[tuple[object, ...]]:
    """Return what such a field would change: who may what, who is responsible, whose session it is."""
    columns = (
        (Member.id, Member.role, Member.active, Member.created_at, Member.sample),
        (Conversation.id, Conversation.account_id, Conversation.category, Conversation.assignee_id),
        (Company.id, Company.owner_id, Company.sample),
        (ServiceToken.token_hash, ServiceToken.scope),
        (WebSession.id_hash, WebSession.member_id, WebSession.created_at),
    )
    with firm.runtime.look() as turn:
        return [tuple(row) for each in columns for row in turn.session.execute(select(*each).order_by(each[0]))]
