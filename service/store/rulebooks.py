"""The versions of the rule book: what was written by whom, what was approved by whom, and what holds."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from models.setting import Setting
from models.staff import Member
from service.domain import rulebook
from service.domain.rulebook import Book
from service.errors import NotFound
from service.store import settings
from service.turn import Turn

BOOK = "rulebook"
APPROVED = "rulebook_approved"


@dataclass(frozen=True, slots=True)
class Version:
    """One wording: number 0 is the text that Postlotse brings; `approved_at` is None while nobody approved it."""

    number: int
    book: Book
    written_at: datetime | None
    writer: str
    approved_at: datetime | None = None
    approver: str = ""


def versions(turn: Turn) -> tuple[Version, ...]:
    """Return every version, the newest first."""
    approvals: dict[int, tuple[datetime, str]] = {}
    for setting, name in _rows(turn, APPROVED):
        # Approved again a year later: the last word counts.
        approvals[int(setting.value["version"])] = (setting.changed_at, name or "")
    found = [Version(0, rulebook.DEFAULT, None, "Postlotse", *approvals.get(0, (None, "")))]
    for setting, name in _rows(turn, BOOK):
        given = approvals.get(setting.version, (None, ""))
        found.append(Version(setting.version, rulebook.book(setting.value), setting.changed_at, name or "", *given))
    return tuple(reversed(found))


def _rows(turn: Turn, name: str) -> list[tuple[Setting, str | None]]:
    return [
        (setting, member)
        for setting, member in turn.session.execute(
            select(Setting, Member.name)
            .outerjoin(Member, Member.id == Setting.member_id)
            .where(Setting.name == name)
            .order_by(Setting.version)
        )
    ]


def holding(found: tuple[Version, ...]) -> Version:
    """Return the version that holds: the newest one that was approved, else the text that Postlotse brings."""
    return next((version for version in found if version.approved_at is not None), found[-1])


def one(turn: Turn, number: int) -> Version:
    """Return one version. Raises NotFound."""
    for version in versions(turn):
        if version.number == number:
            return version
    raise NotFound("Diese Fassung des Regelbuchs gibt es nicht.")


def looked_at(turn: Turn) -> datetime | None:
    """Return when the management last approved a version; None for never."""
    return turn.session.scalar(
        select(Setting.changed_at).where(Setting.name == APPROVED).order_by(Setting.version.desc()).limit(1)
    )


def write(turn: Turn, book: Book) -> int:
    """Store a new version; returns its number."""
    return settings.put(turn, BOOK, rulebook.plain(book))


def approve(turn: Turn, number: int) -> None:
    """Note that this version holds from now on."""
    settings.put(turn, APPROVED, {"version": number})
