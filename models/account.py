"""The mailboxes and numbers that we read, each with the chains (cursors) by which reading goes on."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import AccountState, Channel


class Account(Base):
    """A mailbox (address) or a WhatsApp number (`phone_number_id`). `people` is how many look after it.

    `round` counts the reads of the whole mailbox; rows remember it to tell what a full round did not meet.
    `incomplete_since`: what came after this instant may be missing (None: nothing is). `warning_code` names what
    works in a poorer way only (a full mailbox is listed instead of followed). `bare_since`: since when mails are read
    without header lines, because the right does not give them (None: they come).
    """

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
    warning_code: Mapped[str] = mapped_column(default="")
    last_ok_at: Mapped[datetime | None] = mapped_column(Instant)
    incomplete_since: Mapped[datetime | None] = mapped_column(Instant)
    bare_since: Mapped[datetime | None] = mapped_column(Instant)
    round: Mapped[int] = mapped_column(default=0)
    sample: Mapped[bool] = mapped_column(default=False)


class Chain(Base):
    """Where reading of one folder of one account stands. The cursor moves in the transaction that stores its rows.

    `fence` rises with every lease of the chain; a writer with an older one is refused, so that a stopped process
    that comes back cannot move the cursor backwards. `round` is the mailbox's round in which the present full round
    began, `swept_round` the last one that was completed: while they differ, a full round is running. `read` counts
    its items, `total` is how many the folder said it has (0 = unknown), `damaged` those that nobody can read.
    `ahead_at`: the newest messages were read ahead of the first round; `listed_at`: up to when a folder was listed
    because its changes could not be followed; `restarted_at`: when a link had last expired.
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
    swept_round: Mapped[int] = mapped_column(default=0)
    read: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    damaged: Mapped[int] = mapped_column(default=0)
    ahead_at: Mapped[datetime | None] = mapped_column(Instant)
    listed_at: Mapped[datetime | None] = mapped_column(Instant)
    restarted_at: Mapped[datetime | None] = mapped_column(Instant)


class MailFolder(Base):
    """One folder in the tree of a mailbox, by its ids alone; names of folders stay where they are.

    `kind` is the well-known name of a folder that has one ("inbox", "junkemail"), "" for every other.
    """

    __tablename__ = "mail_folder"
    __table_args__ = ({"info": {"about": "Firma"}},)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    folder: Mapped[str] = mapped_column(primary_key=True)
    parent: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="")
    seen_round: Mapped[int] = mapped_column(default=0)
