"""Nobody answers for what he cannot open: whoever is called responsible reaches that conversation, in any firm."""

import random
from dataclasses import replace

import pytest
from sqlalchemy import select

from models.duty import Deputy, Team, TeamAccount, TeamMember
from models.message import Conversation
from models.party import Company
from models.staff import Member
from models.terms import Channel, DutyBy, Role
from service.store import duty, reach
from service.turn import Turn
from tests.conftest import NOW
from tests.service.store.test_duty import MORNINGS, account, away, conversation, member


def opened(turn: Turn, member_id: int) -> set[int]:
    """The conversations that a member can open, in a session that begins now."""
    actor = reach.actor(turn, turn.session.get_one(Member, member_id))
    return set(turn.session.scalars(select(Conversation.id).where(*reach.mine(replace(turn, actor=actor)))))


def team(turn: Turn, name: str, places: list[int], people: list[int]) -> None:
    made = Team(name=name, created_at=NOW)
    turn.session.add(made)
    turn.session.flush()
    turn.session.add_all(TeamAccount(team_id=made.id, account_id=number) for number in places)
    turn.session.add_all(
        TeamMember(team_id=made.id, member_id=number, leads=at == 0) for at, number in enumerate(people)
    )
    turn.session.flush()


def drawn(turn: Turn, rng: random.Random) -> list[Conversation]:
    """A firm in which most leads belong to some team, many are away, and nobody was given rights as a deputy yet."""
    roles = [Role.TEAM_LEAD, Role.TEAM_LEAD, Role.MANAGEMENT, *[Role.MITARBEITER] * 5]
    roles += [Role.ADMIN] * rng.randrange(2)
    staff = [
        member(turn, f"M{n}", role, active=rng.random() < 0.9, hours=MORNINGS if rng.random() < 0.4 else None)
        for n, role in enumerate(roles)
    ]
    boxes = [
        account(turn, f"box{n}", *rng.sample(staff, rng.randrange(3)), channel=rng.choice(list(Channel)))
        for n in range(6)
    ]
    for number in staff:
        for position, deputy in enumerate(rng.sample([n for n in staff if n != number], rng.randrange(3))):
            turn.session.add(Deputy(member_id=number, position=position, deputy_id=deputy))
    for number in rng.sample(staff, rng.randrange(len(staff))):
        away(turn, number)
    team(turn, "Eins", boxes[:2], [staff[0], staff[4]])
    team(turn, "Zwei", boxes[2:3], [staff[1]])
    team(turn, "Ohne Leitung", boxes[3:4], [])
    firms = [Company(name=f"K{n}", search=f"k{n}", owner_id=n, created_at=NOW) for n in rng.sample(staff, 3)]
    turn.session.add_all(firms)
    turn.session.flush()
    return [
        conversation(
            turn,
            rng.choice(boxes),
            f"t{n}",
            assignee_id=rng.choice([None, None, *staff]),
            company_id=rng.choice([None, None, *(firm.id for firm in firms)]),
        )
        for n in range(40)
    ]


@pytest.mark.unmeasured
@pytest.mark.parametrize("seed", range(8))
def test_whoever_is_responsible_can_open_the_conversation(turn: Turn, seed: int) -> None:
    rows = drawn(turn, random.Random(seed))

    says = duty.responsible(turn, rows)

    people = {read.member_id for read in says.values() if read.member_id is not None}
    within = {number: opened(turn, number) for number in people}
    assert [
        (row.id, says[row.id]) for row in rows if row.id not in within.get(says[row.id].member_id or 0, {row.id})
    ] == []


def test_the_lead_of_another_team_reaches_what_ends_at_him_and_only_while_it_does(turn: Turn) -> None:
    lead = member(turn, "Leitung", Role.TEAM_LEAD)
    anna, boss = member(turn, "Anna"), member(turn, "Chefin", Role.MANAGEMENT)
    own, orphan, busy = account(turn, "eigen"), account(turn, "waise"), account(turn, "besetzt", anna)
    team(turn, "Eigenes", [own], [lead])
    team(turn, "Ohne Leitung", [orphan], [boss])
    here, there = conversation(turn, orphan, "hier"), conversation(turn, busy, "dort", assignee_id=anna)
    before = opened(turn, lead)

    away(turn, anna)

    assert duty.responsible(turn, [here])[here.id].by is DutyBy.LEITUNG
    assert before == {here.id}
    assert opened(turn, lead) == {here.id, there.id}


def test_what_a_holder_who_is_away_has_by_hand_opens_for_whom_it_ends_at_and_nothing_beside_it(turn: Turn) -> None:
    lead, anna, bert = member(turn, "Leitung", Role.TEAM_LEAD), member(turn, "Anna"), member(turn, "Bert")
    own, foreign = account(turn, "eigen"), account(turn, "fremd", bert)
    team(turn, "Eigenes", [own], [lead])
    firm = Company(name="K", search="k", owner_id=anna, created_at=NOW)
    turn.session.add(firm)
    turn.session.flush()
    by_hand = conversation(turn, foreign, "hand", assignee_id=anna)
    by_party = conversation(turn, foreign, "partei", company_id=firm.id)
    conversation(turn, foreign, "fremd")

    away(turn, anna)

    assert opened(turn, lead) == {by_hand.id, by_party.id}


def test_who_does_not_work_here_any_more_and_who_reaches_all_is_given_nothing(turn: Turn) -> None:
    gone = member(turn, "Weg", active=False)
    account(turn, "fremd", member(turn, "Anna"))

    assert duty.falls_to(turn, gone, frozenset()) == (frozenset(), frozenset())
    assert reach.actor(turn, turn.session.get_one(Member, member(turn, "Chefin", Role.ADMIN))).covers == frozenset()
