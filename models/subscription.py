"""Subscriptions to change notifications of a mailbox: what we asked for, until when, and how to know a genuine call."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant


class SubscriptionState(StrEnum):
    """How a subscription stands; whatever it is, polling goes on."""

    FEHLT = "fehlt"
    AKTIV = "aktiv"
    GESTOERT = "gestört"


class Subscription(Base):
    """One per mailbox. `graph_id` is Microsoft's name of it (None: there is none at present).

    `client_state` is the SHA-256 of the secret that each genuine notification carries; the secret itself is with
    Microsoft alone. `renew_at` is when the job looks at it again: half of its life, or the next try after `error`.
    """

    __tablename__ = "subscription"
    __table_args__ = ({"info": {"about": "Firma"}},)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    graph_id: Mapped[str | None] = mapped_column(unique=True)
    client_state: Mapped[str] = mapped_column(default="")
    state: Mapped[SubscriptionState] = mapped_column(default=SubscriptionState.FEHLT)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    renew_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str] = mapped_column(default="")
