"""Whose conversations a member may see and change: worked out at every request, a condition of every query on them.

The rule: a mailbox or number that no active member looks after and that is in no team is open to everybody who works,
so that a small firm needs no set-up. Otherwise a Mitarbeiter reaches what the member looks after, what the member's
teams look after, and the same of everybody for whom the member holds a running grant. A Team-Lead likewise, but one
who is in no team reaches all. Admin, Management and Datenschutz reach all; what they may do there is said by role.
A conversation with mail in several mailboxes is within reach of whoever reaches one of them.
Who is responsible sees that conversation in any mailbox, by hand, through a party, or because nobody nearer is there
(the lead of another team): nobody answers for what he cannot open.
"""

from dataclasses import dataclass, replace
from functools import cache

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from models.account import Account
from models.duty import DeputyGrant, MemberAccount, Team, TeamAccount, TeamMember
from models.message import Conversation
from models.party import Company, Person
from models.staff import Member
from models.terms import Role
from service.errors import NotFound
from service.store import duty, places
from service.store.accounts import known as every_account
from service.store.prepared import Prepared
from service.turn import Actor, Turn

# Roles whose work is the whole firm: they are held back by what they may do, not by whose mail it is.
_WHOLE_FIRM = frozenset({Role.ADMIN, Role.MANAGEMENT, Role.DATENSCHUTZ})

_ALL, _OWN, _STANDS_FOR, _TEAM = "alle", "eigene", "vertritt", "team"


@dataclass(frozen=True, slots=True)
class Reach:
    """`accounts` whose conversations are within reach (None = all), and the members one stands in for just now."""

    accounts: frozenset[int] | None = None
    stands_for: frozenset[int] = frozenset()


EVERYTHING = Reach()


def of(turn: Turn, member_id: int, role: Role) -> Reach:
    """Return what a member reaches now, in one query; `accounts` is None where that is every account there is."""
    if role in _WHOLE_FIRM:
        return EVERYTHING
    found: dict[str, set[int]] = {_ALL: set(), _OWN: set(), _STANDS_FOR: set(), _TEAM: set()}
    asked = {"member": member_id, "now": turn.now}
    for kind, number in _sources().rows(turn, asked):
        found[kind].add(number)
    if role is Role.TEAM_LEAD and not found[_TEAM]:
        return EVERYTHING
    own = frozenset(found[_OWN])
    stands_for = frozenset(found[_STANDS_FOR])
    return Reach(None if own >= found[_ALL] else own, stands_for)


def actor(turn: Turn, who: Member) -> Actor:
    """Return a member as the one who acts, with what the member reaches now and what ends at him meanwhile."""
    reach = of(turn, who.id, who.role)
    if reach.accounts is None:
        return Actor(who.id, who.name, who.role, None, reach.stands_for)
    accounts, covers = duty.falls_to(turn, who.id, reach.accounts)
    return Actor(who.id, who.name, who.role, reach.accounts | accounts, reach.stands_for, covers)


def whole_firm(turn: Turn) -> Turn:
    """Return the same turn for a figure of the whole firm, which counts what its reader may not open."""
    return replace(turn, actor=replace(turn.actor, reach=None))


@cache
def _sources() -> Prepared:
    """Return what every request asks first, built once; to be executed with `member` and `now`."""
    member_id: BindParameter[int] = bindparam("member")
    granted = select(DeputyGrant.member_id).where(*_running(member_id))
    every = union_all(
        _row(_ALL, Account.id),
        _row(_OWN, Account.id).where(Account.id.not_in(_looked_after()), Account.id.not_in(_in_a_team())),
        _row(_OWN, MemberAccount.account_id).where(_one_of(MemberAccount.member_id, member_id, granted)),
        _row(_OWN, TeamAccount.account_id)
        .join(TeamMember, TeamMember.team_id == TeamAccount.team_id)
        .where(_one_of(TeamMember.member_id, member_id, granted)),
        _row(_TEAM, TeamMember.team_id).where(TeamMember.member_id == member_id),
        _row(_STANDS_FOR, DeputyGrant.member_id).where(*_running(member_id)),
    )
    return Prepared(every)


def _row(kind: str, number: InstrumentedAttribute[int]) -> Select[str, int]:
    return select(literal(kind), number)


def _running(member_id: BindParameter[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        DeputyGrant.deputy_id == member_id,
        DeputyGrant.from_at <= bindparam("now"),
        DeputyGrant.until_at > bindparam("now"),
        DeputyGrant.ended_at.is_(None),
    )


def _one_of(
    column: InstrumentedAttribute[int], member_id: BindParameter[int], granted: Select[int]
) -> ColumnElement[bool]:
    return or_(column == member_id, column.in_(granted))


def _looked_after() -> Select[int]:
    return select(MemberAccount.account_id).join(Member, Member.id == MemberAccount.member_id).where(Member.active)


def _in_a_team() -> Select[int]:
    return select(TeamAccount.account_id).join(Team, Team.id == TeamAccount.team_id)


def mine(turn: Turn) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a conversation is within the reach of who acts; none for who reaches all."""
    who = turn.actor
    if who.reach is None:
        return ()
    people = sorted(who.stands_for | ({who.member_id} if who.member_id else set()))
    return (
        or_(
            places.within(who.reach),
            Conversation.assignee_id.in_(people),
            Conversation.company_id.in_(select(Company.id).where(Company.owner_id.in_(people))),
            Conversation.person_id.in_(select(Person.id).where(Person.owner_id.in_(people))),
            *(_held_by(member_id, account_id) for member_id, account_id in sorted(who.covers)),
        ),
    )


def _held_by(member_id: int, account_id: int) -> ColumnElement[bool]:
    return and_(
        Conversation.account_id == account_id,
        or_(
            Conversation.assignee_id == member_id,
            Conversation.company_id.in_(select(Company.id).where(Company.owner_id == member_id)),
            Conversation.person_id.in_(select(Person.id).where(Person.owner_id == member_id)),
        ),
    )


def within(turn: Turn, conversation_id: InstrumentedAttribute[int]) -> tuple[ColumnElement[bool], ...]:
    """Return the same conditions for a table that names the conversation it belongs to."""
    conditions = mine(turn)
    return (conversation_id.in_(select(Conversation.id).where(*conditions)),) if conditions else ()


def accounts(turn: Turn, account_id: InstrumentedAttribute[int] = Account.id) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a mailbox or number is within the reach of who acts."""
    reach = turn.actor.reach
    return () if reach is None else (account_id.in_(sorted(reach)),)


def only_known(turn: Turn, account_ids: tuple[int, ...] | None) -> None:
    """Raise NotFound when one of these mailboxes does not exist or is out of reach: nobody can tell which of the two.

    None means the whole firm, whose figures everybody sees who sees figures at all.
    """
    if account_ids is None:
        return
    reach = turn.actor.reach
    known = {one.id for one in every_account(turn) if reach is None or one.id in reach}
    if not known.issuperset(account_ids):
        raise NotFound("Dieses Postfach gibt es nicht (mehr).")
