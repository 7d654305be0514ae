"""The shapes of conversations in the API: metadata, windows with the time that is left, class, who is responsible."""

from datetime import datetime, timedelta
from math import floor

from pydantic import BaseModel

from models.message import Conversation
from models.terms import CalendarKind, Category, Channel, ConversationState, DutyBy, Step, WindowKind
from service.domain.windows import Window
from service.store import clocks, shown
from service.store.stream import Line


class FirmWindowOut(BaseModel):
    """The firm's own window while somebody waits; minutes in `calendar`, `strict_due_at` by the clock on the wall.

    `remaining_seconds` is by the clock on the wall, negative once `due_at` has passed.
    """

    limit_minutes: int
    ideal_minutes: int | None
    calendar: CalendarKind
    waiting_since: datetime
    due_at: datetime
    strict_due_at: datetime | None
    remaining_seconds: int
    breached: bool


class MetaWindowOut(BaseModel):
    """A window of WhatsApp: until when, whether it is open (the last instant is outside), and how long it still is."""

    until: datetime
    open: bool
    remaining_seconds: int

    @classmethod
    def of(cls, until: datetime | None, now: datetime) -> "MetaWindowOut | None":
        """Return the shape of a window that ends at `until`; None where there never was one."""
        if until is None:
            return None
        return cls(until=until, open=now < until, remaining_seconds=max(0, _seconds(until - now)))


class TightestOut(BaseModel):
    """The window that ends first of all that run: which one, when, and how long it still is (negative once over)."""

    window: WindowKind
    due_at: datetime
    remaining_seconds: int

    @classmethod
    def of(cls, one: Conversation, now: datetime) -> "TightestOut | None":
        """Return the shape of a conversation's tightest window; None where nothing runs."""
        running = clocks.running(one, now)
        if not running:
            return None
        return cls(
            window=running[0].clock, due_at=running[0].due_at, remaining_seconds=_seconds(running[0].due_at - now)
        )


class WindowsOut(BaseModel):
    """What runs: the firm's window, WhatsApp's for free text (24 h), and for free messages (72 h after an ad).

    `tightest` is the one that ends first of the answer's, settling and WhatsApp's for free text.
    """

    tightest: TightestOut | None

    firm: FirmWindowOut | None
    meta: MetaWindowOut | None
    free_entry: MetaWindowOut | None


class AccountOut(BaseModel):
    """The mailbox or number in which a conversation began."""

    id: int
    name: str


class ResponsibleOut(BaseModel):
    """Who has to see to what is open, and why; `id` is null when nobody is."""

    id: int | None
    name: str
    by: DutyBy


class ClassOut(BaseModel):
    """The final class, or the suggestion while there is none, with the reason for it."""

    category: Category | None
    suggested: Category | None
    confidence: float
    step: Step
    reason: str


class ConversationOut(BaseModel):
    """One conversation: metadata alone. `peer` is the address, number or user id of the other side.

    `snoozed_until`: until when somebody put it aside; null once that is over. `responsible` is null where nothing has
    to be done: who did what is over is nobody's figure.
    """

    id: int
    channel: Channel
    account: AccountOut
    peer: str
    peer_name: str
    company_id: int | None
    person_id: int | None
    state: ConversationState
    unread: bool
    opened_at: datetime
    last_at: datetime
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    snoozed_until: datetime | None
    inbound: int
    outbound: int
    unclassified: int
    classification: ClassOut
    windows: WindowsOut
    responsible: ResponsibleOut | None

    @classmethod
    def of(cls, line: Line, window: Window, now: datetime) -> "ConversationOut":
        """Return the shape of a conversation at `now`; `window` is the firm's for its channel."""
        c = line.conversation
        return cls(
            id=c.id,
            channel=c.channel,
            account=AccountOut(id=c.account_id, name=line.account),
            peer=c.peer,
            peer_name=c.peer_name,
            company_id=c.company_id,
            person_id=c.person_id,
            state=c.state,
            unread=c.unread,
            opened_at=c.opened_at,
            last_at=c.last_at,
            last_inbound_at=c.last_inbound_at,
            last_outbound_at=c.last_outbound_at,
            snoozed_until=c.snoozed_until if c.snoozed_until and c.snoozed_until > now else None,
            inbound=c.inbound,
            outbound=c.outbound,
            unclassified=c.unclassified,
            classification=ClassOut(
                category=c.category,
                suggested=c.suggested,
                confidence=round(c.confidence, 4),
                step=c.step,
                reason=c.reason,
            ),
            windows=WindowsOut(
                tightest=TightestOut.of(c, now),
                firm=_firm(c, window, now),
                meta=MetaWindowOut.of(c.meta_until, now),
                free_entry=MetaWindowOut.of(c.free_until, now),
            ),
            responsible=_responsible(line, now),
        )


class ConversationsOut(BaseModel):
    """A page of conversations at one moment (UTC); `next` is the mark for `nach`, null on the last page."""

    as_of: datetime
    conversations: list[ConversationOut]
    next: str | None


def _responsible(line: Line, now: datetime) -> ResponsibleOut | None:
    if not shown.is_work(line.conversation, now):
        return None
    return ResponsibleOut(id=line.duty.member_id, name=line.responsible, by=line.duty.by)


def _firm(c: Conversation, window: Window, now: datetime) -> FirmWindowOut | None:
    if c.due_at is None or c.waiting_since is None:
        return None
    return FirmWindowOut(
        limit_minutes=_seconds(window.limit) // 60,
        ideal_minutes=None if window.ideal is None else _seconds(window.ideal) // 60,
        calendar=window.kind,
        waiting_since=c.waiting_since,
        due_at=c.due_at,
        strict_due_at=c.strict_due_at,
        remaining_seconds=_seconds(c.due_at - now),
        breached=c.due_at < now,
    )


def _seconds(span: timedelta) -> int:
    return floor(span.total_seconds())
