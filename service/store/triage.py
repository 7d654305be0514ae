"""What waits to be classified: the rows in working order, the tabs with their counts, and what was done today."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, literal_column, or_, select

from classifier.suggestion import UNSURE as UNSURE  # the page's rows ask here
from models.decision import Decision
from models.message import Conversation, Message
from models.terms import Category, Channel, ConversationState, Origin
from service.domain.days import local_day, midnight
from service.domain.kpi import OLD_AFTER
from service.store import accounts as store_accounts
from service.store import lookup, paging, reach, rechecks, settings
from service.store.lookup import Party
from service.store.paging import Key, Window
from service.store.prepared import Ask, Prepared
from service.store.scope import late
from service.turn import Turn

PAGE = 50

SUGGESTED, NONE, OLD, DONE = "vorschlaege", "ohne", "alt", "erledigt"
TABS = {SUGGESTED: "Vorschläge", NONE: "Ohne Vorschlag", OLD: "Älter als 7 Tage", DONE: "Heute erledigt"}


@dataclass(frozen=True, slots=True)
class Filter:
    """What the person looks at: a tab, a channel, only unsure ones, a search text, and the marks of a page."""

    tab: str = SUGGESTED
    channel: Channel | None = None
    unsure: bool = False
    text: str = ""
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the conversation, the mailbox it came to, and the party that is or would be assigned."""

    conversation: Conversation
    account: str
    party: Party | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """The two counts beside the navigation."""

    unclassified: int
    overdue: int


def waiting(turn: Turn) -> Waiting:
    """Return how many conversations in reach wait for a class, and how many open ones are past their deadline."""
    mine, everything = reach.mine(turn), ask(turn)
    if mine:
        own = _side_by_side(_UNCLASSIFIED.where(*mine), _OVERDUE.where(*mine))
        unclassified, overdue = turn.session.execute(own, everything.values).one()
    else:
        unclassified, overdue = everything.row(turn)
    return Waiting(int(unclassified), int(overdue))


def ask(turn: Turn) -> Ask:
    """Return what `waiting` asks for who reaches all."""
    # The condition of the figures: past the deadline in its calendar, never by an exact hit at closing.
    edges = {channel.name: one.calendar.clock_stop(turn.now) for channel, one in settings.windows(turn).items()}
    return Ask(_BOTH, edges)


def _side_by_side(one: Select[int], other: Select[int]) -> Select[int, int]:
    return select(one.scalar_subquery(), other.scalar_subquery())


# Built once: every page asks these.
_UNCLASSIFIED = select(func.count()).select_from(Conversation).where(Conversation.unclassified > literal_column("0"))
_OVERDUE = select(func.count()).select_from(Conversation).where(late(), Conversation.state == ConversationState.OFFEN)
_BOTH = Prepared(_side_by_side(_UNCLASSIFIED, _OVERDUE))


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows with the marks of the pages beside it (store/paging.py)."""

    lines: tuple[Line, ...]
    before: str
    after: str


def rows(turn: Turn, wanted: Filter) -> Page:
    """Return one page of rows in working order (S4.17).

    Likely Kunde first, by time left; then those without a suggestion, then the rest, newest first.
    """
    query = _narrow(_of_tab(turn, wanted.tab), wanted)
    newest = (Key(Conversation.last_at, descending=True), Key(Conversation.id))
    order = newest if wanted.tab == DONE else (*_order(), *newest)
    found = paging.page(turn, query, order, Window(PAGE, wanted.after, wanted.before))
    return Page(_shown(turn, found.rows), found.before, found.after)


def _shown(turn: Turn, found: Sequence[Conversation]) -> tuple[Line, ...]:
    """Return conversations as lines; a blind question shows nothing of the earlier answer, its party included."""
    blind = rechecks.masked(turn, found)
    return tuple(replace(line, party=None) if line.conversation.id in blind else line for line in lines(turn, found))


def lines(turn: Turn, found: Sequence[Conversation]) -> tuple[Line, ...]:
    """Return conversations with their mailbox and party, in the same order."""
    return _lines(turn, found, lookup.likely_parties(turn, found))


def named_lines(turn: Turn, found: Sequence[Conversation]) -> tuple[Line, ...]:
    """Return the same with no party but the one that a conversation was given: for who shows no likely ones."""
    return _lines(turn, found, lookup.given_parties(turn, found))


def _lines(turn: Turn, found: Sequence[Conversation], parties: Mapping[int, Party]) -> tuple[Line, ...]:
    accounts = {one.id: one.name for one in store_accounts.known(turn)}
    return tuple(Line(c, accounts.get(c.account_id, ""), parties.get(c.id)) for c in found)


def counts(turn: Turn, wanted: Filter) -> dict[str, int]:
    """Return how many rows each tab has under the present channel, unsure switch and search."""
    found = {}
    for tab in TABS:
        query = _narrow(_of_tab(turn, tab), wanted)
        found[tab] = int(turn.session.execute(select(func.count()).select_from(query.subquery())).scalar_one())
    return found


def anything(turn: Turn) -> bool:
    """Return whether any conversation is known at all; a fresh installation has none."""
    return turn.session.scalars(select(Conversation.id).limit(1)).first() is not None


def one(turn: Turn, conversation_id: int, *, blind: bool = False) -> Line:
    """Return one row; `blind` hides the earlier answer where it is asked again. Raises NotFound."""
    found = [lookup.conversation(turn, conversation_id)]
    return (_shown(turn, found) if blind else lines(turn, found))[0]


def _open() -> ColumnElement[bool]:
    return Conversation.state == ConversationState.OFFEN


def _of_tab(turn: Turn, tab: str) -> Select[Conversation]:
    query = select(Conversation).where(*reach.mine(turn))
    if tab == DONE:
        return query.where(Conversation.id.in_(_done_since(midnight(local_day(turn.now)))))
    if tab == NONE:
        bare = and_(Conversation.unclassified > 0, Conversation.suggested.is_(None))
        return query.where(or_(bare, Conversation.id.in_(rechecks.waiting())))
    query = query.where(Conversation.unclassified > 0)
    if tab == OLD:
        return query.where(Conversation.last_inbound_at < turn.now - OLD_AFTER)
    return query.where(Conversation.suggested.is_not(None))


def _done_since(since: datetime) -> Select[int]:
    return (
        select(Message.conversation_id)
        .join(Decision, Decision.message_id == Message.id)
        .where(Decision.at >= since, Decision.origin == Origin.PERSON, Message.category.is_not(None))
    )


def _narrow(query: Select[Conversation], wanted: Filter) -> Select[Conversation]:
    if wanted.channel is not None:
        query = query.where(Conversation.channel == wanted.channel)
    if wanted.unsure:
        query = query.where(Conversation.confidence < UNSURE)
    if wanted.text:
        query = query.where(lookup.matches(wanted.text))
    return query


def _order() -> tuple[Key, ...]:
    rank = case(
        (and_(Conversation.suggested == Category.KUNDE, Conversation.due_at.is_not(None)), 0),
        (and_(Conversation.suggested.is_(None), Conversation.due_at.is_not(None)), 1),
        (or_(Conversation.suggested == Category.KUNDE, Conversation.suggested.is_(None)), 2),
        else_=3,
    )
    # Nothing is empty within the first two ranks, and everything beyond them.
    return Key(rank), Key(case((rank < 2, Conversation.due_at), else_=None))


def settled_of(turn: Turn, peers: Collection[str], most: int = 500) -> tuple[int, ...]:
    """Return conversations with these senders, or others of their domains, that need no decision any more."""
    domains = {peer.rpartition("@")[2] for peer in peers if "@" in peer}
    return tuple(
        turn.session.scalars(
            select(Conversation.id)
            .where(
                or_(Conversation.peer.in_(peers), Conversation.peer_domain.in_(domains)),
                Conversation.unclassified == 0,
                Conversation.last_inbound_at.is_not(None),
                *reach.mine(turn),
            )
            .order_by(Conversation.last_at.desc())
            .limit(most)
        )
    )
