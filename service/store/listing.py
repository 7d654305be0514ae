"""The list of conversations under any combination of filters, and the rows behind a figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Select, func, or_, select

from models.account import Account
from models.clock_event import ClockEvent
from models.message import Conversation, Message
from models.party import Company, Person, PersonCompany
from models.terms import Category, ClockKind, ConversationState, Direction
from service.domain.days import last_days, midnight
from service.store import assignments, behind, duty, lookup, paging, reach
from service.store.paging import Key, Page, Window
from service.store.scope import WHOLE_FIRM, Frame, Scope, frame
from service.turn import Turn

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list shows; all parts combine with AND. `days` 0 means any time; `day` (ISO date) with
    `day_count` narrows to inbound messages of those local days, `answered` to windows that ended on that day.

    `responsible` is the member who is responsible now, 0 for what nobody was meant for.
    `kpi` opens exactly the rows that a figure counts under `scope`; the other parts narrow them further.
    `after` and `before` are marks of a page (store/paging.py).
    """

    kpi: str = ""
    scope: Scope = WHOLE_FIRM
    days: int = 0
    category: Category | None = None
    unclassified: bool = False
    state: ConversationState | None = None
    unread: bool = False
    waiting: bool = False
    snoozed: bool = False
    unknown_party: bool = False
    party: tuple[int | None, int | None] = (None, None)
    day: str = ""
    day_count: int = 1
    answered: str = ""
    text: str = ""
    after: str = ""
    before: str = ""
    responsible: int | None = None


def count(turn: Turn, wanted: Filter) -> int:
    """Return how many conversations the filter finds."""
    return int(turn.session.execute(select(func.count()).select_from(_query(turn, wanted).subquery())).scalar_one())


def elsewhere(turn: Turn, wanted: Filter) -> int:
    """Return how many of the conversations that a figure of the firm counts lie out of reach; 0 for other lists.

    Only for exactly what the figures show anyway: a search or another filter must not count what one may not see.
    """
    of_figures = Filter(wanted.kpi, wanted.scope, wanted.days, day=wanted.day, day_count=wanted.day_count)
    of_figures = replace(of_figures, answered=wanted.answered, after=wanted.after, before=wanted.before)
    is_figure = bool(wanted.kpi or wanted.day or wanted.answered) and wanted.scope.account_ids is None
    if turn.actor.reach is None or not is_figure or wanted != of_figures:
        return 0
    return count(reach.whole_firm(turn), wanted) - count(turn, wanted)


def page(turn: Turn, wanted: Filter) -> Page:
    """Return one page: running deadlines of a figure, and what a member is responsible for, first by time left.

    Everything else newest first.
    """
    return paging.page(turn, _query(turn, wanted), _order(wanted), Window(PAGE, wanted.after, wanted.before))


def _order(wanted: Filter) -> tuple[Key, ...]:
    newest = (Key(Conversation.last_at, descending=True), Key(Conversation.id, descending=True))
    if wanted.kpi in {"whatsapp_unanswered", "unhandled"}:
        return Key(Conversation.due_at), Key(Conversation.id)
    if wanted.responsible:
        return *paging.nulls_last(assignments.tightest()), *newest
    if wanted.kpi == "old_open":
        return Key(Conversation.last_at), Key(Conversation.id)
    return newest


def every(turn: Turn, wanted: Filter, size: int = 1_000) -> Iterator[Sequence[Conversation]]:
    """Yield all pages in the order of the numbers, `size` at a time, each after the last number: for exports."""
    query, last = _query(turn, wanted).order_by(Conversation.id).limit(size), 0
    while some := turn.session.scalars(query.where(Conversation.id > last)).all():
        last = some[-1].id
        yield some


def accounts(turn: Turn) -> tuple[Account, ...]:
    """Return the mailboxes and numbers in reach, for the filter."""
    found = select(Account).where(*reach.accounts(turn)).order_by(Account.channel, Account.name)
    return tuple(turn.session.scalars(found))


def party_name(turn: Turn, party: tuple[int | None, int | None]) -> str:
    """Return the name of the party that the list is narrowed to; "" for none or an unknown one."""
    company_id, person_id = party
    if company_id:
        found = lookup.companies(turn, [company_id]).get(company_id)
        return found.name if found else ""
    if person_id:
        found = lookup.persons(turn, [person_id]).get(person_id)
        return found.name if found else ""
    return ""


def _query(turn: Turn, wanted: Filter) -> Select[Conversation]:
    query = select(Conversation).where(*reach.mine(turn))
    if wanted.kpi:
        query = query.where(*behind.conditions(frame(turn, wanted.scope), wanted.kpi))
    else:
        query = query.where(*frame(turn, wanted.scope).conversations())
    if wanted.text:
        query = query.where(lookup.matches(wanted.text))
    if wanted.responsible is not None:
        query = query.where(duty.mine(turn, wanted.responsible) if wanted.responsible else duty.unclaimed(turn))
    if wanted.snoozed:
        query = query.where(Conversation.snoozed_until > turn.now)
    return _of_party(_in_time(turn, _of_kind(query, wanted), wanted), wanted)


def _of_kind(query: Select[Conversation], wanted: Filter) -> Select[Conversation]:
    if wanted.category is not None:
        query = query.where(Conversation.category == wanted.category)
    if wanted.unclassified:
        query = query.where(Conversation.unclassified > 0)
    if wanted.state is not None:
        query = query.where(Conversation.state == wanted.state)
    if wanted.unread:
        query = query.where(Conversation.unread)
    if wanted.waiting:
        query = query.where(behind.OPEN, behind.WAITING)
    if wanted.unknown_party:
        query = query.where(Conversation.party_unknown)
    return query


def _in_time(turn: Turn, query: Select[Conversation], wanted: Filter) -> Select[Conversation]:
    at = frame(turn, wanted.scope)
    zone = at.zone
    if wanted.days and not wanted.kpi:
        query = query.where(Conversation.last_at >= midnight(last_days(turn.now, wanted.days, zone)[0], zone))
    day = _date(wanted.day)
    if day is not None:
        received = select(Message.conversation_id).where(
            Message.direction == Direction.EINGANG,
            Message.received_at >= midnight(day, zone),
            Message.received_at < midnight(day + timedelta(days=wanted.day_count), zone),
            # What was thrown away unclassified is in no figure (tallies.keeps).
            or_(Message.category.is_not(None), Message.removed_at.is_(None)),
            *at.limits(Message.account_id, Message.channel),
        )
        query = query.where(Conversation.id.in_(received))
    return _answered_on(query, wanted, at)


def _answered_on(query: Select[Conversation], wanted: Filter, at: Frame) -> Select[Conversation]:
    day = _date(wanted.answered)
    if day is None:
        return query
    stopped = select(ClockEvent.conversation_id).where(
        ClockEvent.kind == ClockKind.STOPP,
        ClockEvent.at >= midnight(day, at.zone),
        ClockEvent.at < midnight(day + timedelta(days=1), at.zone),
        *at.limits(ClockEvent.account_id, ClockEvent.channel),
    )
    return query.where(Conversation.id.in_(stopped))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _of_party(query: Select[Conversation], wanted: Filter) -> Select[Conversation]:
    """A company's conversations are also those of its persons (S4.66)."""
    company_id, person_id = wanted.party
    if company_id:
        people = select(PersonCompany.person_id).where(PersonCompany.company_id == company_id)
        query = query.where((Conversation.company_id == company_id) | Conversation.person_id.in_(people))
    if person_id:
        query = query.where(Conversation.person_id == person_id)
    return query


def parties_of_kind(turn: Turn) -> tuple[int, int]:
    """Return how many companies and persons are known."""
    companies = turn.session.execute(select(func.count()).select_from(Company)).scalar_one()
    people = turn.session.execute(select(func.count()).select_from(Person)).scalar_one()
    return int(companies), int(people)
