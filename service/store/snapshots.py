"""How local days ended: windows that ran then, derived from clock events once the day is over, kept for trends."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from models.account import Account
from models.clock_event import ClockEvent
from models.message import Conversation
from models.tally import StandingDay
from models.terms import Category, ClockKind
from service.domain import kpi
from service.domain.days import local_day, midnight
from service.store import bulk, settings
from service.store.behind import OPEN, WAITING
from service.turn import Turn

# What ends a window: an answer, or a person who says that none is needed.
_ENDS = (ClockKind.STOPP, ClockKind.ENDE_OHNE_ANTWORT)
Key = tuple[str, int, str]


def fill(turn: Turn, days: int = 62) -> int:
    """Write down the ends of those of the last `days` local days that are over and not yet written; returns how many.

    To be called every day; after an outage it writes what was missed.
    """
    today = local_day(turn.now, ZoneInfo(settings.zone(turn)))
    wanted = tuple(today - timedelta(days=back) for back in range(days, 0, -1))
    done = set(turn.session.scalars(select(StandingDay.day).where(StandingDay.day >= wanted[0].isoformat()).distinct()))
    missing = tuple(day for day in wanted if day.isoformat() not in done)
    if missing:
        write(turn, missing[0], missing[-1])
    return len(missing)


def write(turn: Turn, since: date, until: date) -> None:
    """Write the ends of the local days from `since` to `until` again, from clock events and what waits now."""
    zone = ZoneInfo(settings.zone(turn))
    days = tuple(since + timedelta(days=n) for n in range((until - since).days + 1))
    ends = [midnight(day + timedelta(days=1), zone) for day in days]
    # An empty row per account says that its day is written, also when nobody waited.
    accounts = turn.session.scalars(select(Account.id)).all()
    counted: dict[Key, list[int]] = {(day.isoformat(), number, ""): [0, 0] for day in days for number in accounts}
    for account_id, category, started_at, ended_at in _windows(turn, ends[0]):
        name = category.value if category else ""
        last = len(ends) if ended_at is None else bisect_left(ends, ended_at)
        for place in range(bisect_left(ends, started_at), last):
            row = counted.setdefault((days[place].isoformat(), account_id, name), [0, 0])
            row[0] += 1
            row[1] += ends[place] - started_at > kpi.OLD_AFTER
    turn.session.execute(
        delete(StandingDay).where(StandingDay.day.between(since.isoformat(), until.isoformat())),
        execution_options={"synchronize_session": False},
    )
    names = ("day", "account_id", "category", "waiting", "old")
    bulk.add(turn, StandingDay, [dict(zip(names, (*key, *values), strict=True)) for key, values in counted.items()])


def _windows(turn: Turn, after: datetime) -> Iterator[tuple[int, Category | None, datetime, datetime | None]]:
    """Yield every window that still ran at `after` or began later: account, class, start, end (None = runs now)."""
    ended = select(ClockEvent.account_id, ClockEvent.category, ClockEvent.started_at, ClockEvent.at).where(
        ClockEvent.kind.in_(_ENDS), ClockEvent.at > after, ClockEvent.started_at.is_not(None)
    )
    for account_id, category, since, until in turn.session.execute(ended.execution_options(yield_per=5_000)):
        if since is not None:
            yield account_id, category, since, until
    running = select(Conversation.account_id, Conversation.category, Conversation.waiting_since).where(OPEN, WAITING)
    for account_id, category, since in turn.session.execute(running.execution_options(yield_per=5_000)):
        if since is not None:
            yield account_id, category, since, None
