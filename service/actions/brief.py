"""Telling the team what changes after a month's review, and saying that one has read it (S4.96)."""

from models.review import ReviewStep, TeamNote
from models.terms import ReviewKind
from service.errors import Conflict, Invalid, NotFound
from service.store import briefings, reviews, rulebooks, trail
from service.turn import Turn

# The step of a month that is done once the team was told.
STEP = "team"
LONGEST = 1_000


def tell(turn: Turn, review_id: int, words: str) -> int:
    """Tell every active member in a few words what changes; returns how many were told. Ticks the step.

    Raises NotFound for what is no month, Conflict when it is closed, Invalid without words and for too many.
    """
    review = reviews.get(turn, review_id)
    if review.kind is not ReviewKind.MONAT:
        raise NotFound("Hier gibt es niemanden zu informieren.")
    if review.closed_at is not None:
        raise Conflict("Dieses Review ist abgeschlossen und bleibt, wie es ist.")
    said = words.strip()
    if not said or len(said) > LONGEST:
        raise Invalid("Bitte in ein paar Sätzen sagen, was sich ändert.", {"mitteilung": f"1 bis {LONGEST} Zeichen."})
    holds = rulebooks.holding(rulebooks.versions(turn)).number
    note = TeamNote(review_id=review_id, at=turn.now, member_id=turn.actor.member_id, words=said, rulebook=holds)
    told = briefings.add(turn, note)
    if turn.session.get(ReviewStep, (review_id, STEP)) is None:
        turn.session.add(ReviewStep(review_id=review_id, step=STEP, at=turn.now, member_id=turn.actor.member_id))
        turn.session.flush()
    trail.note(turn, "Team informiert", f"review:{review_id}", None, {"note": note.id, "members": told})
    return told


def read(turn: Turn, note_id: int) -> None:
    """Say that one has read a note; again changes nothing. Raises NotFound where it did not go to who acts."""
    if briefings.read(turn, note_id, turn.actor.member_id or 0):
        trail.note(turn, "Mitteilung gelesen", f"team_note:{note_id}", None, None)
