"""What the classifier learns and how it is watched: rules of people, fitted models, blind questions, daily figures."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import Category, Channel, KeyScope, ModelState, Step


class Rule(Base):
    """A rule that a person wrote: a sender (address, number or domain) under conditions is a class.

    `listed`: only with a list header (true) or without one (false); empty: either. `channel` and `account_id` narrow
    it to one way or one mailbox. Among rules of the same scope the one with the lowest `position` answers.
    """

    __tablename__ = "rule"
    __table_args__ = ({"info": {"about": "Absender"}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    scope: Mapped[KeyScope]
    value: Mapped[str]
    listed: Mapped[bool | None]
    channel: Mapped[Channel | None]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    category: Mapped[Category]
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    hits: Mapped[int] = mapped_column(default=0)
    last_hit_at: Mapped[datetime | None] = mapped_column(Instant)


class ModelVersion(Base):
    """A model that was fitted on the firm's confirmations, and what the gate said of it.

    `packed` is the model file; of the last three that passed the gate it is kept, of others it is empty. `verdict`
    holds the figures before and after in the form of classifier.gate. `seen` is how many confirmations there were.
    """

    __tablename__ = "model_version"
    __table_args__ = ({"info": {"about": "Firma"}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)
    state: Mapped[ModelState]
    sha256: Mapped[str]
    packed: Mapped[bytes | None] = mapped_column(LargeBinary)
    examples: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(default=0)
    verdict: Mapped[dict[str, Any]] = mapped_column(JSON)
    activated_at: Mapped[datetime | None] = mapped_column(Instant)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class Recheck(Base):
    """A blind question: an automatic answer that a person gives again without seeing it."""

    __tablename__ = "recheck"
    __table_args__ = (
        UniqueConstraint("message_id"),
        Index("ix_recheck_open", "answered_at", "conversation_id"),
        {"info": {"about": "Absender"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[bytes] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    category: Mapped[Category]
    step: Mapped[Step]
    answer: Mapped[Category | None]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class Observation(Base):
    """One figure about the classifier on one local day, as the daily look found it."""

    __tablename__ = "observation"
    __table_args__ = ({"info": {"about": "niemand"}},)

    day: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
