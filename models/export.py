"""Files that the worker makes for somebody: what was asked for, how far it is, the file in parts until it expires."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import Role


class Export(Base):
    """One file for one member. `wanted` is the filter of the list in words of its address, `format` csv or xlsx.

    `role` and `reach` (account numbers, None = all) are what the member might see when the rows were written: whoever
    may see less by the time of the download does not get the file. `done` of `total` rows are written.
    """

    __tablename__ = "export"
    __table_args__ = ({"info": {"about": "Mitglied"}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    wanted: Mapped[dict[str, Any]] = mapped_column(JSON)
    format: Mapped[str]
    role: Mapped[Role]
    reach: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(Instant)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    error: Mapped[str] = mapped_column(default="")


class ExportPart(Base):
    """One piece of a file; all pieces in order are the file."""

    __tablename__ = "export_part"
    __table_args__ = ({"info": {"about": "Absender"}},)

    export_id: Mapped[int] = mapped_column(ForeignKey("export.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class FigureGroup(Base):
    """From local day `since` (ISO date) on, averages of an account are only shown together with its whole `block`.

    A block is named by the lowest account number in it. Rows of one day replace those of all days before; figures of
    a day stay under the blocks that held on it, so that no later change makes a small group visible.
    """

    __tablename__ = "figure_group"
    __table_args__ = ({"info": {"about": "niemand"}},)

    since: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    block: Mapped[int]
