"""A token opens what it is for, until it is revoked; members read figures by their role."""

import pytest

from models.terms import Role
from service.store import tokens
from service.store.tokens import PREFIX
from tests.service.api.conftest import Service

KPIS = "/api/v1/kpis"


def test_without_a_token_and_without_a_session_nobody_is_let_in(service: Service) -> None:
    answer = service.client.get(KPIS)

    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json["code"].startswith("PL-")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer falsch",
        f"Bearer {PREFIX}falsch",
        "Basic eDp5",
        "Bearer " + "x" * 5000,
        "Bearer ä",
    ],
)
def test_a_wrong_token_is_refused_even_for_somebody_who_is_signed_in(service: Service, header: str) -> None:
    service.sign_in(Role.ADMIN)

    answer = service.client.get(KPIS, headers={"Authorization": header.encode().decode("latin-1")})

    assert answer.status_code == 401


def test_a_token_is_for_its_scope_only(service: Service) -> None:
    headers = service.token("suggestions")

    assert service.client.get(KPIS, headers=headers).status_code == 403
    assert service.ask({}, headers).status_code == 200


def test_a_session_never_opens_what_is_for_programs(service: Service) -> None:
    service.sign_in(Role.ADMIN)

    assert service.ask({}, {}).status_code == 401


@pytest.mark.parametrize("role", list(Role))
def test_every_role_but_data_protection_reads_the_figures(service: Service, role: Role) -> None:
    service.sign_in(role)

    answer = service.client.get(KPIS)

    assert answer.status_code == (403 if role is Role.DATENSCHUTZ else 200)


def test_a_revoked_token_opens_nothing_from_that_moment_on(any_service: Service) -> None:
    headers = any_service.token("kpis")
    before = any_service.client.get(KPIS, headers=headers).status_code
    with any_service.runtime.turn() as turn:
        tokens.revoke(turn, "crm")

    after = any_service.client.get(KPIS, headers=headers).status_code

    assert (before, after) == (200, 401)


def test_the_last_use_of_a_token_is_noted(any_service: Service) -> None:
    headers = any_service.token("kpis")

    any_service.client.get(KPIS, headers=headers)

    with any_service.runtime.look() as turn:
        (token,) = tokens.every(turn)
        assert token.last_used_at == turn.now
