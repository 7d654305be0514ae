"""Sample: removes the invented firm again, in one go (S1.34)."""

from sqlalchemy import delete, func, or_, select

from models.account import Account
from models.decision import Confirmation, Decision
from models.key import SenderKey
from models.message import Conversation, Message
from models.party import Company, CompanyDomain, CompanyNumber, ContactPoint, PartyRole, Person, PersonCompany
from models.terms import KeySource
from service.store import trail
from service.turn import Turn


def present(turn: Turn) -> bool:
    """Whether sample data are in the database."""
    return bool(turn.session.execute(select(func.count()).select_from(Account).where(Account.sample)).scalar_one())


def remove(turn: Turn) -> int:
    """Remove sample accounts with all their messages, figures, keys and parties; returns the messages removed.

    Members of staff stay: the person who presses the button is one of them.
    """
    accounts = select(Account.id).where(Account.sample)
    companies = select(Company.id).where(Company.sample)
    senders = select(Message.sender).where(Message.account_id.in_(accounts))
    kept = select(Message.sender).where(Message.account_id.not_in(accounts))
    count = turn.session.execute(
        select(func.count()).select_from(Message).where(Message.account_id.in_(accounts))
    ).scalar_one()
    mine = select(Message.id).where(Message.account_id.in_(accounts))
    run = turn.session.execute
    run(
        delete(SenderKey).where(
            or_(
                SenderKey.company_id.in_(companies),
                (SenderKey.source == KeySource.BESTAETIGT)
                & SenderKey.value.in_(senders)
                & SenderKey.value.not_in(kept),
                (SenderKey.source == KeySource.BESTAETIGT)
                & SenderKey.value.in_(select(Message.sender_domain).where(Message.account_id.in_(accounts))),
            )
        )
    )
    run(delete(Decision).where(Decision.message_id.in_(mine)))
    run(
        delete(Confirmation).where(
            Confirmation.id.not_in(select(Decision.confirmation_id).where(Decision.confirmation_id.is_not(None)))
        )
    )
    run(delete(Conversation).where(Conversation.account_id.in_(accounts)))
    run(delete(Message).where(Message.account_id.in_(accounts)))
    run(delete(Account).where(Account.sample))
    for table in (CompanyNumber, CompanyDomain, ContactPoint, PartyRole, PersonCompany):
        run(delete(table).where(table.company_id.in_(companies)))
    run(delete(Company).where(Company.sample))
    run(delete(Person).where(Person.sample))
    trail.note(turn, "Beispieldaten entfernt", "sample", {"messages": count}, None)
    return int(count)
