"""Sender keys: which address or domain the firm knows, as what, from whom, and how often it was confirmed."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import Category, KeyScope, KeySource


class SenderKey(Base):
    """An explicit rule by sender. `hits` counts confirmations for it, `others` confirmations against it.

    An inactive key answers nothing: it only counts beside a domain key that answers for it (`under_domain`), or it
    stood for a domain with two classes (dissolved), or a person switched it off (`off_at`), which later confirmations
    respect. `root` is what keys that can change each other share: the registrable domain where one sender of it says
    something about the others, else the value itself.
    """

    __tablename__ = "sender_key"
    __table_args__ = (UniqueConstraint("source", "scope", "value"), {"info": {"about": "Absender"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[KeyScope]
    value: Mapped[str] = mapped_column(index=True)
    category: Mapped[Category]
    source: Mapped[KeySource]
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    hits: Mapped[int] = mapped_column(default=0)
    others: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(Instant)
    active: Mapped[bool] = mapped_column(default=True)
    off_at: Mapped[datetime | None] = mapped_column(Instant)
    root: Mapped[str] = mapped_column(default="", index=True)
    under_domain: Mapped[bool] = mapped_column(default=False)
