"""Dienst-Token on their page: shown once, with purpose, end and last use, revoked at once; every change in the trail."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.staff import ServiceToken
from models.terms import Role
from models.trail import Trail
from tests.web_data import Web, csrf

KPIS = "/api/v1/kpis"


def make(firm: Web, **changed: object) -> tuple[str, str]:
    """Return the page after making a token, and the token on it; "" when there is none."""
    admin = firm.client(Role.ADMIN)
    data = {"csrf": csrf(admin), "name": "Warenwirtschaft", "zweck": ["kpis"], "dauer": "30"} | changed
    text = admin.post("/tokens", data=data).text
    found = re.search(r"postlotse_[\w-]+", text)
    return text, found[0] if found else ""


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_is_shown_once_and_opens_what_it_is_for(firm: Web) -> None:
    _, token = make(firm)
    caller = firm.app.test_client()

    assert caller.get(KPIS, headers=bearer(token)).status_code == 200
    assert caller.post("/api/v1/suggestions", json={}, headers=bearer(token)).status_code == 403
    page = firm.client(Role.ADMIN).get("/tokens").text
    assert token not in page
    assert "Warenwirtschaft" in page
    assert "Kennzahlen lesen" in page
    assert "von Ute Admin" in page
    assert "noch nie" not in page


def test_only_a_digest_is_kept_with_who_made_it_and_until_when(firm: Web) -> None:
    _, token = make(firm)

    with firm.runtime.look() as turn:
        row = turn.session.scalars(select(ServiceToken)).one()
        told = turn.session.scalars(select(Trail).where(Trail.verb == "Dienst-Token angelegt")).one()
    assert token not in (row.token_hash, row.name)
    assert len(row.token_hash) == 64
    assert row.expires_at is not None
    assert row.expires_at - row.created_at == timedelta(days=30)
    assert told.member_id == row.created_by_id
    assert told.after is not None
    assert told.after["scope"] == "kpis"


def test_a_token_ends_at_its_time(firm: Web) -> None:
    _, token = make(firm)
    caller = firm.app.test_client()

    firm.clock.move(timedelta(days=30) - timedelta(seconds=1))
    before = caller.get(KPIS, headers=bearer(token)).status_code
    firm.clock.move(timedelta(seconds=1))
    after = caller.get(KPIS, headers=bearer(token)).status_code

    assert (before, after) == (200, 401)
    assert "abgelaufen" in firm.client(Role.ADMIN).get("/tokens").text
    assert make(firm)[1], "the name is free again"


def test_a_revoked_token_opens_nothing_and_the_trail_says_what_it_was(firm: Web) -> None:
    _, token = make(firm)
    admin = firm.client(Role.ADMIN)
    handle = re.findall(r"/tokens/(\w+)/sperren", admin.get("/tokens").text)[0]

    answer = admin.post(f"/tokens/{handle}/sperren", data={"csrf": csrf(admin)})

    assert answer.status_code == 303
    assert firm.app.test_client().get(KPIS, headers=bearer(token)).status_code == 401
    with firm.runtime.look() as turn:
        told = turn.session.scalars(select(Trail).where(Trail.verb == "Dienst-Token gesperrt")).one()
    assert told.before == {"name": "Warenwirtschaft", "scope": "kpis"}
    again = admin.post(f"/tokens/{handle}/sperren", data={"csrf": csrf(admin)})
    assert again.status_code == 404


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": ""}, "braucht einen Namen"),
        ({"zweck": []}, "mindestens einen Zweck"),
        ({"zweck": ["alles"]}, "fehlender Zweck"),
        ({"zweck": ["alles"]}, "Unbekannter"),
        ({"dauer": "3000"}, "Diese Dauer gibt es nicht"),
    ],
)
def test_what_cannot_be_made_is_said_at_the_form_and_keeps_what_was_typed(
    firm: Web, changed: dict[str, object], says: str
) -> None:
    text, token = make(firm, **changed)

    assert token == ""
    assert says in text
    if "name" not in changed:
        assert 'value="Warenwirtschaft"' in text


def test_two_tokens_in_use_never_share_a_name(firm: Web) -> None:
    make(firm)

    text, token = make(firm)

    assert token == ""
    assert "gibt es schon" in text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_an_admin_sees_tokens(firm: Web, role: Role) -> None:
    client = firm.client(role)

    assert client.get("/tokens").status_code == 403
    assert "Dienst-Token" not in client.get("/profil").text
