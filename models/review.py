"""Reviews: the steps that were ticked, the sample with its verdicts, and months that are closed for good."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import Category, Origin, PartyVerdict, ReviewKind


class Review(Base):
    """One review: a morning of one member, a week or a month of the firm.

    `period` is an ISO date, week ("2026-W47") or month ("2026-10"); `dedup` makes it unique. `member_id` is whose
    morning it is, and empty for what the firm does together. `seed` is drawn when a month's review starts: the same
    seed draws the same sample. A closed review does not change; triggers of the database hold that, too.
    """

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_kind", "kind", "period"), {"info": {"about": "Mitglied"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ReviewKind]
    period: Mapped[str]
    dedup: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    started_at: Mapped[datetime] = mapped_column(Instant)
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    seed: Mapped[str] = mapped_column(default="")
    population: Mapped[int] = mapped_column(default=0)
    sample: Mapped[bool] = mapped_column(default=False)


class ReviewStep(Base):
    """A step of a review that somebody ticked."""

    __tablename__ = "review_step"
    __table_args__ = ({"info": {"about": "Mitglied"}},)

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class Sample(Base):
    """One drawn message of a month and what somebody found: was the class right, was the party right?

    `category` and `origin` are what they were when the sample was drawn. A message that is erased leaves its verdict.
    """

    __tablename__ = "review_sample"
    __table_args__ = (UniqueConstraint("review_id", "message_id"), {"info": {"about": "Absender"}})

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[bytes | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"), index=True)
    category: Mapped[Category]
    origin: Mapped[Origin | None]
    class_right: Mapped[bool | None]
    party_right: Mapped[PartyVerdict | None]
    judged_at: Mapped[datetime | None] = mapped_column(Instant)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class MonthClose(Base):
    """A month ("2026-10") whose figures stay as they were reported; `figures` says how many rows belong to it.

    `sample`: it was the month of the invented firm, and goes with it. Every other row can never change or go.
    """

    __tablename__ = "month_close"
    __table_args__ = ({"info": {"about": "Firma"}},)

    month: Mapped[str] = mapped_column(primary_key=True)
    review_id: Mapped[int | None] = mapped_column(ForeignKey("review.id"), index=True)
    closed_at: Mapped[datetime] = mapped_column(Instant)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    calendar_version: Mapped[int] = mapped_column(default=1)
    figures: Mapped[int] = mapped_column(default=0)
    sample: Mapped[bool] = mapped_column(default=False)


class MonthFigure(Base):
    """One reported figure of a closed month, copied when it was closed: counts and times, never about a person."""

    __tablename__ = "month_figure"
    __table_args__ = ({"info": {"about": "niemand"}},)

    month: Mapped[str] = mapped_column(primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    label: Mapped[str] = mapped_column(default="")
    value: Mapped[float | None]
    unit: Mapped[str] = mapped_column(default="")
    target: Mapped[float | None]
    state: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class TeamNote(Base):
    """What who leads told everybody after a review, in words; `rulebook` is the version of the rule book then."""

    __tablename__ = "team_note"
    __table_args__ = ({"info": {"about": "Mitglied"}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    words: Mapped[str]
    rulebook: Mapped[int] = mapped_column(default=0)


class TeamNoteReceipt(Base):
    """To whom a note went, and when that member said to have read it; empty before."""

    __tablename__ = "team_note_receipt"
    __table_args__ = ({"info": {"about": "Mitglied"}},)

    note_id: Mapped[int] = mapped_column(ForeignKey("team_note.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True, index=True)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
