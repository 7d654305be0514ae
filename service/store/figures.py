"""The figures that dashboard, API and exports show: six tiles, next deadlines, rows per mailbox, and the charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select

from models.account import Account
from models.message import Conversation
from models.terms import Category, Channel
from service.domain import kpi
from service.domain.kpi import Kpi, Point, Reading, Rows, State
from service.store import behind, reach, settings, sums
from service.store.behind import OPEN, QUOTE_DAYS, WAITING, count, rows
from service.store.charts import (
    ClassCount,
    ReactionDay,
    Spread,
    class_days,
    class_weeks,
    hours_heat,
    reaction_days,
    whatsapp_spread,
)
from service.store.mailboxes import MailboxRow, mailbox_rows
from service.store.scope import WHOLE_FIRM, Frame, Scope, frame, withheld
from service.store.sums import Sum
from service.turn import Turn

__all__ = [
    "WHOLE_FIRM",
    "ClassCount",
    "Deadline",
    "MailboxRow",
    "ReactionDay",
    "Scope",
    "Spread",
    "class_days",
    "class_weeks",
    "count",
    "hours_heat",
    "mailbox_rows",
    "next_deadlines",
    "reaction_days",
    "rows",
    "tiles",
    "whatsapp_spread",
    "withheld",
]

TREND_WEEKS = 8


@dataclass(frozen=True, slots=True)
class Deadline:
    """A conversation that waits: until when by the target's calendar, by the clock, at Meta, and for free there."""

    conversation_id: int
    channel: Channel
    peer: str
    peer_name: str
    account: str
    category: Category | None
    suggested: Category | None
    waiting_since: datetime
    due_at: datetime
    strict_due_at: datetime
    meta_until: datetime | None
    free_until: datetime | None
    breached: bool


def tiles(turn: Turn, scope: Scope = WHOLE_FIRM) -> tuple[Reading, ...]:
    """Return the six key figures in the order of the catalogue, each with state, trend, formula and its rows."""
    at = frame(turn, scope)
    trend = _Trend(at)
    return (
        _whatsapp_unanswered(at, trend),
        _quote(at, trend),
        _unclassified(at, trend),
        _old_open(at, trend),
        _unhandled(at, trend),
        _reaction(at, trend),
    )


class _Trend:
    """The last eight blocks of seven local days, the last one ending today; empty where figures are withheld."""

    def __init__(self, at: Frame) -> None:
        self.days = at.days(7 * TREND_WEEKS)
        self.sums = {} if at.withheld else sums.by_day(at, self.days)
        self.moments = tuple(at.turn.now - timedelta(weeks=back) for back in range(TREND_WEEKS - 1, -1, -1))
        self._is_shown = not at.withheld

    def weekly(self, channels: Sequence[Channel] = tuple(Channel)) -> tuple[Sum, ...]:
        """Return one sum per block."""
        blocks = range(0, len(self.days), 7) if self._is_shown else ()
        return tuple(sums.total(self.sums, self.days[first : first + 7], channels) for first in blocks)

    def points(self, values: Sequence[float | None]) -> tuple[Point, ...]:
        """Return values as points, each at the first day of its block."""
        starts = self.days[::7] if self._is_shown else ()
        return tuple(Point(day.isoformat(), value) for day, value in zip(starts, values, strict=False))


def _tile(at: Frame, figure: Kpi, value: float | None, facts: Mapping[str, float | None]) -> Reading:
    scope = at.scope
    return replace(
        kpi.read(figure, value, at.targets[figure.key]),
        facts=facts,
        rows=Rows(figure.key, scope.channel, scope.account_ids),
        rows_count=behind.number(at, figure.key),
    )


def _counted(at: Frame, figure: Kpi, facts: Mapping[str, float | None]) -> Reading:
    """Return a tile whose value is the number of its rows."""
    blank = _tile(at, figure, None, facts)
    read = kpi.read(figure, blank.rows_count, blank.target)
    return replace(blank, value=read.value, state=read.state, met=read.met)


def _whatsapp_unanswered(at: Frame, trend: _Trend) -> Reading:
    figure = kpi.WHATSAPP_UNANSWERED
    late = [one.stops - one.in_goal for one in trend.weekly([Channel.WHATSAPP])]
    return replace(
        _counted(at, figure, _queue(at, Channel.WHATSAPP)),
        trend=trend.points(late),
        trend_text="Antworten nach Ablauf der Frist je sieben Tage",
    )


def _queue(at: Frame, channel: Channel) -> dict[str, float | None]:
    """Return what waits on a channel: `waiting` conversations, `oldest_minutes` by the wall clock, `breached`."""
    waiting, oldest = at.turn.session.execute(
        select(func.count(), func.min(Conversation.waiting_since)).where(*behind.waiting(at, channel))
    ).one()
    late = at.turn.session.scalar(select(func.count()).select_from(Conversation).where(*behind.breached(at, channel)))
    return {"waiting": waiting, "oldest_minutes": _age(at, oldest), "breached": late}


def _age(at: Frame, since: datetime | None) -> int | None:
    """Return whole minutes by the clock on the wall, so that an unchanged picture stays the same for a minute."""
    return None if since is None else (at.turn.now - since) // timedelta(minutes=1)


def _quote(at: Frame, trend: _Trend) -> Reading:
    if at.withheld:
        return replace(_tile(at, kpi.QUOTE, None, {}), withheld=at.withheld)
    week = sums.total(trend.sums, trend.days[-QUOTE_DAYS:])
    facts = {"messages": week.received, "final": week.final, "missing": week.received - week.final}
    return replace(
        _tile(at, kpi.QUOTE, week.quote, facts),
        trend=trend.points([one.quote for one in trend.weekly()]),
        trend_text="Quote je sieben Tage",
    )


def _unclassified(at: Frame, trend: _Trend) -> Reading:
    figure = kpi.UNCLASSIFIED
    messages = at.turn.session.scalar(
        select(func.sum(Conversation.unclassified)).where(*behind.conditions(at, figure.key))
    )
    return replace(
        _counted(at, figure, {"messages": int(messages or 0)}),
        trend=trend.points([one.received - one.final for one in trend.weekly()]),
        trend_text="Eingang je sieben Tage, der heute noch ohne Klasse ist",
    )


def _old_open(at: Frame, trend: _Trend) -> Reading:
    figure = kpi.OLD_OPEN
    oldest = at.turn.session.scalar(
        select(func.min(Conversation.waiting_since)).where(*behind.conditions(at, figure.key))
    )
    return replace(
        _counted(at, figure, {"oldest_minutes": _age(at, oldest)}),
        trend=trend.points(sums.waiting_at(at, trend.moments, longer_than=kpi.OLD_AFTER)),
        trend_text="Über sieben Tage ohne Antwort, im Abstand von sieben Tagen",
    )


def _unhandled(at: Frame, trend: _Trend) -> Reading:
    figure = kpi.UNHANDLED
    return replace(
        _counted(at, figure, _queue(at, Channel.EMAIL)),
        trend=trend.points(sums.waiting_at(at, trend.moments, Channel.EMAIL)),
        trend_text="Ohne Antwort, im Abstand von sieben Tagen",
    )


def _reaction(at: Frame, trend: _Trend) -> Reading:
    """Return the reaction tile: large the headline channel, beside it both; missed when one of both is missed."""
    limits = {channel: target.limit_minutes for channel, target in settings.targets(at.turn).items()}
    shown = (at.scope.channel,) if at.scope.channel else tuple(Channel)
    large = behind.headline(at.scope)
    if at.withheld:
        queues = {f"{_SHORT[c]}_{name}": value for c in shown for name, value in _queue(at, c).items()}
        blank = replace(_tile(at, kpi.REACTION, None, queues), target=limits[large])
        return replace(blank, withheld=at.withheld)
    days = at.days(at.scope.days)
    counted = sums.by_day(at, days)
    facts: dict[str, float | None] = {}
    readings: list[Reading] = []
    for channel in shown:
        one = sums.total(counted, days, [channel])
        facts |= {f"{_SHORT[channel]}_{name}": value for name, value in _speed(at, channel, one).items()}
        readings.append(kpi.read(kpi.REACTION, one.mean, limits[channel]))
    missed = any(reading.met is False for reading in readings)
    tile = replace(
        _tile(at, kpi.REACTION, facts[f"{_SHORT[large]}_mean"], facts),
        target=limits[large],
        trend=trend.points([one.mean for one in trend.weekly([large])]),
        trend_text="Mittel je sieben Tage",
    )
    read = kpi.read(kpi.REACTION, tile.value, limits[large])
    if missed:
        return replace(tile, state=State.VERFEHLT, met=False)
    return replace(tile, state=read.state, met=read.met)


_SHORT = {Channel.EMAIL: "mail", Channel.WHATSAPP: "chat"}


def _speed(at: Frame, channel: Channel, one: Sum) -> dict[str, float | None]:
    """Return answers, mean, median, p90, share in goal, limit, and what still waits; p90_open counts it in (D14)."""
    histogram = sums.merged(sums.histograms(at, at.days(at.scope.days), channel).values())
    calendar = at.windows[channel].calendar
    waiting = at.turn.session.scalars(select(Conversation.waiting_since).where(*behind.waiting(at, channel)))
    ages = (kpi.bucket(int(calendar.elapsed(since, at.turn.now).total_seconds())) for since in waiting if since)
    with_open = sums.merged([histogram, *({age: 1} for age in ages)])
    return {
        "answers": one.stops,
        "mean": one.mean,
        "median": kpi.percentile(histogram, 50),
        "p90": kpi.percentile(histogram, 90),
        "p90_open": kpi.percentile(with_open, 90),
        "share": one.kept,
        "limit": at.windows[channel].limit / timedelta(minutes=1),
        **_queue(at, channel),
    }


def next_deadlines(turn: Turn, scope: Scope = WHOLE_FIRM, limit: int = 8) -> tuple[Deadline, ...]:
    """Return the open conversations in reach whose windows end first, breached ones before all others."""
    at = frame(turn, scope)
    edges = {channel: at.edge(channel) for channel in Channel}
    found = turn.session.execute(
        select(Conversation, Account.name)
        .join(Account, Account.id == Conversation.account_id)
        .where(OPEN, WAITING, *at.conversations(), *reach.mine(turn))
        .order_by(Conversation.due_at, Conversation.id)
        .limit(limit)
    )
    return tuple(_deadline(one, name, edges) for one, name in found)


def _deadline(one: Conversation, account: str, edges: Mapping[Channel, datetime]) -> Deadline:
    due_at = one.due_at or one.opened_at
    return Deadline(
        conversation_id=one.id,
        channel=one.channel,
        peer=one.peer,
        peer_name=one.peer_name,
        account=account,
        category=one.category,
        suggested=one.suggested,
        waiting_since=one.waiting_since or one.opened_at,
        due_at=due_at,
        strict_due_at=one.strict_due_at or due_at,
        meta_until=one.meta_until,
        free_until=one.free_until,
        breached=due_at < edges[one.channel],
    )
