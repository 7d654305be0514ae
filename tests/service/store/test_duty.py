"""Who is responsible, read from real rows, and the condition of "Meine" that says the same."""

import random
from datetime import timedelta

from sqlalchemy import select

from models.account import Account
from models.duty import Absence, Deputy, MemberAccount, Team, TeamAccount, TeamMember
from models.message import Conversation
from models.party import Company, Person
from models.staff import Member
from models.terms import AbsenceKind, Channel, DutyBy, Role
from service.store import duty
from service.turn import Turn
from tests.conftest import NOW

MORNINGS = {day: [["06:00", "09:30"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def member(turn: Turn, name: str, role: Role = Role.MITARBEITER, **more: object) -> int:
    made = Member(name=name, role=role, created_at=NOW, **more)
    turn.session.add(made)
    turn.session.flush()
    return made.id


def account(turn: Turn, address: str, *members: int, channel: Channel = Channel.EMAIL) -> int:
    made = Account(channel=channel, address=address, name=address)
    turn.session.add(made)
    turn.session.flush()
    turn.session.add_all(
        MemberAccount(account_id=made.id, member_id=number, position=at) for at, number in enumerate(members)
    )
    return made.id


def conversation(turn: Turn, account_id: int, thread: str, **more: object) -> Conversation:
    channel = turn.session.get_one(Account, account_id).channel
    made = Conversation(
        channel=channel, thread=thread, account_id=account_id, peer="eva@kunde.test", opened_at=NOW, last_at=NOW, **more
    )
    turn.session.add(made)
    turn.session.flush()
    return made


def away(turn: Turn, member_id: int, start: int = -1, end: int = 1, **more: object) -> None:
    turn.session.add(
        Absence(
            member_id=member_id,
            kind=AbsenceKind.URLAUB,
            from_at=NOW + timedelta(days=start),
            until_at=NOW + timedelta(days=end),
            created_at=NOW,
            **more,
        )
    )
    turn.session.flush()


def found(turn: Turn, member_id: int) -> set[str]:
    return set(turn.session.scalars(select(Conversation.thread).where(duty.mine(turn, member_id))))


def test_members_deputies_absences_mailboxes_and_teams_say_who_is_responsible(turn: Turn) -> None:
    anna, bert, lead = member(turn, "Anna"), member(turn, "Bert"), member(turn, "Lea")
    info, other = account(turn, "info@firma.test", bert, anna), account(turn, "shop@firma.test")
    turn.session.add(Team(id=1, name="Shop", created_at=NOW))
    turn.session.flush()
    turn.session.add_all([TeamAccount(team_id=1, account_id=other), TeamMember(team_id=1, member_id=lead, leads=True)])
    turn.session.add(Deputy(member_id=lead, position=0, deputy_id=anna))
    away(turn, bert)
    away(turn, anna, -3, -2)
    away(turn, anna, -1, 2, ended_at=NOW)
    rows = [conversation(turn, info, "a"), conversation(turn, other, "b"), conversation(turn, info, "c")]
    rows[2].assignee_id = lead

    says = duty.responsible(turn, rows)

    assert [(says[row.id].member_id, says[row.id].by) for row in rows] == [
        (anna, DutyBy.POSTFACH),
        (lead, DutyBy.LEITUNG),
        (lead, DutyBy.HAND),
    ]
    assert says[rows[0].id].instead_of == bert


def test_who_looks_after_the_person_comes_before_who_looks_after_the_company(turn: Turn) -> None:
    anna, bert = member(turn, "Anna"), member(turn, "Bert")
    info = account(turn, "info@firma.test")
    turn.session.add_all(
        [
            Company(id=1, name="Kunde", search="kunde", owner_id=anna, created_at=NOW),
            Person(id=1, display_name="Eva", search="eva", owner_id=bert, created_at=NOW),
            Person(id=2, display_name="Udo", search="udo", created_at=NOW),
        ]
    )
    turn.session.flush()
    rows = [
        conversation(turn, info, "both", company_id=1, person_id=1),
        conversation(turn, info, "company", company_id=1, person_id=2),
    ]

    says = duty.responsible(turn, rows)

    assert [says[row.id].member_id for row in rows] == [bert, anna]
    assert found(turn, bert) == {"both"}


def test_own_hours_in_the_own_zone_count_for_whatsapp_and_not_for_mail(turn: Turn) -> None:
    # NOW is 10:00 in Berlin, so mornings until 09:30 are over there and not yet begun in Lisbon.
    anna = member(turn, "Anna", hours=MORNINGS)
    bert = member(turn, "Bert", hours=MORNINGS, zone="Europe/Lisbon")
    turn.session.add(Deputy(member_id=anna, position=0, deputy_id=bert))
    mail, number = account(turn, "info@firma.test", anna), account(turn, "1001", anna, channel=Channel.WHATSAPP)
    rows = [conversation(turn, mail, "mail"), conversation(turn, number, "chat")]

    says = duty.responsible(turn, rows)

    assert [says[row.id].member_id for row in rows] == [anna, bert]
    assert found(turn, anna) == {"mail"}
    assert found(turn, bert) == {"chat"}


def test_without_any_mailbox_nothing_is_mine(turn: Turn) -> None:
    assert found(turn, member(turn, "Anna")) == set()


def test_mine_finds_exactly_the_conversations_for_which_one_is_responsible(turn: Turn) -> None:
    """Many firms drawn from a seed: the condition and the judgement row by row agree for everybody."""
    rng = random.Random(7)
    staff = [
        member(
            turn,
            f"M{number}",
            rng.choice([Role.MITARBEITER, Role.MITARBEITER, Role.TEAM_LEAD, Role.ADMIN, Role.MANAGEMENT]),
            active=rng.random() < 0.85,
            hours=MORNINGS if rng.random() < 0.4 else None,
        )
        for number in range(9)
    ]
    boxes = [
        account(turn, f"box{n}", *rng.sample(staff, rng.randrange(3)), channel=rng.choice(list(Channel)))
        for n in range(6)
    ]
    for number in staff:
        for position, deputy in enumerate(rng.sample([n for n in staff if n != number], rng.randrange(3))):
            turn.session.add(Deputy(member_id=number, position=position, deputy_id=deputy))
    for number in rng.sample(staff, 4):
        away(turn, number)
    turn.session.add(Team(id=1, name="Team", created_at=NOW))
    turn.session.flush()
    turn.session.add_all([TeamMember(team_id=1, member_id=staff[3], leads=True)])
    turn.session.add_all([TeamAccount(team_id=1, account_id=box) for box in boxes[:2]])
    for n in range(1, 6):
        turn.session.add(
            Company(id=n, name=f"K{n}", search=f"k{n}", owner_id=rng.choice([None, *staff]), created_at=NOW)
        )
    turn.session.flush()
    rows = [
        conversation(
            turn,
            rng.choice(boxes),
            f"t{n}",
            assignee_id=rng.choice([None, None, None, *staff]),
            company_id=rng.choice([None, None, 1, 2, 3, 4, 5]),
        )
        for n in range(150)
    ]

    says = duty.responsible(turn, rows)

    for number in staff:
        assert found(turn, number) == {row.thread for row in rows if says[row.id].member_id == number}
    assert len({read.by for read in says.values()}) >= 4
