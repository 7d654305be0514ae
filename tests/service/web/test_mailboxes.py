"""The page about mailboxes: every state in plain German, for whom, what to press, and how many questions it costs."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.account import Account, Chain
from models.duty import MemberAccount
from models.inbox import Inbox
from models.job import Job
from models.subscription import Subscription, SubscriptionState
from models.terms import AccountState, Role
from models.trail import Trail
from service.actions import teams
from service.store import jobs, polls
from service.store.teams import Part
from tests.conftest import NOW
from tests.web_data import Web, csrf

BOX, CHAT = 1, 2
LEA = 1


def post(client: FlaskClient, path: str, **fields: object) -> TestResponse:
    return client.post(path, data={"csrf": csrf(client), **fields})


def row(page: str, name: str) -> str:
    """Return the table row of one mailbox."""
    return next(part for part in page.split("<tr>") if f">{name}</a>" in part)


def polled(firm: Web, **values: Any) -> None:
    """Let info@ be read from a server, standing as `values` say."""
    with firm.runtime.turn() as turn:
        box = turn.session.get_one(Account, BOX)
        polls.enroll(turn, [box.address])
        box.round, box.last_ok_at = 1, NOW - timedelta(minutes=3)
        for name, value in values.items():
            setattr(box, name, value)
        if not turn.session.scalar(select(Chain.id).where(Chain.account_id == BOX)):
            whole = Chain(account_id=BOX, folder="a", kind="inbox", complete_at=NOW, round=1, swept_round=1, read=812)
            turn.session.add(whole)


def test_a_mailbox_that_is_well_says_how_old_the_last_success_is(firm: Web) -> None:
    polled(firm)

    shown = row(firm.client(Role.ADMIN).get("/postfaecher").text, "info@")

    assert "Bereit" in shown
    assert "vor 3 Min." in shown
    assert "nur Abruf" in shown
    assert "unvollständig" not in shown


REFUSED = AccountState.ANGEHALTEN


@pytest.mark.parametrize(
    ("values", "word", "said", "todo"),
    [
        ({"state": AccountState.GESTOERT, "error_code": "PL-2001"}, "Gestört", "nicht erreichbar", "Abwarten"),
        ({"state": REFUSED, "error_code": "PL-2002"}, "Abgelehnt", "verweigert den Zugriff", "Anmeldung und Rechte"),
        ({"state": REFUSED, "error_code": "PL-2005"}, "Abgelehnt", "Anmeldung nötig", "Zertifikat oder Geheimnis"),
        ({"state": REFUSED, "error_code": "PL-2006"}, "Abgelehnt", "ohne Lizenz", "Lizenz für Exchange Online"),
        ({"state": REFUSED, "error_code": "PL-2008"}, "Abgelehnt", "nicht zu finden", "Adresse in POSTLOTSE"),
        ({"state": REFUSED, "error_code": "PL-2009"}, "Abgelehnt", "nicht freigegeben", "direktes Mitglied"),
        ({"state": REFUSED, "error_code": "PL-2011"}, "Abgelehnt", "mehr Rechte", "in Entra entfernen"),
        ({"warning_code": "PL-2007"}, "Eingeschränkt", "Postfach ist voll", "Platz im Postfach"),
        ({"last_ok_at": NOW - timedelta(hours=2)}, "Nicht gelesen", "über einer Stunde", "doctor"),
        ({"last_ok_at": None}, "Wartet", "erste Abruf", ""),
    ],
)
def test_each_state_is_named_with_its_cause_and_what_to_do(
    firm: Web, values: dict[str, Any], word: str, said: str, todo: str
) -> None:
    polled(firm, **values)
    client = firm.client(Role.ADMIN)

    listed, page = row(client.get("/postfaecher").text, "info@"), client.get("/postfaecher/1").text

    assert word in listed
    assert said in listed
    assert word in page
    assert said in page
    assert ("Was zu tun ist" in page) is bool(todo)
    assert todo in page
    if "error_code" in values:
        assert f"/hilfe#{values['error_code']}" in listed


def test_figures_that_are_older_say_since_when_and_the_dashboard_leads_here(firm: Web) -> None:
    since = NOW - timedelta(hours=1)
    polled(firm, state=AccountState.GESTOERT, error_code="PL-2001", incomplete_since=since, last_ok_at=since)
    client = firm.client(Role.ADMIN)

    listed, figures = client.get("/postfaecher").text, client.get("/kennzahlen").text

    assert "Stand unvollständig seit" in row(listed, "info@")
    assert "Ein Postfach wird" in listed
    assert 'href="/postfaecher/1"' in figures.split("Stand unvollständig seit")[1].split("</p>")[0]


def test_the_first_read_shows_its_progress_folder_by_folder_in_numbers_and_as_a_bar(firm: Web) -> None:
    polled(firm, last_ok_at=None)
    with firm.runtime.turn() as turn:
        turn.session.add_all(
            [
                Chain(account_id=BOX, folder="b", kind="sentitems", round=1, read=250, total=1000, ahead_at=NOW),
                Chain(account_id=BOX, folder="c", kind="inbox", round=1, read=40),
            ]
        )
    client = firm.client(Role.ADMIN)

    listed, page = row(client.get("/postfaecher").text, "info@"), client.get("/postfaecher/1").text

    assert "Erster Durchgang" in listed
    assert "1.102 von 1.852" in listed
    assert '<progress max="1000" value="250"' in page
    assert "250 von 1.000 (25 %)" in page
    assert "40 gelesen, Umfang noch unbekannt" in page
    assert "Posteingang, Unterordner" in page


def test_an_expired_bookmark_and_damaged_items_are_told_at_their_folder(firm: Web) -> None:
    polled(firm)
    with firm.runtime.turn() as turn:
        chain = turn.session.scalars(select(Chain)).one()
        chain.round, chain.restarted_at, chain.damaged, chain.total = 2, NOW - timedelta(minutes=4), 3, 900

    page = firm.client(Role.ADMIN).get("/postfaecher/1").text

    assert "wird neu durchgelesen" in page
    assert "Lesezeichen abgelaufen vor 4 Min." in page
    assert "3 unlesbar" in page


@pytest.mark.parametrize(
    ("state", "days", "error", "said"),
    [
        (SubscriptionState.AKTIV, 2, "", "verlängert bis"),
        (SubscriptionState.AKTIV, -1, "", "abgelaufen"),
        (SubscriptionState.GESTOERT, 2, "PL-2002", "gestört (PL-2002)"),
        (SubscriptionState.FEHLT, 0, "", "nur Abruf"),
    ],
)
def test_notifications_say_until_when_or_why_not(
    firm: Web, state: SubscriptionState, days: int, error: str, said: str
) -> None:
    polled(firm)
    with firm.runtime.turn() as turn:
        until = NOW + timedelta(days=days)
        turn.session.add(Subscription(account_id=BOX, state=state, expires_at=until, error=error))
    client = firm.client(Role.ADMIN)

    assert said in row(client.get("/postfaecher").text, "info@")
    page = client.get("/postfaecher/1").text
    assert said in page
    assert "alle 1 bis 15 Min." in page


def test_a_number_says_when_it_last_called_with_a_valid_signature(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    before = row(client.get("/postfaecher").text, "WhatsApp Service")
    with firm.runtime.turn() as turn:
        at = NOW - timedelta(hours=5)
        turn.session.add(Inbox(dedup="x", account="1001", payload="", received_at=at, state=1))

    after = row(client.get("/postfaecher").text, "WhatsApp Service")

    assert "Wartet" in before
    assert "Empfängt" in after
    assert "vor 5 Std." in after
    assert "Jetzt abholen" not in after
    assert "gültiger Signatur" in client.get("/postfaecher/2").text


def test_what_was_read_from_files_is_not_called_broken(firm: Web) -> None:
    shown = row(firm.client(Role.ADMIN).get("/postfaecher").text, "info@")

    assert "Aus Dateien" in shown
    assert "Anhalten" not in shown


def test_a_mailbox_without_header_lines_says_so(firm: Web) -> None:
    polled(firm, bare_since=NOW - timedelta(days=3))
    client = firm.client(Role.ADMIN)

    assert "ohne Kopfzeilen" in row(client.get("/postfaecher").text, "info@")
    assert "Das Recht gibt sie nicht her" in client.get("/postfaecher/1").text


def test_reading_now_asks_for_it_at_once_and_stands_in_the_trail(firm: Web) -> None:
    polled(firm)
    client = firm.client(Role.ADMIN)

    answer = post(client, "/postfaecher/1/abholen", weiter="/postfaecher?lage=gestoert")

    assert answer.headers["Location"] == "/postfaecher?lage=gestoert&getan=abholen"
    assert "vorgemerkt" in client.get(answer.headers["Location"]).text
    with firm.runtime.look() as turn:
        job = turn.session.scalars(select(Job).where(Job.kind == jobs.PULL)).one()
        assert (job.key, job.run_at) == (turn.session.get_one(Account, BOX).address, NOW)
    assert "Abruf verlangt von Ute Admin" in client.get("/postfaecher/1").text


def test_a_pause_stops_reading_says_who_and_ends_when_somebody_says_so(firm: Web) -> None:
    polled(firm)
    client = firm.client(Role.ADMIN)

    post(client, "/postfaecher/1/anhalten")

    page = client.get("/postfaecher/1").text
    assert "Angehalten" in page
    assert "Lesen angehalten von Ute Admin" in page
    assert "Stand unvollständig seit" in page
    assert "Jetzt abholen" not in page
    assert post(client, "/postfaecher/1/abholen").status_code == 422
    post(client, "/postfaecher/1/anhalten")
    done = post(client, "/postfaecher/1/fortsetzen")
    assert "Geht weiter" in client.get(done.headers["Location"]).text
    post(client, "/postfaecher/1/fortsetzen")
    with firm.runtime.look() as turn:
        verbs = turn.session.scalars(select(Trail.verb).where(Trail.about == "account:1")).all()
        assert verbs == ["Lesen angehalten", "Lesen fortgesetzt"]
        assert turn.session.scalars(select(Job.kind)).all() == [jobs.PULL]


@pytest.mark.parametrize("verb", ["abholen", "anhalten", "fortsetzen"])
def test_what_is_not_read_from_a_server_can_be_neither_fetched_nor_paused(firm: Web, verb: str) -> None:
    client = firm.client(Role.ADMIN)

    for number, status in ((BOX, 422), (CHAT, 422), (4711, 404)):
        assert post(client, f"/postfaecher/{number}/{verb}").status_code == status


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.MANAGEMENT, Role.DATENSCHUTZ, Role.MITARBEITER])
def test_others_read_and_have_nothing_to_press(firm: Web, role: Role) -> None:
    polled(firm, state=REFUSED, error_code="PL-2005")
    client = firm.client(role)

    for path in ("/postfaecher", "/postfaecher/1"):
        page = client.get(path)
        assert page.status_code == 200
        assert "Abgelehnt" in page.text
        assert "Anhalten" not in page.text
    assert post(client, "/postfaecher/1/anhalten").status_code == 403


def test_a_member_sees_the_own_mailboxes_and_foreign_ones_are_missing(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        teams.create(turn, "Fremd", Part(accounts=frozenset({BOX})))
    client = firm.client(Role.MITARBEITER)

    page = client.get("/postfaecher").text

    assert ">info@</a>" not in page
    assert ">WhatsApp Service</a>" in page
    for path in ("/postfaecher/1", "/postfaecher/1/stand", "/postfaecher/4711"):
        assert client.get(path).status_code == 404


def test_who_looks_after_it_stands_beside_it(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        turn.session.add(MemberAccount(account_id=BOX, member_id=LEA))
        teams.create(turn, "Service", Part(accounts=frozenset({BOX})))

    shown = row(firm.client(Role.ADMIN).get("/postfaecher").text, "info@")

    assert "Lea Voss" in shown
    assert "Team Service" in shown


@pytest.mark.parametrize("path", ["/postfaecher/stand", "/postfaecher/1/stand"])
def test_a_page_that_refreshes_itself_gets_nothing_when_nothing_changed_and_keeps_no_session_alive(
    firm: Web, path: str
) -> None:
    polled(firm)
    client = firm.client(Role.ADMIN)
    first = client.get(path)

    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code) == (200, 304)
    for _ in range(2):
        firm.clock.move(timedelta(minutes=20))
        last = client.get(path)
    assert last.status_code == 303
