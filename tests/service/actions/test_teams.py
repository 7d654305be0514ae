"""Teams are sets of mailboxes with members and leads; changes are noted, counted, and never overwrite a colleague's."""

import pytest
from sqlalchemy import select

from models.account import Account
from models.duty import Team, TeamAccount, TeamMember
from models.terms import Channel, Role
from models.trail import Trail
from service.actions import teams
from service.errors import Conflict, Invalid, NotFound
from service.store import accounts, staff
from service.store import teams as sets
from service.store.accounts import Facts
from service.store.teams import Part
from service.turn import Turn


@pytest.fixture
def boxes(turn: Turn) -> tuple[int, int]:
    made = (accounts.ensure(turn, Channel.EMAIL, f"{n}@muster.example", Facts(n, people=9)) for n in ("info", "dienst"))
    first, second = (one.id for one in made)
    return first, second


@pytest.fixture
def people(turn: Turn) -> tuple[int, int, int]:
    lea, jens, ute = (staff.add(turn, name, Role.MITARBEITER).id for name in ("Lea", "Jens", "Ute"))
    return lea, jens, ute


def counted(turn: Turn, box: int) -> int:
    account = turn.session.get_one(Account, box)
    turn.session.refresh(account)
    return account.people


def verbs(turn: Turn) -> list[tuple[str, object, object]]:
    turn.session.flush()
    return [(t.verb, t.before, t.after) for t in turn.session.scalars(select(Trail).order_by(Trail.id))]


def test_a_team_has_mailboxes_members_and_leads_and_counts_for_its_mailboxes(
    turn: Turn, boxes: tuple[int, int], people: tuple[int, int, int]
) -> None:
    lea, jens, _ = people

    made = teams.create(turn, " Service ", Part(frozenset(boxes), frozenset({lea, jens}), frozenset({jens})))

    line = sets.every(turn)[0]
    assert (line.name, line.accounts, line.members, line.leads) == ("Service", ("dienst", "info"), ("Lea",), ("Jens",))
    assert [counted(turn, box) for box in boxes] == [2, 2]
    after = {"name": "Service", "accounts": sorted(boxes), "members": [lea, jens], "leads": [jens]}
    assert verbs(turn) == [("Team angelegt", None, after)]
    assert [team.name for team in sets.of_member(turn, lea)] == ["Service"]
    assert made.created_at == turn.now


def test_a_change_is_noted_once_and_recounts_what_left(
    turn: Turn, boxes: tuple[int, int], people: tuple[int, int, int]
) -> None:
    lea, jens, ute = people
    both = teams.create(turn, "Service", Part(frozenset(boxes), frozenset({lea, jens, ute})))
    only = Part(frozenset(boxes[:1]), frozenset({lea}))
    second = teams.create(turn, "Dienst", Part(frozenset(boxes[1:]), frozenset({ute})))

    teams.change(turn, both.id, "Service", only)
    teams.change(turn, both.id, "Service", only)

    assert [counted(turn, box) for box in boxes] == [1, 1]
    assert [verb for verb, _, _ in verbs(turn)] == ["Team angelegt", "Team angelegt", "Team geändert"]
    assert sets.part(turn, second.id).members == frozenset({ute})


def test_who_saw_an_old_team_overwrites_nothing(turn: Turn, people: tuple[int, int, int]) -> None:
    made = teams.create(turn, "Service", Part())
    seen = sets.mark("Service", Part())
    teams.change(turn, made.id, "Service", Part(members=frozenset(people)), seen)

    with pytest.raises(Conflict, match="inzwischen geändert"):
        teams.change(turn, made.id, "Anders", Part(), seen)

    assert sets.part(turn, made.id).members == frozenset(people)


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "Ser\nvice", "SERVICE"])
def test_names_are_there_short_and_single(turn: Turn, name: str) -> None:
    teams.create(turn, "Service", Part())

    with pytest.raises(Invalid):
        teams.create(turn, name, Part())


def test_a_team_keeps_its_own_name(turn: Turn) -> None:
    made = teams.create(turn, "Service", Part())

    teams.change(turn, made.id, "SERVICE", Part())

    assert sets.find(turn, "service").name == "SERVICE"


def test_what_does_not_exist_is_refused(turn: Turn, people: tuple[int, int, int]) -> None:
    for part in (
        Part(accounts=frozenset({4711})),
        Part(members=frozenset({4711})),
        Part(leads=frozenset({people[0]})),
    ):
        with pytest.raises(Invalid):
            teams.create(turn, f"Team {part.accounts}{part.members}", part)
    with pytest.raises(NotFound):
        teams.change(turn, 4711, "x", Part())
    with pytest.raises(NotFound):
        sets.find(turn, "nirgends")


def test_who_left_may_stay_in_a_team_but_nobody_who_left_comes_in(turn: Turn, people: tuple[int, int, int]) -> None:
    lea, jens, _ = people
    made = teams.create(turn, "Service", Part(members=frozenset({lea})))
    for number in (lea, jens):
        staff.member(turn, number).active = False
    turn.session.flush()

    teams.change(turn, made.id, "Service", Part(members=frozenset({lea})))
    with pytest.raises(Invalid, match="nicht mehr hier"):
        teams.change(turn, made.id, "Service", Part(members=frozenset({lea, jens})))

    assert sets.every(turn)[0].members == ()


def test_a_removed_team_leaves_mailboxes_and_members(
    turn: Turn, boxes: tuple[int, int], people: tuple[int, int, int]
) -> None:
    made = teams.create(turn, "Service", Part(frozenset(boxes), frozenset(people)))

    teams.remove(turn, made.id)

    for table in (Team, TeamAccount, TeamMember):
        assert turn.session.scalars(select(table)).all() == []
    assert [counted(turn, box) for box in boxes] == [3, 3], "nobody left: the number stays"
    assert verbs(turn)[-1][0] == "Team gelöscht"
