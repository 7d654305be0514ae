"""One transaction, one instant, one person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from models.terms import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. A program (worker, import, webhook) has no member and no role.

    `reach` are the mailboxes and numbers whose conversations this person may see and change; None means all.
    `stands_for` are the members whose duties this person holds for a time; `covers` are (member, account): what is
    that member's there by hand or party has come to this person, because nobody nearer is there (store/reach.py).
    """

    member_id: int | None = None
    name: str = ""
    role: Role | None = None
    reach: frozenset[int] | None = None
    stands_for: frozenset[int] = frozenset()
    covers: frozenset[tuple[int, int]] = frozenset()


NOBODY = Actor()


@dataclass(frozen=True, slots=True)
class Turn:
    """What a verb needs to act: the open transaction, the one instant of this request or tick, and who acts."""

    session: Session
    now: datetime
    actor: Actor
