"""Which part of the firm a figure covers, over which days, and whether averages may be shown for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from models.account import Account
from models.duty import TeamAccount
from models.message import Conversation
from models.terms import Category, Channel
from service.domain.days import local_day, midnight
from service.domain.windows import Window
from service.store import groups, places, settings
from service.store.engine import READING
from service.store.places import unindexed
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Scope:
    """Accounts (None = the whole firm), channel (None = both), and how many local days up to `until` (None = today).

    `team` narrows to the mailboxes and numbers of that team, `category` to one final class. A `days` of 30 with no
    `until` is "the last 30 days, today included"; the period before, of the same length, is what it is compared with.
    """

    account_ids: tuple[int, ...] | None = None
    channel: Channel | None = None
    days: int = 30
    category: Category | None = None
    team: int | None = None
    until: date | None = None

    @classmethod
    def between(cls, since: date, until: date, **parts: Any) -> "Scope":
        """Return the scope of the local days `since` to `until`, both included. Raises ValueError when reversed."""
        if until < since:
            raise ValueError("reversed")
        return cls(days=(until - since).days + 1, until=until, **parts)

    def begun(self, today: date) -> "Scope":
        """Return the scope without days to come: they would otherwise stand for as many days before; at least today."""
        if self.until is None or self.until <= today:
            return self
        return replace(self, days=max(1, self.days - (self.until - today).days), until=today)


WHOLE_FIRM = Scope()
# What a frame works out once, by name.
_TODAY, _DAYS = "today", "days"
# The trend beside every figure.
TREND_WEEKS = 8


def _looked_at(scope: Scope) -> int:
    """Return over how many days figures look: the period with the time before it, or the trend."""
    return max(2 * scope.days, 7 * TREND_WEEKS)


@dataclass(frozen=True, slots=True)
class Frame:
    """What every figure of one page needs to know once. `scope` has its team resolved to accounts, `asked` has not."""

    turn: Turn
    scope: Scope
    asked: Scope
    zone: ZoneInfo
    windows: Mapping[Channel, Window]
    targets: Mapping[str, float | None]
    withheld: str
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """Return the local day it is."""
        found: date | None = self.memo.get(_TODAY)
        if found is None:
            found = self.memo[_TODAY] = local_day(self.turn.now, self.zone)
        return found

    @property
    def last(self) -> date:
        """Return the last local day of the period: never one to come."""
        return min(self.scope.until or self.today, self.today)

    @property
    def is_past(self) -> bool:
        """Return whether the period has ended before today, so that nothing of it is still open."""
        return self.last < self.today

    @property
    def once(self) -> bool:
        """Return whether a mail in several mailboxes counts once: for the whole firm, not under each mailbox."""
        return self.scope.account_ids is None

    @property
    def category(self) -> str | None:
        """Return the class as counts name it; None for all."""
        return None if self.scope.category is None else self.scope.category.value

    def days(self, count: int) -> tuple[date, ...]:
        """Return the last local days of the period, oldest first."""
        key = f"{_DAYS} {count}"
        if key not in self.memo:
            last = self.last.toordinal()
            self.memo[key] = tuple(map(date.fromordinal, range(last - count + 1, last + 1)))
        found: tuple[date, ...] = self.memo[key]
        return found

    @property
    def looked_at(self) -> tuple[date, ...]:
        """Return the local days that figures look at, oldest first: the period, the time before it, the trend."""
        return self.days(_looked_at(self.scope))

    def before(self, count: int) -> tuple[date, ...]:
        """Return as many local days before those, oldest first."""
        return tuple(day - timedelta(days=count) for day in self.days(count))

    def instant(self, day: date) -> datetime:
        """Return the instant at which a local day begins."""
        return midnight(day, self.zone)

    def since(self, count: int) -> datetime:
        """Return the instant at which the first of the last `count` local days of the period began."""
        return self.instant(self.days(count)[0])

    @property
    def tomorrow(self) -> datetime:
        """Return the instant at which the last day of the period ends."""
        return self.instant(self.last + timedelta(days=1))

    def classed(self, category: Any) -> list[ColumnElement[bool]]:
        """Return the condition of the scope's class on a column that names a class; none where all are asked for."""
        return classed(self.scope, category)

    def edge(self, channel: Channel) -> datetime:
        """Return the instant before which a window of this channel must be due to be breached now."""
        return self.windows[channel].calendar.clock_stop(self.turn.now)

    def limits(
        self, account_id: InstrumentedAttribute[int], channel: InstrumentedAttribute[Channel] | None
    ) -> list[ColumnElement[bool]]:
        """Return the conditions of the scope on a table with these columns (no channel column: by the account)."""
        return limits(self.scope, account_id, channel)

    def conversations(self) -> list[ColumnElement[bool]]:
        """Return the conditions of the scope on conversations: one that lies in several mailboxes is in each (D12)."""
        return list(conversations(self.place))

    def placed(self) -> list[ColumnElement[bool]]:
        """Return the same without the class: for what has none yet."""
        return list(placed(self.place))

    @property
    def place(self) -> Scope:
        """Return the scope without its days: statements that are built once are kept by it."""
        return replace(self.scope, days=1, until=None)

    def edges(self) -> dict[str, datetime]:
        """Return the edge of each channel by its name, as the statements of `late` ask for it."""
        return {one.name: self.edge(one) for one in Channel}


@lru_cache(maxsize=256)
def placed(place: Scope) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a place on conversations, without its class."""
    found: list[ColumnElement[bool]] = []
    if place.account_ids is not None:
        found.append(places.within(place.account_ids))
    if place.channel is not None:
        # The function keeps the planner from walking through everything that ever came on a channel.
        found.append(func.coalesce(Conversation.channel, place.channel) == place.channel)
    return tuple(found)


def conversations(place: Scope) -> tuple[ColumnElement[bool], ...]:
    """Return the same with its class."""
    return placed(place) + tuple(classed(place, Conversation.category))


def late() -> ColumnElement[bool]:
    """Return the condition that a window is breached; the statement is executed with Frame.edges."""
    return or_(
        *(and_(Conversation.channel == one, Conversation.due_at < bindparam(one.name)) for one in Channel),
    )


def classed(place: Scope, category: Any) -> list[ColumnElement[bool]]:
    """Return the condition of a scope's class on a column that names a class; none where all are asked for."""
    return [] if place.category is None else [category == place.category.value]


def limits(
    place: Scope, account_id: InstrumentedAttribute[int], channel: InstrumentedAttribute[Channel] | None
) -> list[ColumnElement[bool]]:
    """Return the conditions of a scope on a table with these columns (no channel column: by the account)."""
    found: list[ColumnElement[bool]] = []
    if place.account_ids is not None:
        found.append(unindexed(account_id).in_(place.account_ids))
    if place.channel is not None:
        found.append(of_channel(account_id, place.channel) if channel is None else channel == place.channel)
    return found


def of_channel(account_id: InstrumentedAttribute[int], channel: Channel) -> ColumnElement[bool]:
    """Return the condition that an account belongs to a channel."""
    return account_id.in_(select(Account.id).where(Account.channel == channel))


def frame(turn: Turn, scope: Scope = WHOLE_FIRM) -> Frame:
    """Return the frame of one page; where nothing can change meanwhile, the same one for the same scope."""
    if not turn.session.info.get(READING):
        return _frame(turn, scope)
    # The frame keeps its turn, so that no other actor can come to the same number.
    key = ("frame", scope, turn.now, id(turn.actor))
    if key not in turn.session.info:
        turn.session.info[key] = _frame(turn, scope)
    found: Frame = turn.session.info[key]
    return found


def why_withheld(turn: Turn, scope: Scope) -> str:
    """Return the same as `withheld`, worked out once for a page."""
    return frame(turn, scope).withheld


def _frame(turn: Turn, scope: Scope) -> Frame:
    # Figures are read past the session: what this transaction changed so far has to be in the database.
    turn.session.flush()
    zone = ZoneInfo(settings.zone(turn))
    scope = scope.begun(local_day(turn.now, zone))
    resolved = in_team(turn, scope)
    return Frame(
        turn=turn,
        scope=resolved,
        asked=scope,
        zone=zone,
        windows=settings.windows(turn),
        targets=settings.kpi_targets(turn),
        withheld=withheld(turn, resolved),
    )


def in_team(turn: Turn, scope: Scope) -> Scope:
    """Return the scope with the accounts of its team in the place of the team: those of them that were asked for."""
    if scope.team is None:
        return scope
    of_team = turn.session.scalars(select(TeamAccount.account_id).where(TeamAccount.team_id == scope.team))
    wanted = sorted(number for number in of_team if scope.account_ids is None or number in scope.account_ids)
    return replace(scope, account_ids=tuple(wanted), team=None)


def withheld(turn: Turn, scope: Scope) -> str:
    """Return why averages, medians and shares are not shown for this scope; "" when they are.

    Firm-wide figures are always shown, also of one channel. Everything else is a choice of accounts, judged with the
    days that a page about it touches: the period, the one before, and the trend (domain/protection).
    """
    chosen = in_team(turn, scope).account_ids
    if chosen is None:
        return ""
    if scope.channel is not None:
        chosen = tuple(
            turn.session.scalars(select(Account.id).where(Account.id.in_(chosen), Account.channel == scope.channel))
        )
    return groups.withheld(turn, chosen, *_touched(turn, scope))


def whole(turn: Turn, scope: Scope, numbers: frozenset[int]) -> frozenset[int]:
    """Return those of these accounts whose groups lie wholly among them on all days of a page of the scope."""
    return groups.whole(turn, numbers, *_touched(turn, scope))


def _touched(turn: Turn, scope: Scope) -> tuple[date, date]:
    today = local_day(turn.now, ZoneInfo(settings.zone(turn)))
    last = min(scope.until or today, today)
    return last - timedelta(days=_looked_at(scope) - 1), last
