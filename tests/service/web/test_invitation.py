"""The first person of a firm and the invited ones: who comes in by which link, with whose role."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from models.staff import Member, MemberIdentity
from models.terms import Role
from service.actions import members
from service.errors import Invalid
from tests.directory import CLIENT, SECRET, Directory
from tests.service.web.entering import enter, verbs
from tests.web_data import Web, web


def invite(firm: Web, role: Role) -> tuple[int, str]:
    with firm.runtime.turn() as turn:
        made = members.invite(turn, "Eingeladen", "", role)
        return made.id, members.invitation(turn, made.id)


def accept(client: FlaskClient, directory: Directory, token: str, **claims: Any) -> TestResponse:
    answer = client.post("/einladung", json={"token": token})
    assert (answer.status_code, answer.get_json()) == (200, {"next": "/anmelden/verzeichnis"})
    return enter(client, directory, **claims)


@pytest.fixture
def empty(tmp_path: Path, migrated: Path, directory: Directory) -> Iterator[Web]:
    """A server on which nobody has signed in yet."""
    made = web(tmp_path, migrated, (), oidc_issuer=directory.url, oidc_client_id=CLIENT, oidc_client_secret=SECRET)
    with made.runtime.turn() as turn:
        turn.session.execute(delete(Member))
    yield made
    made.runtime.database.dispose()


@pytest.mark.parametrize("roles", [[], ["Chef"]])
def test_the_first_person_ever_is_no_admin_without_the_printed_link(
    empty: Web, directory: Directory, roles: list[str]
) -> None:
    answer = enter(empty.app.test_client(), directory, roles=roles)

    assert answer.status_code == 403
    with empty.runtime.look() as turn:
        assert turn.session.scalars(select(Member)).all() == []


def test_the_first_person_ever_with_a_role_has_that_role_and_no_more(empty: Web, directory: Directory) -> None:
    client = empty.app.test_client()

    enter(client, directory, roles=["Mitarbeiter"])

    assert client.get("/mitglieder").status_code == 403


def test_the_printed_link_makes_the_first_admin_once(empty: Web, directory: Directory) -> None:
    with empty.runtime.turn() as turn:
        token = members.invitation(turn, members.first_admin(turn).id)
    client, thief = empty.app.test_client(), empty.app.test_client()

    answer = accept(client, directory, token, roles=[], name="Ute Erste")

    assert answer.status_code == 303
    assert client.get("/mitglieder").status_code == 200
    assert "Ute Erste" in client.get("/mitglieder").text
    assert thief.post("/einladung", json={"token": token}).status_code == 403
    with empty.runtime.turn() as turn, pytest.raises(Invalid):
        members.first_admin(turn)


def test_after_the_printed_link_the_directory_decides_again(empty: Web, directory: Directory) -> None:
    with empty.runtime.turn() as turn:
        token = members.invitation(turn, members.first_admin(turn).id)
    accept(empty.app.test_client(), directory, token, roles=[])
    again, promoted = empty.app.test_client(), empty.app.test_client()

    assert enter(again, directory, roles=[]).status_code == 403
    assert enter(promoted, directory, roles=["Admin"]).status_code == 303


def test_an_invited_person_gets_the_role_of_the_directory(joined: Web, directory: Directory) -> None:
    number, token = invite(joined, Role.MITARBEITER)
    client = joined.app.test_client()

    accept(client, directory, token, roles=["Team-Lead"], name="Lea Lead")

    with joined.runtime.look() as turn:
        who = turn.session.get_one(Member, number)
        assert (who.name, who.role, who.invited_at) == ("Lea Lead", Role.TEAM_LEAD, None)
    assert ("Einladung angenommen", f"member:{number}", {"role": "Mitarbeiter"}) in verbs(joined)


def test_an_invitation_gives_no_role_that_the_directory_withholds(joined: Web, directory: Directory) -> None:
    number, token = invite(joined, Role.MITARBEITER)

    answer = accept(joined.app.test_client(), directory, token, roles=[])

    assert answer.status_code == 403
    with joined.runtime.look() as turn:
        assert turn.session.scalars(select(MemberIdentity)).all() == []
    later = joined.app.test_client()
    assert accept(later, directory, token, roles=["Mitarbeiter"]).status_code == 303, "the link was not used up"
    with joined.runtime.look() as turn:
        assert turn.session.scalars(select(MemberIdentity.member_id)).all() == [number]


def test_an_invitation_of_somebody_else_leaves_the_own_sessions_alone(joined: Web, directory: Directory) -> None:
    old = joined.app.test_client()
    enter(old, directory, roles=["Mitarbeiter"])
    _, token = invite(joined, Role.ADMIN)

    answer = accept(joined.app.test_client(), directory, token, roles=["Mitarbeiter"])

    assert answer.status_code == 403
    assert "schon Mitglied" in answer.text
    assert old.get("/profil").status_code == 200
    assert old.get("/mitglieder").status_code == 403


def test_an_invitation_is_taken_within_ten_minutes_and_in_the_same_browser(joined: Web, directory: Directory) -> None:
    number, token = invite(joined, Role.MITARBEITER)
    slow, other = joined.app.test_client(), joined.app.test_client()
    slow.post("/einladung", json={"token": token})
    joined.clock.move(timedelta(minutes=11))
    directory.now = int(joined.clock.now().timestamp())

    enter(slow, directory, roles=["Mitarbeiter"])
    enter(other, directory, roles=["Mitarbeiter"], oid="b2")

    with joined.runtime.look() as turn:
        assert turn.session.get_one(Member, number).invited_at is not None


@pytest.mark.parametrize("body", [None, {}, {"token": 7}, {"token": "kurz"}, {"token": "x" * 43}, {"token": "x" * 300}])
def test_what_is_no_invitation_is_refused(joined: Web, body: object) -> None:
    answer = joined.app.test_client().post("/einladung", json=body)

    assert answer.status_code == 403
    assert "gilt nicht" in answer.text


def test_a_forged_invitation_cookie_counts_as_none(joined: Web, directory: Directory) -> None:
    client = joined.app.test_client()
    client.set_cookie("postlotse-einladung", "erfunden")

    assert enter(client, directory, roles=["Mitarbeiter"]).status_code == 303


def test_the_page_of_an_invitation_is_there_only_with_a_directory(joined: Web, firm: Web) -> None:
    assert "Einladung annehmen" in joined.app.test_client().get("/einladung").text
    assert firm.app.test_client().get("/einladung").status_code == 404
    assert firm.app.test_client().post("/einladung", json={"token": "x" * 43}).status_code == 404


def test_without_a_role_claim_only_invited_people_come_in_with_the_role_given_here(
    tmp_path: Path, migrated: Path, directory: Directory
) -> None:
    made = web(
        tmp_path,
        migrated,
        (),
        oidc_issuer=directory.url,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_role_claim="",
    )
    _, token = invite(made, Role.TEAM_LEAD)
    stranger, guest, again = (made.app.test_client() for _ in range(3))

    refused = enter(stranger, directory, roles=["Admin"], oid="fremd", sub="fremd")
    accept(guest, directory, token, roles=["Admin"])
    enter(again, directory, roles=["Admin"])

    assert refused.status_code == 403
    assert "noch nicht eingeladen" in refused.text
    for client in (guest, again):
        assert client.get("/mitglieder").status_code == 200
        assert client.get("/teams/neu").status_code == 403
    made.runtime.database.dispose()
