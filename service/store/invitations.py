"""Invitations: one-time links by which a person of the directory becomes a certain member."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete, select, update

from models.staff import LoginLink, Member, MemberIdentity
from service.errors import NotAllowed
from service.turn import Turn

# What is hashed with the token. No text that anybody can post begins with this byte, so that an invitation can never
# be used up as a login link of the machine, nor the other way round.
_KIND = b"\xffEinladung:"


def _digest(token: str) -> str:
    return sha256(_KIND + token.encode("utf-8", "replace")).hexdigest()


def refused() -> NotAllowed:
    """Return the refusal of an invitation, the same for an unknown, a used and an expired one."""
    return NotAllowed("Diese Einladung gilt nicht (mehr). Eine neue gibt Ihnen die Verwaltung.")


def add(turn: Turn, token: str, member_id: int, expires_at: datetime) -> None:
    """Keep the hash of an invitation; earlier links of the member and all links that ended are dropped."""
    drop(turn, member_id)
    turn.session.execute(delete(LoginLink).where(LoginLink.expires_at < turn.now))
    turn.session.add(
        LoginLink(token_hash=_digest(token), member_id=member_id, created_at=turn.now, expires_at=expires_at)
    )
    turn.session.flush()


def invited(turn: Turn, token: str) -> Member:
    """Return the active member for whom an open invitation is meant. Raises NotAllowed."""
    found = turn.session.scalars(
        select(Member)
        .join(LoginLink, LoginLink.member_id == Member.id)
        .where(
            LoginLink.token_hash == _digest(token),
            LoginLink.used_at.is_(None),
            LoginLink.expires_at > turn.now,
            Member.active,
        )
    ).first()
    if found is None:
        raise refused()
    return found


def use(turn: Turn, token: str) -> Member:
    """Use an invitation up and return its member. Raises NotAllowed, with one text for all reasons."""
    who = invited(turn, token)
    used = turn.session.connection().execute(
        update(LoginLink)
        .where(LoginLink.token_hash == _digest(token), LoginLink.used_at.is_(None))
        .values(used_at=turn.now)
    )
    if used.rowcount != 1:
        raise refused()
    return who


def drop(turn: Turn, member_id: int) -> None:
    """Forget every open link of a member."""
    turn.session.execute(delete(LoginLink).where(LoginLink.member_id == member_id, LoginLink.used_at.is_(None)))


def is_bound(turn: Turn, member_id: int) -> bool:
    """Return whether a directory knows this member already."""
    return turn.session.execute(select(MemberIdentity).where(MemberIdentity.member_id == member_id)).first() is not None
