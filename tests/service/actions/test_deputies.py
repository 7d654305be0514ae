"""Saying who stands in: order, who may, and the loops that nobody leaves (zammad/zammad#3694)."""

import pytest

from models.terms import Role
from service.actions import absence, deputies
from service.errors import Invalid, NotAllowed, NotFound
from service.store import duty
from service.turn import Turn
from tests.service.actions import away
from tests.service.actions.away import Team, plan


@pytest.fixture
def team(turn: Turn) -> Team:
    return away.team(turn)


def test_deputies_are_kept_in_the_order_given_with_a_line_in_the_trail(turn: Turn, team: Team) -> None:
    deputies.put(turn, team.anna, [team.cara, team.lead, team.bert])
    deputies.put(turn, team.anna, [team.cara, team.lead, team.bert])

    assert duty.deputies(turn)[team.anna] == (team.cara, team.lead, team.bert)
    assert away.verbs(turn) == ["Vertretung geändert"]


def test_an_empty_list_means_nobody(turn: Turn, team: Team) -> None:
    deputies.put(turn, team.anna, [])

    assert team.anna not in duty.deputies(turn)


def test_a_running_absence_follows_a_change_at_once(turn: Turn, team: Team) -> None:
    absence.enter(turn, team.anna, plan())

    deputies.put(turn, team.anna, [team.cara])

    assert away.grants(turn) == [(team.anna, team.bert, False), (team.anna, team.cara, True)]


def test_own_deputies_are_said_by_oneself_and_those_of_others_by_leads_and_admins(turn: Turn, team: Team) -> None:
    deputies.put(away.by(turn, team.anna), team.anna, [team.cara])
    deputies.put(away.by(turn, team.lead, Role.TEAM_LEAD), team.anna, [team.bert])

    with pytest.raises(NotAllowed):
        deputies.put(away.by(turn, team.bert), team.anna, [team.bert])


def test_oneself_twice_the_same_too_many_and_who_does_not_work_here_are_refused(turn: Turn, team: Team) -> None:
    chief = away.member(turn, "Max", Role.MANAGEMENT)
    gone = away.member(turn, "Fort", active=False)
    more = [away.member(turn, f"M{n}") for n in range(6)]

    for wanted in ([team.anna], [team.bert, team.bert], more, [chief], [gone], [999]):
        with pytest.raises(Invalid):
            deputies.put(turn, team.anna, wanted)
    with pytest.raises(NotFound):
        deputies.put(turn, gone, [team.anna])
    assert duty.deputies(turn)[team.anna] == (team.bert, team.cara)


def test_two_people_who_have_nobody_but_each_other_are_refused_by_name(turn: Turn, team: Team) -> None:
    deputies.put(turn, team.anna, [team.bert])

    with pytest.raises(Invalid, match="Bert → Anna → Bert"):
        deputies.put(turn, team.bert, [team.anna])
    assert team.bert not in duty.deputies(turn)


def test_a_longer_loop_is_refused_by_name(turn: Turn, team: Team) -> None:
    deputies.put(turn, team.anna, [team.bert])
    deputies.put(turn, team.bert, [team.cara])

    with pytest.raises(Invalid, match="Cara → Anna → Bert → Cara"):
        deputies.put(turn, team.cara, [team.anna])


def test_people_may_stand_in_for_each_other_as_long_as_somebody_else_follows(turn: Turn, team: Team) -> None:
    deputies.put(turn, team.bert, [team.anna])

    assert duty.deputies(turn)[team.bert] == (team.anna,)
    with pytest.raises(Invalid, match="Anna → Bert → Anna"):
        deputies.put(turn, team.anna, [team.bert])


def test_who_left_is_no_way_out_of_a_loop(turn: Turn, team: Team) -> None:
    deputies.put(turn, team.anna, [team.bert, team.cara])
    turn.session.get_one(away.Member, team.cara).active = False
    turn.session.flush()

    with pytest.raises(Invalid, match="Kreis"):
        deputies.put(turn, team.bert, [team.anna])
