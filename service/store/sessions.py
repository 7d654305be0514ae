"""Signed-in browsers as people see them: whose, in which browser, since when, used when; and ending them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from models.staff import Member, WebSession
from service.errors import NotFound
from service.store.staff import digest
from service.turn import Turn

# So much of a session's digest names it on the page; the digest lets nobody in.
_HANDLE = 16


@dataclass(frozen=True, slots=True)
class Line:
    """One running session; `handle` names it in addresses."""

    handle: str
    member_id: int
    name: str
    browser: str
    created_at: datetime
    seen_at: datetime


def handle(session_id: str) -> str:
    """Return the name of the session that a browser's cookie holds."""
    return digest(session_id)[:_HANDLE]


def running(turn: Turn, idle: timedelta, absolute: timedelta, member_id: int | None = None) -> tuple[Line, ...]:
    """Return the sessions that are not over (`idle` since the last use, `absolute` since sign-in), newest use first.

    `member_id` narrows to one member; None means everybody.
    """
    found = (
        select(WebSession, Member.name)
        .join(Member, Member.id == WebSession.member_id)
        .where(
            Member.active,
            WebSession.revoked_at.is_(None),
            WebSession.seen_at >= turn.now - idle,
            WebSession.created_at >= turn.now - absolute,
        )
        .order_by(WebSession.seen_at.desc(), WebSession.id_hash)
    )
    if member_id is not None:
        found = found.where(WebSession.member_id == member_id)
    return tuple(
        Line(row.id_hash[:_HANDLE], row.member_id, name, row.browser, row.created_at, row.seen_at)
        for row, name in turn.session.execute(found)
    )


def end(turn: Turn, named: str, member_id: int | None) -> WebSession:
    """End the session of this handle and return it; `member_id` None means of anybody. Raises NotFound."""
    found = select(WebSession).where(
        WebSession.id_hash.startswith(named, autoescape=True), WebSession.revoked_at.is_(None)
    )
    if member_id is not None:
        found = found.where(WebSession.member_id == member_id)
    row = turn.session.scalars(found.limit(1)).first() if len(named) == _HANDLE else None
    if row is None:
        raise NotFound("Diese Sitzung gibt es nicht (mehr).")
    row.revoked_at = turn.now
    return row
