"""The mailboxes and numbers that we read, each with the chains (cursors) by which reading goes on."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import AccountState, Channel


class Account(Base):
    """A mailbox (address) or a WhatsApp number (`phone_number_id`). `people` is how many look after it."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("channel", "address"), {"info": {"about": "Firma"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel]
    address: Mapped[str]
    name: Mapped[str]
    shared: Mapped[bool] = mapped_column(default=False)
    people: Mapped[int] = mapped_column(default=1)
    state: Mapped[AccountState] = mapped_column(default=AccountState.BEREIT)
    error_code: Mapped[str] = mapped_column(default="")
    last_ok_at: Mapped[datetime | None] = mapped_column(Instant)
    sample: Mapped[bool] = mapped_column(default=False)


class Chain(Base):
    """Where reading of one folder of one account stands. The cursor moves in the transaction that stores its rows.

    `fence` rises with every lease of the chain; a writer with an older one is refused, so that a stopped process
    that comes back cannot move the cursor backwards.
    """

    __tablename__ = "chain"
    __table_args__ = (UniqueConstraint("account_id", "folder"), {"info": {"about": "Firma"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    folder: Mapped[str]
    kind: Mapped[str] = mapped_column(default="inbox")
    cursor: Mapped[str] = mapped_column(default="")
    select_version: Mapped[int] = mapped_column(default=1)
    round: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    complete_at: Mapped[datetime | None] = mapped_column(Instant)
