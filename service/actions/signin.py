"""Sign in by one-time link or by the firm's directory, sessions that end by themselves, a member's own preferences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from connectors.identity import Identity
from models.staff import Member
from models.terms import Role
from service.domain import browser
from service.errors import Invalid, NoRole, NotAllowed, NotFound, NotSignedIn
from service.store import reach, staff, trail
from service.turn import Actor, Turn

LINK_LIFE = timedelta(minutes=10)
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=8)
# A session is stamped at most once a minute, so that reading pages does not write on every click.
_STAMP = timedelta(minutes=1)
_BYTES = 32

LANGUAGES = ("de", "en")
THEMES = ("", "light", "dark")

# A member has one role; whoever holds several in the directory works with the first of these.
_FIRST = (Role.ADMIN, Role.TEAM_LEAD, Role.MITARBEITER, Role.MANAGEMENT, Role.DATENSCHUTZ)


@dataclass(frozen=True, slots=True)
class Visit:
    """A valid session: who it is and what that person reaches, and whether it is time to stamp it."""

    member: Member
    actor: Actor
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


def redeem(turn: Turn, token: str, old_session: str = "", agent: str = "") -> tuple[str, Member]:
    """Turn a link into a new session; the browser's former session ends (no fixation). Raises NotAllowed.

    `agent` is the line that the browser sends about itself; two words of it are kept.
    """
    who = staff.use_link(turn, token)
    return _open(turn, who, old_session, agent), who


def _open(turn: Turn, who: Member, old_session: str, agent: str) -> str:
    if old_session:
        staff.end(turn, old_session)
    session_id = token_urlsafe(_BYTES)
    staff.add_session(turn, session_id, who.id, turn.now - ABSOLUTE, browser.short(agent))
    who.invited_at = None
    trail.note(turn, "Angemeldet", f"member:{who.id}")
    return session_id


def role_of(values: tuple[str, ...], roles: Mapping[str, Role]) -> Role:
    """Return the role that the directory's `values` mean; the one with the most rights. Raises NoRole for none."""
    held = {roles[value] for value in values if value in roles}
    for role in _FIRST:
        if role in held:
            return role
    raise NoRole("Ihr Konto hat in Postlotse noch keine Rolle. Eine Rolle vergibt die Verwaltung.")


def admit(turn: Turn, identity: Identity, role: Role, old_session: str = "", agent: str = "") -> tuple[str, Member]:
    """Start a session for a person of the directory with the role held there now; adds a member at the first time.

    A changed role ends all earlier sessions of the member. Raises NotAllowed for a member who was deactivated.
    """
    try:
        who = staff.known_as(turn, identity.issuer, identity.subject)
    except NotFound:
        who = staff.add(turn, identity.name, role)
        staff.add_identity(turn, identity.issuer, identity.subject, who.id)
        trail.note(turn, "Mitglied angelegt", f"member:{who.id}", None, {"role": role.value})
    if not who.active:
        raise NotAllowed("Ihr Zugang zu Postlotse ist gesperrt. Bitte wenden Sie sich an die Verwaltung.")
    if who.role is not role:
        staff.end_all(turn, who.id)
        trail.note(turn, "Rolle geändert", f"member:{who.id}", {"role": who.role.value}, {"role": role.value})
        who.version += 1
    who.role, who.name = role, identity.name
    return _open(turn, who, old_session, agent), who


def turn_away(turn: Turn, why: str, identity: Identity | None = None) -> None:
    """Note that the directory vouched for somebody who may not come in; a known member's sessions end with it."""
    about = "member:0"
    if identity is not None:
        try:
            who = staff.known_as(turn, identity.issuer, identity.subject)
        except NotFound:
            pass
        else:
            staff.end_all(turn, who.id)
            about = f"member:{who.id}"
    trail.note(turn, "Anmeldung abgewiesen", about, None, {"why": why})


def visit(turn: Turn, session_id: str) -> Visit:
    """Return who a session belongs to. Raises NotSignedIn when it is unknown, idle for 30 min or older than 8 h."""
    row, who = staff.session(turn, session_id)
    if ended(turn.now, row.created_at, row.seen_at):
        raise NotSignedIn("Ihre Sitzung ist abgelaufen. Bitte melden Sie sich neu an.")
    return Visit(who, reach.actor(turn, who), turn.now - row.seen_at > _STAMP)


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
    before = {"language": who.language, "theme": who.theme, "shortcuts": who.shortcuts}
    after = {"language": language, "theme": theme, "shortcuts": shortcuts}
    who.language, who.theme, who.shortcuts = language, theme, shortcuts
    if before != after:
        trail.note(turn, "Ansicht geändert", f"member:{who.id}", before, after)
