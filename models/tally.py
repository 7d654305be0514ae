"""Counts per local day, account and class, kept in the transaction that changes them; figures read these rows."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


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


class ReactionBucket(Base):
    """Histogram of reaction times in the target's calendar, by the day of the answer.

    `bucket` 0..2880 are whole minutes up to 48 h, 2880 + n are n whole hours beyond 48 h; both rounded up
    (domain/kpi.bucket), so that "at most 15 minutes" is exactly bucket <= 15.
    """

    __tablename__ = "reaction_bucket"
    __table_args__ = ({"info": {"about": "niemand"}},)

    day: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True)
    stops: Mapped[int] = mapped_column(default=0)


class HourTally(Base):
    """Inbound messages per account, local day and local hour: "Wann kommt Post?"; `copied` as in Tally."""

    __tablename__ = "hour_tally"
    __table_args__ = ({"info": {"about": "niemand"}},)

    day: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True)
    received: Mapped[int] = mapped_column(default=0)
    copied: Mapped[int] = mapped_column(default=0)
