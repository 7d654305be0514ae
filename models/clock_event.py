"""Events of a response window: start, pause, stop, breach, reopening and more. Figures are derived from them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import CalendarKind, Category, Channel, ClockKind, WindowKind


class ClockEvent(Base):
    """One event of one conversation. On a stop, `started_at` names the start it ends, `open_s` the seconds in the
    target's calendar and `wall_s` the seconds by the clock on the wall, under `calendar` in its version
    `calendar_version`. `clock` says which window it is about. A pause and a closing are what `member_id` did; `until`
    is when that ends, or ended because somebody took it back.
    """

    __tablename__ = "clock_event"
    __table_args__ = (
        UniqueConstraint("conversation_id", "kind", "at"),
        Index("ix_clock_event_stops", "channel", "at"),
        {"info": {"about": "Absender"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    channel: Mapped[Channel]
    kind: Mapped[ClockKind]
    at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    open_s: Mapped[int | None]
    wall_s: Mapped[int | None]
    in_goal: Mapped[bool | None]
    category: Mapped[Category | None]
    clock: Mapped[WindowKind | None]
    calendar: Mapped[CalendarKind | None]
    calendar_version: Mapped[int | None]
    until: Mapped[datetime | None] = mapped_column(Instant)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
