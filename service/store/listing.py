"""The list of conversations under any combination of filters, and the rows behind a figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Select, case, func, or_, select

from models.clock_event import ClockEvent
from models.message import Conversation, Message
from models.party import Company, Person, PersonCompany
from models.terms import Category, ClockKind, ConversationState, Direction
from service.domain.days import last_days, midnight
from service.store import accounts as store_accounts
from service.store import assignments, behind, density, duty, lookup, marks, paging, reach, shown
from service.store.paging import Key, Page, Window
from service.store.scope import WHOLE_FIRM, Frame, Scope, frame
from service.turn import Turn

PAGE = 50
# Pages of a list say how many rows there are up to this; exports and lists of open work are far below or count all.
MOST_COUNTED = 1_000
# What a list can be sorted by: the end of the answer's window, that of WhatsApp's, or the newest message.
ORDERS = BY_DEADLINE, BY_META, BY_NEWEST = "frist", "fenster", "neu"
_DEADLINES = frozenset({"whatsapp_unanswered", "unhandled"})


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list shows; all parts combine with AND. `days` 0 means any time; `day` (ISO date) with
    `day_count` narrows to inbound messages of those local days, `answered` to windows that ended on that day.

    `responsible` is the member who is responsible now, 0 for what nobody was meant for; of a colleague only what has
    to be done is listed (store/shown.py).
    `slot` (weekday from Monday = 0, local hour) narrows the chosen days to that hour; `took` (more than, at most so
    many minutes, 0 = any) narrows the answers on WhatsApp that a figure counts.
    `kpi` opens exactly the rows that a figure counts under `scope`; the other parts narrow them further.
    `after` and `before` are marks of a page (store/paging.py). `raised` are those that somebody put before others;
    `order` is one of ORDERS, "" what fits the list.
    """

    kpi: str = ""
    scope: Scope = WHOLE_FIRM
    days: int = 0
    category: Category | None = None
    unclassified: bool = False
    state: ConversationState | None = None
    unread: bool | None = None
    waiting: bool = False
    snoozed: bool = False
    raised: bool = False
    order: str = ""
    unknown_party: bool = False
    party: tuple[int | None, int | None] = (None, None)
    day: str = ""
    day_count: int = 1
    answered: str = ""
    text: str = ""
    after: str = ""
    before: str = ""
    responsible: int | None = None
    slot: tuple[int, int] | None = None
    took: tuple[int, int] | None = None


def count(turn: Turn, wanted: Filter) -> int:
    """Return how many conversations the filter finds."""
    return int(turn.session.execute(select(func.count()).select_from(_query(turn, wanted).subquery())).scalar_one())


def times(wanted: Filter) -> tuple[Scope, ...]:
    """Return the scope of a list over each time that it is about: that of its figure, its chosen days."""
    found = [wanted.scope] if wanted.kpi or not (_date(wanted.day) or _date(wanted.answered)) else []
    for text, count in ((wanted.day, wanted.day_count), (wanted.answered, 1)):
        first = _date(text)
        if first is not None:
            found.append(replace(wanted.scope, days=count, until=first + timedelta(days=count - 1)))
    return tuple(found)


def tells_count(turn: Turn, wanted: Filter) -> bool:
    """Say whether the number of rows may be said: of one's own and of what has to be done always, else of large groups.

    All that a small mailbox has, beside what of it waits for a class or is open, would be a share.
    """
    if _own(turn, wanted) or wanted.kpi or wanted.waiting or wanted.unclassified or wanted.snoozed:
        return True
    return not any(shown.why_not(turn, during) for during in times(narrowed(turn, wanted)))


def narrowed(turn: Turn, wanted: Filter) -> Filter:
    """Return what is listed of what happened over a time: of all in reach only what may be (store/shown.py)."""
    if _own(turn, wanted) or not shown.over_time(wanted.kpi, wanted.day, wanted.answered):
        return wanted
    return replace(wanted, scope=shown.narrowed(turn, wanted.scope, times(wanted)))


def left_out(turn: Turn, wanted: Filter) -> tuple[str, ...]:
    """Return the mailboxes and numbers in reach, by name, of which such a list has no rows for that reason."""
    scope = narrowed(turn, wanted).scope
    if scope.account_ids == wanted.scope.account_ids:
        return ()
    reached = store_accounts.chosen(turn, turn.actor.reach, scope.channel)
    return tuple(one.name for one in reached if one.id not in (scope.account_ids or ()))


def _own(turn: Turn, wanted: Filter) -> bool:
    return wanted.responsible is not None and wanted.responsible == turn.actor.member_id


def elsewhere(turn: Turn, wanted: Filter) -> int:
    """Return how many of the conversations that a figure of the firm counts lie out of reach; 0 for other lists.

    Only for exactly what the figures show anyway: a search or another filter must not count what one may not see.
    """
    of_figures = Filter(wanted.kpi, wanted.scope, wanted.days, day=wanted.day, day_count=wanted.day_count)
    shown = {name: getattr(wanted, name) for name in ("answered", "after", "before", "order")}
    of_figures = replace(of_figures, **shown)
    is_figure = bool(wanted.kpi or wanted.day or wanted.answered) and wanted.scope.account_ids is None
    if turn.actor.reach is None or not is_figure or wanted != of_figures:
        return 0
    return count(reach.whole_firm(turn), wanted) - count(turn, wanted)


def page(turn: Turn, wanted: Filter) -> Page:
    """Return one page: what waits by time left, what somebody put before others ahead of it (S2.17, S4.19).

    What a member is responsible for comes by the nearer of deadline and day asked for, everything else newest first.
    Raises Invalid for what may not be listed (store/shown.py).
    """
    return paging.page(turn, query(turn, wanted), _order(wanted), Window(PAGE, wanted.after, wanted.before))


def counted(turn: Turn, wanted: Filter) -> tuple[Page, int]:
    """Return the same with the number of all rows, up to MOST_COUNTED: a page says "more than", and need not wait.

    More than that is one more. Page and number are one statement.
    """
    long = density.is_long(turn, wanted.kpi, wanted.scope)
    found = _query(turn, wanted, near=long)
    ids = found.with_only_columns(Conversation.id)
    # Counted from the newest on: that is where the rows of such a figure lie.
    ids = ids.order_by(Conversation.last_at.desc()) if long else ids
    number = select(func.count()).select_from(ids.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()
    shown = paging.page(turn, found, _order(wanted), Window(PAGE, wanted.after, wanted.before), number)
    return shown, int(shown.beside or 0)


def _order(wanted: Filter) -> tuple[Key, ...]:
    newest = (Key(Conversation.last_at, descending=True), Key(Conversation.id, descending=True))
    first = Key(case((Conversation.raised_at.is_not(None), 0), else_=1))
    if wanted.order == BY_NEWEST:
        return newest
    if wanted.order == BY_META:
        return *paging.nulls_last(Conversation.meta_until), *newest
    if wanted.kpi in _DEADLINES:
        return Key(Conversation.due_at), Key(Conversation.id)
    if wanted.responsible:
        return first, *paging.nulls_last(assignments.tightest()), *newest
    if wanted.waiting or wanted.raised or wanted.order == BY_DEADLINE:
        return first, *paging.nulls_last(Conversation.due_at), *newest
    if wanted.kpi == "old_open":
        return Key(Conversation.last_at), Key(Conversation.id)
    return newest


def query(turn: Turn, wanted: Filter) -> Select[Conversation]:
    """Return the query of a list without order, for who reads its newest rows first. Raises Invalid as `page`."""
    return _query(turn, wanted, near=density.is_long(turn, wanted.kpi, wanted.scope))


def every(turn: Turn, wanted: Filter, size: int = 1_000) -> Iterator[Sequence[Conversation]]:
    """Yield all pages in the order of the numbers, `size` at a time, each after the last number: for exports."""
    ordered, last = _query(turn, wanted).order_by(Conversation.id).limit(size), 0
    while some := turn.session.scalars(ordered.where(Conversation.id > last)).all():
        last = some[-1].id
        yield some


def accounts(turn: Turn) -> tuple[store_accounts.Known, ...]:
    """Return the mailboxes and numbers in reach by channel and name, for the filter."""
    return tuple(sorted(store_accounts.chosen(turn, turn.actor.reach), key=lambda one: one.channel.value))


def party_name(turn: Turn, party: tuple[int | None, int | None]) -> str:
    """Return the name of the party that the list is narrowed to; "" for none or an unknown one."""
    company_id, person_id = party
    companies = lookup.companies(turn, [company_id]) if company_id else {}
    persons = lookup.persons(turn, [person_id]) if person_id else {}
    found = companies.get(company_id or 0) or persons.get(person_id or 0)
    return found.name if found else ""


def _query(turn: Turn, wanted: Filter, *, near: bool = False) -> Select[Conversation]:
    query, wanted = select(Conversation).where(*reach.mine(turn)), narrowed(turn, wanted)
    if wanted.kpi:
        query = query.where(*behind.conditions(frame(turn, wanted.scope), wanted.kpi, near=near))
        query = query.where(*(marks.took(frame(turn, wanted.scope), wanted.took) if wanted.took else ()))
    else:
        query = query.where(*frame(turn, wanted.scope).conversations())
    if wanted.text:
        query = query.where(lookup.matches(wanted.text))
    query = _of_whom(turn, query, wanted)
    if wanted.snoozed:
        query = query.where(Conversation.snoozed_until > turn.now)
    if wanted.raised:
        query = query.where(Conversation.raised_at.is_not(None))
    return _of_party(_in_time(turn, _of_kind(query, wanted), wanted), wanted)


def _of_whom(turn: Turn, query: Select[Conversation], wanted: Filter) -> Select[Conversation]:
    own = _own(turn, wanted)
    if not own and shown.over_time(wanted.kpi, wanted.day, wanted.answered):
        for during in times(wanted):
            shown.check(turn, during)
    if wanted.responsible is None:
        return query
    if not wanted.responsible:
        return query.where(duty.unclaimed(turn))
    return query.where(duty.mine(turn, wanted.responsible), *(() if own else shown.work(turn)))


def _of_kind(query: Select[Conversation], wanted: Filter) -> Select[Conversation]:
    # Of chosen days it is the class of their messages and answers that was counted.
    if wanted.category is not None and not wanted.day and not wanted.answered:
        query = query.where(Conversation.category == wanted.category)
    if wanted.unclassified:
        query = query.where(Conversation.unclassified > 0)
    if wanted.state is not None:
        query = query.where(Conversation.state == wanted.state)
    if wanted.unread is not None:
        query = query.where(Conversation.unread.is_(wanted.unread))
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
            # A chart of classes counts messages: of chosen days their class, not the last one of the conversation.
            *([Message.category == wanted.category] if wanted.category else []),
            *([marks.came_at(at, day, wanted.day_count, wanted.slot)] if wanted.slot else []),
            # For the whole firm a mail counts once, when it came first.
            *([Message.copied.is_(False)] if at.once else []),
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
        *([ClockEvent.category == wanted.category] if wanted.category else []),
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
