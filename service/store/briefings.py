"""What the team was told after a review: the notes, to whom each went, and who has read it when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from models.duty import Notice
from models.review import TeamNote, TeamNoteReceipt
from models.staff import Member
from models.terms import NoticeKind
from service.errors import NotFound
from service.store import notices
from service.store.notices import Told
from service.turn import Turn

MOST = 50


@dataclass(frozen=True, slots=True)
class Reader:
    """A member whom a note went to, and when he said to have read it; None before."""

    name: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Note:
    """One note with its writer; `read_at` is when the member who asks has read it."""

    note: TeamNote
    writer: str
    readers: tuple[Reader, ...] = ()
    read_at: datetime | None = None

    @property
    def read(self) -> int:
        """Return how many have read it."""
        return sum(one.read_at is not None for one in self.readers)


def add(turn: Turn, note: TeamNote) -> int:
    """Store a note and tell every active member but its writer, each once; returns how many those are."""
    turn.session.add(note)
    turn.session.flush()
    told = list(turn.session.scalars(select(Member.id).where(Member.active, Member.id != (note.member_id or 0))))
    turn.session.add_all(TeamNoteReceipt(note_id=note.id, member_id=number) for number in told)
    turn.session.flush()
    notices.tell(
        turn,
        [Told(one, NoticeKind.MITTEILUNG, _dedup(note.id, one), about_member_id=note.member_id) for one in told],
    )
    return len(told)


def _dedup(note_id: int, member_id: int) -> str:
    return f"mitteilung:{note_id}:{member_id}"


def of_review(turn: Turn, review_id: int) -> tuple[Note, ...]:
    """Return the notes of a review, the newest first, with everybody they went to: unread first, then by name."""
    found = turn.session.execute(
        select(TeamNote, Member.name)
        .outerjoin(Member, Member.id == TeamNote.member_id)
        .where(TeamNote.review_id == review_id)
        .order_by(TeamNote.id.desc())
    ).all()
    readers = _readers(turn, [note.id for note, _ in found])
    return tuple(Note(note, name or "", tuple(readers.get(note.id, ()))) for note, name in found)


def _readers(turn: Turn, note_ids: Sequence[int]) -> dict[int, list[Reader]]:
    found: dict[int, list[Reader]] = {}
    if not note_ids:
        return found
    rows = turn.session.execute(
        select(TeamNoteReceipt.note_id, Member.name, TeamNoteReceipt.read_at)
        .join(Member, Member.id == TeamNoteReceipt.member_id)
        .where(TeamNoteReceipt.note_id.in_(note_ids))
        .order_by(TeamNoteReceipt.read_at.is_not(None), Member.name)
    )
    for note_id, name, read_at in rows:
        found.setdefault(note_id, []).append(Reader(name, read_at))
    return found


def mine(turn: Turn, member_id: int) -> tuple[Note, ...]:
    """Return the notes that went to a member, unread ones first, then the newest."""
    found = turn.session.execute(
        select(TeamNote, Member.name, TeamNoteReceipt.read_at)
        .join(TeamNoteReceipt, TeamNoteReceipt.note_id == TeamNote.id)
        .outerjoin(Member, Member.id == TeamNote.member_id)
        .where(TeamNoteReceipt.member_id == member_id)
        .order_by(TeamNoteReceipt.read_at.is_not(None), TeamNote.id.desc())
        .limit(MOST)
    )
    return tuple(Note(note, name or "", read_at=read_at) for note, name, read_at in found)


def read(turn: Turn, note_id: int, member_id: int) -> bool:
    """Note that a member has read a note; returns whether that is new. Raises NotFound where it did not go to him."""
    receipt = turn.session.get(TeamNoteReceipt, (note_id, member_id))
    if receipt is None:
        raise NotFound("Diese Mitteilung gibt es nicht.")
    if receipt.read_at is not None:
        return False
    receipt.read_at = turn.now
    turn.session.flush()
    seen = turn.session.scalars(select(Notice.id).where(Notice.dedup == _dedup(note_id, member_id))).all()
    notices.see(turn, member_id, seen)
    return True
