"""Decisions are added, never changed: who made which message what, when, from what, shown which suggestion."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import Category, Origin, Step


class Confirmation(Base):
    """One act of a person (a key press, a bulk of 500): the unit of undo. `keys_before` restores the book exactly."""

    __tablename__ = "confirmation"
    __table_args__ = ({"info": {"about": "Mitglied"}},)

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    category: Mapped[Category]
    conversations: Mapped[int] = mapped_column(default=1)
    messages: Mapped[int] = mapped_column(default=0)
    keys_before: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    conversations_before: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


class Decision(Base):
    """A final category of one message, or its withdrawal (`category` empty, origin Rücknahme)."""

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_message", "message_id", "at"),
        Index("ix_decision_at", "at"),
        {"info": {"about": "Absender"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[bytes] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    confirmation_id: Mapped[str | None] = mapped_column(ForeignKey("confirmation.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    origin: Mapped[Origin]
    previous: Mapped[Category | None]
    category: Mapped[Category | None]
    suggested: Mapped[Category | None]
    confidence: Mapped[float] = mapped_column(default=0.0)
    step: Mapped[Step] = mapped_column(default=Step.KEINER)
    reason: Mapped[str] = mapped_column(default="")
