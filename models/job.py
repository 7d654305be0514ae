"""What has to be done, for which key, until when leased, by whom; and what recurs."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant


class Job(Base):
    """One piece of background work. `dedup` is unique while the job waits; `fence` rises with every lease."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "uq_job_waiting",
            "dedup",
            unique=True,
            sqlite_where=text("lease_until IS NULL"),
            postgresql_where=text("lease_until IS NULL"),
        ),
        Index("ix_job_due", "run_at"),
        {"info": {"about": "niemand"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(default="")
    dedup: Mapped[str]
    run_at: Mapped[datetime] = mapped_column(Instant)
    attempt: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    worker: Mapped[str] = mapped_column(default="")
    fence: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")


class Schedule(Base):
    """Recurring work: moved on by compare-and-set, so that two schedulers never start the same turn."""

    __tablename__ = "schedule"
    __table_args__ = ({"info": {"about": "niemand"}},)

    name: Mapped[str] = mapped_column(primary_key=True)
    next_run_at: Mapped[datetime] = mapped_column(Instant)
