"""Notices: what a member was told inside Postlotse, each thing once, and what he has seen of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from models.duty import Notice
from models.message import Conversation
from models.staff import Member
from models.terms import NoticeKind
from service.store import reach
from service.store.prepared import Ask, Prepared
from service.turn import Turn

MOST = 100


@dataclass(frozen=True, slots=True)
class Told:
    """Something to tell a member; `dedup` is the same for the same thing, however often it is said."""

    member_id: int
    kind: NoticeKind
    dedup: str
    conversation_id: int | None = None
    about_member_id: int | None = None
    absence_id: int | None = None
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A notice as people read it; `conversation` is None when there is none or it is out of reach by now."""

    notice: Notice
    about: str
    conversation: Conversation | None


def unknown(turn: Turn, wanted: Iterable[str]) -> frozenset[str]:
    """Return those of these keys that nobody was told yet."""
    keys = list(dict.fromkeys(wanted))
    found: set[str] = set()
    for start in range(0, len(keys), 500):
        found.update(turn.session.scalars(select(Notice.dedup).where(Notice.dedup.in_(keys[start : start + 500]))))
    return frozenset(keys) - found


def tell(turn: Turn, told: Sequence[Told]) -> int:
    """Tell each thing that was not told before; returns how many were new. Safe to repeat and to race."""
    fresh = unknown(turn, [one.dedup for one in told])
    insert = sqlite.insert if turn.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows: dict[str, dict[str, Any]] = {
        one.dedup: {
            "member_id": one.member_id,
            "at": turn.now,
            "kind": one.kind,
            "dedup": one.dedup,
            "conversation_id": one.conversation_id,
            "about_member_id": one.about_member_id,
            "absence_id": one.absence_id,
            "amount": one.amount,
        }
        for one in told
        if one.dedup in fresh
    }
    new = 0
    for row in rows.values():
        said = insert(Notice).values(**row).on_conflict_do_nothing(index_elements=["dedup"]).returning(Notice.id)
        new += len(turn.session.connection().execute(said).all())
    return new


# Built once: every page asks this.
_UNSEEN = Prepared(
    select(func.count()).select_from(Notice).where(Notice.member_id == bindparam("member"), Notice.seen_at.is_(None))
)


def unseen(turn: Turn, member_id: int) -> int:
    """Return how many notices a member has not seen."""
    return int(ask(member_id).row(turn)[0])


def ask(member_id: int) -> Ask:
    """Return what `unseen` asks."""
    return Ask(_UNSEEN, {"member": member_id})


def lines(turn: Turn, member_id: int) -> tuple[Line, ...]:
    """Return the notices of a member, newest first."""
    rows = turn.session.execute(
        select(Notice, Member.name)
        .outerjoin(Member, Member.id == Notice.about_member_id)
        .where(Notice.member_id == member_id)
        .order_by(Notice.at.desc(), Notice.id.desc())
        .limit(MOST)
    ).all()
    ids = [row.conversation_id for row, _ in rows if row.conversation_id is not None]
    found = {
        one.id: one
        for one in turn.session.scalars(select(Conversation).where(Conversation.id.in_(ids), *reach.mine(turn)))
    }
    return tuple(Line(row, name or "", found.get(row.conversation_id or 0)) for row, name in rows)


def see(turn: Turn, member_id: int, notice_ids: Sequence[int] | None = None) -> int:
    """Mark notices of a member as seen (None = all of them); returns how many were not before."""
    mine = [Notice.member_id == member_id, Notice.seen_at.is_(None)]
    if notice_ids is not None:
        mine.append(Notice.id.in_(notice_ids))
    done = turn.session.connection().execute(update(Notice).where(*mine).values(seen_at=turn.now))
    return done.rowcount


def see_absence(turn: Turn, member_id: int, absence_id: int) -> None:
    """Mark what a member was told about an absence as seen, because he has its page open."""
    turn.session.connection().execute(
        update(Notice)
        .where(Notice.member_id == member_id, Notice.absence_id == absence_id, Notice.seen_at.is_(None))
        .values(seen_at=turn.now)
    )
