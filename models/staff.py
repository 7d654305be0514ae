"""Members of staff, how a directory knows them, their links and sessions, and the tokens of services."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import Delivery, Role


class Member(Base):
    """A person who works with Postlotse. `shortcuts` switches single-key commands off (WCAG 2.1.4).

    `address` is the person's own mail address, only to tell things and to read automatic replies, never to sign in.
    `hours` are the person's working hours by weekday in `zone`; empty means the firm's opening hours and zone.
    `invited_at` is set while the person was invited and never signed in. `version` rises with every change.
    """

    __tablename__ = "member"
    __table_args__ = ({"info": {"about": "Mitglied"}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[Role]
    language: Mapped[str] = mapped_column(default="de")
    theme: Mapped[str] = mapped_column(default="")
    shortcuts: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    sample: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str] = mapped_column(default="")
    zone: Mapped[str] = mapped_column(default="")
    hours: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    delivery: Mapped[Delivery] = mapped_column(default=Delivery.MORGENS)
    invited_at: Mapped[datetime | None] = mapped_column(Instant)
    deactivated_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)


class MemberIdentity(Base):
    """By what a directory knows a member: its issuer and the person's lasting id there, never an address."""

    __tablename__ = "member_identity"
    __table_args__ = ({"info": {"about": "Mitglied"}},)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    lasting_id: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)


class LoginLink(Base):
    """A one-time login link; only the SHA-256 of its token is kept."""

    __tablename__ = "login_link"
    __table_args__ = ({"info": {"about": "Mitglied"}},)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class WebSession(Base):
    """A signed-in browser: 30 min idle, 8 h absolute; the cookie holds a random id, the row its SHA-256."""

    __tablename__ = "web_session"
    __table_args__ = ({"info": {"about": "Mitglied"}},)

    id_hash: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    browser: Mapped[str] = mapped_column(default="")


class ServiceToken(Base):
    """A bearer token of another program; only its SHA-256 is kept."""

    __tablename__ = "service_token"
    __table_args__ = ({"info": {"about": "niemand"}},)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    scope: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
