"""Links and sessions: random, kept as hashes, used once, ended by themselves, and a trail of who came and went."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from connectors.identity import Identity
from models.staff import LoginLink, Member, WebSession
from models.terms import Role
from models.trail import Trail
from service.actions import signin
from service.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from service.store import staff
from service.turn import Actor, Turn


def later(turn: Turn, by: timedelta) -> Turn:
    return Turn(turn.session, turn.now + by, turn.actor)


def test_a_link_adds_a_member_where_the_role_has_none_and_takes_the_first_otherwise(turn: Turn) -> None:
    signin.link(turn, Role.ADMIN)
    signin.link(turn, Role.ADMIN)

    assert [member.role for member in turn.session.scalars(select(Member))] == [Role.ADMIN]


def test_a_link_can_name_its_member(turn: Turn) -> None:
    staff.add(turn, "Erste", Role.MITARBEITER)
    second = staff.add(turn, "Zweiter", Role.MITARBEITER)

    token = signin.link(turn, Role.MITARBEITER, second.id)

    assert signin.redeem(turn, token)[1].name == "Zweiter"
    with pytest.raises(NotFound):
        signin.link(turn, Role.MITARBEITER, 4711)


def test_only_hashes_are_kept(turn: Turn) -> None:
    token = signin.link(turn, Role.ADMIN)
    session_id, _ = signin.redeem(turn, token)

    links, sessions = turn.session.scalars(select(LoginLink)).all(), turn.session.scalars(select(WebSession)).all()

    assert [link.token_hash for link in links] == [staff.digest(token)]
    assert [row.id_hash for row in sessions] == [staff.digest(session_id)]
    assert len(token) >= 43


def test_unknown_used_and_expired_links_are_refused_with_one_text(turn: Turn) -> None:
    used, expired = signin.link(turn, Role.ADMIN), signin.link(turn, Role.ADMIN)
    signin.redeem(turn, used)
    texts = set()

    for token, at in (("x" * 43, turn), (used, turn), (expired, later(turn, signin.LINK_LIFE))):
        with pytest.raises(NotAllowed) as refused:
            signin.redeem(at, token)
        texts.add(str(refused.value))

    assert len(texts) == 1


def test_a_new_session_ends_the_old_one(turn: Turn) -> None:
    old, _ = signin.redeem(turn, signin.link(turn, Role.ADMIN))

    new, _ = signin.redeem(turn, signin.link(turn, Role.ADMIN), old)

    assert signin.visit(turn, new).member.role is Role.ADMIN
    with pytest.raises(NotSignedIn):
        signin.visit(turn, old)


def test_a_session_is_stamped_once_a_minute_and_ends_when_nobody_uses_it(turn: Turn) -> None:
    session_id, _ = signin.redeem(turn, signin.link(turn, Role.ADMIN))

    assert not signin.visit(later(turn, timedelta(seconds=59)), session_id).stale
    assert signin.visit(later(turn, timedelta(seconds=61)), session_id).stale
    signin.stamp(later(turn, timedelta(minutes=20)), session_id)
    assert signin.visit(later(turn, timedelta(minutes=50)), session_id)
    with pytest.raises(NotSignedIn):
        signin.visit(later(turn, timedelta(minutes=50, seconds=1)), session_id)


def test_a_session_of_a_member_who_left_is_over(turn: Turn) -> None:
    session_id, who = signin.redeem(turn, signin.link(turn, Role.ADMIN))
    who.active = False
    turn.session.flush()

    with pytest.raises(NotSignedIn):
        signin.visit(turn, session_id)


def test_signing_out_ends_the_session_and_stands_in_the_trail(turn: Turn) -> None:
    session_id, who = signin.redeem(turn, signin.link(turn, Role.ADMIN))

    signin.leave(Turn(turn.session, turn.now, Actor(who.id, who.name, who.role)), session_id)

    with pytest.raises(NotSignedIn):
        signin.visit(turn, session_id)
    verbs = turn.session.scalars(select(Trail.verb).order_by(Trail.id)).all()
    assert verbs == ["Anmeldelink erzeugt", "Angemeldet", "Abgemeldet"]


@pytest.mark.parametrize(("language", "theme"), [("fr", ""), ("de", "rosa")])
def test_preferences_that_do_not_exist_are_refused(turn: Turn, language: str, theme: str) -> None:
    who = staff.add(turn, "Lea", Role.MITARBEITER)
    mine = Turn(turn.session, turn.now, Actor(who.id, who.name, who.role))

    signin.prefer(mine, "en", "dark", shortcuts=False)
    with pytest.raises(Invalid):
        signin.prefer(mine, language, theme, shortcuts=True)

    assert (who.language, who.theme, who.shortcuts) == ("en", "dark", False)


def test_old_links_and_sessions_are_dropped(turn: Turn) -> None:
    signin.redeem(turn, signin.link(turn, Role.ADMIN))
    tomorrow = later(turn, timedelta(days=1))

    signin.redeem(tomorrow, signin.link(tomorrow, Role.ADMIN))

    assert len(turn.session.scalars(select(LoginLink)).all()) == 1
    assert len(turn.session.scalars(select(WebSession)).all()) == 1


LEA = Identity("https://verzeichnis.example", "a1", "Lea Lead", ("Team-Lead",))
ROLES = {role.value: role for role in Role}


@pytest.mark.parametrize(
    ("values", "role"),
    [
        (("Mitarbeiter",), Role.MITARBEITER),
        (("Datenschutz", "Management"), Role.MANAGEMENT),
        (("Mitarbeiter", "Admin", "Unbekannt"), Role.ADMIN),
    ],
)
def test_of_several_roles_the_one_with_most_rights_counts(values: tuple[str, ...], role: Role) -> None:
    assert signin.role_of(values, ROLES) is role


@pytest.mark.parametrize("values", [(), ("admin",), ("Admin ",)])
def test_no_known_role_is_no_way_in(values: tuple[str, ...]) -> None:
    with pytest.raises(NotAllowed):
        signin.role_of(values, ROLES)


def test_the_directory_adds_a_member_once_and_changes_name_and_role_later(turn: Turn) -> None:
    _, first = signin.admit(turn, LEA, Role.TEAM_LEAD)
    old, _ = signin.admit(turn, LEA, Role.TEAM_LEAD)

    new, again = signin.admit(turn, replace(LEA, name="Lea Anders"), Role.MITARBEITER)

    assert again.id == first.id
    assert (again.name, again.role) == ("Lea Anders", Role.MITARBEITER)
    assert signin.visit(turn, new).member.id == first.id
    with pytest.raises(NotSignedIn):
        signin.visit(turn, old)


def test_another_issuer_with_the_same_id_is_another_person(turn: Turn) -> None:
    _, first = signin.admit(turn, LEA, Role.ADMIN)
    _, second = signin.admit(turn, replace(LEA, issuer="https://anderes.example"), Role.MITARBEITER)

    assert first.id != second.id


def test_a_deactivated_member_is_refused_whatever_the_directory_says(turn: Turn) -> None:
    _, who = signin.admit(turn, LEA, Role.ADMIN)
    who.active = False
    turn.session.flush()

    with pytest.raises(NotAllowed):
        signin.admit(turn, LEA, Role.ADMIN)


def test_turning_away_ends_what_a_known_member_had_open(turn: Turn) -> None:
    session_id, who = signin.admit(turn, LEA, Role.ADMIN)

    signin.turn_away(turn, "keine Rolle", LEA)
    signin.turn_away(turn, "keine Rolle", replace(LEA, subject="fremd"))
    signin.turn_away(turn, "fremdes Verzeichnis")

    with pytest.raises(NotSignedIn):
        signin.visit(turn, session_id)
    lines = turn.session.scalars(select(Trail).where(Trail.verb == "Anmeldung abgewiesen").order_by(Trail.id)).all()
    assert [line.about for line in lines] == [f"member:{who.id}", "member:0", "member:0"]
