"""Sign-in by the firm's directory: who comes in with which role, and what is refused and noted."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from models.staff import Member, MemberIdentity, WebSession
from models.terms import Role
from models.trail import Trail
from service.actions import members
from service.errors import Invalid
from tests.conftest import NOW
from tests.directory import CLIENT, FOREIGN, SECRET, TENANT, Directory, serving
from tests.shared import shared_file
from tests.web_data import Web, csrf, web


@pytest.fixture
def directory() -> Iterator[Directory]:
    with serving(int(NOW.timestamp())) as found:
        yield found


@pytest.fixture
def joined(tmp_path: Path, migrated: Path, directory: Directory) -> Iterator[Web]:
    """A firm without mail whose people sign in by the directory."""
    made = web(
        tmp_path,
        migrated,
        (),
        oidc_issuer=directory.url,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_tenants=TENANT,
        support_contact="Ute Admin, Tel. 11",
    )
    yield made
    made.runtime.database.dispose()


def begin(client: FlaskClient, wanted: str = "") -> str:
    answer = client.get("/anmelden/verzeichnis" + (f"?weiter={quote(wanted)}" if wanted else ""))
    assert answer.status_code == 303
    return answer.headers["Location"]


def enter(client: FlaskClient, directory: Directory, wanted: str = "", **claims: Any) -> TestResponse:
    answer = directory.grant(begin(client, wanted), **claims)
    return client.get("/anmelden/antwort", query_string=answer)


def verbs(firm: Web) -> list[tuple[str, str, Any]]:
    with firm.runtime.look() as turn:
        return [(line.verb, line.about, line.after) for line in turn.session.scalars(select(Trail).order_by(Trail.id))]


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
