"""A message with its present category, its recipients, and the conversation it belongs to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import Category, Channel, ConversationState, Direction, Origin, Step, WindowKind


class Conversation(Base):
    """A thread with one outside party. Deadlines come from domain/standing.py and from nowhere else.

    `waiting_since` is the receipt of the oldest unanswered inbound message that has a window; `due_at` is the end of
    its window in the target's calendar, `strict_due_at` by the clock on the wall; `clock` says whether that is the
    first or the next answer. `resolve_due_at`: until when it has to be settled, where the firm has a target for that.
    `breaks_at` is the next instant from which a window is missed that is not noted as missed yet; `snoozed_until` until
    when a person put it aside; `holding_at` when the present wait got a holding reply; `raised_at` since when a person
    wants it seen to before others. `category` is the final class of the last outside inbound message; while it is
    empty, the suggestion columns say what that message looks like.
    `assignee_id` is who was made responsible by hand, to answer until `assignee_due_at`; without one, the party or
    the mailbox says who it is (domain/duty.py). `account_id` is where its first message lay; `several`: messages of
    it lie in other mailboxes as well.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("channel", "thread"),
        Index(
            # Everything that figures ask of what waits stands in the index, so that they never read the rows.
            "ix_conversation_waiting",
            "channel",
            "due_at",
            "waiting_since",
            "account_id",
            "category",
            "state",
            "several",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "ix_conversation_unclassified",
            "last_at",
            "last_inbound_at",
            "account_id",
            "channel",
            "category",
            "state",
            "unclassified",
            "several",
            "due_at",
            "waiting_since",
            sqlite_where=text("unclassified > 0"),
            postgresql_where=text("unclassified > 0"),
        ),
        Index(
            "ix_conversation_breaks",
            "breaks_at",
            sqlite_where=text("breaks_at IS NOT NULL"),
            postgresql_where=text("breaks_at IS NOT NULL"),
        ),
        Index("ix_conversation_open", "state", "last_at"),
        Index("ix_conversation_last", "last_at"),
        Index("ix_conversation_peer", "peer"),
        Index("ix_conversation_company", "company_id", "last_at"),
        Index("ix_conversation_person", "person_id", "last_at"),
        Index(
            "ix_conversation_assignee",
            "assignee_id",
            sqlite_where=text("assignee_id IS NOT NULL"),
            postgresql_where=text("assignee_id IS NOT NULL"),
        ),
        Index(
            "ix_conversation_raised",
            "raised_at",
            sqlite_where=text("raised_at IS NOT NULL"),
            postgresql_where=text("raised_at IS NOT NULL"),
        ),
        {"info": {"about": "Absender"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel]
    thread: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    several: Mapped[bool] = mapped_column(default=False)
    peer: Mapped[str]
    peer_name: Mapped[str] = mapped_column(default="")
    peer_domain: Mapped[str] = mapped_column(default="", index=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    party_unknown: Mapped[bool] = mapped_column(default=False)
    category: Mapped[Category | None]
    suggested: Mapped[Category | None]
    confidence: Mapped[float] = mapped_column(default=0.0)
    step: Mapped[Step] = mapped_column(default=Step.KEINER)
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[ConversationState] = mapped_column(default=ConversationState.OFFEN)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
    last_inbound_at: Mapped[datetime | None] = mapped_column(Instant)
    last_outbound_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    waiting_since: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    strict_due_at: Mapped[datetime | None] = mapped_column(Instant)
    clock: Mapped[WindowKind | None]
    resolve_due_at: Mapped[datetime | None] = mapped_column(Instant)
    breaks_at: Mapped[datetime | None] = mapped_column(Instant)
    snoozed_until: Mapped[datetime | None] = mapped_column(Instant)
    holding_at: Mapped[datetime | None] = mapped_column(Instant)
    raised_at: Mapped[datetime | None] = mapped_column(Instant)
    meta_until: Mapped[datetime | None] = mapped_column(Instant)
    free_until: Mapped[datetime | None] = mapped_column(Instant)
    calendar_version: Mapped[int] = mapped_column(default=1)
    unread: Mapped[bool] = mapped_column(default=False)
    inbound: Mapped[int] = mapped_column(default=0)
    outbound: Mapped[int] = mapped_column(default=0)
    unclassified: Mapped[int] = mapped_column(default=0)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    assignee_due_at: Mapped[datetime | None] = mapped_column(Instant)
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    assigned_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)


class Message(Base):
    """One message of one account. The id is time-ordered and deterministic (store/ids), so taking in twice is a no-op.

    `category` is set only by a person or an explicit rule; the suggestion beside it is the present one and may be
    replaced when the address book learns. `system` marks bounces and automatic replies (a flag, not a class).
    `copied`: the same mail (internet_message_id, direction) was stored before, in this or another mailbox. `answers`:
    came in as a copy of what a colleague wrote to somebody outside. `holding`: a person said that it was no answer yet.
    `seen_round` is the mailbox's round that last met
    it, `missing_round` the one in which its folder said it had gone; `removed_at` when that was certain.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("account_id", "source_id"),
        Index("ix_message_conversation", "conversation_id", "received_at"),
        Index("ix_message_sender", "sender", "received_at"),
        Index("ix_message_internet", "internet_message_id"),
        Index(
            "ix_message_missing",
            "account_id",
            "missing_round",
            sqlite_where=text("missing_round IS NOT NULL"),
            postgresql_where=text("missing_round IS NOT NULL"),
        ),
        Index(
            "ix_message_unclassified_sender",
            "sender_domain",
            "sender",
            sqlite_where=text("category IS NULL AND direction = 'Eingang'"),
            postgresql_where=text("category IS NULL AND direction = 'Eingang'"),
        ),
        Index(
            # As with conversations, the figures never read the rows.
            "ix_message_unclassified",
            "received_at",
            "removed_at",
            "conversation_id",
            "account_id",
            "channel",
            sqlite_where=text("category IS NULL AND direction = 'Eingang'"),
            postgresql_where=text("category IS NULL AND direction = 'Eingang'"),
        ),
        {"info": {"about": "Absender"}},
    )

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    channel: Mapped[Channel]
    direction: Mapped[Direction]
    source_id: Mapped[str]
    internet_message_id: Mapped[str] = mapped_column(default="")
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    sender: Mapped[str] = mapped_column(default="")
    sender_name: Mapped[str] = mapped_column(default="")
    sender_domain: Mapped[str] = mapped_column(default="")
    submitter: Mapped[str] = mapped_column(default="")
    user_id: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    folder: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="")
    context_id: Mapped[str] = mapped_column(default="")
    is_read: Mapped[bool | None]
    has_attachments: Mapped[bool | None]
    important: Mapped[bool] = mapped_column(default=False)
    automated: Mapped[bool] = mapped_column(default=False)
    system: Mapped[bool] = mapped_column(default=False)
    opens_clock: Mapped[bool] = mapped_column(default=True)
    time_is_guessed: Mapped[bool] = mapped_column(default=False)
    recipients_total: Mapped[int] = mapped_column(default=0)
    flags: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    category: Mapped[Category | None]
    origin: Mapped[Origin | None]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    suggested: Mapped[Category | None]
    confidence: Mapped[float] = mapped_column(default=0.0)
    step: Mapped[Step] = mapped_column(default=Step.KEINER)
    reason: Mapped[str] = mapped_column(default="")
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    copied: Mapped[bool] = mapped_column(default=False)
    answers: Mapped[bool] = mapped_column(default=False)
    holding: Mapped[bool] = mapped_column(default=False)
    seen_round: Mapped[int] = mapped_column(default=0)
    missing_round: Mapped[int | None]


class Recipient(Base):
    """An outside recipient of a message; addresses of the own firm are only counted (`Message.recipients_total`)."""

    __tablename__ = "recipient"
    __table_args__ = ({"info": {"about": "Empfänger"}},)

    message_id: Mapped[bytes] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    address: Mapped[str] = mapped_column(index=True)
