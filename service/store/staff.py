"""Members of staff, how a directory knows them, their one-time login links and their sessions, as rows."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam, delete, func, or_, select, update

from models.staff import LoginLink, Member, MemberIdentity, WebSession
from models.terms import Role
from service.config import call
from service.domain.duty import WORKING
from service.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from service.turn import Turn


def digest(secret: str) -> str:
    """Return the SHA-256 of a token: all that the database keeps of it."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def member(turn: Turn, member_id: int) -> Member:
    """Return an active member. Raises NotFound."""
    found = turn.session.get(Member, member_id)
    if found is None or not found.active:
        raise NotFound("Dieses Mitglied gibt es nicht (mehr).")
    return found


def worker(turn: Turn, member_id: int, field: str, cannot: str) -> Member:
    """Return an active member whose role does the daily work; `cannot` is what others cannot do ("kann nichts ...").

    Raises Invalid at `field` of a form.
    """
    try:
        found = member(turn, member_id)
    except NotFound:
        raise Invalid(
            "Diese Person arbeitet nicht (mehr) mit Postlotse.", {field: "Bitte jemanden aus der Liste wählen."}
        ) from None
    if found.role not in WORKING:
        raise Invalid(
            f"{found.name} {cannot}: Die Rolle {found.role.value} ordnet keine Post ein.",
            {field: "Bitte Mitarbeiter, Team-Lead oder Admin wählen."},
        )
    return found


def with_role(turn: Turn, role: Role) -> tuple[Member, ...]:
    """Return the active members of a role, oldest first."""
    return tuple(turn.session.scalars(select(Member).where(Member.role == role, Member.active).order_by(Member.id)))


def count(turn: Turn) -> int:
    """Return how many members are active."""
    return int(turn.session.execute(select(func.count()).select_from(Member).where(Member.active)).scalar_one())


def add(turn: Turn, name: str, role: Role, *, sample: bool = False) -> Member:
    """Add a member."""
    made = Member(name=name, role=role, created_at=turn.now, sample=sample)
    turn.session.add(made)
    turn.session.flush()
    return made


def known_as(turn: Turn, issuer: str, subject: str) -> Member:
    """Return the member, active or not, whom a directory knows by this id. Raises NotFound."""
    found = turn.session.scalars(
        select(Member)
        .join(MemberIdentity, MemberIdentity.member_id == Member.id)
        .where(MemberIdentity.issuer == issuer, MemberIdentity.lasting_id == subject)
    ).first()
    if found is None:
        raise NotFound("Dieses Mitglied gibt es nicht (mehr).")
    return found


def add_identity(turn: Turn, issuer: str, subject: str, member_id: int) -> None:
    """Remember by what a directory knows a member."""
    turn.session.add(MemberIdentity(issuer=issuer, lasting_id=subject, member_id=member_id, created_at=turn.now))


def add_link(turn: Turn, token: str, member_id: int, expires_at: datetime) -> None:
    """Keep the hash of a login link; links that ended are dropped on the way."""
    turn.session.execute(delete(LoginLink).where(LoginLink.expires_at < turn.now))
    turn.session.add(
        LoginLink(token_hash=digest(token), member_id=member_id, created_at=turn.now, expires_at=expires_at)
    )
    turn.session.flush()


def link_refused() -> NotAllowed:
    """Return the refusal of a link, the same for an unknown, a used and an expired one, with the way to a new one."""
    return NotAllowed(f"Dieser Anmeldelink gilt nicht (mehr). Einen neuen druckt auf dem Server: {call('login-link')}")


def use_link(turn: Turn, token: str) -> Member:
    """Use up a login link. Raises NotAllowed for an unknown, used or expired one, with one text for all three."""
    hashed = digest(token)
    used = turn.session.connection().execute(
        update(LoginLink)
        .where(LoginLink.token_hash == hashed, LoginLink.used_at.is_(None), LoginLink.expires_at > turn.now)
        .values(used_at=turn.now)
    )
    if used.rowcount != 1:
        raise link_refused()
    return member(
        turn, turn.session.execute(select(LoginLink.member_id).where(LoginLink.token_hash == hashed)).scalar_one()
    )


def add_session(turn: Turn, session_id: str, member_id: int, dead_before: datetime, browser: str = "") -> None:
    """Keep the hash of a session; sessions created before `dead_before` or signed out are dropped on the way."""
    turn.session.execute(
        delete(WebSession).where(or_(WebSession.created_at < dead_before, WebSession.revoked_at.is_not(None)))
    )
    row = WebSession(id_hash=digest(session_id), member_id=member_id, created_at=turn.now, seen_at=turn.now)
    row.browser = browser
    turn.session.add(row)


# Built once: every request asks this.
_SESSION = (
    select(WebSession, Member)
    .join(Member, Member.id == WebSession.member_id)
    .where(WebSession.id_hash == bindparam("hash"), WebSession.revoked_at.is_(None), Member.active)
)


def session(turn: Turn, session_id: str) -> tuple[WebSession, Member]:
    """Return a session that nobody ended, with its active member. Raises NotSignedIn."""
    found = turn.session.execute(_SESSION, {"hash": digest(session_id)}).first()
    if found is None:
        raise NotSignedIn("Bitte melden Sie sich an.")
    return found[0], found[1]


def see(turn: Turn, session_id: str) -> None:
    """Note that a session was just used."""
    turn.session.execute(update(WebSession).where(WebSession.id_hash == digest(session_id)).values(seen_at=turn.now))


def end(turn: Turn, session_id: str) -> None:
    """End a session for good; an unknown one changes nothing."""
    turn.session.execute(
        update(WebSession)
        .where(WebSession.id_hash == digest(session_id), WebSession.revoked_at.is_(None))
        .values(revoked_at=turn.now)
    )


def end_all(turn: Turn, member_id: int) -> None:
    """End every session of a member, in whichever browser."""
    turn.session.execute(
        update(WebSession)
        .where(WebSession.member_id == member_id, WebSession.revoked_at.is_(None))
        .values(revoked_at=turn.now)
    )
