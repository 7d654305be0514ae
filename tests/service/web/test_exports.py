"""Exports and the wall screen: rights, reach, progress, expiry, the trail; a screen without a person."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.export import Export, ExportPart
from models.setting import Setting
from models.staff import Member
from models.terms import Role
from models.trail import Trail
from service.actions import export
from service.jobs import exporting
from service.store import exports, groups, jobs, reach, tokens
from service.store.listing import Filter
from service.turn import Actor
from tests.web_data import Web, csrf


def lines(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def begin(firm: Web, role: Role, form: str = "csv") -> int:
    """Have a long list made: as if two rows were already too many to wait for."""
    with firm.runtime.turn(_actor(firm, role)) as turn:
        return export.listed(turn, Filter(), export.form(form), {"suche": "Petersen"}, most=2).export_id


def _actor(firm: Web, role: Role) -> Actor:
    with firm.runtime.look() as turn:
        return reach.actor(turn, turn.session.scalars(select(Member).where(Member.role == role)).one())


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_long_list_is_made_by_the_worker_for_whoever_asked_and_is_over_after_a_day(firm: Web, form: str) -> None:
    number = begin(firm, Role.MITARBEITER, form)
    client, other = firm.client(Role.MITARBEITER), firm.client(Role.TEAM_LEAD)

    early, waiting = client.get(f"/exporte/{number}").status_code, client.get("/exporte").text
    done = exporting.run(firm.runtime, number)
    ready, file = client.get(f"/api/v1/exports/{number}").json, client.get(f"/exporte/{number}")
    stranger = other.get(f"/exporte/{number}").status_code
    direct = client.get(f"/konversationen/export.{form}")
    with firm.runtime.look() as turn:
        verbs = [one.verb for one in turn.session.scalars(select(Trail).where(Trail.about == f"export:{number}"))]
        asked = turn.session.scalars(select(Trail).where(Trail.verb == "Export angefordert")).one()
        queued = turn.session.scalars(select(jobs.Job.key).where(jobs.Job.kind == export.JOB)).all()
    firm.clock.move(exports.LIFE + timedelta(seconds=1))
    with firm.runtime.turn() as turn:
        swept = exports.sweep(turn)
        left = turn.session.scalars(select(ExportPart)).all()

    assert (early, "<progress" in waiting, queued) == (409, True, [str(number)])
    assert (ready["finished"], ready["done"], ready["total"]) == (True, done, done)
    assert (file.status_code, stranger) == (200, 404)
    assert file.headers["Content-Disposition"].endswith(f'.{form}"')
    if form == "csv":
        assert file.data == direct.data
        assert len(lines(file.data)) == done + 1
    assert verbs == ["Export angefordert", "Export geladen"]
    assert asked.after["suche"] == "…"
    assert (swept, left) == (1, [])


def test_who_may_see_less_by_then_does_not_get_the_file(firm: Web) -> None:
    number = begin(firm, Role.MITARBEITER)
    exporting.run(firm.runtime, number)
    client = firm.client(Role.MITARBEITER)
    with firm.runtime.turn() as turn:
        turn.session.get_one(Export, number).role = Role.ADMIN

    refused = client.get(f"/exporte/{number}").status_code
    with firm.runtime.turn() as turn:
        turn.session.get_one(Export, number).finished_at = None
        turn.session.get_one(Export, number).expires_at = turn.now
    unwanted = exporting.run(firm.runtime, number)

    assert (refused, unwanted) == (403, 0)


def test_files_are_for_those_who_may_see_the_rows(firm: Web) -> None:
    paths = ("/konversationen/export.csv", "/kennzahlen/export.xlsx", "/kennzahlen/export.csv?teil=postfaecher")

    for role, expected in ((Role.DATENSCHUTZ, [200, 403, 403]), (Role.MANAGEMENT, [200, 200, 200]), (None, [303] * 3)):
        client = firm.client(role)
        found = [client.get(path).status_code for path in paths]
        assert [302 if code in {302, 303, 401} and role is None else code for code in found] == [
            302 if role is None else code for code in expected
        ]
    client = firm.client()
    wrong = ("/konversationen/export.pdf", "/kennzahlen/export.csv?teil=x", "/konversationen/export.csv?postfach=99")
    assert [client.get(path).status_code for path in wrong] == [422, 422, 404]


def test_a_screen_is_let_in_by_a_token_sees_no_names_and_is_turned_off_at_once(firm: Web) -> None:
    with firm.runtime.turn() as turn:
        right, wrong = tokens.new(turn, "Halle", ["wand"]), tokens.new(turn, "CRM", ["kpis"])
    screen = firm.client(None)

    closed = (screen.get("/wand").text, screen.get("/wand/stand").status_code)
    refused = [screen.post("/wand", json={"token": one}).status_code for one in (wrong, "x", "")]
    let_in = screen.post("/wand", json={"token": right})
    page = screen.get("/wand").text
    mark = screen.get("/wand/stand").headers["ETag"]
    same = screen.get("/wand/stand", headers={"If-None-Match": mark})
    elsewhere = screen.get("/kennzahlen").status_code
    with firm.runtime.turn() as turn:
        tokens.revoke(turn, "Halle")
    off = screen.get("/wand/stand").status_code

    assert "nicht freigeschaltet" in closed[0]
    assert (closed[1], refused, let_in.status_code, off) == (303, [403, 401, 401], 204, 303)
    assert "HttpOnly" in let_in.headers["Set-Cookie"]
    assert "Path=/wand" in let_in.headers["Set-Cookie"]
    assert "Klassifizierungsquote" in page
    for name in ("Petersen", "Oswald", "Voss", "info@", "WhatsApp Service", "kontor-nord"):
        assert name not in page, name
    assert (same.status_code, same.headers["X-Stand"]) == (304, "10:00")
    assert elsewhere in {302, 303, 401}


def test_the_wall_screen_of_a_member_is_the_same(firm: Web) -> None:
    client = firm.client(Role.MANAGEMENT)

    assert client.get("/kennzahlen/wand").text.count('<div class="wall-tile') == 6
    assert client.get("/kennzahlen/wand/stand").headers["X-Stand"] == "10:00"


def test_a_works_agreement_needs_name_scope_and_end_and_is_over_by_itself(firm: Web) -> None:
    client = firm.client(Role.ADMIN)
    path, token = "/einstellungen/personenschutz", csrf(client)
    form = {"csrf": token, "modus": "vereinbarung", "name": "BV 2026/4", "postfach": "2", "ende": "2026-12-31"}
    small = "/api/v1/kpis?postfach=2"

    before = client.get(small).json["kpis"]
    refused = [client.post(path, data=form | bad) for bad in ({"name": ""}, {"postfach": ""}, {"ende": "2026-11-17"})]
    kept = client.post(path, data=form | {"ende": ""}).text
    saved = client.post(path, data=form).status_code
    within, page = client.get(small).json["kpis"], client.get(path).text
    firm.clock.move(timedelta(days=60))
    client = firm.client(Role.ADMIN)
    after, over = client.get(small).json["kpis"], client.get(path).text
    everything = form | {"csrf": csrf(client), "umfang": "alle", "ende": "2027-03-01"}
    client.post(path, data=everything)
    with firm.runtime.look() as turn:
        whole = groups.in_force(turn)
    client.post(path, data={"csrf": csrf(client), "modus": "team"})

    assert [one.status_code for one in refused] == [422] * 3
    assert "Bitte das Ende eintragen" in kept
    assert 'value="BV 2026/4"' in kept
    assert saved == 303
    assert [any(one["withheld"] for one in some if one["key"] == "reaction") for some in (before, within, after)] == [
        True,
        False,
        True,
    ]
    assert "BV 2026/4“ bis 31.12.2026" in page
    assert "endete am 31.12.2026" in over
    assert whole is not None
    assert whole.accounts is None
    with firm.runtime.look() as turn:
        assert groups.agreement(turn) is None
        assert len(turn.session.scalars(select(Setting).where(Setting.name == groups.AGREEMENT)).all()) == 3
        assert turn.session.scalars(select(Trail).where(Trail.about == "setting:staff_agreement")).first() is not None
    assert firm.client(Role.TEAM_LEAD).post(path, data=form).status_code == 403
