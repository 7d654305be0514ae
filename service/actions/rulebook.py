"""The rule book: somebody writes a new version, the management approves one, and once a year it is reminded."""

from models.terms import NoticeKind, Role
from service.domain import rulebook
from service.domain.rulebook import Book, Chapter
from service.errors import Conflict, Invalid
from service.store import members, notices, rulebooks
from service.store.notices import Told
from service.turn import Turn

_LONGEST = 20_000


def write(turn: Turn, book: Book, seen: int) -> int:
    """Store a new version; `seen` is the number of the newest one that the writer saw. Returns the new number.

    Raises Conflict when somebody wrote one meanwhile, Invalid when a class has no rule or nothing changed.
    """
    newest = rulebooks.versions(turn)[0]
    if newest.number != seen:
        raise Conflict(f"Inzwischen gibt es Fassung {newest.number}. Bitte zuerst diese ansehen.")
    _check(book)
    if book == newest.book:
        raise Invalid("An dieser Fassung ist nichts geändert.")
    return rulebooks.write(turn, book)


def _check(book: Book) -> None:
    bare = [chapter.category.value for chapter in book.chapters if not chapter.rules]
    if not book.ground or bare:
        raise Invalid("Jede Klasse braucht mindestens eine Regel.", {name: f"{name}: keine Regel" for name in bare})
    if sum(len(line) for chapter in book.chapters for line in _lines(chapter)) + len(book.notes) > _LONGEST:
        raise Invalid("Das Regelbuch ist zu lang.", {"notes": f"Höchstens {_LONGEST} Zeichen."})


def _lines(chapter: Chapter) -> tuple[str, ...]:
    return chapter.rules + chapter.examples


def approve(turn: Turn, number: int) -> None:
    """Let a version hold; approving the one that holds says that it was looked at again. Raises NotFound."""
    rulebooks.approve(turn, rulebooks.one(turn, number).number)


def remind(turn: Turn) -> int:
    """Tell the management, once a year, to look at the rule book; returns how many were told."""
    last = rulebooks.looked_at(turn)
    if not rulebook.due(last, turn.now):
        return 0
    since = last.date().isoformat() if last else "nie"
    year = turn.now.year if last is None else 0
    return notices.tell(
        turn,
        [
            Told(line.member.id, NoticeKind.REGELBUCH, f"regelbuch:{since}:{year}:{line.member.id}")
            for line in members.every(turn)
            if line.member.role is Role.MANAGEMENT
        ],
    )
