"""Who looks after which mailbox or number, in which order, and how many people that makes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, delete, distinct, func, select, union, update

from models.account import Account
from models.duty import MemberAccount, TeamAccount, TeamMember
from models.staff import Member
from models.terms import Channel
from service.errors import Invalid
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Place:
    """One mailbox or number as a member's page shows it.

    `rank` is the member's place among the `of` active people who look after it, 1 = responsible first, 0 = not at
    all; `others` are their names in order without the member.
    """

    account_id: int
    name: str
    address: str
    channel: Channel
    rank: int
    of: int
    others: tuple[str, ...]


def called() -> ColumnElement[str]:
    """Return what a list calls an account: a number often has the name of the mailbox beside it."""
    return case((Account.channel == Channel.WHATSAPP, Account.name + " (WhatsApp)"), else_=Account.name)


def places(turn: Turn, member_id: int) -> tuple[Place, ...]:
    """Return every mailbox and number by channel and name, with the member's place in each."""
    people: dict[int, list[tuple[int, str]]] = {}
    for account_id, number, name in turn.session.execute(
        select(MemberAccount.account_id, Member.id, Member.name)
        .join(Member, Member.id == MemberAccount.member_id)
        .where(Member.active | (Member.id == member_id))
        .order_by(MemberAccount.position, Member.id)
    ):
        people.setdefault(account_id, []).append((number, name))
    found = turn.session.scalars(select(Account).order_by(Account.channel, Account.name, Account.id))
    return tuple(_place(one, people.get(one.id, []), member_id) for one in found)


def _place(account: Account, people: list[tuple[int, str]], member_id: int) -> Place:
    numbers = [number for number, _ in people]
    rank = numbers.index(member_id) + 1 if member_id in numbers else 0
    others = tuple(name for number, name in people if number != member_id)
    return Place(account.id, account.name, account.address, account.channel, rank, len(people), others)


def ranks(turn: Turn, member_id: int) -> dict[int, int]:
    """Return the member's place by account, 1 = responsible first; only what the member looks after."""
    return {place.account_id: place.rank for place in places(turn, member_id) if place.rank}


def order(turn: Turn, account_id: int) -> list[int]:
    """Return who looks after an account, active members first, each in the order of responsibility."""
    return list(
        turn.session.scalars(
            select(MemberAccount.member_id)
            .join(Member, Member.id == MemberAccount.member_id)
            .where(MemberAccount.account_id == account_id)
            .order_by(Member.active.desc(), MemberAccount.position, Member.id)
        )
    )


def arrange(turn: Turn, account_id: int, members: Iterable[int]) -> None:
    """Store who looks after an account in this order; nobody else does any longer."""
    turn.session.execute(delete(MemberAccount).where(MemberAccount.account_id == account_id))
    for position, member_id in enumerate(dict.fromkeys(members)):
        turn.session.add(MemberAccount(account_id=account_id, member_id=member_id, position=position))
    turn.session.flush()


def put(turn: Turn, member_id: int, wanted: Mapping[int, int]) -> None:
    """Give a member these places (account -> place, 1 = first) and no others; the rest moves up or down."""
    for account_id in sorted(set(wanted) | set(ranks(turn, member_id))):
        rest = [number for number in order(turn, account_id) if number != member_id]
        if account_id in wanted:
            rest.insert(wanted[account_id] - 1, member_id)
        arrange(turn, account_id, rest)


def known(turn: Turn, account_ids: Iterable[int]) -> tuple[int, ...]:
    """Return these account numbers in order. Raises Invalid when one does not exist."""
    wanted = tuple(sorted(set(account_ids)))
    found = set(turn.session.scalars(select(Account.id).where(Account.id.in_(wanted))))
    if len(found) != len(wanted):
        raise Invalid("Eines dieser Postfächer gibt es nicht (mehr).", {"accounts": "Bitte die Seite neu laden."})
    return wanted


def recount(turn: Turn, account_ids: Iterable[int] | None = None) -> None:
    """Keep `account.people` equal to the active people who look after it or are in its team, where there are any.

    None recounts all. Figures hide averages of mailboxes with few people (decision "Per-person figures").
    """
    turn.session.flush()
    direct = select(MemberAccount.account_id, MemberAccount.member_id)
    teams = select(TeamAccount.account_id, TeamMember.member_id).join(
        TeamMember, TeamMember.team_id == TeamAccount.team_id
    )
    both = union(direct, teams).subquery()
    counted = (
        select(both.c.account_id, func.count(distinct(both.c.member_id)))
        .join(Member, Member.id == both.c.member_id)
        .where(Member.active)
        .group_by(both.c.account_id)
    )
    if account_ids is not None:
        counted = counted.where(both.c.account_id.in_(sorted(set(account_ids))))
    for account_id, people in turn.session.execute(counted).all():
        turn.session.execute(
            update(Account).where(Account.id == account_id, Account.people != people).values(people=people)
        )
