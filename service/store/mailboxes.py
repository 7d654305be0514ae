"""One row per mailbox or number: what is open there, and shares and averages where the group is large enough."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select, union

from models.account import Account
from models.message import Conversation, Message
from models.terms import Channel
from service.domain import kpi
from service.domain.kpi import State
from service.store import groups, reach, sums
from service.store.behind import OPEN, QUOTE_DAYS, UNCLASSIFIED, WAITING
from service.store.places import unindexed
from service.store.scope import WHOLE_FIRM, Frame, Scope, frame
from service.store.sums import Sum
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """One mailbox or number. Open items, ages and deadlines always; shares and averages only for large enough groups.

    `quote` in percent over 7 days, `mean` in minutes over the scope's days; None without data or where `withheld`
    says why.
    """

    account_id: int
    name: str
    address: str
    channel: Channel
    people: int
    waiting: int
    breached: int
    oldest_since: datetime | None
    unclassified: int
    quote: float | None
    mean: float | None
    quote_state: State
    state: State
    withheld: str = ""


def mailbox_rows(turn: Turn, scope: Scope = WHOLE_FIRM) -> tuple[MailboxRow, ...]:
    """Return one row per account of the scope and in reach, by name; the group rule decides per account."""
    at = frame(turn, scope)
    conditions = [*reach.accounts(turn), *([Account.channel == scope.channel] if scope.channel else [])]
    if scope.account_ids is not None:
        conditions.append(Account.id.in_(scope.account_ids))
    accounts = turn.session.scalars(select(Account).where(*conditions).order_by(Account.name, Account.id)).all()
    queues, open_classes = _queues(at), _open_classes(at)
    weeks, spans = sums.by_account(at, at.days(QUOTE_DAYS)), sums.by_account(at, at.days(scope.days))
    days = at.days(max(QUOTE_DAYS, scope.days))
    hidden = groups.alone(turn, days[0], days[-1])
    counted = {one.id: None if hidden[one.id] else (weeks.get(one.id), spans.get(one.id)) for one in accounts}
    return tuple(
        replace(
            _mailbox(at, one, queues.get(one.id), open_classes.get(one.id, 0), counted[one.id]),
            withheld=hidden[one.id],
        )
        for one in accounts
    )


_Queue = tuple[int, int, datetime | None]


def _mailbox(
    at: Frame, one: Account, queue: _Queue | None, unclassified: int, counted: tuple[Sum | None, Sum | None] | None
) -> MailboxRow:
    waiting, late, oldest = queue or (0, 0, None)
    week, span = counted or (None, None)
    quote = week.quote if week else None
    reading = kpi.read(kpi.QUOTE, quote, at.targets[kpi.QUOTE.key])
    return MailboxRow(
        account_id=one.id,
        name=one.name,
        address=one.address,
        channel=one.channel,
        people=one.people,
        waiting=waiting,
        breached=late,
        oldest_since=oldest,
        unclassified=unclassified,
        quote=quote,
        mean=span.mean if span else None,
        quote_state=reading.state,
        state=State.VERFEHLT if late else reading.state,
    )


def _queues(at: Frame) -> dict[int, _Queue]:
    late: list[ColumnElement[bool]] = [
        and_(Conversation.channel == channel, Conversation.due_at < at.edge(channel)) for channel in Channel
    ]
    placed = _placed(at, OPEN, WAITING)
    found = at.turn.session.execute(
        select(
            placed.c.account_id,
            func.count(),
            func.sum(case((or_(*late), 1), else_=0)),
            func.min(Conversation.waiting_since),
        )
        .join(placed, placed.c.id == Conversation.id)
        .group_by(placed.c.account_id)
    )
    return {number: (waiting, int(breached or 0), oldest) for number, waiting, breached, oldest in found}


def _open_classes(at: Frame) -> dict[int, int]:
    placed = _placed(at, UNCLASSIFIED)
    found = at.turn.session.execute(select(placed.c.account_id, func.count()).group_by(placed.c.account_id))
    return {number: int(conversations) for number, conversations in found}


def _placed(at: Frame, *conditions: ColumnElement[bool]) -> Subquery:
    """Return each of these conversations once under every mailbox of the scope in which it lies (D12)."""
    home = select(Conversation.id, unindexed(Conversation.account_id).label("account_id")).where(
        *conditions, *at.limits(Conversation.account_id, Conversation.channel)
    )
    # A union keeps each pair once, however many messages of a conversation lie in the same mailbox.
    others = (
        select(Conversation.id, unindexed(Message.account_id))
        .join(Message, Message.conversation_id == Conversation.id)
        .where(*conditions, Conversation.several, *at.limits(Message.account_id, Conversation.channel))
    )
    return union(home, others).subquery()
