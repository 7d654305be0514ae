"""The differencing attack: a client asks every allowed combination of filters and solves for the figure of a small group."""

import random
import re
from datetime import timedelta
from itertools import chain, combinations
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models.account import Account
from models.duty import MemberAccount
from models.export import FigureGroup
from models.message import Conversation
from models.record import MessageRecord
from models.staff import Member
from models.terms import Category, Channel, ConversationState, Role
from service.actions import intake
from service.actions.intake import Judge
from service.domain import kpi
from service.domain.reading import Span
from service.store import accounts, duty, forecast, groups, keys, shown
from service.store.accounts import Facts
from tests import web_data
from tests.conftest import NOW
from tests.factories import OWN, answer, mail
from tests.service.domain.test_protection import derivable
from tests.web_data import Web

# Hundreds of combinations of the same pages.
pytestmark = pytest.mark.unmeasured

# People per mailbox; the WhatsApp number of web_data is the whole of its channel and so the firm's.
PEOPLE = {"klein": 2, "gross": 9}
CLASSES = ("", "Kunde")
PERIODS = ("7", "30")
# What an average is made of: whoever knows one of these for a small group knows its speed or its share.
TELLING = ("quote", "mail_reaction", "resolved", "resolution_time", "reopened", "suggested", "correction", "classes")


def traffic(name: str, rng: random.Random) -> list[MessageRecord]:
    found = []
    for day in range(1, 27, 2):
        at = NOW - timedelta(days=day, hours=rng.randrange(1, 4))
        peer, thread = f"{name}{day}@kontor-nord.example", f"{name}{day}"
        found.append(mail(peer, at=at, thread=thread))
        found.append(answer(peer, at=at + timedelta(minutes=rng.randrange(5, 200)), thread=thread))
    return found


@pytest.fixture
def firm(tmp_path: Path, migrated: Path) -> Web:
    made = web_data.web(tmp_path, migrated, ())
    rng = random.Random(16)
    with made.runtime.turn() as turn:
        accounts.find(turn, Channel.EMAIL, f"info@{OWN}").people = 5  # type: ignore[union-attr]
        for name, people in PEOPLE.items():
            box = accounts.ensure(turn, Channel.EMAIL, f"{name}@{OWN}", Facts(f"{name}@", shared=True, people=people))
            intake.take_in(turn, traffic(name, rng), box.id, Judge(keys.book(turn)))
    return made


def is_shown(client: FlaskClient, query: dict[str, str]) -> bool:
    """Say whether anything telling is shown of this choice, in the API."""
    answer_ = client.get("/api/v1/kpis", query_string=query)
    assert answer_.status_code == 200, answer_.text
    figures = {one["key"]: one for one in answer_.json["kpis"]}
    for key in TELLING:
        one = figures[key]
        facts = {name for name, value in one["facts"].items() if value and name not in {"waiting", "oldest_minutes"}}
        told = one["value"] is not None or one["trend"] or one["strict"] or one["previous"]
        assert not one["withheld"] or not (told or facts - {"breached"} or (one["rows"] or {}).get("count")), one
    return any(not figures[key]["withheld"] for key in TELLING)


def test_nobody_derives_the_figure_of_a_small_group_from_everything_that_is_shown(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)
    with firm.runtime.look() as turn:
        boxes = {one.account_id: one.claimed for one in groups.holders(turn) if one.channel is Channel.EMAIL}
    numbers = sorted(boxes)
    choices = list(chain.from_iterable(combinations(numbers, size) for size in range(len(numbers) + 1)))

    asked = []
    for chosen in choices:
        for category in CLASSES:
            for place, period in enumerate(PERIODS):
                query = {"zeitraum": period, "kanal": "E-Mail"} | ({"klasse": category} if category else {})
                query |= {"postfach": ",".join(map(str, chosen))} if chosen else {}
                if is_shown(client, query):
                    # One unknown per mailbox, class and stretch of days that no two periods share.
                    wanted = set(chosen or numbers)
                    asked.append(
                        [
                            int(box in wanted and category in {"", kind} and stretch <= place)
                            for box in numbers
                            for kind in ("Kunde", "Rest")
                            for stretch in range(len(PERIODS))
                        ]
                    )

    assert len(asked) > len(CLASSES) * len(PERIODS)
    per_box = 2 * len(PERIODS)
    for size in range(1, len(numbers)):
        for group in combinations(range(len(numbers)), size):
            if max(boxes[numbers[n]] for n in group) < 5:
                columns = {n * per_box + rest for n in group for rest in range(per_box)}
                assert not derivable(asked, columns), [numbers[n] for n in group]


def test_the_attack_would_find_the_small_group_without_the_protection() -> None:
    firm, rest = [1, 1, 1], [0, 1, 1]

    assert derivable([firm, rest], {0})


@pytest.mark.parametrize("path", ["/kennzahlen", "/kennzahlen/stand", "/kennzahlen/export.csv", "/api/v1/kpis"])
def test_page_export_and_api_withhold_alike(firm: Web, path: str) -> None:
    client = firm.client(Role.TEAM_LEAD)
    with firm.runtime.look() as turn:
        small = accounts.find(turn, Channel.EMAIL, f"klein@{OWN}")
    assert small is not None

    answer_ = client.get(path, query_string={"postfach": small.id, "teil": "kennzahlen"})

    assert "weniger als 5 Personen" in answer_.get_data(as_text=True)


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
    assert "auf dieser Seite" in client.get("/konversationen").text
    assert re.search(r"\d+ gefunden", client.get("/konversationen?wartet=1").text)


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


def test_no_file_counts_what_happened_by_small_mailbox_nor_when_its_mail_came_in(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)
    with firm.runtime.look() as turn:
        small = accounts.find(turn, Channel.EMAIL, f"klein@{OWN}")
    assert small is not None

    over = client.get("/konversationen/export.csv?kennzahl=mail_reaction").data.decode("utf-8-sig")
    now = client.get("/konversationen/export.csv?kennzahl=unclassified").data.decode("utf-8-sig")
    hours = client.get(f"/kennzahlen/export.csv?teil=stunden&postfach={small.id}").data.decode("utf-8-sig")
    page = client.get(f"/kennzahlen?postfach={small.id}").text.split('data-part="stunden"')[1]

    assert ";gross@;" in over
    assert ";klein@;" not in over
    assert len(over.splitlines()) > len([line for line in over.splitlines() if ";gross@;" in line]) + 1
    assert ";info@;" in now or ";klein@;" in now or len(now.splitlines()) == 1
    assert len(hours.splitlines()) == 1
    assert "weniger als 5 Personen" in page.split("</section>")[0]


def test_the_forecast_of_a_small_mailbox_is_that_of_all_small_ones_together(firm: Web) -> None:
    rng = random.Random(7)
    with firm.runtime.turn() as turn:
        for name, minutes in (("klein", 30), ("winzig", 400)):
            box = accounts.ensure(turn, Channel.EMAIL, f"{name}@{OWN}", Facts(f"{name}@", shared=True, people=1))
            found = []
            for n in range(45):
                at = NOW - timedelta(days=1 + n // 3, hours=n % 3)
                peer, thread = f"p{n}@{name}.example", f"{name}-{n}"
                found += [
                    mail(peer, at=at, thread=thread),
                    answer(peer, at=at + timedelta(minutes=minutes + rng.randrange(9)), thread=thread),
                ]
            intake.take_in(turn, found, box.id, Judge(keys.book(turn)))

    with firm.runtime.look() as turn:
        boxes = {one.address.split("@")[0]: one.id for one in turn.session.scalars(select(Account))}
        likely = {name: forecast.now(turn, Channel.EMAIL, number).likely_at for name, number in boxes.items()}

    assert likely["klein"] == likely["winzig"] == likely["info"]


def test_no_address_sorts_mailboxes_by_speed(firm: Web) -> None:
    client = firm.client(Role.TEAM_LEAD)
    names = ["gross@", "info@", "klein@", "WhatsApp Service"]

    for query in ("", "?sortierung=reaktion&sort=mean"):
        page = client.get(f"/kennzahlen{query}").text
        table = page[page.index('id="h-bx"') :]
        found = sorted(names, key=lambda name: table.index(f">{name}<"))
        assert found == sorted(names, key=str), query


def test_the_firm_has_a_customer(firm: Web) -> None:
    figures = firm.client(Role.TEAM_LEAD).get("/api/v1/kpis?klasse=Kunde").json["kpis"]

    reaction = next(one for one in figures if one["key"] == "mail_reaction")
    assert reaction["facts"]["answers"] == 13 * len(PEOPLE)
    assert Category.KUNDE.value == "Kunde"
