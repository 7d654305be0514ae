"""Who gets in, who may do what, and what other sites cannot make a browser do."""

import re
from datetime import timedelta

import pytest

from models.terms import Role
from service import guards
from service.actions import signin
from tests.service.web.house import routes
from tests.shared import shared_file
from tests.web_data import Web, csrf, web


@pytest.mark.parametrize("role", list(Role))
def test_a_role_begins_where_its_work_is(firm: Web, role: Role) -> None:
    client = firm.client(role)

    answer = client.get("/", follow_redirects=True)

    assert answer.status_code == 200


def test_every_changing_route_refuses_a_request_without_the_token(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    changing = [r for r in routes(firm) if r.method != "GET" and isinstance(r.who, guards.Right)]
    pages = [route for route in changing if not route.path.startswith("/api/")]

    assert len(pages) > 30
    for route in pages:
        for token in ("", "0" * 64):
            answer = client.open(
                re.sub("<[^>]*>", "1", route.path), method=route.method, json={}, headers={"X-CSRF-Token": token}
            )
            assert answer.status_code == 403, route


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://boese.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_cannot_post_even_with_the_token(firm: Web, headers: dict[str, str]) -> None:
    client = firm.client(Role.ADMIN)
    token = csrf(client)

    answer = client.post("/profil", data={"csrf": token, "language": "de", "theme": ""}, headers=headers)

    assert answer.status_code == 403


def test_a_foreign_host_name_is_refused(firm: Web) -> None:
    client = firm.client(Role.ADMIN)

    answer = client.get("/hilfe", headers={"Host": "boese.example"})

    assert answer.status_code == 400


def test_a_link_works_once_and_for_ten_minutes(firm: Web) -> None:
    first, second = firm.link(Role.ADMIN), firm.link(Role.ADMIN)
    client = firm.app.test_client()

    assert client.post("/anmelden", json={"token": first}).status_code == 200
    assert client.post("/anmelden", json={"token": first}).status_code == 403
    firm.clock.move(signin.LINK_LIFE)
    assert client.post("/anmelden", json={"token": second}).status_code == 403


def test_signing_in_changes_the_session_id_and_ends_the_old_one(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    old = client.get_cookie("postlotse")
    assert old is not None

    client.post("/anmelden", json={"token": firm.link(Role.ADMIN)}, headers={"X-CSRF-Token": csrf(client)})

    new = client.get_cookie("postlotse")
    assert new is not None
    assert new.value != old.value
    stale = firm.app.test_client()
    stale.set_cookie("postlotse", old.value)
    assert stale.get("/profil").status_code == 303


def test_a_session_ends_after_half_an_hour_without_use(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    for _ in range(3):
        firm.clock.move(timedelta(minutes=20))
        assert client.get("/profil").status_code == 200

    firm.clock.move(signin.IDLE + timedelta(seconds=1))

    assert client.get("/profil").status_code == 303


def test_a_session_ends_after_eight_hours_of_use(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    for _ in range(24):
        firm.clock.move(timedelta(minutes=20))
        assert client.get("/profil").status_code == 200

    firm.clock.move(timedelta(minutes=1))

    assert client.get("/profil").status_code == 303


def test_signing_out_kills_the_session_on_the_server(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    kept = client.get_cookie("postlotse")
    assert kept is not None

    client.post("/abmelden", data={"csrf": csrf(client)})

    client.set_cookie("postlotse", kept.value)
    assert client.get("/profil").status_code == 303


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(firm: Web) -> None:
    answer = firm.app.test_client().post("/anmelden", json={"token": firm.link(Role.ADMIN)})

    cookie = answer.headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie


def test_links_are_refused_where_others_can_reach_us(tmp_path: object, migrated: object) -> None:
    firm = web(tmp_path, migrated, (), public_url="https://post.firma.example", trusted_hosts="localhost")  # type: ignore[arg-type]

    answer = firm.app.test_client().post("/anmelden", json={"token": firm.link(Role.ADMIN)})

    assert answer.status_code == 404
    assert "Strict-Transport-Security" in answer.headers
    firm.runtime.database.dispose()


OUTSIDE = (
    "//boese.example",
    "https://boese.example",
    "/\\boese.example",
    "javascript:alert(1)",
    "/\t/boese.example",
    "\\\\boese.example",
    "/%0d%0aSet-Cookie:x=1\r\n",
    "http:boese.example",
    "///boese.example",
    "/ /boese.example",
    "",
)


@pytest.mark.parametrize("target", OUTSIDE)
def test_signing_in_never_leads_elsewhere(firm: Web, target: str) -> None:
    answer = firm.app.test_client().post("/anmelden", json={"token": firm.link(Role.ADMIN), "next": target})

    assert answer.get_json()["next"] == "/"


def test_collected_redirect_tricks_never_lead_elsewhere(firm: Web) -> None:
    import json
    from urllib.parse import urljoin, urlsplit

    from service.web.session import own_path

    lines = shared_file("data/hostile/open_redirect.jsonl").read_text(encoding="utf-8").splitlines()

    for line in lines:
        target = own_path(str(json.loads(line)["input"]))
        if target:
            assert urlsplit(urljoin("http://localhost/anmelden", target)).netloc == "localhost", target


def test_own_paths_are_kept(firm: Web) -> None:
    path = "/konversationen?kennzahl=quote&zeitraum=30"

    answer = firm.app.test_client().post("/anmelden", json={"token": firm.link(Role.ADMIN), "next": path})

    assert answer.get_json()["next"] == path


def test_every_answer_has_its_security_headers(firm: Web) -> None:
    client = firm.client(Role.ADMIN)

    for path in ("/", "/gibt-es-nicht", "/static/base.css", "/kennzahlen/stand"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Cache-Control" in headers


def test_unknown_fields_change_nothing_else(firm: Web) -> None:
    client = firm.client(Role.MITARBEITER)
    data = {
        "csrf": csrf(client),
        "language": "en",
        "theme": "dark",
        "shortcuts": "1",
        "role": "Admin",
        "active": "0",
        "id": "3",
    }

    client.post("/profil", data=data)

    assert client.get("/einstellungen").status_code == 403
    assert 'lang="en"' in client.get("/profil").text


def test_a_page_that_refreshes_itself_keeps_no_session_alive(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    for _ in range(2):
        firm.clock.move(timedelta(minutes=20))
        answer = client.get("/kennzahlen/stand")

    assert answer.status_code == 303
