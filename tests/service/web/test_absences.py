"""Absences, deputies, hand-back and notices as pages: what is shown to whom, and what a form does."""

import pytest
from sqlalchemy import select, update

from models.duty import Absence, Deputy, DeputyGrant, Notice
from models.staff import Member
from models.terms import AbsenceKind, Role
from service.actions import absence
from service.actions.absence import Plan
from tests.conftest import NOW
from tests.service.web import away
from tests.service.web.away import DAY, JENS, LEA, UTE, as_member, lea_is_away, pia, post
from tests.web_data import Web


@pytest.fixture
def team(firm: Web) -> Web:
    return away.team(firm)


PERIOD = {"grund": "Urlaub", "von": "2026-11-18", "bis": "2026-11-20"}


def test_a_member_enters_an_absence_whose_last_day_counts_and_reads_who_is_away_too(team: Web) -> None:
    client = as_member(team, LEA, Role.MITARBEITER)
    with team.runtime.turn() as turn:
        absence.enter(turn, pia(team), Plan(AbsenceKind.URLAUB, NOW, NOW + DAY))

    status, where = post(client, "/abwesenheiten", **PERIOD)
    page = client.get(where).text

    with team.runtime.look() as turn:
        stored = turn.session.scalars(select(Absence).where(Absence.member_id == LEA)).one()
        grants = turn.session.scalars(select(DeputyGrant.deputy_id).where(DeputyGrant.member_id == LEA)).all()
    assert status == 303
    assert (stored.from_at.isoformat(), stored.until_at.isoformat()) == (
        "2026-11-17T23:00:00+00:00",
        "2026-11-20T23:00:00+00:00",
    )
    assert grants == [JENS]
    assert "Abwesenheit eingetragen." in page
    assert "Pia Krüger ist vom 18.11.2026 bis 19.11.2026 selbst abwesend." in page
    assert "Durchgehend da ist: Jens Thode." in page


def test_times_of_day_are_taken_in_the_firms_zone(team: Web) -> None:
    client = as_member(team, LEA, Role.MITARBEITER)

    post(client, "/abwesenheiten", **PERIOD, **{"von-zeit": "12:30", "bis-zeit": "09:00"})

    with team.runtime.look() as turn:
        stored = turn.session.scalars(select(Absence)).one()
    assert (stored.from_at.isoformat(), stored.until_at.isoformat()) == (
        "2026-11-18T11:30:00+00:00",
        "2026-11-20T08:00:00+00:00",
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"von": ""}, "Der erste Tag fehlt"),
        ({"bis": "31.12."}, "Der letzte Tag fehlt oder ist kein Datum"),
        ({"bis": "9999-12-31"}, "zu weit weg"),
        ({"bis-zeit": "25 Uhr"}, "keine Uhrzeit"),
        ({"grund": "Abwesenheitsnotiz in Outlook"}, "Diesen Grund gibt es nicht"),
        ({"von": "2026-11-01", "bis": "2026-11-02"}, "schon vorbei"),
    ],
)
def test_a_refusal_says_why_and_keeps_what_was_typed(team: Web, wrong: dict[str, str], said: str) -> None:
    client = as_member(team, LEA, Role.MITARBEITER)

    status, page = post(client, "/abwesenheiten", **(PERIOD | {"von-zeit": "07:15"} | wrong))

    assert status == 422
    assert said in page
    assert 'value="07:15"' in page


def test_only_leads_and_admins_enter_and_see_the_reason_for_others(team: Web) -> None:
    lead, colleague = as_member(team, JENS, Role.TEAM_LEAD), as_member(team, pia(team), Role.MITARBEITER)

    entered, _ = post(lead, "/abwesenheiten", mitglied=LEA, **(PERIOD | {"grund": "Krank"}))
    refused, _ = post(colleague, "/abwesenheiten", mitglied=LEA, **(PERIOD | {"von": "2026-12-01"}))

    assert (entered, refused) == (303, 403)
    assert "Krank" in lead.get("/abwesenheiten").text.split("Abwesenheit eintragen")[0]
    seen = colleague.get("/abwesenheiten").text.split("Abwesenheit eintragen")[0]
    assert "Lea Voss" in seen
    assert "Krank" not in seen
    assert "eingetragen von Jens Thode" in seen


def test_the_deputy_sees_for_whom_and_until_when_with_a_way_to_what_is_open(team: Web) -> None:
    lea_is_away(team)
    client = as_member(team, pia(team), Role.MITARBEITER)

    page, waiting = client.get("/konversationen").text, client.get(f"/vertretung/{LEA}").text

    assert "Sie vertreten" in page
    assert f'<a href="/vertretung/{LEA}">Lea Voss</a> bis 21.11.' in page
    assert "warten auf Antwort" in waiting
    assert "Petra Hansen" in waiting


def test_the_open_items_of_others_are_for_deputies_leads_and_admins_alone(team: Web) -> None:
    number = lea_is_away(team)
    stranger = as_member(team, LEA, Role.MITARBEITER)
    with team.runtime.turn() as turn:
        turn.session.execute(update(Absence).values(member_id=pia(team)))

    assert stranger.get(f"/vertretung/{pia(team)}").status_code == 404
    assert stranger.get(f"/abwesenheiten/{number}").status_code == 404
    assert stranger.get("/abwesenheiten/999").status_code == 404
    assert post(stranger, f"/abwesenheiten/{number}/beenden")[0] == 404
    assert post(stranger, f"/abwesenheiten/{number}", **PERIOD)[0] == 404
    assert post(stranger, f"/vertretung/{pia(team)}", vertritt=[LEA])[0] == 404
    assert team.client(Role.TEAM_LEAD).get(f"/abwesenheiten/{number}").status_code == 200


def test_ending_shows_what_happened_and_what_is_open_and_the_notice_is_seen(team: Web) -> None:
    number = lea_is_away(team, AbsenceKind.URLAUB)
    client = as_member(team, LEA, Role.MITARBEITER)

    status, where = post(client, f"/abwesenheiten/{number}/beenden")
    page = client.get(where).text

    assert status == 303
    assert "Willkommen zurück" in page
    assert "Vertreten durch Pia Krüger" in page
    assert "eingegangen, in" in page
    assert "Petra Hansen" in page
    # How much came in and who answered is the member's own: anybody else would read a figure per person there.
    for other in (team.client(Role.TEAM_LEAD), team.client(Role.ADMIN)):
        theirs = other.get(f"/abwesenheiten/{number}").text
        assert "Petra Hansen" in theirs
        assert not [word for word in ("eingegangen, in", "beantwortet", "ohne Antwort erledigt") if word in theirs]
    with team.runtime.look() as turn:
        row = turn.session.scalars(select(Notice).where(Notice.member_id == LEA)).one()
        assert row.seen_at is not None


def test_an_absence_is_changed_while_it_runs_and_keeps_its_beginning(team: Web) -> None:
    number = lea_is_away(team)
    client = as_member(team, LEA, Role.MITARBEITER)
    form = client.get(f"/abwesenheiten/{number}").text

    good, _ = post(client, f"/abwesenheiten/{number}", grund="Krank", von="2026-11-18", bis="2026-11-30")
    bad, page = post(client, f"/abwesenheiten/{number}", grund="Krank", von="2026-11-18", bis="2026-11-01")

    assert "Der Anfang bleibt" in form
    assert (good, bad) == (303, 422)
    assert "liegt vor dem Anfang" in page
    with team.runtime.look() as turn:
        stored = turn.session.scalars(select(Absence)).one()
        assert (stored.from_at, stored.until_at.isoformat()) == (NOW - DAY / 2, "2026-11-30T23:00:00+00:00")


def test_a_planned_absence_is_withdrawn_and_one_from_outlook_is_not_changed_here(team: Web) -> None:
    client = as_member(team, LEA, Role.MITARBEITER)
    with team.runtime.turn() as turn:
        planned = absence.enter(turn, LEA, Plan(AbsenceKind.URLAUB, NOW + DAY, NOW + 2 * DAY)).absence_id
        turn.session.execute(update(Member).where(Member.id == LEA).values(address="lea@muster.example"))
        outlook = absence.from_outlook(turn, "lea@muster.example", NOW + 5 * DAY, NOW + 6 * DAY, enabled=True)

    assert "Doch nicht" in client.get(f"/abwesenheiten/{planned}").text
    status, where = post(client, f"/abwesenheiten/{planned}/beenden")
    page = client.get(where).text
    assert status == 303
    assert "zurückgezogen" in page
    assert "folgt ihnen" in client.get(f"/abwesenheiten/{outlook}").text


def test_deputies_are_saved_in_order_and_a_loop_is_refused_with_its_names(team: Web) -> None:
    client = as_member(team, LEA, Role.MITARBEITER)

    good, _ = post(client, f"/vertretung/{LEA}", vertritt=["", pia(team), ""])
    lead = team.client(Role.TEAM_LEAD)
    bad, page = post(lead, f"/vertretung/{pia(team)}", vertritt=[LEA], weiter=f"/mitglieder/{LEA}")

    assert (good, bad) == (303, 422)
    assert "Pia Krüger → Lea Voss → Pia Krüger" in page
    assert f'value="{LEA}" selected' in page
    with team.runtime.look() as turn:
        assert turn.session.execute(select(Deputy.member_id, Deputy.deputy_id)).all() == [(LEA, pia(team))]


def test_a_saved_deputy_leads_back_to_where_one_came_from_and_never_elsewhere(team: Web) -> None:
    client = team.client(Role.ADMIN)

    _, back = post(client, f"/vertretung/{LEA}", vertritt=[JENS], weiter=f"/mitglieder/{LEA}")
    _, own = post(client, f"/vertretung/{LEA}", vertritt=[UTE], weiter="//boese.example")

    assert back == f"/mitglieder/{LEA}"
    assert own == "/abwesenheiten?gespeichert=vertretung"


def test_members_without_a_deputy_are_listed(team: Web) -> None:
    page = team.client(Role.ADMIN).get("/abwesenheiten").text.split("Ohne Vertretung")[1]

    assert "Pia Krüger" in page
    assert "Ute Admin (Sie)" in page
    assert "Max Chef" not in page
    assert "Lea Voss" not in page


def test_the_page_of_a_member_shows_who_stands_in_and_when_the_member_is_away(team: Web) -> None:
    lea_is_away(team)

    page = team.client(Role.ADMIN).get(f"/mitglieder/{LEA}").text

    assert 'id="h-vertretung"' in page
    assert "es vertritt Pia Krüger" in page
    assert 'id="h-vertretung"' not in team.client(Role.ADMIN).get("/mitglieder/4").text
