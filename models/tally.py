"""Counts per local day, account and class, kept in the transaction that changes them; figures read these rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import Category, Channel


class Tally(Base):
    """What one account had on one local day (ISO date) in one class ("" = not classified).

    `received` inbound messages, `final` of them with a class that a person or an explicit rule set, `sent` outbound;
    `stops` answered windows by the day of the answer, with the sums of their seconds and how many kept the goal.
    `copied`, `copied_final` and `copied_sent` are those of them that another row had already counted: the same mail
    in several own mailboxes counts under each, but once for the firm.
    """

    __tablename__ = "tally"
    __table_args__ = ({"info": {"about": "niemand"}},)

    day: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    received: Mapped[int] = mapped_column(default=0)
    final: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    stops: Mapped[int] = mapped_column(default=0)
    open_seconds: Mapped[int] = mapped_column(default=0)
    wall_seconds: Mapped[int] = mapped_column(default=0)
    in_goal: Mapped[int] = mapped_column(default=0)
    copied: Mapped[int] = mapped_column(default=0)
    copied_final: Mapped[int] = mapped_column(default=0)
    copied_sent: Mapped[int] = mapped_column(default=0)


class WorkTally(Base):
    """What people did on one local day with the messages of one account; `category` is the class they gave.

    `decided` decisions of people that stand, `checked` of those with a suggestion before their eyes, `changed` of
    those against it, `corrected` that replaced an earlier final class. `closed` conversations by the day of closing
    with the sum of their seconds since they were opened, `reopened` of those that came back within seven days, and
    `unanswered` windows that closing ended without an answer (D6).
    """

    __tablename__ = "work_tally"
    __table_args__ = ({"info": {"about": "niemand"}},)

    day: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    decided: Mapped[int] = mapped_column(default=0)
    checked: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    corrected: Mapped[int] = mapped_column(default=0)
    closed: Mapped[int] = mapped_column(default=0)
    closed_seconds: Mapped[int] = mapped_column(default=0)
    reopened: Mapped[int] = mapped_column(default=0)
    unanswered: Mapped[int] = mapped_column(default=0)


class Histogram(Base):
    """How many of something fell into which bucket, on one local day under one account, for all classes together.

    `kind` "reaction": answered windows by reaction time in the target's calendar, on the day of the answer, bucket as
    in domain/kpi. `kind` "hour": inbound messages by local hour. `counts` is packed by domain/histogram.
    """

    __tablename__ = "histogram"
    __table_args__ = ({"info": {"about": "niemand"}},)

    day: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    counts: Mapped[bytes] = mapped_column(LargeBinary)


class FirmDay(Base):
    """The counts of the whole firm on one local day that is over, by channel, made from the rows of its accounts.

    `counts` has the sums of models Tally and WorkTally by class, `reaction` and `hour` are packed histograms, all
    without what several accounts had counted twice; `counts` also has some sums of each account, with it. A day whose
    counts change loses its row until somebody makes it again; a missing row only means that the day is read from its
    accounts.
    """

    __tablename__ = "firm_day"
    __table_args__ = ({"info": {"about": "niemand"}},)

    day: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(primary_key=True)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    reaction: Mapped[bytes] = mapped_column(LargeBinary)
    hour: Mapped[bytes] = mapped_column(LargeBinary)


class StandingDay(Base):
    """How one account stood at the end of one local day: windows that ran, and those that had run over seven days.

    Written once the day is over, from clock events; it can be written again from them at any time.
    """

    __tablename__ = "standing_day"
    __table_args__ = ({"info": {"about": "niemand"}},)

    day: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    waiting: Mapped[int] = mapped_column(default=0)
    old: Mapped[int] = mapped_column(default=0)


class Closure(Base):
    """One closing of a conversation by a person; `opened_at` is its first message, or when it was opened again before.

    `reopened_at` is set when it came back: by a new message, or opened by a person.
    """

    __tablename__ = "closure"
    __table_args__ = (
        Index("ix_closure_closed", "closed_at"),
        Index("ix_closure_conversation", "conversation_id", "closed_at"),
        {"info": {"about": "Absender"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    channel: Mapped[Channel]
    category: Mapped[Category | None]
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime] = mapped_column(Instant)
    reopened_at: Mapped[datetime | None] = mapped_column(Instant)
