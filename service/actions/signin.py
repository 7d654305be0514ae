"""Sign in: one-time links for this machine, sessions that end by themselves, and a member's own preferences."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from models.staff import Member
from models.terms import Role
from service.errors import Invalid, NotSignedIn
from service.store import staff, trail
from service.turn import Turn

LINK_LIFE = timedelta(minutes=10)
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=8)
# A session is stamped at most once a minute, so that reading pages does not write on every click.
_STAMP = timedelta(minutes=1)
_BYTES = 32

LANGUAGES = ("de", "en")
THEMES = ("", "light", "dark")


@dataclass(frozen=True, slots=True)
class Visit:
    """A valid session: who it is, and whether it is time to stamp it."""

    member: Member
    stale: bool


def link(turn: Turn, role: Role, member_id: int | None = None) -> str:
    """Make a one-time token (256 bit, 10 minutes) for a member of `role`, adding a member where there is none.

    Only its SHA-256 is stored. Raises NotFound for an unknown `member_id`.
    """
    known = staff.with_role(turn, role)
    if member_id is not None:
        who = staff.member(turn, member_id)
    else:
        who = known[0] if known else staff.add(turn, role.value, role)
    token = token_urlsafe(_BYTES)
    staff.add_link(turn, token, who.id, turn.now + LINK_LIFE)
    trail.note(turn, "Anmeldelink erzeugt", f"member:{who.id}", None, {"role": who.role.value})
    return token


def redeem(turn: Turn, token: str, old_session: str = "") -> tuple[str, Member]:
    """Turn a link into a new session; the browser's former session ends (no fixation). Raises NotAllowed."""
    who = staff.use_link(turn, token)
    if old_session:
        staff.end(turn, old_session)
    session_id = token_urlsafe(_BYTES)
    staff.add_session(turn, session_id, who.id, turn.now - ABSOLUTE)
    trail.note(turn, "Angemeldet", f"member:{who.id}")
    return session_id, who


def visit(turn: Turn, session_id: str) -> Visit:
    """Return who a session belongs to. Raises NotSignedIn when it is unknown, idle for 30 min or older than 8 h."""
    row, who = staff.session(turn, session_id)
    if ended(turn.now, row.created_at, row.seen_at):
        raise NotSignedIn("Ihre Sitzung ist abgelaufen. Bitte melden Sie sich neu an.")
    return Visit(who, turn.now - row.seen_at > _STAMP)


def ended(now: datetime, created_at: datetime, seen_at: datetime) -> bool:
    """Return whether a session is over: 30 minutes without use, or 8 hours after sign-in."""
    return now - seen_at > IDLE or now - created_at > ABSOLUTE


def stamp(turn: Turn, session_id: str) -> None:
    """Note that a session was used."""
    staff.see(turn, session_id)


def leave(turn: Turn, session_id: str) -> None:
    """End a session on the server; the cookie alone is worth nothing afterwards."""
    staff.end(turn, session_id)
    trail.note(turn, "Abgemeldet", f"member:{turn.actor.member_id or 0}")


def prefer(turn: Turn, language: str, theme: str, *, shortcuts: bool) -> None:
    """Store a member's own language, theme and single-key switch (WCAG 2.1.4). Raises Invalid, NotFound."""
    if language not in LANGUAGES or theme not in THEMES:
        raise Invalid("Diese Auswahl gibt es nicht.", {"language": "Deutsch oder Englisch.", "theme": "Hell, dunkel."})
    who = staff.member(turn, turn.actor.member_id or 0)
    who.language, who.theme, who.shortcuts = language, theme, shortcuts
