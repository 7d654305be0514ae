"""A person of the directory becomes the invited member once, by the lasting id, and nobody else's."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from connectors.identity import Identity
from models.staff import MemberIdentity
from models.terms import Role
from models.trail import Trail
from service.actions import accept, members, signin
from service.errors import NoRole, NotAllowed
from service.turn import Turn

LEA = Identity("https://verzeichnis.example", "a1", "Lea Voss", ())
OTTO = replace(LEA, subject="b2", name="Otto")


def test_an_invitation_ties_the_member_to_the_person(turn: Turn) -> None:
    made = members.invite(turn, "Lea", "lea@muster.example", Role.TEAM_LEAD)

    who = accept.accept(turn, LEA, members.invitation(turn, made.id))
    session_id, entered = signin.admit(turn, LEA, accept.held_role(turn, LEA))

    assert (who.id, entered.id, entered.name, entered.role) == (made.id, made.id, "Lea Voss", Role.TEAM_LEAD)
    assert entered.invited_at is None
    assert signin.visit(turn, session_id).member.id == made.id
    row = turn.session.scalars(select(MemberIdentity)).one()
    assert (row.issuer, row.lasting_id, row.member_id) == (LEA.issuer, "a1", made.id)
    assert "Einladung angenommen" in turn.session.scalars(select(Trail.verb)).all()


def test_an_invitation_works_once(turn: Turn) -> None:
    token = members.invitation(turn, members.invite(turn, "Lea", "", Role.MITARBEITER).id)
    accept.accept(turn, LEA, token)

    for person in (LEA, OTTO):
        with pytest.raises(NotAllowed, match="gilt nicht"):
            accept.accept(turn, person, token)


def test_a_member_keeps_the_person_whoever_holds_another_link(turn: Turn) -> None:
    made = members.invite(turn, "Lea", "", Role.ADMIN)
    token = members.invitation(turn, made.id)
    turn.session.add(MemberIdentity(issuer=LEA.issuer, lasting_id="a1", member_id=made.id, created_at=turn.now))
    turn.session.flush()

    with pytest.raises(NotAllowed):
        accept.accept(turn, OTTO, token)


def test_the_own_link_of_a_known_person_does_no_harm(turn: Turn) -> None:
    made = members.invite(turn, "Lea", "", Role.ADMIN)
    token = members.invitation(turn, made.id)
    turn.session.add(MemberIdentity(issuer=LEA.issuer, lasting_id="a1", member_id=made.id, created_at=turn.now))
    turn.session.flush()

    assert accept.accept(turn, LEA, token).id == made.id


def test_a_known_person_does_not_become_somebody_else(turn: Turn) -> None:
    signin.admit(turn, LEA, Role.MITARBEITER)
    token = members.invitation(turn, members.invite(turn, "Ute", "", Role.ADMIN).id)

    with pytest.raises(NotAllowed, match="schon Mitglied"):
        accept.accept(turn, LEA, token)


def test_a_stranger_has_no_role_here(turn: Turn) -> None:
    with pytest.raises(NoRole, match="noch nicht eingeladen"):
        accept.held_role(turn, LEA)
