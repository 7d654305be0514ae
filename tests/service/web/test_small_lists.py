"""Lists do not give away what figures withhold: of what happened over a time, of a colleague, of a small mailbox."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from models.account import Account
from models.duty import MemberAccount
from models.export import FigureGroup
from models.message import Conversation
from models.staff import Member
from models.terms import Channel, ConversationState, Role
from service.domain import kpi
from service.domain.reading import Span
from service.store import accounts, duty, shown
from tests.factories import OWN
from tests.service.web import small_mailbox
from tests.web_data import Web

pytestmark = pytest.mark.unmeasured


@pytest.fixture
def firm(tmp_path: Path, migrated: Path) -> Web:
    return small_mailbox.firm(tmp_path, migrated)


def test_what_happened_over_time_is_never_listed_for_one_colleague(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)

    refused = [
        client.get(f"/konversationen{how}?zustaendig=1&{query}").status_code
        for how in ("", "/export.csv")
        for query in (
            "kennzahl=reaction",
            "kennzahl=correction",
            "antwort=2026-11-17",
            "tag=2026-11-17",
            "zeitraum=7",
            "zustand=archiviert",
            f"zustand={ConversationState.ERLEDIGT}&wartet=1",
        )
    ]

    assert set(refused) == {422}
    assert client.get("/konversationen?zustaendig=1&kennzahl=unhandled").status_code == 200
    assert client.get("/konversationen?zustaendig=ich&kennzahl=reaction").status_code == 200


def test_a_colleagues_list_holds_what_has_to_be_done_and_says_nothing_of_what_is_over(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)
    with firm.runtime.look() as turn:
        rows = turn.session.scalars(select(Conversation)).all()
        responsible = {number: one.member_id for number, one in duty.responsible(turn, rows).items()}
        work = {one.id for one in rows if shown.is_work(one, turn.now)}
        member = next(one for one in responsible.values() if one)
        mine = {number for number, one in responsible.items() if one == member}

    listed = client.get(f"/konversationen/export.csv?zustaendig={member}").data.decode("utf-8-sig").splitlines()[1:]
    found = client.get("/api/v1/conversations?anzahl=200").json["conversations"]

    assert {int(line.split(";")[0]) for line in listed} == (mine & work if member != 2 else mine)
    assert {one["id"] for one in found if one["responsible"]} == work
    assert len(work) < len(rows) == len(found)


def over_time() -> list[str]:
    return [figure.key for figure in kpi.EVERY if figure.span is not Span.JETZT and figure.key != "notices"]


def test_what_happened_over_time_is_not_listed_for_a_small_group_under_any_address(firm: Web) -> None:
    """Two counts of rows are a share: the closed ones that came back, the suggestions that were wrong."""
    client = firm.client(Role.TEAM_LEAD)
    with firm.runtime.look() as turn:
        small = accounts.find(turn, Channel.EMAIL, f"klein@{OWN}")
    assert small is not None
    lists = [f"kennzahl={key}" for key in over_time()] + ["antwort=2026-11-17", "tag=2026-11-17"]
    shown_ = {one["key"]: one for one in client.get(f"/api/v1/kpis?postfach={small.id}").json["kpis"]}
    page = client.get(f"/kennzahlen?postfach={small.id}").text

    for n, query in enumerate(lists):
        more = ("", "&klasse=Kunde", "&kanal=E-Mail")[n % 3]
        for path in ("/konversationen", "/konversationen/export.csv", "/api/v1/exports/conversations.csv"):
            answer_ = client.get(f"{path}?{query}&postfach={small.id}{more}")
            assert answer_.status_code == 422, (path, query, more)
            assert "weniger als 5 Personen" in answer_.text
    assert all(client.get(f"/api/v1/conversations?{one}&postfach={small.id}").status_code == 422 for one in lists[:-2])
    assert {key for key in over_time() if shown_[key]["rows"]} == set()
    assert not [key for key in over_time() if f"kennzahl={key}" in page.split('data-part="postfaecher"')[0]]
    for own in ("kennzahl=unhandled", "kennzahl=old_open", "kennzahl=reaction&zustaendig=ich", "wartet=1"):
        assert client.get(f"/konversationen?postfach={small.id}&{own}").status_code == 200, own


def test_whoever_reaches_only_a_small_mailbox_sees_no_list_of_what_happened_in_it_under_any_choice(firm: Web) -> None:
    """Without a choice the rows are those within reach: all that came back, without one's own, is the colleague's."""
    with firm.runtime.turn() as turn:
        who = {role: turn.session.scalars(select(Member).where(Member.role == role)).first() for role in Role}
        for box in turn.session.scalars(select(Account)):
            member = who[Role.MITARBEITER if box.address == f"klein@{OWN}" else Role.TEAM_LEAD]
            assert member is not None
            turn.session.add(MemberAccount(account_id=box.id, member_id=member.id))
    client = firm.client(Role.MITARBEITER)

    for query in [f"kennzahl={key}" for key in over_time()] + ["antwort=2026-11-17", "tag=2026-11-17"]:
        for path in ("/konversationen", "/konversationen/export.csv"):
            assert client.get(f"{path}?{query}").status_code == 422, (path, query)
        assert client.get(f"/konversationen?{query}&zustaendig=ich").status_code == 200, query
    shown_ = {one["key"]: one for one in client.get("/api/v1/kpis").json["kpis"]}
    assert {key for key in over_time() if shown_[key]["rows"]} == set()
    assert shown_["unhandled"]["rows"]
    assert shown_["mail_reaction"]["value"] is not None
    page = client.get("/kennzahlen").text
    assert "öffnet sich für Sie keine Liste" in page
    assert not re.search(r'href="[^"]*(antwort|tag|stunde|dauer)=', page)
    assert "öffnet sich für Sie keine Liste" not in firm.client(Role.TEAM_LEAD).get("/kennzahlen").text
    assert "auf dieser Seite" in client.get("/konversationen").text
    assert re.search(r"\d+ gefunden", client.get("/konversationen?wartet=1").text)


def test_who_reaches_whole_groups_and_a_part_of_another_sees_the_rows_of_the_whole_ones(firm: Web) -> None:
    """As a lead does who has a mailbox of his own: without these rows no list would open for anybody in a team."""
    with firm.runtime.turn() as turn:
        box = {one.address.split("@")[0]: one.id for one in turn.session.scalars(select(Account))}
        people = {one.role: one.id for one in turn.session.scalars(select(Member))}
        others = [one for role, one in people.items() if role is not Role.MITARBEITER]
        of_box = {"klein": [people[Role.MITARBEITER]], "gross": list(people.values())}
        for name, number in box.items():
            turn.session.add_all(MemberAccount(account_id=number, member_id=one) for one in of_box.get(name, others))
    client = firm.client(Role.MITARBEITER)

    for query in ("kennzahl=reaction", "kennzahl=classes", "tag=2026-11-10&tage=7", "antwort=2026-11-17"):
        whole, large = (client.get(f"/konversationen?{query}{more}").text for more in ("", f"&postfach={box['gross']}"))
        assert _rows(whole) == _rows(large), query
        assert "Nicht dabei ist klein@:" in whole
        assert "Nicht dabei" not in large
        assert client.get(f"/konversationen?{query}&postfach={box['klein']}").status_code == 422
        files = [
            client.get(f"/konversationen/export.csv?{query}{more}").data for more in ("", f"&postfach={box['gross']}")
        ]
        assert files[0] == files[1]
    assert _rows(client.get("/konversationen?kennzahl=reaction").text)
    figures = {one["key"]: one for one in client.get("/api/v1/kpis").json["kpis"]}
    assert {key for key in over_time() if figures[key]["rows"]} == set(over_time())
    assert "öffnet sich für Sie keine Liste" not in client.get("/kennzahlen").text
    assert "klein@" in client.get("/konversationen").text.split("<tbody>")[1]


def _rows(page: str) -> list[str]:
    return re.findall(r'<a href="/konversation/(\d+)">', page)


def test_days_keep_the_groups_that_held_on_them_in_lists_too(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        boxes = {box.address.split("@")[0]: box for box in turn.session.scalars(select(Account))}
        box, other = boxes["klein"], boxes["gross"]
        box.people = 9
        for since, blocks in (("2026-01-01", (box.id, box.id)), ("2026-07-01", (box.id, other.id))):
            for one, block in zip((box, other), blocks, strict=True):
                turn.session.add(FigureGroup(since=since, account_id=one.id, block=min(block, one.id)))
    client = firm.client(Role.TEAM_LEAD)

    def asked(query: str) -> list[int]:
        paths = ("/konversationen", "/konversationen/export.csv")
        return [client.get(f"{path}?postfach={box.id}&{query}").status_code for path in paths]

    assert asked("tag=2026-11-10&tage=7") == asked("antwort=2026-11-10") == [200, 200]
    assert asked("tag=2026-03-02&tage=7") == asked("antwort=2026-03-02") == [422, 422]


def test_how_many_rows_a_list_of_a_small_mailbox_has_is_said_of_open_ones_alone(firm: Web) -> None:
    """Everything that came within a week, beside what of it has no class, would be the share of what has one."""
    client = firm.client(Role.TEAM_LEAD)
    with firm.runtime.look() as turn:
        small = accounts.find(turn, Channel.EMAIL, f"klein@{OWN}")
    assert small is not None

    def says(query: str) -> bool:
        answer_ = client.get(f"/konversationen?{query}")
        assert answer_.status_code == 200, query
        text = answer_.text
        told = bool(re.search(r"\d+ gefunden", text))
        assert told or ("auf dieser Seite" in text and "Diese als Excel" in text and not re.search(r"Diese \d", text))
        return told

    assert not any(
        map(says, (f"postfach={small.id}{more}" for more in ("", "&zeitraum=7", "&zustand=offen", "&klasse=Kunde")))
    )
    assert all(
        map(says, (f"postfach={small.id}{more}" for more in ("&wartet=1", "&klasse=ohne", "&kennzahl=unhandled")))
    )
    assert all(map(says, ("", "zeitraum=7", "zustand=erledigt", "zustaendig=ich")))
