"""Tokens of other programs: made once, kept as a digest, limited to a scope, revocable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy import ColumnElement, or_, select, update

from models.staff import Member, ServiceToken
from service.errors import Conflict, Invalid, NotFound, TokenRefused
from service.store import trail
from service.turn import Turn

# What a token may be for: scope -> what it lets a program do.
SCOPES = {
    "kpis": "Kennzahlen lesen",
    "wand": "Wandbildschirm: die sechs Kennzahlen ansehen, ohne Namen",
    "suggestions": "Vorschläge zu Metadaten einer Nachricht erfragen",
    "conversations": "Konversationen mit Absender, Fristen, Klasse und Zuständigen lesen",
}
# A token starts so, so that a secret scanner and a person recognise it.
PREFIX = "postlotse_"
_HANDLE = 16
# `last_used_at` moves at most this often: a program that asks every second must not write every second.
_NOTE_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; never the token itself."""

    digest: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    expires_at: datetime | None = None
    created_by: str = ""

    @property
    def handle(self) -> str:
        """Return the name of the token in addresses; it lets nobody in."""
        return self.digest[:_HANDLE]

    def holds(self, now: datetime) -> bool:
        """Return whether the token lets its program in at this instant."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _token(row: ServiceToken, created_by: str | None = None) -> Token:
    return Token(
        digest=row.token_hash,
        name=row.name,
        scopes=tuple(row.scope.split()),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        expires_at=row.expires_at,
        created_by=created_by or "",
    )


def new(turn: Turn, name: str, scopes: Sequence[str], life: timedelta | None = None) -> str:
    """Make a token for a program and return it; this is the only time it can be seen. Without `life` it has no end.

    Raises Invalid (no name, unknown or no scope) and Conflict (a token of this name is in use).
    """
    name = name.strip()
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise Invalid("Ein Dienst-Token braucht einen Namen mit 1 bis 80 Zeichen.", {"name": "fehlt oder ist zu lang"})
    unknown = sorted(set(scopes) - SCOPES.keys())
    if unknown or not scopes:
        raise Invalid(
            f"Unbekannter oder fehlender Zweck; möglich sind: {', '.join(SCOPES)}.", {"scope": ", ".join(SCOPES)}
        )
    if _active(turn, name) is not None:
        raise Conflict(f"Ein Dienst-Token mit dem Namen „{name}“ gibt es schon. Erst sperren, dann neu anlegen.")
    token = PREFIX + token_urlsafe(32)
    scope = " ".join(sorted(set(scopes)))
    ends = None if life is None else turn.now + life
    turn.session.add(
        ServiceToken(
            token_hash=_digest(token),
            name=name,
            scope=scope,
            created_at=turn.now,
            expires_at=ends,
            created_by_id=turn.actor.member_id,
        )
    )
    after = {"name": name, "scope": scope} | ({"until": ends.isoformat()} if ends else {})
    trail.note(turn, "Dienst-Token angelegt", f"token:{_digest(token)[:12]}", None, after)
    turn.session.flush()
    return token


def find(turn: Turn, token: str) -> Token:
    """Return what is known of a token. Raises TokenRefused when it does not exist, is revoked or over."""
    row = turn.session.get(ServiceToken, _digest(token))
    if row is None or not _token(row).holds(turn.now):
        raise TokenRefused("Dieses Dienst-Token gilt nicht.")
    return _token(row)


def use_is_due(token: Token, now: datetime) -> bool:
    """Say whether the last use should be noted anew."""
    return token.last_used_at is None or now - token.last_used_at >= _NOTE_AFTER


def note_use(turn: Turn, token: Token) -> None:
    """Note that a token was used now."""
    turn.session.execute(
        update(ServiceToken).where(ServiceToken.token_hash == token.digest).values(last_used_at=turn.now),
        execution_options={"synchronize_session": False},
    )


def every(turn: Turn) -> tuple[Token, ...]:
    """Return all tokens, those in use first, by name."""
    query = (
        select(ServiceToken, Member.name)
        .outerjoin(Member, Member.id == ServiceToken.created_by_id)
        .order_by(ServiceToken.revoked_at.is_not(None), ServiceToken.name, ServiceToken.created_at)
    )
    return tuple(_token(row, name) for row, name in turn.session.execute(query))


def name_of(turn: Turn, handle: str) -> str:
    """Return the name of the token in use that a page calls `handle`. Raises NotFound."""
    query = select(ServiceToken).where(ServiceToken.token_hash.startswith(handle, autoescape=True), *_holding(turn))
    row = turn.session.scalars(query.limit(1)).first() if len(handle) == _HANDLE else None
    if row is None:
        raise NotFound("Kein gültiges Dienst-Token mit diesem Namen.")
    return row.name


def revoke(turn: Turn, name: str) -> None:
    """Revoke the token of this name from this moment on. Raises NotFound when none is in use."""
    row = _active(turn, name.strip())
    if row is None:
        raise NotFound("Kein gültiges Dienst-Token mit diesem Namen.")
    row.revoked_at = turn.now
    before = {"name": row.name, "scope": row.scope}
    trail.note(turn, "Dienst-Token gesperrt", f"token:{row.token_hash[:12]}", before, None)
    turn.session.flush()


def _active(turn: Turn, name: str) -> ServiceToken | None:
    return turn.session.scalars(select(ServiceToken).where(ServiceToken.name == name, *_holding(turn))).one_or_none()


def _holding(turn: Turn) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of tokens that let their program in now."""
    lasting = or_(ServiceToken.expires_at.is_(None), ServiceToken.expires_at > turn.now)
    return ServiceToken.revoked_at.is_(None), lasting
