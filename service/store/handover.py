"""What a member who leaves has open, and giving it to somebody else."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select

from models.account import Account
from models.duty import MemberAccount, Team, TeamMember
from models.message import Conversation
from models.party import Company, Person
from models.staff import Member
from models.terms import ConversationState
from service.store import assignments, care, trail
from service.store.assignments import Held
from service.turn import Turn

_KINDS: tuple[tuple[Any, str], ...] = ((Company, "company"), (Person, "person"))
_VERB = "Bei Ausscheiden übergeben"


@dataclass(frozen=True, slots=True)
class Load:
    """What a member holds: open conversations assigned by hand, parties, mailboxes by name.

    `alone` are the mailboxes that no other active member looks after, `leads` the teams that nobody else leads.
    """

    conversations: int
    parties: int
    accounts: tuple[str, ...]
    alone: tuple[str, ...]
    leads: tuple[str, ...]


def load(turn: Turn, member_id: int) -> Load:
    """Return what a member holds at present."""
    parties = sum(
        turn.session.scalar(select(func.count()).select_from(table).where(table.owner_id == member_id)) or 0
        for table, _ in _KINDS
    )
    held = [place for place in care.places(turn, member_id) if place.rank]
    return Load(
        len(_open(turn, member_id)),
        parties,
        tuple(place.name for place in held),
        tuple(place.name for place in held if not place.others),
        _led_alone(turn, member_id),
    )


def _open(turn: Turn, member_id: int) -> list[Conversation]:
    return list(
        turn.session.scalars(
            select(Conversation)
            .where(Conversation.assignee_id == member_id, Conversation.state == ConversationState.OFFEN)
            .order_by(Conversation.id)
        )
    )


def _led_alone(turn: Turn, member_id: int) -> tuple[str, ...]:
    leads = (
        select(TeamMember.team_id)
        .join(Member, Member.id == TeamMember.member_id)
        .where(TeamMember.leads, Member.active, TeamMember.member_id != member_id)
    )
    query = select(Team.name).join(TeamMember).where(TeamMember.member_id == member_id, TeamMember.leads)
    return tuple(turn.session.scalars(query.where(Team.id.not_in(leads)).order_by(Team.name)))


def move(turn: Turn, member_id: int, successor_id: int | None) -> Load:
    """Give what a member holds to a successor and note every piece in the trail; returns what it was.

    Open conversations keep their day. Without a successor they and the parties belong to nobody by hand, so that the
    mailbox says again who is responsible; the mailboxes stay as they are, because who left no longer counts there.
    """
    before = load(turn, member_id)
    held = _open(turn, member_id)
    for conversation in held:
        after = Held() if successor_id is None else _passed(turn, conversation, successor_id)
        assignments.put(turn, conversation, after, _VERB)
    _parties(turn, member_id, successor_id)
    if successor_id is not None:
        _places(turn, member_id, successor_id)
        if held:
            assignments.tell(turn, successor_id, f"{member_id}:{turn.now.isoformat()}", [c.id for c in held])
    turn.session.flush()
    return before


def _passed(turn: Turn, conversation: Conversation, successor_id: int) -> Held:
    return replace(assignments.held(conversation), assignee_id=successor_id, by_id=turn.actor.member_id, at=turn.now)


def _parties(turn: Turn, member_id: int, successor_id: int | None) -> None:
    for table, kind in _KINDS:
        for party in turn.session.scalars(select(table).where(table.owner_id == member_id)):
            trail.note(turn, _VERB, f"{kind}:{party.id}", {"owner": member_id}, {"owner": successor_id})
            party.owner_id = successor_id


def _places(turn: Turn, member_id: int, successor_id: int) -> None:
    """Put the successor into the member's place of each mailbox; who looked after it before keeps the better place."""
    mine = turn.session.scalars(select(MemberAccount.account_id).where(MemberAccount.member_id == member_id)).all()
    for account_id in turn.session.scalars(select(Account.id).where(Account.id.in_(mine)).order_by(Account.id)).all():
        before = care.order(turn, account_id)
        after = list(dict.fromkeys(successor_id if number == member_id else number for number in before))
        care.arrange(turn, account_id, after)
        trail.note(turn, _VERB, f"account:{account_id}", {"members": before}, {"members": after})
