"""What we send over WhatsApp: templates and their state at Meta, each sending without its words, and who wants none."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import OptOutSource, SendKind, SendState, TemplateState


class Template(Base):
    """A message template of the firm. `wording` is the firm's own text and names nobody; "" while it lies at Meta only.

    `variables` holds for each place in order its label, kind and sample. `holding`: a holding reply, which stops no
    clock; `answers`: the firm says that it counts as an answer. `meta_id` is its id at Meta, "" before it is submitted.
    """

    __tablename__ = "template"
    __table_args__ = (UniqueConstraint("name", "language"), {"info": {"about": "Firma"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    language: Mapped[str]
    title: Mapped[str]
    purpose: Mapped[str] = mapped_column(default="")
    wording: Mapped[str] = mapped_column(default="")
    variables: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    category: Mapped[str]
    state: Mapped[TemplateState]
    meta_id: Mapped[str] = mapped_column(default="", index=True)
    quality: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    holding: Mapped[bool] = mapped_column(default=False)
    answers: Mapped[bool] = mapped_column(default=False)
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    synced_at: Mapped[datetime | None] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    version: Mapped[int] = mapped_column(default=1)


class Sending(Base):
    """One message on its way to one person: who, when, how it went. What it says is nowhere here.

    `key` goes to Meta and comes back with every status (biz_opaque_callback_data), so that a lost answer is found
    again. `source_id` is Meta's id once it is known. While `state` is SENDET nobody else can send there.
    """

    __tablename__ = "sending"
    __table_args__ = (
        Index(
            "ix_sending_under_way",
            "conversation_id",
            unique=True,
            sqlite_where=text("state = 'wird gesendet'"),
            postgresql_where=text("state = 'wird gesendet'"),
        ),
        Index("ix_sending_conversation", "conversation_id", "created_at"),
        Index("ix_sending_source", "account_id", "source_id"),
        {"info": {"about": "Empfänger"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[SendKind]
    template_id: Mapped[int | None] = mapped_column(ForeignKey("template.id"))
    state: Mapped[SendState]
    tries: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    tried_at: Mapped[datetime] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    retry_at: Mapped[datetime | None] = mapped_column(Instant)
    error_number: Mapped[int | None]
    source_id: Mapped[str] = mapped_column(default="")
    message_id: Mapped[bytes | None] = mapped_column(LargeBinary(16), ForeignKey("message.id", ondelete="SET NULL"))


class OptOut(Base):
    """That somebody wants no (more) messages from us, or wants them again; the latest by `at` counts."""

    __tablename__ = "opt_out"
    __table_args__ = (UniqueConstraint("chat_person_id", "at", "wanted"), {"info": {"about": "Absender"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_person_id: Mapped[int] = mapped_column(ForeignKey("chat_person.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(Instant)
    wanted: Mapped[bool]
    source: Mapped[OptOutSource]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
