"""Sample: removes the invented firm again, in one go (S1.34)."""

from sqlalchemy import delete, func, or_, select, update

from models.account import Account
from models.decision import Confirmation, Decision
from models.duty import Absence, Team, TeamAccount
from models.inbox import Inbox
from models.key import SenderKey
from models.message import Conversation, Message
from models.party import Company, CompanyDomain, CompanyNumber, ContactPoint, PartyRole, Person, PersonCompany
from models.staff import Member
from models.terms import KeySource
from service.store import absences, accounts, care, duty, firm_days, grants, months, settings, trail
from service.turn import Turn


def present(turn: Turn) -> bool:
    """Whether sample data are in the database."""
    return bool(turn.session.execute(select(func.count()).select_from(Account).where(Account.sample)).scalar_one())


def _forget(turn: Turn) -> None:
    """Keep configured sample accounts from coming back with the next start, and drop the keys of their webhooks."""
    gone = turn.session.scalars(select(Account).where(Account.sample).order_by(Account.id)).all()
    if not gone:
        return
    removed = settings.get(turn, accounts.REMOVED, [])
    settings.put(turn, accounts.REMOVED, [*removed, *(f"{one.channel.value}:{one.address}" for one in gone)])
    turn.session.execute(delete(Inbox).where(Inbox.account.in_([one.address for one in gone])))


def _be_back(turn: Turn) -> None:
    """Take invented absences out; the rights that ran because of them end now, and the trail says so."""
    made_up = (Absence.entered_by_id.is_(None), Absence.member_id.in_(select(Member.id).where(Member.sample)))
    turn.session.execute(update(Absence).where(*made_up, Absence.ended_at.is_(None)).values(ended_at=turn.now))
    turn.session.flush()
    grants.settle(turn, duty.load(turn))
    turn.session.execute(delete(Absence).where(*made_up))


def remove(turn: Turn) -> int:
    """Remove sample accounts with all their messages, figures, keys and parties; returns the messages removed.

    Members of staff stay: the person who presses the button is one of them. Nobody stays away who never was: their
    invented absences go, with the rights and notices that followed.
    """
    absences.hold(turn)
    places = select(Account.id).where(Account.sample)
    companies = select(Company.id).where(Company.sample)
    senders = select(Message.sender).where(Message.account_id.in_(places))
    kept = select(Message.sender).where(Message.account_id.not_in(places))
    count = turn.session.execute(
        select(func.count()).select_from(Message).where(Message.account_id.in_(places))
    ).scalar_one()
    mine = select(Message.id).where(Message.account_id.in_(places))
    run = turn.session.execute
    run(
        delete(SenderKey).where(
            or_(
                SenderKey.company_id.in_(companies),
                (SenderKey.source == KeySource.BESTAETIGT)
                & SenderKey.value.in_(senders)
                & SenderKey.value.not_in(kept),
                (SenderKey.source == KeySource.BESTAETIGT)
                & SenderKey.value.in_(select(Message.sender_domain).where(Message.account_id.in_(places)))
                & SenderKey.value.not_in(select(Message.sender_domain).where(Message.account_id.not_in(places))),
            )
        )
    )
    run(delete(Decision).where(Decision.message_id.in_(mine)))
    run(
        delete(Confirmation).where(
            Confirmation.id.not_in(select(Decision.confirmation_id).where(Decision.confirmation_id.is_not(None)))
        )
    )
    run(delete(Conversation).where(Conversation.account_id.in_(places)))
    run(delete(Message).where(Message.account_id.in_(places)))
    _forget(turn)
    months.forget_sample(turn)
    run(delete(Account).where(Account.sample))
    firm_days.forget_since(turn, "")
    # A team that somebody gave a real mailbox is theirs by now.
    run(delete(Team).where(Team.sample, Team.id.not_in(select(TeamAccount.team_id))))
    care.recount(turn)
    _be_back(turn)
    for table in (CompanyNumber, CompanyDomain, ContactPoint, PartyRole, PersonCompany):
        run(delete(table).where(table.company_id.in_(companies)))
    run(delete(Company).where(Company.sample))
    run(delete(Person).where(Person.sample))
    trail.note(turn, "Beispieldaten entfernt", "sample", {"messages": count}, None)
    return int(count)
