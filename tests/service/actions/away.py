"""A small team for the tests of absences: Anna looks after a mailbox and a number, Bert and Cara stand in."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from models.account import Account
from models.duty import Absence, Deputy, DeputyGrant, MemberAccount, Notice
from models.message import Conversation
from models.staff import Member
from models.terms import AbsenceKind, Channel, Role
from models.trail import Trail
from service.actions.absence import Plan
from service.turn import Actor, Turn
from tests.conftest import NOW

DAY = timedelta(days=1)
WEEK = (NOW - timedelta(hours=1), NOW + 5 * DAY)


@dataclass(frozen=True)
class Team:
    """The ids of everybody and of what they look after."""

    anna: int
    bert: int
    cara: int
    lead: int
    boss: int
    info: int
    phone: int


def team(turn: Turn) -> Team:
    """Store the team; Bert then Cara stand in for Anna."""
    staff = [
        member(turn, name, role)
        for name, role in (
            ("Anna", Role.MITARBEITER),
            ("Bert", Role.MITARBEITER),
            ("Cara", Role.MITARBEITER),
            ("Lea", Role.TEAM_LEAD),
            ("Udo", Role.ADMIN),
        )
    ]
    boxes = [
        account(turn, "info@firma.test", Channel.EMAIL, staff[0]),
        account(turn, "2002", Channel.WHATSAPP, staff[0]),
    ]
    found = Team(*staff, *boxes)
    stand_in(turn, found.anna, found.bert, found.cara)
    return found


def member(turn: Turn, name: str, role: Role = Role.MITARBEITER, **more: object) -> int:
    """Store a member with an address of the own firm."""
    made = Member(name=name, role=role, created_at=NOW, address=f"{name.lower()}@firma.test", **more)
    turn.session.add(made)
    turn.session.flush()
    return made.id


def account(turn: Turn, address: str, channel: Channel, *members: int) -> int:
    """Store a mailbox or number with those who look after it."""
    made = Account(channel=channel, address=address, name=address)
    turn.session.add(made)
    turn.session.flush()
    turn.session.add_all(
        MemberAccount(account_id=made.id, member_id=number, position=at) for at, number in enumerate(members)
    )
    turn.session.flush()
    return made.id


def stand_in(turn: Turn, member_id: int, *deputies: int) -> None:
    """Store deputies without asking any rule."""
    turn.session.add_all(Deputy(member_id=member_id, position=at, deputy_id=n) for at, n in enumerate(deputies))
    turn.session.flush()


def waiting(turn: Turn, account_id: int, thread: str, since: datetime = NOW, **more: object) -> Conversation:
    """Store a conversation that waits for an answer."""
    made = Conversation(
        channel=turn.session.get_one(Account, account_id).channel,
        thread=thread,
        account_id=account_id,
        peer="eva@kunde.test",
        opened_at=since,
        last_at=since,
        last_inbound_at=since,
        waiting_since=since,
        due_at=since + DAY,
        **more,
    )
    turn.session.add(made)
    turn.session.flush()
    return made


def at(turn: Turn, now: datetime) -> Turn:
    """Return the same turn at another instant."""
    return replace(turn, now=now)


def by(turn: Turn, member_id: int, role: Role = Role.MITARBEITER) -> Turn:
    """Return the same turn with somebody acting."""
    return replace(turn, actor=Actor(member_id, "", role))


def plan(start: datetime = WEEK[0], end: datetime = WEEK[1], kind: AbsenceKind = AbsenceKind.URLAUB) -> Plan:
    """Return a holiday that runs now."""
    return Plan(kind, start, end)


def grants(turn: Turn) -> list[tuple[int, int, bool]]:
    """Return every grant as (for whom, who holds it, still open), in order."""
    rows = turn.session.scalars(select(DeputyGrant).order_by(DeputyGrant.id))
    return [(row.member_id, row.deputy_id, row.ended_at is None) for row in rows]


def told(turn: Turn) -> list[tuple[int, str, int]]:
    """Return every notice as (who, what, how many), in order."""
    rows = turn.session.scalars(select(Notice).order_by(Notice.id))
    return [(row.member_id, row.kind.name, row.amount) for row in rows]


def verbs(turn: Turn) -> list[str]:
    """Return what the trail says was done, in order."""
    turn.session.flush()
    return list(turn.session.scalars(select(Trail.verb).order_by(Trail.id)))


def absence(turn: Turn, absence_id: int) -> Absence:
    """Return an absence as it is stored now."""
    return turn.session.get_one(Absence, absence_id, populate_existing=True)
