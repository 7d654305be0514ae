"""Duty: who is responsible for which conversation now, read from members, deputies, absences, mailboxes and teams."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, false, func, or_, select

from models.account import Account
from models.duty import Absence, Deputy, MemberAccount, TeamAccount, TeamMember
from models.message import Conversation
from models.party import Company, Person
from models.staff import Member
from models.terms import Channel, ConversationState, DutyBy
from service.domain import duty
from service.domain.duty import Duties, Duty
from service.domain.hours import Hours
from service.store import settings
from service.turn import Turn

# Chats that wait at once for somebody who is away; more come with the next round.
_MOST_TOLD = 2000
# Responsible by hand or by party: then deputies follow from the person, not from the mailbox.
_BY_PERSON = frozenset({DutyBy.HAND, DutyBy.PARTNER})


def load(turn: Turn) -> Duties:
    """Return everything that decides who is responsible now or later; absences that are over are left out."""
    firm = settings.hours(turn)
    return Duties(
        persons={row.id: _person(row, firm) for row in turn.session.scalars(select(Member).order_by(Member.id))},
        deputies=deputies(turn),
        absences=_absences(turn),
        accounts=_grouped(
            turn.session.execute(
                select(MemberAccount.account_id, MemberAccount.member_id).order_by(
                    MemberAccount.account_id, MemberAccount.position, MemberAccount.member_id
                )
            )
        ),
        leads=_grouped(
            turn.session.execute(
                select(TeamAccount.account_id, TeamMember.member_id)
                .join(TeamMember, TeamMember.team_id == TeamAccount.team_id)
                .where(TeamMember.leads)
                .order_by(TeamAccount.account_id, TeamAccount.team_id, TeamMember.member_id)
            )
        ),
        opening=firm,
    )


def _person(row: Member, firm: Hours) -> duty.Person:
    own = Hours(row.hours or {}, firm.land, {}, row.zone or firm.timezone) if any((row.hours or {}).values()) else None
    return duty.Person(row.id, row.role, row.active, own)


def deputies(turn: Turn) -> dict[int, tuple[int, ...]]:
    """Return the deputies of every member who has some, in order."""
    return _grouped(
        turn.session.execute(select(Deputy.member_id, Deputy.deputy_id).order_by(Deputy.member_id, Deputy.position))
    )


def put_deputies(turn: Turn, member_id: int, deputy_ids: Sequence[int]) -> None:
    """Replace the deputies of a member by these, in order."""
    turn.session.execute(delete(Deputy).where(Deputy.member_id == member_id))
    turn.session.add_all(
        Deputy(member_id=member_id, position=at, deputy_id=number) for at, number in enumerate(deputy_ids)
    )
    turn.session.flush()


def names(turn: Turn, *, working: bool = False) -> dict[int, str]:
    """Return the names of all members, or of those who are active and do the daily work."""
    query = select(Member.id, Member.name).order_by(Member.name, Member.id)
    if working:
        query = query.where(Member.active, Member.role.in_(duty.WORKING))
    return dict(turn.session.execute(query).all())


def _absences(turn: Turn) -> dict[int, tuple[tuple[datetime, datetime], ...]]:
    rows = turn.session.execute(
        select(Absence.member_id, Absence.from_at, Absence.until_at)
        .where(Absence.until_at > turn.now, Absence.ended_at.is_(None))
        .order_by(Absence.member_id, Absence.from_at)
    )
    return _grouped((member_id, (start, end)) for member_id, start, end in rows)


def _grouped(rows: Iterable[Any]) -> dict[int, tuple[Any, ...]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for key, value in rows:
        found[key].append(value)
    return {key: tuple(values) for key, values in found.items()}


def urgent(channel: Channel) -> bool:
    """Return whether a channel cannot wait for tomorrow, so that own working hours count (S4.80)."""
    return channel is Channel.WHATSAPP


def responsible(turn: Turn, conversations: Sequence[Conversation], duties: Duties | None = None) -> dict[int, Duty]:
    """Return who is responsible for each conversation now, by its id; `duties` saves loading them again."""
    known = duties or load(turn)
    owners = _owners(turn, conversations)
    # The rows of a page share few mailboxes and holders: each combination is worked out once.
    same: dict[tuple[int, int | None, int | None, bool], Duty] = {}
    found: dict[int, Duty] = {}
    for row in conversations:
        held = (row.account_id, owners.get(row.id), row.assignee_id, urgent(row.channel))
        if held not in same:
            same[held] = known.responsible(*held[:3], turn.now, urgent=held[3])
        found[row.id] = same[held]
    return found


def _owner() -> ColumnElement[int | None]:
    """Who looks after the party: of the person before of the company."""
    person = select(Person.owner_id).where(Person.id == Conversation.person_id).scalar_subquery()
    company = select(Company.owner_id).where(Company.id == Conversation.company_id).scalar_subquery()
    return func.coalesce(person, company)


def _owners(turn: Turn, conversations: Sequence[Conversation]) -> dict[int, int | None]:
    ids = [row.id for row in conversations if row.person_id is not None or row.company_id is not None]
    found: dict[int, int | None] = {}
    for start in range(0, len(ids), 500):
        part = select(Conversation.id, _owner()).where(Conversation.id.in_(ids[start : start + 500]))
        found.update((number, owner) for number, owner in turn.session.execute(part))
    return found


def mine(turn: Turn, member_id: int, duties: Duties | None = None) -> ColumnElement[bool]:
    """Return the condition of the conversations for which a member is responsible now, in place of others included.

    It says exactly what `responsible` says, so that "Meine" and the name on a row never differ.
    """
    known = duties or load(turn)
    accounts: dict[Channel, list[int]] = defaultdict(list)
    for number, channel in turn.session.execute(select(Account.id, Account.channel).order_by(Account.id)):
        accounts[channel].append(number)
    holders = _holders(turn)
    parts = [
        and_(Conversation.channel == channel, _of_channel(turn, (known, holders), numbers, (member_id, channel)))
        for channel, numbers in accounts.items()
    ]
    return or_(*parts) if parts else false()


def falls_to(turn: Turn, member_id: int, beyond: frozenset[int]) -> tuple[frozenset[int], frozenset[tuple[int, int]]]:
    """Return what ends at a member although the mailbox is none of the accounts of `beyond`: nobody nearer is there.

    First the accounts in which nothing else is said; then (holder, account): what a holder who is away has there by
    hand or through a party.
    """
    known = load(turn)
    if not known.works(member_id):
        return frozenset(), frozenset()
    rows = turn.session.execute(select(Account.id, Account.channel).where(Account.id.not_in(sorted(beyond))))
    places = [(number, urgent(channel)) for number, channel in rows]
    if not places:
        return frozenset(), frozenset()
    away = [n for n in set.union(*_holders(turn)) if known.works(n) and not known.available(n, turn.now, urgent=True)]

    def ends(account_id: int, assignee_id: int | None, at_once: bool) -> bool:
        return known.responsible(account_id, None, assignee_id, turn.now, urgent=at_once).member_id == member_id

    return (
        frozenset(number for number, at_once in places if ends(number, None, at_once)),
        frozenset((n, number) for n in away for number, at_once in places if ends(number, n, at_once)),
    )


def unclaimed(turn: Turn, duties: Duties | None = None) -> ColumnElement[bool]:
    """Return the condition of the conversations that nobody was meant for: not by hand, not by party, no mailbox."""
    known = duties or load(turn)
    working = sorted(number for number in known.persons if known.works(number))
    kept = sorted(account for account, members in known.accounts.items() if any(known.works(n) for n in members))
    return and_(
        func.coalesce(Conversation.assignee_id, 0).not_in(working),
        func.coalesce(_owner(), 0).not_in(working),
        Conversation.account_id.not_in(kept),
    )


def of_member(turn: Turn, member_id: int, duties: Duties | None = None) -> ColumnElement[bool]:
    """Return the condition of the conversations that are a member's own, as if he were there all the time."""
    known = duties or load(turn)
    there = replace(known.persons[member_id], hours=None)
    return mine(
        turn,
        member_id,
        replace(
            known,
            persons={**known.persons, member_id: there},
            absences={number: spans for number, spans in known.absences.items() if number != member_id},
        ),
    )


def unattended(turn: Turn, duties: Duties) -> Sequence[Conversation]:
    """Return the WhatsApp conversations that wait while who looks after them is not there, newest first.

    It may return a few more, never fewer: `responsible` says who takes each.
    """
    gone = [n for n, who in duties.persons.items() if who.works and not duties.available(n, turn.now, urgent=True)]
    if not gone:
        return ()
    accounts = [number for number, members in duties.accounts.items() if set(members) & set(gone)]
    return turn.session.scalars(
        select(Conversation)
        .where(
            Conversation.channel == Channel.WHATSAPP,
            Conversation.state == ConversationState.OFFEN,
            Conversation.waiting_since.is_not(None),
            or_(Conversation.assignee_id.in_(gone), _owner().in_(gone), Conversation.account_id.in_(accounts)),
        )
        .order_by(Conversation.waiting_since.desc(), Conversation.id)
        .limit(_MOST_TOLD)
    ).all()


def _holders(turn: Turn) -> tuple[set[int], set[int]]:
    """Return who is responsible for something by hand, and who looks after a party: the few who have to be asked."""
    by_hand = turn.session.scalars(
        select(Conversation.assignee_id).where(Conversation.assignee_id.is_not(None)).distinct()
    )
    owners = turn.session.scalars(
        select(Person.owner_id)
        .where(Person.owner_id.is_not(None))
        .union(select(Company.owner_id).where(Company.owner_id.is_not(None)))
    )
    return {n for n in by_hand if n is not None}, {n for n in owners if n is not None}


def _of_channel(
    turn: Turn,
    who: tuple[Duties, tuple[set[int], set[int]]],
    accounts: Sequence[int],
    wanted: tuple[int, Channel],
) -> ColumnElement[bool]:
    duties, (assigned, owning) = who
    at_once = urgent(wanted[1])

    def mine_of(owner_id: int | None, assignee_id: int | None) -> Sequence[int]:
        """The accounts of this channel in which something held like this is the member's."""
        found = []
        for account in accounts:
            read = duties.responsible(account, owner_id, assignee_id, turn.now, urgent=at_once)
            if read.by in _BY_PERSON and duties.available(read.member_id or 0, turn.now, urgent=at_once):
                return accounts if read.member_id == wanted[0] else ()
            found += [account] if read.member_id == wanted[0] else []
        return found

    hands = {n: mine_of(None, n) for n in sorted(assigned) if duties.works(n)}
    owns = {n: mine_of(n, None) for n in sorted(owning) if duties.works(n)}
    assignee, owner = func.coalesce(Conversation.assignee_id, 0), func.coalesce(_owner(), 0)
    return or_(
        _held_by(assignee, hands, len(accounts)),
        and_(assignee.not_in(sorted(hands)), _held_by(owner, owns, len(accounts))),
        and_(
            assignee.not_in(sorted(hands)),
            *([owner.not_in(sorted(owns))] if owns else []),
            Conversation.account_id.in_(mine_of(None, None)),
        ),
    )


def _held_by(column: ColumnElement[Any], found: dict[int, Sequence[int]], all_accounts: int) -> ColumnElement[bool]:
    """Return the condition that a holder's conversations are the member's: in every account, or only in some."""
    everywhere = [holder for holder, accounts in found.items() if len(accounts) == all_accounts]
    some = [(holder, accounts) for holder, accounts in found.items() if 0 < len(accounts) < all_accounts]
    return or_(
        column.in_(everywhere),
        *(and_(column == holder, Conversation.account_id.in_(accounts)) for holder, accounts in some),
    )
