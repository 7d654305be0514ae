"""Who did what when, from what to what."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant


class Trail(Base):
    """One line of the trail. `about` names the thing ("setting:hours", "conversation:17"), never an address."""

    __tablename__ = "trail"
    __table_args__ = (Index("ix_trail_about", "about", "at"), {"info": {"about": "Mitglied"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    verb: Mapped[str]
    about: Mapped[str]
    before: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
