"""Sign-in by the firm's directory: who comes in with which role, and what is refused and noted."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from sqlalchemy import select

from models.staff import Member, MemberIdentity, WebSession
from models.terms import Role
from tests.conftest import NOW
from tests.directory import CLIENT, FOREIGN, SECRET, Directory
from tests.service.web.entering import begin, enter, verbs
from tests.shared import shared_file
from tests.web_data import Web, csrf, web


def test_a_person_comes_in_with_the_role_of_the_directory(joined: Web, directory: Directory) -> None:
    client = joined.app.test_client()

    answer = enter(client, directory, name="Lea Lead")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Lea Lead" in client.get("/profil").text
    assert client.get("/einstellungen").status_code == 200


def test_the_same_person_is_the_same_member_whatever_the_name(joined: Web, directory: Directory) -> None:
    enter(joined.app.test_client(), directory, name="Lea Lead", sub="eins")
    enter(joined.app.test_client(), directory, name="Lea Anders", sub="zwei")
    enter(joined.app.test_client(), directory, name="Lea Lead", oid="b2")

    with joined.runtime.look() as turn:
        known = turn.session.scalars(select(MemberIdentity).order_by(MemberIdentity.lasting_id)).all()
        names = [member.name for member in turn.session.scalars(select(Member).order_by(Member.id))][5:]
    assert [(row.issuer, row.lasting_id) for row in known] == [(directory.url, "a1"), (directory.url, "b2")]
    assert names == ["Lea Anders", "Lea Lead"]


def test_roles_are_read_again_at_each_sign_in_and_a_change_ends_older_sessions(
    joined: Web, directory: Directory
) -> None:
    old, new = joined.app.test_client(), joined.app.test_client()
    enter(old, directory, roles=["Admin"])

    enter(new, directory, roles=["Mitarbeiter"])

    assert new.get("/einstellungen").status_code == 403
    assert old.get("/profil").status_code == 303
    assert "Rolle geändert" in [verb for verb, _, _ in verbs(joined)]


@pytest.mark.unmeasured
@pytest.mark.parametrize("roles", [[], None, ["admin"], ["Geschäftsführung"], [{"value": "Admin"}], "", 7])
def test_a_person_without_a_role_sees_whom_to_ask(joined: Web, directory: Directory, roles: Any) -> None:
    client = joined.app.test_client()

    answer = enter(client, directory, roles=roles)

    assert answer.status_code == 403
    assert "keine Rolle" in answer.text
    assert "Ute Admin, Tel. 11" in answer.text
    assert "Ute Admin</li>" in answer.text
    assert client.get("/profil").status_code == 303
    assert ("Anmeldung abgewiesen", "member:0", {"why": "keine Rolle"}) in verbs(joined)


def test_signing_out_offers_the_directory_as_well_where_it_has_a_page_for_that(
    joined: Web, directory: Directory
) -> None:
    client = joined.app.test_client()
    enter(client, directory, roles=["Admin"])
    left = client.post("/abmelden", data={"csrf": csrf(client)})
    nowhere = client.get("/abmelden/verzeichnis").headers["Location"]
    directory.metadata = {"end_session_endpoint": f"{directory.url}/ende"}
    joined.clock.move(timedelta(hours=2))

    there = client.get("/abmelden/verzeichnis").headers["Location"]

    assert left.headers["Location"] == "/anmelden?abgemeldet=1"
    assert "/abmelden/verzeichnis" in client.get(left.headers["Location"]).text
    assert nowhere == "/anmelden"
    assert there.startswith(f"{directory.url}/ende?client_id=")
    assert "post_logout_redirect_uri=http%3A%2F%2F" in there


def test_losing_the_role_ends_the_sessions(joined: Web, directory: Directory) -> None:
    client = joined.app.test_client()
    enter(client, directory)

    answer = enter(joined.app.test_client(), directory, roles=[])

    assert answer.status_code == 403
    assert client.get("/profil").status_code == 303


@pytest.mark.parametrize("tenant", [FOREIGN, None, ""])
def test_a_foreign_tenant_is_refused_and_stands_in_the_trail(
    joined: Web, directory: Directory, tenant: str | None
) -> None:
    client = joined.app.test_client()

    answer = enter(client, directory, tid=tenant)

    assert answer.status_code == 403
    assert client.get("/profil").status_code == 303
    assert verbs(joined)[-1] == ("Anmeldung abgewiesen", "member:0", {"why": "fremdes Verzeichnis"})


def test_a_member_who_was_deactivated_stays_out(joined: Web, directory: Directory) -> None:
    enter(joined.app.test_client(), directory)
    with joined.runtime.turn() as turn:
        turn.session.scalars(select(Member).order_by(Member.id.desc())).first().active = False  # type: ignore[union-attr]

    answer = enter(joined.app.test_client(), directory)

    assert answer.status_code == 403
    assert "gesperrt" in answer.text


def test_an_answer_works_in_the_browser_that_asked_and_once(joined: Web, directory: Directory) -> None:
    client, stranger = joined.app.test_client(), joined.app.test_client()
    answer = directory.grant(begin(client))

    assert stranger.get("/anmelden/antwort", query_string=answer).status_code == 403
    assert client.get("/anmelden/antwort", query_string=answer).status_code == 303
    assert client.get("/anmelden/antwort", query_string=answer).status_code == 403


def test_an_answer_to_another_attempt_is_refused(joined: Web, directory: Directory) -> None:
    client, attacker = joined.app.test_client(), joined.app.test_client()
    planted = directory.grant(begin(attacker))
    begin(client)

    answer = client.get("/anmelden/antwort", query_string=planted)

    assert answer.status_code == 403
    assert client.get("/profil").status_code == 303


def test_a_forged_or_late_attempt_is_refused(joined: Web, directory: Directory) -> None:
    client = joined.app.test_client()
    late = directory.grant(begin(client))
    joined.clock.move(timedelta(minutes=10, seconds=1))
    assert client.get("/anmelden/antwort", query_string=late).status_code == 403

    client.set_cookie("postlotse-anmeldung", "WyJhIl0.AAAA")

    assert client.get("/anmelden/antwort", query_string=late).status_code == 403


def test_a_code_that_comes_back_with_a_kept_cookie_is_refused(joined: Web, directory: Directory) -> None:
    client = joined.app.test_client()
    answer = directory.grant(begin(client))
    kept = client.get_cookie("postlotse-anmeldung")
    assert kept is not None
    client.get("/anmelden/antwort", query_string=answer)
    thief = joined.app.test_client()
    thief.set_cookie("postlotse-anmeldung", kept.value)

    replayed = thief.get("/anmelden/antwort", query_string=answer)

    assert replayed.status_code == 403
    assert thief.get("/profil").status_code == 303


def test_signing_in_changes_the_session_id_and_ends_the_old_one(joined: Web, directory: Directory) -> None:
    client = joined.app.test_client()
    client.set_cookie("postlotse", "von-aussen-gesetzt")
    enter(client, directory)
    old = client.get_cookie("postlotse")
    enter(client, directory)
    new = client.get_cookie("postlotse")
    assert old is not None
    assert new is not None

    stale = joined.app.test_client()
    stale.set_cookie("postlotse", old.value)

    assert len({"von-aussen-gesetzt", old.value, new.value}) == 3
    assert stale.get("/profil").status_code == 303


def test_signing_out_kills_the_row_on_the_server(joined: Web, directory: Directory) -> None:
    client = joined.app.test_client()
    enter(client, directory)

    client.post("/abmelden", data={"csrf": csrf(client)})

    with joined.runtime.look() as turn:
        assert [row.revoked_at for row in turn.session.scalars(select(WebSession))] == [NOW]


def test_a_person_arrives_where_she_wanted_to_go(joined: Web, directory: Directory) -> None:
    path = "/konversationen?kennzahl=quote&zeitraum=30"

    answer = enter(joined.app.test_client(), directory, path)

    assert answer.headers["Location"] == path


@pytest.mark.parametrize("wanted", ["//boese.example", "https://boese.example", "/\\boese.example", "javascript:x"])
def test_nobody_is_led_elsewhere(joined: Web, directory: Directory, wanted: str) -> None:
    answer = enter(joined.app.test_client(), directory, wanted)

    assert answer.headers["Location"] == "/"


@pytest.mark.unmeasured
def test_collected_redirect_tricks_lead_nowhere_else(joined: Web, directory: Directory) -> None:
    import json

    lines = shared_file("data/hostile/open_redirect.jsonl").read_text(encoding="utf-8").splitlines()
    left = []

    for line in lines:
        client = joined.app.test_client()
        target = str(json.loads(line)["input"])
        begun = client.get("/anmelden/verzeichnis", query_string={"weiter": target})
        answer = client.get("/anmelden/antwort", query_string=directory.grant(begun.headers["Location"]))
        there = urljoin("http://localhost/anmelden/antwort", answer.headers["Location"])
        if answer.status_code != 303 or urlsplit(there).netloc != "localhost":
            left.append(target)

    assert left == []


def test_the_sign_in_page_offers_a_plain_link_and_keeps_the_way_back(joined: Web) -> None:
    page = joined.app.test_client().get("/anmelden?weiter=/konversationen?zeitraum%3D7")

    assert 'href="/anmelden/verzeichnis?weiter=/konversationen%3Fzeitraum%3D7"' in page.text
    assert "form-action 'self';" in page.headers["Content-Security-Policy"]


def test_without_a_directory_there_is_no_such_way_in(firm: Web) -> None:
    client = firm.app.test_client()

    assert client.get("/anmelden/verzeichnis").status_code == 404
    assert client.get("/anmelden/antwort?code=x&state=y").status_code == 404
    assert "/anmelden/verzeichnis" not in client.get("/anmelden").text


def test_a_silent_directory_is_no_fault_of_ours(tmp_path: Path, migrated: Path) -> None:
    made = web(tmp_path, migrated, (), oidc_issuer="http://127.0.0.1:9", oidc_client_id=CLIENT)

    answer = made.app.test_client().get("/anmelden/verzeichnis")

    assert answer.status_code == 503
    assert "PL-2001" in answer.text
    made.runtime.database.dispose()


def test_cookies_are_bound_to_the_host_where_there_is_tls(tmp_path: Path, migrated: Path, directory: Directory) -> None:
    made = web(
        tmp_path,
        migrated,
        (),
        oidc_issuer=directory.url,
        oidc_client_id=CLIENT,
        public_url="https://post.firma.example/",
        trusted_hosts="localhost",
    )

    page = made.app.test_client().get("/anmelden")
    answer = made.app.test_client().get("/anmelden/verzeichnis", base_url="https://localhost")

    assert "Postlotse sieht Ihr Kennwort nicht" in page.text
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-postlotse-anmeldung=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    back = parse_qs(urlsplit(answer.headers["Location"]).query)["redirect_uri"]
    assert back == ["https://post.firma.example/anmelden/antwort"]
    made.runtime.database.dispose()


def test_other_names_of_roles_can_be_told(tmp_path: Path, migrated: Path, directory: Directory) -> None:
    made = web(
        tmp_path,
        migrated,
        (),
        oidc_issuer=directory.url,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_roles="vertrieb=Mitarbeiter, dsb = Datenschutz",
    )

    enter(made.app.test_client(), directory, roles=["dsb", "Admin"])

    with made.runtime.look() as turn:
        assert turn.session.scalars(select(Member.role).order_by(Member.id.desc())).first() is Role.DATENSCHUTZ
    made.runtime.database.dispose()
