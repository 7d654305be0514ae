"""One row per mailbox or number: what is open there, and shares and averages where the group is large enough."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from models.message import Conversation, Message
from models.terms import Channel
from service.domain import kpi
from service.domain.kpi import State
from service.store import account_days, backlog, groups, queues, sums
from service.store.accounts import chosen
from service.store.behind import OPEN, QUOTE_DAYS, UNCLASSIFIED, WAITING
from service.store.places import unindexed
from service.store.prepared import Ask, Prepared
from service.store.scope import WHOLE_FIRM, Frame, Scope, classed, frame, limits
from service.store.sums import Sum
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """One mailbox or number. Open items, ages and deadlines always; shares and averages only for large enough groups.

    `quote` in percent over 7 days, `mean` in minutes over the scope's days, `strict` the same by the clock on the wall;
    None without data or where `withheld` says why.
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
    strict: float | None
    quote_state: State
    state: State
    withheld: str = ""


def mailbox_rows(turn: Turn, scope: Scope = WHOLE_FIRM) -> tuple[MailboxRow, ...]:
    """Return one row per account of the scope and in reach, by name; the group rule decides per account."""
    at = frame(turn, scope)
    within = turn.actor.reach
    accounts = [one for one in chosen(turn, scope.account_ids, scope.channel) if within is None or one.id in within]
    waiting, open_classes = _queues(at), _open_classes(at)
    weeks, spans = (sums.by_account(at, days, names) for days, names in _spans(at))
    days = at.days(max(QUOTE_DAYS, scope.days))
    hidden = groups.alone(turn, days[0], days[-1])
    counted = {one.id: None if hidden[one.id] else (weeks.get(one.id), spans.get(one.id)) for one in accounts}
    return tuple(
        _mailbox(at, one, (waiting.get(one.id), open_classes.get(one.id, 0)), counted[one.id], hidden[one.id])
        for one in accounts
    )


_Queue = tuple[int, int, datetime | None]
_Parts = tuple[Prepared, Prepared]


def _mailbox(
    at: Frame, one: Any, now: tuple[_Queue | None, int], counted: tuple[Sum | None, Sum | None] | None, withheld: str
) -> MailboxRow:
    queue, unclassified = now
    waiting, late, oldest = queue or (0, 0, None)
    week, span = counted or (None, None)
    quote = week.quote if week else None
    state = kpi.state(kpi.QUOTE, quote, at.targets[kpi.QUOTE.key])
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
        strict=span.strict if span else None,
        quote_state=state,
        state=State.VERFEHLT if late else state,
        withheld=withheld,
    )


def _queues(at: Frame) -> dict[int, _Queue]:
    found: dict[int, _Queue] = {}
    for number, _, waiting, breached, oldest, *_ in _rows(at, _waiting(at.place), queues.BY_ACCOUNT):
        known = found.get(number, (0, 0, None))
        since = min(filter(None, (known[2], oldest)), default=None)
        found[number] = (known[0] + waiting, known[1] + int(breached), since)
    return found


def _open_classes(at: Frame) -> dict[int, int]:
    found: Counter[int] = Counter()
    for number, conversations, *_ in _rows(at, _unclassified(at.place), backlog.BY_ACCOUNT):
        found[number] += int(conversations)
    return found


def _rows(at: Frame, parts: _Parts, name: str) -> Iterator[Sequence[Any]]:
    """Yield mailboxes with what is counted: under their first one, and where some lie in several, under the others.

    The first ones hold every conversation once of the whole firm, and of chosen mailboxes where none lies in several:
    under this name the frame keeps them then.
    """
    asked = _asked(at)
    first = parts[0].rows(at.turn, asked)
    several = any(some for *_, some in first)
    others = parts[1].rows(at.turn, asked) if several or not at.once else ()
    if at.once or not (several or others):
        at.memo[name] = [counted for *counted, _ in first]
    for *counted, _ in first:
        yield counted
    yield from others


def _asked(at: Frame) -> dict[str, Any]:
    return at.edges() | {"border": at.turn.now - kpi.OLD_AFTER}


def asks(at: Frame) -> Iterator[Ask]:
    """Yield what `mailbox_rows` asks, but for what figures of the whole firm ask as well."""
    for parts in (_waiting(at.place), _unclassified(at.place)):
        for one in parts[:1] if at.once else parts:
            yield Ask(one, _asked(at))
    if not at.once or at.category:
        yield from (account_days.ask_by_account(at, days, names) for days, names in _spans(at))


def _spans(at: Frame) -> tuple[tuple[Sequence[date], Sequence[str]], ...]:
    """Return which days are summed, and what of them."""
    return (at.days(QUOTE_DAYS), ("received", "final")), (
        at.days(at.scope.days),
        ("stops", "open_seconds", "wall_seconds"),
    )


@lru_cache(maxsize=256)
def _waiting(place: Scope) -> _Parts:
    return _placed(place, queues.counted(), OPEN, WAITING, *classed(place, Conversation.category))


@lru_cache(maxsize=256)
def _unclassified(place: Scope) -> _Parts:
    # What has no class yet is counted under the class that it looks like, as by the figure.
    return _placed(place, backlog.counted(place), UNCLASSIFIED)


def _placed(place: Scope, counted: Sequence[Any], *conditions: ColumnElement[bool]) -> _Parts:
    """Return what yields mailboxes with what is counted of conversations, each once under each it lies in (D12).

    First under that of its first message, which an index answers, with how many of them lie in several; then, of those
    few, under the others.
    """
    some = [one for one in counted if one is Conversation.channel]
    home, other = unindexed(Conversation.account_id), unindexed(Message.account_id)
    own = limits(place, Conversation.account_id, Conversation.channel)
    pairs = (
        select(Message.conversation_id, other.label("account_id"))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(*conditions, Conversation.several, other != Conversation.account_id)
        .where(*limits(place, Message.account_id, Conversation.channel))
        .distinct()
        .subquery()
    )
    return (
        Prepared(
            select(home, *counted, func.sum(case((Conversation.several, 1), else_=0)))
            .where(*conditions, *own)
            .group_by(home, *some)
        ),
        Prepared(
            select(pairs.c.account_id, *counted)
            .select_from(Conversation)
            .join(pairs, pairs.c.conversation_id == Conversation.id)
            .group_by(pairs.c.account_id, *some)
        ),
    )
