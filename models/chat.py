"""What WhatsApp tells beside messages: delivery, calls, advertisements, who is who, where something may be missing."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant


class MessageStatus(Base):
    """When a message that we sent first had a status, for each recipient (groups have many).

    `message_id` is empty while the message itself is not known: a status may come before it, or from another program.
    """

    __tablename__ = "message_status"
    __table_args__ = (
        UniqueConstraint("account_id", "source_id", "recipient", "status"),
        Index("ix_message_status_message", "message_id"),
        Index("ix_message_status_at", "account_id", "at"),
        {"info": {"about": "Empfänger"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    source_id: Mapped[str]
    recipient: Mapped[str]
    status: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    error_code: Mapped[str] = mapped_column(default="")
    message_id: Mapped[bytes | None] = mapped_column(LargeBinary(16), ForeignKey("message.id", ondelete="CASCADE"))


class ChatEvent(Base):
    """What opens a window at Meta without being a message to answer: a call, or coming from an advertisement.

    `thread` is the key of the conversation, which may not exist yet.
    """

    __tablename__ = "chat_event"
    __table_args__ = (
        UniqueConstraint("account_id", "source_id", "kind"),
        Index("ix_chat_event_thread", "thread"),
        {"info": {"about": "Absender"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    source_id: Mapped[str]
    kind: Mapped[str]
    thread: Mapped[str]
    peer: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class ChatPerson(Base):
    """Somebody on WhatsApp, by user id (which holds within one business account) and number; either may be missing.

    `thread` is what stands for this person in the key of conversations; it stays when number or user id change.
    `same_as_id` is the person whom a member of staff said this one is: their talk is one from then on.
    """

    __tablename__ = "chat_person"
    __table_args__ = (
        UniqueConstraint("portfolio", "user_id"),
        UniqueConstraint("portfolio", "number"),
        {"info": {"about": "Absender"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    portfolio: Mapped[str]
    user_id: Mapped[str | None]
    number: Mapped[str | None]
    thread: Mapped[str]
    changed_at: Mapped[datetime | None] = mapped_column(Instant)
    same_as_id: Mapped[int | None] = mapped_column(ForeignKey("chat_person.id"))


class ChatName(Base):
    """A number or user id that somebody has or had; `left_at` is when it was given up."""

    __tablename__ = "chat_name"
    __table_args__ = (UniqueConstraint("portfolio", "value"), {"info": {"about": "Absender"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    portfolio: Mapped[str]
    value: Mapped[str]
    chat_person_id: Mapped[int] = mapped_column(ForeignKey("chat_person.id", ondelete="CASCADE"), index=True)
    left_at: Mapped[datetime | None] = mapped_column(Instant)


class ChatTwin(Base):
    """Two persons who look like one. Only a member of staff decides it: `same` is empty until then.

    `merged_id` is the one of them (or whom it had been merged into) that became the other by this decision.
    """

    __tablename__ = "chat_twin"
    __table_args__ = (UniqueConstraint("first_id", "second_id"), {"info": {"about": "Absender"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("chat_person.id", ondelete="CASCADE"), index=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("chat_person.id", ondelete="CASCADE"), index=True)
    found_at: Mapped[datetime] = mapped_column(Instant)
    same: Mapped[bool | None]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    merged_id: Mapped[int | None] = mapped_column(ForeignKey("chat_person.id"))


class ChatMove(Base):
    """A message that merging two persons moved, and the conversation from which; so that it can be moved back.

    With a closing instead it is about that one. Without either it is about the conversation itself: its key and state
    before, and whether the one that took its messages took its party as well.
    """

    __tablename__ = "chat_move"
    __table_args__ = (
        UniqueConstraint("chat_twin_id", "message_id"),
        Index("ix_chat_move_message", "message_id"),
        {"info": {"about": "Absender"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_twin_id: Mapped[int] = mapped_column(ForeignKey("chat_twin.id", ondelete="CASCADE"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[bytes | None] = mapped_column(LargeBinary(16), ForeignKey("message.id", ondelete="CASCADE"))
    closure_id: Mapped[int | None]
    key_before: Mapped[str] = mapped_column(default="")
    state_before: Mapped[str] = mapped_column(default="")
    took_party: Mapped[bool] = mapped_column(default=False)


class ChatWatch(Base):
    """When a genuine webhook last came for a number, and when we were last there to take one.

    `subscribed_at` is when Meta last said that our app gets what concerns it; `counted_at` since when Meta's own counts
    are compared with ours.
    """

    __tablename__ = "chat_watch"
    __table_args__ = ({"info": {"about": "Firma"}},)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    watched_at: Mapped[datetime | None] = mapped_column(Instant)
    subscribed_at: Mapped[datetime | None] = mapped_column(Instant)
    counted_at: Mapped[datetime | None] = mapped_column(Instant)


class Gap(Base):
    """A time of which messages may be missing, and why that is thought; open while `until_at` is empty."""

    __tablename__ = "gap"
    __table_args__ = (UniqueConstraint("account_id", "cause", "from_at"), {"info": {"about": "Firma"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    cause: Mapped[str]
    from_at: Mapped[datetime] = mapped_column(Instant)
    until_at: Mapped[datetime | None] = mapped_column(Instant)
    pieces: Mapped[int] = mapped_column(default=0)
