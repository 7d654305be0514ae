"""Stripped webhook updates that wait for intake; what fails stays with its error class and never blocks the rest."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant


class Inbox(Base):
    """One update, already cut down to allowed metadata. `dedup` makes Meta's retries and duplicates harmless."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_waiting", "id", sqlite_where=text("state = 0"), postgresql_where=text("state = 0")),
        {"info": {"about": "Absender"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedup: Mapped[str] = mapped_column(unique=True)
    account: Mapped[str]
    payload: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
