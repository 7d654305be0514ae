"""An access token of the firm's directory opens the API for a member with the member's rights, and for programs."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from models.duty import MemberAccount
from models.terms import Channel, Role
from service.store import accounts, staff
from service.store.accounts import Facts
from tests.conftest import NOW
from tests.directory import CLIENT, SECRET, TENANT, Directory, serving, signed
from tests.web_data import Web, web

KPIS, SUGGESTIONS = "/api/v1/kpis", "/api/v1/suggestions"
SCOPE = "Konversation.Einordnen"


@pytest.fixture(scope="module")
def directory() -> Iterator[Directory]:
    with serving(int(NOW.timestamp())) as found:
        yield found


@pytest.fixture
def firm(tmp_path: Any, migrated: Any, directory: Directory) -> Iterator[Web]:
    built = web(
        tmp_path,
        migrated,
        (),
        oidc_issuer=directory.url,
        oidc_client_id=CLIENT,
        oidc_client_secret=SecretStr(SECRET),
        oidc_tenants=TENANT,
        oidc_api_audience="schnittstelle",
        oidc_api_clients="outlook",
    )
    yield built
    built.runtime.database.dispose()


def known(firm: Web, directory: Directory, role: Role, subject: str = "a1") -> int:
    with firm.runtime.turn() as turn:
        member = staff.with_role(turn, role)[0]
        staff.add_identity(turn, directory.url, subject, member.id)
        return member.id


def bearer(directory: Directory, **changed: Any) -> dict[str, str]:
    told = {"aud": "schnittstelle", "azp": "outlook", "ver": "2.0", "scp": SCOPE, "roles": None} | changed
    claims = {name: value for name, value in directory.claims("", **told).items() if name != "nonce"}
    return {"Authorization": f"Bearer {signed(claims)}"}


def client(firm: Web) -> FlaskClient:
    return firm.app.test_client()


@pytest.mark.unmeasured
@pytest.mark.parametrize("role", list(Role))
def test_a_member_has_the_rights_of_the_role(firm: Web, directory: Directory, role: Role) -> None:
    known(firm, directory, role)
    caller, headers = client(firm), bearer(directory)

    figures = caller.get(KPIS, headers=headers).status_code
    advice = caller.post(SUGGESTIONS, json={"sender": "a@b.example"}, headers=headers).status_code

    assert figures == (403 if role is Role.DATENSCHUTZ else 200)
    assert advice == (200 if role in {Role.MITARBEITER, Role.TEAM_LEAD, Role.ADMIN} else 403)


def test_a_member_asks_for_own_mailboxes_only_and_foreign_is_like_missing(firm: Web, directory: Directory) -> None:
    known(firm, directory, Role.MITARBEITER)
    with firm.runtime.turn() as turn:
        lead = staff.with_role(turn, Role.TEAM_LEAD)[0]
        foreign = accounts.ensure(turn, Channel.EMAIL, "chef@muster.example", Facts("Chef", people=6)).id
        turn.session.add(MemberAccount(member_id=lead.id, account_id=foreign))
        own = accounts.ensure(turn, Channel.EMAIL, "info@muster.example", Facts("info")).id
    caller, headers = client(firm), bearer(directory)

    answers = [caller.get(f"{KPIS}?postfach={number}", headers=headers) for number in (own, foreign, 999_999)]

    assert [answer.status_code for answer in answers] == [200, 422, 422]
    assert answers[1].json == answers[2].json


def test_a_stranger_and_a_former_member_are_told_why(firm: Web, directory: Directory) -> None:
    who = known(firm, directory, Role.ADMIN)
    with firm.runtime.turn() as turn:
        staff.member(turn, who).active = False

    for headers in (bearer(directory), bearer(directory, oid="fremd")):
        answer = client(firm).get(KPIS, headers=headers)
        assert answer.status_code == 403
        assert answer.mimetype == "application/problem+json"


def test_a_token_that_does_not_hold_is_answered_after_rfc_6750(firm: Web, directory: Directory) -> None:
    known(firm, directory, Role.ADMIN)

    for headers in (bearer(directory, exp=1), bearer(directory, aud="andere"), {"Authorization": "Bearer a.b.c"}):
        answer = client(firm).get(KPIS, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        assert answer.mimetype == "application/problem+json"


def test_the_id_token_of_the_sign_in_opens_nothing(firm: Web, directory: Directory) -> None:
    known(firm, directory, Role.ADMIN)

    answer = client(firm).get(KPIS, headers={"Authorization": f"Bearer {signed(directory.claims('n'))}"})

    assert answer.status_code == 401


def test_a_token_without_our_scope_is_told_which_one_is_lacking(firm: Web, directory: Directory) -> None:
    known(firm, directory, Role.ADMIN)

    answer = client(firm).get(KPIS, headers=bearer(directory, scp="User.Read"))

    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"] == f'Bearer error="insufficient_scope", scope="{SCOPE}"'


def test_a_program_of_the_directory_may_do_what_its_application_role_says(firm: Web, directory: Directory) -> None:
    headers = bearer(directory, scp=None, roles=["kpis"], idtyp="app")

    assert client(firm).get(KPIS, headers=headers).status_code == 200
    refused = client(firm).post(SUGGESTIONS, json={}, headers=headers)

    assert refused.status_code == 403
    assert 'scope="suggestions"' in refused.headers["WWW-Authenticate"]


def test_a_session_beside_a_bad_token_helps_nobody(firm: Web, directory: Directory) -> None:
    signed_in = firm.client(Role.ADMIN)

    assert signed_in.get(KPIS).status_code == 200
    assert signed_in.get(KPIS, headers=bearer(directory, exp=1)).status_code == 401


def test_without_set_up_access_tokens_are_refused(tmp_path: Any, migrated: Any, directory: Directory) -> None:
    firm = web(tmp_path, migrated, ())

    assert client(firm).get(KPIS, headers=bearer(directory)).status_code == 401
    firm.runtime.database.dispose()


def test_a_silent_directory_is_no_refusal(tmp_path: Any, migrated: Any, directory: Directory) -> None:
    firm = web(tmp_path, migrated, (), oidc_issuer="http://127.0.0.1:9", oidc_client_id=CLIENT, oidc_api_audience="x")

    answer = client(firm).get(KPIS, headers=bearer(directory))

    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    firm.runtime.database.dispose()
