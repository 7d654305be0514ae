"""Which part of the firm a figure covers, over which days, and whether averages may be shown for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from models.account import Account
from models.message import Conversation
from models.terms import Channel
from service.domain import kpi
from service.domain.days import last_days, midnight
from service.domain.windows import Window
from service.store import places, settings
from service.store.places import unindexed
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Scope:
    """Accounts (None = the whole firm), channel (None = both), and how many local days back, today included."""

    account_ids: tuple[int, ...] | None = None
    channel: Channel | None = None
    days: int = 30


WHOLE_FIRM = Scope()


@dataclass(frozen=True, slots=True)
class Frame:
    """What every figure of one page needs to know once."""

    turn: Turn
    scope: Scope
    zone: ZoneInfo
    windows: Mapping[Channel, Window]
    targets: Mapping[str, float]
    withheld: str

    def days(self, count: int) -> tuple[date, ...]:
        """Return the last local days, today included, oldest first."""
        return last_days(self.turn.now, count, self.zone)

    def since(self, count: int) -> datetime:
        """Return the instant at which the first of the last `count` local days began."""
        return midnight(self.days(count)[0], self.zone)

    @property
    def tomorrow(self) -> datetime:
        """Return the instant at which today ends."""
        return midnight(self.days(1)[0] + timedelta(days=1), self.zone)

    def edge(self, channel: Channel) -> datetime:
        """Return the instant before which a window of this channel must be due to be breached now."""
        return self.windows[channel].calendar.clock_stop(self.turn.now)

    def limits(
        self, account_id: InstrumentedAttribute[int], channel: InstrumentedAttribute[Channel] | None
    ) -> list[ColumnElement[bool]]:
        """Return the conditions of the scope on a table with these columns (no channel column: by the account)."""
        found: list[ColumnElement[bool]] = []
        if self.scope.account_ids is not None:
            found.append(unindexed(account_id).in_(self.scope.account_ids))
        if self.scope.channel is not None:
            found.append(
                of_channel(account_id, self.scope.channel) if channel is None else channel == self.scope.channel
            )
        return found

    def conversations(self) -> list[ColumnElement[bool]]:
        """Return the conditions of the scope on conversations: one that lies in several mailboxes is in each (D12)."""
        found: list[ColumnElement[bool]] = []
        if self.scope.account_ids is not None:
            found.append(places.within(self.scope.account_ids))
        if self.scope.channel is not None:
            found.append(Conversation.channel == self.scope.channel)
        return found


def of_channel(account_id: InstrumentedAttribute[int], channel: Channel) -> ColumnElement[bool]:
    """Return the condition that an account belongs to a channel."""
    return account_id.in_(select(Account.id).where(Account.channel == channel))


def frame(turn: Turn, scope: Scope = WHOLE_FIRM) -> Frame:
    """Return the frame of one page."""
    return Frame(
        turn=turn,
        scope=scope,
        zone=ZoneInfo(settings.zone(turn)),
        windows=settings.windows(turn),
        targets=settings.kpi_targets(turn),
        withheld=withheld(turn, scope),
    )


def withheld(turn: Turn, scope: Scope) -> str:
    """Return why averages, medians and shares are not shown for this scope; "" when they are.

    Firm-wide figures are always shown. Otherwise every chosen account needs enough people: a mixed choice minus a
    large account would be the figure of a small one.
    """
    if scope.account_ids is None:
        return ""
    small = exists().where(Account.id.in_(scope.account_ids), Account.people < kpi.GROUP_MINIMUM)
    return kpi.WITHHELD if turn.session.scalar(select(small)) else ""
