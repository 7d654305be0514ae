"""Every change to people, teams, absences, assignments, sessions and tokens leaves a line: who, when, from what to what."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from models.account import Account
from models.duty import MemberAccount
from models.message import Conversation
from models.party import Company
from models.staff import Member
from models.terms import AbsenceKind, Category, Role
from models.trail import Trail
from service.actions import absence, assign, confirm, depart, teams
from service.actions.absence import Plan
from service.actions.assign import Chosen
from service.actions.confirm import Choice
from service.store import reversal, staff, tokens
from service.store.sessions import handle
from service.store.teams import Part
from service.turn import Actor, Turn
from tests.conftest import NOW
from tests.service.web.test_pages import rules
from tests.web_data import Web, csrf

LEA, JENS, UTE = 1, 2, 3  # Mitarbeiter, Team-Lead, Admin
ADMIN = Actor(UTE, "Ute Admin", Role.ADMIN)
DAY = timedelta(days=1)
PERIOD = {"grund": "Urlaub", "von": "2026-11-19", "bis": "2026-11-20"}
WEEK = {"zeiten": "firma", "zone": "Europe/Vienna", "zustellung": "morgens"}

# Areas whose every changing address has to be in CHANGES or in COMING.
AREAS = ("/mitglieder", "/teams", "/abwesenheiten", "/vertretung", "/zustaendig", "/sitzungen", "/tokens")
AREAS += ("/profil", "/partei", "/einladung", "/anmelden", "/abmelden")


@dataclass(frozen=True)
class Change:
    """What is posted to an address: as an Admin, after `prepare`, which may return what stands in the address."""

    sends: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[Turn], dict[str, Any]] = lambda _turn: {"member_id": LEA}
    about: str = "member"
    # What begins has no before, what ends has no after.
    before: bool = True
    after: bool = True


def seen(turn: Turn, member_id: int = LEA) -> dict[str, Any]:
    return {"member_id": member_id, "stand": turn.session.get_one(Member, member_id).version}


def a_team(turn: Turn) -> dict[str, Any]:
    return {"team_id": teams.create(turn, "Service", Part(members=frozenset({LEA}))).id}


def an_absence(turn: Turn) -> dict[str, Any]:
    return {"absence_id": absence.enter(turn, LEA, Plan(AbsenceKind.URLAUB, NOW - DAY, NOW + 3 * DAY)).absence_id}


def one_who_left(turn: Turn) -> dict[str, Any]:
    depart.deactivate(turn, LEA, None)
    return seen(turn)


def a_session(turn: Turn) -> dict[str, Any]:
    staff.add_session(turn, "eine-andere-sitzung", LEA, turn.now)
    return {"handle": handle("eine-andere-sitzung")}


def another_of_mine(turn: Turn) -> dict[str, Any]:
    staff.add_session(turn, "zweite-sitzung", UTE, turn.now)
    return {}


def a_token(turn: Turn) -> dict[str, Any]:
    return {"handle": tokens.find(turn, tokens.new(turn, "crm", ("kpis",))).handle}


def a_row(turn: Turn) -> dict[str, Any]:
    row = turn.session.scalars(select(Conversation).order_by(Conversation.id)).first()
    assert row is not None
    return {"zeile": f"{row.id}:{row.version}"}


def an_act(turn: Turn) -> dict[str, Any]:
    row = turn.session.scalars(select(Conversation.id).order_by(Conversation.id)).first()
    return {"act": assign.take(turn, Chosen((row or 0,))).act}


def a_company(turn: Turn) -> dict[str, Any]:
    return {"kind": "firma", "party_id": turn.session.scalars(select(func.min(Company.id))).one()}


def an_account(turn: Turn) -> dict[str, Any]:
    number = turn.session.scalars(select(func.min(Account.id))).one()
    turn.session.add(MemberAccount(account_id=number, member_id=JENS, position=0))
    return seen(turn) | {"betreut": str(number), f"platz-{number}": "1"}


def what_she_confirmed(turn: Turn) -> dict[str, Any]:
    waiting = turn.session.scalars(select(func.min(Conversation.id))).one()
    hers = replace(turn, actor=Actor(LEA, "Lea", Role.MITARBEITER))
    confirm.confirm(hers, Choice((waiting,), Category.WERBUNG))
    turn.session.flush()
    return {"member_id": LEA, "stand": reversal.extent(turn, LEA, None).mark}


CHANGES: dict[str, Change] = {
    "/mitglieder": Change({"name": "Neu", "rolle": "Mitarbeiter"}, before=False),
    "/mitglieder/<int:member_id>/angaben": Change({"name": "Lea Anders"}, seen),
    "/mitglieder/<int:member_id>/rolle": Change({"rolle": "Team-Lead"}, seen),
    "/mitglieder/<int:member_id>/postfaecher": Change({}, an_account),
    "/mitglieder/<int:member_id>/arbeitszeit": Change(WEEK, seen),
    "/mitglieder/<int:member_id>/einladung": Change({}, seen, before=False),
    "/mitglieder/<int:member_id>/einordnungen": Change({"seit": "alles"}, what_she_confirmed, after=False),
    "/mitglieder/<int:member_id>/deaktivieren": Change({"nachfolge": str(JENS)}, seen),
    "/mitglieder/<int:member_id>/aktivieren": Change({}, one_who_left),
    "/teams/neu": Change({"name": "Service"}, about="team", before=False),
    "/teams/<int:team_id>": Change({"name": "Vertrieb"}, a_team, "team"),
    "/teams/<int:team_id>/loeschen": Change({"sicher": "1"}, a_team, "team", after=False),
    "/abwesenheiten": Change(PERIOD, before=False),
    "/abwesenheiten/<int:absence_id>": Change(PERIOD | {"von": "2026-11-17"}, an_absence),
    "/abwesenheiten/<int:absence_id>/beenden": Change({}, an_absence),
    "/vertretung/<int:member_id>": Change({"vertritt": [str(JENS)]}),
    "/zustaendig": Change({"tun": "uebernehmen"}, a_row, "conversation"),
    "/zustaendig/zuruecknehmen": Change({}, an_act, "conversation"),
    "/partei/<kind>/<int:party_id>/betreuung": Change({"wer": str(LEA)}, a_company, "company"),
    "/sitzungen/<handle>/beenden": Change({}, a_session, after=False),
    "/sitzungen/andere": Change({}, another_of_mine, after=False),
    "/tokens": Change({"name": "crm", "zweck": ["kpis"], "dauer": "30"}, about="token", before=False),
    "/tokens/<handle>/sperren": Change({}, a_token, "token", after=False),
    "/profil": Change({"language": "en", "theme": "dark"}),
    "/profil/arbeitszeit": Change(WEEK, lambda turn: seen(turn, UTE)),
    "/profil/farben": Change({"theme": "dark"}),
}
# Coming and going have no from and to; accepting an invitation is noted by the sign-in that follows.
COMING = {"/einladung", "/anmelden", "/abmelden"}


def test_every_changing_address_of_these_areas_is_looked_at(firm: Web) -> None:
    found = {rule.rule for rule in rules(firm) if "POST" in (rule.methods or set()) and rule.rule.startswith(AREAS)}

    assert found == set(CHANGES) | COMING


@pytest.mark.parametrize("path", sorted(CHANGES))
def test_a_change_is_noted_with_who_when_from_what_to_what(firm: Web, path: str) -> None:
    change = CHANGES[path]
    admin = firm.client(Role.ADMIN)
    token = csrf(admin)
    with firm.runtime.turn(ADMIN) as turn:
        given = change.prepare(turn)
        turn.session.flush()
        last = turn.session.scalars(select(func.max(Trail.id))).one() or 0
    firm.clock.move(timedelta(minutes=1))
    where = re.sub(r"<(?:\w+:)?(\w+)>", lambda place: str(given[place[1]]), path)

    answer = admin.post(where, data={"csrf": token, **change.sends, **given})

    with firm.runtime.look() as turn:
        lines = turn.session.scalars(select(Trail).where(Trail.id > last).order_by(Trail.id)).all()
    assert answer.status_code < 400, answer.text
    told = [line for line in lines if line.about.split(":")[0] == change.about]
    assert told
    for line in told:
        assert (line.member_id, line.at) == (UTE, firm.clock.now()), line.verb
        assert line.verb
        assert line.before != line.after
    assert any(
        (line.before is not None) >= change.before and (line.after is not None) >= change.after for line in told
    ), [(line.verb, line.before, line.after) for line in told]


def test_coming_and_going_are_noted_about_the_member(firm: Web) -> None:
    admin = firm.client(Role.ADMIN)

    admin.post("/abmelden", data={"csrf": csrf(admin)})

    with firm.runtime.look() as turn:
        told = turn.session.execute(select(Trail.verb, Trail.about).order_by(Trail.id)).all()[-2:]
    assert [tuple(row) for row in told] == [("Angemeldet", f"member:{UTE}"), ("Abgemeldet", f"member:{UTE}")]


def test_saving_the_profile_unchanged_is_no_change(firm: Web) -> None:
    admin = firm.client(Role.ADMIN)
    admin.post("/profil", data={"csrf": csrf(admin), "theme": "dark"})
    admin.post("/profil", data={"csrf": csrf(admin), "theme": "dark"})

    with firm.runtime.look() as turn:
        told = turn.session.scalars(select(Trail).where(Trail.verb == "Ansicht geändert")).all()

    assert [(line.before, line.after) for line in told] == [
        (
            {"language": "de", "theme": "", "shortcuts": True},
            {"language": "de", "theme": "dark", "shortcuts": False},
        )
    ]
