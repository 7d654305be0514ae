"""Keeps the counts per local day: signed deltas in the transaction that causes them, and a recount from the rows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, String, func, literal_column, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.clock_event import ClockEvent
from models.decision import Decision
from models.message import Message
from models.tally import Closure
from models.terms import Category, ClockKind, Direction, Origin, WindowKind
from service.domain import histogram, kpi
from service.domain.days import LOCAL, is_whole_hours, midnight
from service.store import firm_days, settings, sheets, taken_back
from service.store.sheets import Counts, Difference
from service.turn import Turn

# Microseconds of a quarter of an hour: every zone's offset is a multiple of it.
_QUARTER = 900_000_000
# Members of an enumeration are slow to look up (Python 3.11); these are asked for with every message.
_OUT, _STOPP, _ENDE = Direction.AUSGANG, ClockKind.STOPP, ClockKind.ENDE_OHNE_ANTWORT
# The events of a clock that add to the counts; see `of_event`.
COUNTED = frozenset({_STOPP, _ENDE})
REOPENED_WITHIN = timedelta(days=7)


class Delta(NamedTuple):
    """A signed change of the counts of one local day, account and class ("" = unclassified).

    `counts` names what changes, as the columns of models/tally do (Tally, WorkTally); what is not named stays. `hour`
    set: `received` and `copied` also count for that hour. `bucket` set: `stops` also counts in the histogram.
    """

    day: str
    account_id: int
    category: str
    counts: Mapping[str, int]
    bucket: int | None = None
    hour: int | None = None


_RECEIVED, _FINAL, _SENT, _COPIED, _COPIED_FINAL, _COPIED_SENT = (
    sheets.TALLY.counts.index(name) for name in ("received", "final", "sent", "copied", "copied_final", "copied_sent")
)


def bucket(open_seconds: int) -> int:
    """Return the histogram bucket of a reaction time; defined in domain/kpi."""
    return kpi.bucket(open_seconds)


def arrived(
    account_id: int, direction: Direction, at: datetime, category: Category | None, zone: ZoneInfo = LOCAL
) -> Delta:
    """Return what one message adds to the counts; on a new class apply the old one `times` -1 too."""
    return _arrived((account_id, direction, category), _local(_quarter(at), zone), 1)


def of_new(rows: Iterable[Mapping[str, Any]], zone: ZoneInfo = LOCAL) -> Iterator[Delta]:
    """Yield what new message rows add to the counts, equal ones together."""
    names = itemgetter("account_id", "direction", "category", "copied")
    for (what, quarter), count in Counter((names(row), _quarter(row["received_at"])) for row in rows).items():
        delta = _arrived(what[:3], _local(quarter, zone), count)
        yield as_copy(delta) if what[3] else delta


def _quarter(at: datetime) -> int:
    return int(at.timestamp()) // 900


@lru_cache(maxsize=20_000)
def _local(quarter: int, zone: ZoneInfo) -> tuple[str, int]:
    """Return local day (ISO date) and hour of a quarter of an hour, counted since 1970."""
    local = datetime.fromtimestamp(quarter * 900, zone)
    return local.date().isoformat(), local.hour


_AS_COPY = {"received": "copied", "final": "copied_final", "sent": "copied_sent"}


def as_copy(delta: Delta) -> Delta:
    """Return what a message adds that is a copy: its mail counts under this account too, but not again for the firm."""
    copied = {_AS_COPY[name]: value for name, value in delta.counts.items()}
    return delta._replace(counts={**delta.counts, **copied})


def of_row(row: Any, zone: ZoneInfo = LOCAL) -> Delta:
    """Return what a stored message (or columns of it) adds to the counts in its present class."""
    delta = arrived(row.account_id, row.direction, row.received_at, row.category, zone)
    return as_copy(delta) if row.copied else delta


def keeps(row: Any) -> bool:
    """Say whether a message counts even when it is gone from its mailbox: everything but unclassified inbound.

    What was answered, sent or classified has happened. What was thrown away unread by the firm's classes is noise, and
    nobody could bring its share of classified messages up again.
    """
    return row.direction is _OUT or row.category is not None


def _arrived(what: tuple[int, Direction, Category | None], local: tuple[str, int], count: int) -> Delta:
    account_id, direction, category = what
    day, hour = local
    if direction is _OUT:
        return Delta(day, account_id, "", {"sent": count})
    if category is None:
        return Delta(day, account_id, "", {"received": count}, hour=hour)
    return Delta(day, account_id, category, {"received": count, "final": count}, hour=hour)


def answered(event: Any, zone: ZoneInfo = LOCAL) -> Delta:
    """Return what a stop (a ClockEvent or its columns) adds to the counts, on the local day of the answer."""
    open_s = event.open_s or 0
    counts = {
        "stops": 1,
        "open_seconds": open_s,
        "wall_seconds": event.wall_s or 0,
        "in_goal": int(bool(event.in_goal)),
    }
    day, _ = _local(_quarter(event.at), zone)
    return Delta(day, event.account_id, event.category or "", counts, bucket=kpi.bucket(open_s))


def times(delta: Delta, count: int) -> Delta:
    """Return a delta `count` times over; -1 takes it back."""
    return delta._replace(counts={name: count * value for name, value in delta.counts.items()})


def of_event(event: Any, zone: ZoneInfo = LOCAL) -> Delta | None:
    """Return what an event of a clock (a ClockEvent or its columns) adds to the counts; None for what counts nothing.

    Answers count, and on the day of a closing the window that it ended without one, apart from answers (D6).
    """
    if event.kind is _STOPP:
        return answered(event, zone)
    if event.kind is not _ENDE:
        return None
    return Delta(_local(_quarter(event.at), zone)[0], event.account_id, event.category or "", {"unanswered": 1})


def decided(row: Any, account_id: int, zone: ZoneInfo = LOCAL) -> Delta:
    """Return what a person's decision (a Decision or its columns) adds to the counts, on the day it was made."""
    hinted = row.suggested is not None
    counts = {
        "decided": 1,
        "checked": int(hinted),
        "changed": int(hinted and row.suggested is not row.category),
        "corrected": int(row.previous is not None and row.previous is not row.category),
    }
    return Delta(_local(_quarter(row.at), zone)[0], account_id, row.category or "", counts)


def closed(row: Any, zone: ZoneInfo = LOCAL) -> Delta:
    """Return what the closing of a conversation (a Closure or its columns) adds to the counts, on its day.

    One that came back within seven days is counted as reopened (S2.13); what came later is a new matter.
    """
    back = row.reopened_at is not None and row.reopened_at - row.closed_at <= REOPENED_WITHIN
    took = int((row.closed_at - row.opened_at).total_seconds())
    counts = {"closed": 1, "closed_seconds": took, "reopened": int(back)}
    return Delta(_local(_quarter(row.closed_at), zone)[0], row.account_id, row.category or "", counts)


def apply(turn: Turn, deltas: Iterable[Delta]) -> None:
    """Add deltas to the counts: one upsert per table, in key order so that two writers never block."""
    found = Counts()
    _gather(found, deltas)
    found.write(turn)
    firm_days.forget(turn, found.days())


def recount(turn: Turn, since: str = "") -> tuple[Difference, ...]:
    """Count again from messages, clock events, decisions and closings, set the stored counts right, and return what
    was wrong.

    `since` (ISO date) leaves earlier days alone: rows that retention has erased cannot be counted again.
    """
    turn.session.flush()
    zone = ZoneInfo(settings.zone(turn))
    counted = Counts()
    _gather_messages(counted, turn.session, since, zone)
    _gather(
        counted,
        chain(
            _from_ends(turn.session, since, zone),
            _from_decisions(turn.session, since, zone),
            _from_closures(turn.session, since, zone),
        ),
    )
    firm_days.forget_since(turn, since)
    return tuple(counted.put_right(turn, since))


def _gather(found: Counts, deltas: Iterable[Delta]) -> None:
    for day, account_id, category, counts, bucket_, hour in deltas:
        found.add((day, account_id, category), counts)
        if bucket_ is not None:
            found.spread[day, account_id, sheets.REACTION][histogram.place(category, bucket_)] += counts["stops"]
        if hour is not None:
            spread = found.spread[day, account_id, sheets.HOUR]
            spread[histogram.place(category, hour)] += counts["received"]
            if "copied" in counts:
                spread[histogram.place(category, hour, copied=True)] += counts["copied"]


def _gather_messages(found: Counts, session: Session, since: str, zone: ZoneInfo) -> None:
    """Count messages by local day and hour; millions of groups pass here: they are added up without a delta each."""
    pile, spread, out = found.piles[sheets.TALLY], found.spread, _OUT.value
    first = {name: histogram.place(name, 0) for name in histogram.CLASSES}
    again = histogram.place("", 0, copied=True) - histogram.place("", 0)
    for account_id, direction, category, copied, quarter, count in _by_hour(session, since, zone):
        day, hour = _local(quarter, zone)
        if direction == out:
            row = pile[day, account_id, ""]
            row[_SENT] += count
            row[_COPIED_SENT] += count if copied else 0
            continue
        name = category or ""
        row, hours, place = pile[day, account_id, name], spread[day, account_id, sheets.HOUR], first[name] + hour
        row[_RECEIVED] += count
        row[_FINAL] += count if name else 0
        hours[place] += count
        if copied:
            row[_COPIED] += count
            row[_COPIED_FINAL] += count if name else 0
            hours[place + again] += count


def _by_hour(session: Session, since: str, zone: ZoneInfo) -> Iterator[tuple[int, str, str | None, bool, int, int]]:
    """Yield account, direction, class, whether copied, a quarter of an hour since 1970, and how many messages.

    The database counts by hour, by quarter where a zone needs it. The words of enumerations stay plain text.
    """
    quarters = 4 if is_whole_hours(zone) else 1
    step: ColumnElement[int] = literal_column(str(_QUARTER * quarters))
    number = type_coerce(Message.received_at, BigInteger).op("/")(step).label("number")
    plain = [type_coerce(column, String) for column in (Message.direction, Message.category)]
    columns = (Message.account_id, *plain, Message.copied, number)
    there = or_(Message.removed_at.is_(None), Message.category.is_not(None), Message.direction == _OUT)
    counted: Select[*tuple[Any, ...]] = (
        select(*columns, func.count()).where(there, *_since(Message.received_at, since, zone)).group_by(*columns)
    )
    for part in session.connection().execute(counted).partitions(10_000):
        for account_id, direction, category, copied, place, count in part:
            yield account_id, direction, category, copied, place * quarters, count


def _from_ends(session: Session, since: str, zone: ZoneInfo) -> Iterator[Delta]:
    columns = (
        ClockEvent.kind,
        ClockEvent.at,
        ClockEvent.account_id,
        ClockEvent.category,
        ClockEvent.open_s,
        ClockEvent.wall_s,
        ClockEvent.in_goal,
    )
    answers = or_(ClockEvent.clock.is_(None), ClockEvent.clock != WindowKind.ERLEDIGUNG)
    kinds = (_STOPP, _ENDE)
    ends = select(*columns).where(ClockEvent.kind.in_(kinds), answers, *_since(ClockEvent.at, since, zone))
    rows = session.execute(ends.execution_options(yield_per=5_000))
    return filter(None, (of_event(row, zone) for row in rows))


def _since(column: InstrumentedAttribute[datetime], since: str, zone: ZoneInfo) -> tuple[ColumnElement[bool], ...]:
    return (column >= midnight(date.fromisoformat(since), zone),) if since else ()


def _from_decisions(session: Session, since: str, zone: ZoneInfo) -> Iterator[Delta]:
    columns = (Decision.at, Decision.category, Decision.suggested, Decision.previous, Message.account_id)
    made = (
        select(*columns)
        .join(Message, Message.id == Decision.message_id)
        .where(Decision.origin == Origin.PERSON, ~taken_back.condition(), *_since(Decision.at, since, zone))
    )
    for row in session.execute(made.execution_options(yield_per=5_000)):
        yield decided(row, row.account_id, zone)


def _from_closures(session: Session, since: str, zone: ZoneInfo) -> Iterator[Delta]:
    columns = (Closure.account_id, Closure.category, Closure.opened_at, Closure.closed_at, Closure.reopened_at)
    for row in session.execute(select(*columns).where(*_since(Closure.closed_at, since, zone))):
        yield closed(row, zone)
