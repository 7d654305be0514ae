"""Members beside the member's own page: teams, a directory that gives roles, and what a member confirmed."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from models.duty import Team
from models.message import Conversation
from models.terms import Category, Role
from service.actions import confirm
from service.actions.confirm import Choice
from service.store import invitations
from service.turn import Actor
from tests.service.web.test_members import LEA, member, post
from tests.web_data import Web, csrf, web


def test_a_team_is_made_changed_and_removed_on_pages(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    assert "Noch keine Teams" in client.get("/teams").text
    assert client.get("/teams/neu").status_code == 200

    made = post(client, "/teams/neu", name="Service", postfach=["1"], mitglied=["1"], leitung="2")
    page = client.get(made.headers["Location"]).text
    mark = page.split('name="stand" value="')[1].split('"')[0]
    changed = post(client, "/teams/1", name="Dienst", postfach=["1", "2"], mitglied="1", stand=mark)
    late = post(client, "/teams/1", name="Anders", stand=mark)
    unsure = post(client, "/teams/1/loeschen")
    gone = post(client, "/teams/1/loeschen", sicher="1")

    assert "Team gespeichert" in page
    assert changed.status_code == 303
    assert late.status_code == 409
    assert unsure.status_code == 422
    assert "Das Team ist gelöscht" in client.get(gone.headers["Location"]).text
    with firm.runtime.look() as turn:
        assert turn.session.scalars(select(Team)).all() == []


def test_a_refused_team_keeps_what_was_chosen(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    post(client, "/teams/neu", name="Service")

    new = post(client, "/teams/neu", name="service", mitglied="1")
    old = post(client, "/teams/1", name="", mitglied="2")

    for answer, number in ((new, 1), (old, 2)):
        assert answer.status_code == 422
        assert f'name="mitglied" value="{number}" checked' in answer.text


@pytest.fixture
def joined(tmp_path: Path, migrated: Path) -> Web:
    """The firm where a directory says who has which role."""
    return web(tmp_path, migrated, (), oidc_issuer="https://verzeichnis.example", oidc_client_id="postlotse")


def test_where_the_directory_gives_roles_the_pages_do_not(joined: Web) -> None:
    client = joined.client(Role.ADMIN)

    page = client.get("/mitglieder/1").text
    invited = post(client, "/mitglieder", name="Mia Neu", rolle="Admin").text
    refused = post(client, "/mitglieder/1/rolle", rolle="Admin")

    assert "Rollen vergibt das Firmenverzeichnis" in page
    assert 'name="rolle"' not in page
    assert refused.status_code == 422
    assert member(joined, LEA).role is Role.MITARBEITER
    assert member(joined, 6).role is Role.MITARBEITER
    token = re.search(r"/einladung#([\w-]+)", invited)
    assert token is not None
    with joined.runtime.look() as turn:
        assert invitations.invited(turn, token[1]).name == "Mia Neu"
    assert post(client, "/mitglieder/6/einladung").status_code == 200
    joined.runtime.database.dispose()


def test_where_nobody_can_come_in_yet_the_page_says_what_to_set_up(tmp_path: Path, migrated: Path) -> None:
    firm = web(tmp_path, migrated, ())
    client = firm.client(Role.ADMIN)
    token = csrf(client)
    object.__setattr__(firm.runtime.config, "public_url", "http://post.firma.example")

    shown = client.post("/mitglieder", data={"csrf": token, "name": "Mia Neu", "rolle": "Admin"})

    assert "setup sign-in" in shown.text
    firm.runtime.database.dispose()


def test_everything_a_member_confirmed_is_shown_and_taken_back_at_once(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        rows = turn.session.scalars(select(Conversation.id).where(Conversation.unclassified > 0).limit(2)).all()
    with firm.runtime.turn(Actor(LEA, "Lea Voss", Role.MITARBEITER)) as turn:
        confirm.confirm(turn, Choice(tuple(rows), Category.WERBUNG, mixed_ok=True))
    ute = firm.client(Role.ADMIN)

    page = ute.get("/mitglieder/1/einordnungen").text
    stand = page.split('name="stand" value="')[1].split('"')[0]
    stale = post(ute, "/mitglieder/1/einordnungen", seit="heute", stand="7")
    done = post(ute, "/mitglieder/1/einordnungen", seit="heute", stand=stand)
    again = post(ute, "/mitglieder/1/einordnungen", seit="alles", stand=stand)

    assert "Es gibt welche: Werbung." in page
    # How many a colleague made, and when, is a figure of one person.
    assert "<dt>" not in page
    assert "Alle zurücknehmen" in page
    assert stale.status_code == 409
    assert (done.status_code, done.location) == (303, "/mitglieder/1?gespeichert=einordnungen")
    assert "Einordnungen zurückgenommen" in ute.get(done.location).text
    assert again.status_code == 422
    assert "nichts zurückzunehmen" in ute.get("/mitglieder/1/einordnungen?seit=monat").text
    assert ute.get("/mitglieder/1/einordnungen?seit=gestern").status_code == 422
    with firm.runtime.look() as turn:
        assert turn.session.scalars(select(Conversation.category).where(Conversation.id.in_(rows))).all() == [None] * 2
