"""Who gets in, who may do what, and what other sites cannot make a browser do."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from models.terms import Role
from service import guards
from service.actions import signin
from tests.service.web.test_pages import rules
from tests.shared import shared_file
from tests.web_data import Web, csrf, web

PLACES = {
    "member_id": 1,
    "team_id": 1,
    "absence_id": 1,
    "conversation_id": 1,
    "kind": "firma",
    "party_id": 1,
    "name": "base.css",
}


def pages_of(firm: Web) -> list[tuple[str, str, object]]:
    """Return (method, path, who may) of every route of the pages."""
    found = []
    for rule in rules(firm):
        if not rule.endpoint.startswith("web."):
            continue
        who = getattr(firm.app.view_functions[rule.endpoint], guards.ATTRIBUTE)
        path = rule.rule
        for name, value in PLACES.items():
            for kind in ("<int:", "<path:", "<"):
                path = path.replace(f"{kind}{name}>", str(value))
        found += [(method, path, who) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return found


def call(client: FlaskClient, method: str, path: str, token: str = "") -> int:
    return client.open(
        path, method=method, json={} if method == "POST" else None, headers={"X-CSRF-Token": token}
    ).status_code


def test_nobody_reaches_a_page_without_a_session(firm: Web) -> None:
    client = firm.client(None)

    for method, path, who in pages_of(firm):
        if isinstance(who, guards.Right):
            answer = client.open(path, method=method)
            assert answer.status_code == 303, path
            assert answer.headers["Location"].startswith("/anmelden"), path


@pytest.mark.parametrize("role", list(Role))
def test_each_role_reaches_what_it_may_and_nothing_else(firm: Web, role: Role) -> None:
    client = firm.client(role)
    token = csrf(client)

    wrong = []
    for method, path, who in pages_of(firm):
        if isinstance(who, guards.Right):
            status = call(client, method, path, token)
            if (status == 403) is (role in who):
                wrong.append((method, path, status))

    assert wrong == []


@pytest.mark.parametrize("role", list(Role))
def test_a_role_begins_where_its_work_is(firm: Web, role: Role) -> None:
    client = firm.client(role)

    answer = client.get("/", follow_redirects=True)

    assert answer.status_code == 200


def test_every_changing_route_refuses_a_request_without_the_token(firm: Web) -> None:
    client = firm.client(Role.ADMIN)

    for method, path, who in pages_of(firm):
        if method == "POST" and isinstance(who, guards.Right):
            assert call(client, method, path) == 403, path
            assert call(client, method, path, "0" * 64) == 403, path


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
