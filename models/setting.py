"""What the firm decides at run time; every change is a new version, nothing is overwritten."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant


class Setting(Base):
    """One version of one setting ("hours", "targets", ...); the highest version holds."""

    __tablename__ = "setting"
    __table_args__ = (UniqueConstraint("name", "version"), {"info": {"about": "Firma"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
