"""Who is responsible, who is away, who stands in, and what people were told: the rows behind duty and deputies."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import AbsenceKind, NoticeKind


class MemberAccount(Base):
    """A mailbox or number that a member looks after; the lowest `position` is responsible first."""

    __tablename__ = "member_account"
    __table_args__ = ({"info": {"about": "Mitglied"}},)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


class Team(Base):
    """A team is a set of mailboxes and numbers, with the members who work in it."""

    __tablename__ = "team"
    __table_args__ = (CheckConstraint("name <> ''", name="named"), {"info": {"about": "Firma"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    sample: Mapped[bool] = mapped_column(default=False)


class TeamAccount(Base):
    """A mailbox or number of a team."""

    __tablename__ = "team_account"
    __table_args__ = ({"info": {"about": "Firma"}},)

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True)


class TeamMember(Base):
    """A member of a team; `leads` names those at whom a chain of deputies ends (S4.82)."""

    __tablename__ = "team_member"
    __table_args__ = ({"info": {"about": "Mitglied"}},)

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True, index=True)
    leads: Mapped[bool] = mapped_column(default=False)


class Deputy(Base):
    """Who stands in for a member, in order (S4.78); nobody stands in for himself."""

    __tablename__ = "deputy"
    __table_args__ = (
        UniqueConstraint("member_id", "deputy_id"),
        CheckConstraint("member_id <> deputy_id", name="somebody_else"),
        {"info": {"about": "Mitglied"}},
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    deputy_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)


class Absence(Base):
    """A time in which a member is away. `ended_at` is set when it ended before its time or was withdrawn.

    `handed_back_at` marks that the member got the summary of what happened meanwhile (S4.83).
    """

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("until_at > from_at", name="ends_after_it_begins"),
        Index("ix_absence_member", "member_id", "from_at"),
        {"info": {"about": "Mitglied"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    kind: Mapped[AbsenceKind]
    from_at: Mapped[datetime] = mapped_column(Instant)
    until_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    handed_back_at: Mapped[datetime | None] = mapped_column(Instant)


class DeputyGrant(Base):
    """The rights of an absent member that a deputy holds for a time; over by itself at `until_at`."""

    __tablename__ = "deputy_grant"
    __table_args__ = (
        Index("ix_deputy_grant_deputy", "deputy_id", "until_at"),
        {"info": {"about": "Mitglied"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    absence_id: Mapped[int | None] = mapped_column(ForeignKey("absence.id", ondelete="CASCADE"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    from_at: Mapped[datetime] = mapped_column(Instant)
    until_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Notice(Base):
    """Something a member was told inside Postlotse. `dedup` is unique, so that nobody is told the same thing twice."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_at", "at"),
        Index(
            "ix_notice_unseen",
            "member_id",
            sqlite_where=text("seen_at IS NULL"),
            postgresql_where=text("seen_at IS NULL"),
        ),
        {"info": {"about": "Mitglied"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[NoticeKind]
    dedup: Mapped[str] = mapped_column(unique=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    about_member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    absence_id: Mapped[int | None] = mapped_column(ForeignKey("absence.id", ondelete="CASCADE"))
    amount: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)


class Presence(Base):
    """Who has which row open just now, so that two people do not do the same work."""

    __tablename__ = "presence"
    __table_args__ = ({"info": {"about": "Mitglied"}},)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)
