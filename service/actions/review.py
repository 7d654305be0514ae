"""Review: mornings, Fridays and months are gone through step by step; a closed month stays as it was reported."""

from secrets import token_hex

from sqlalchemy import select

from models.review import MonthClose, Review, ReviewStep, Sample
from models.terms import PartyVerdict, ReviewKind
from service.domain import routine
from service.errors import Conflict, Invalid, NotFound
from service.store import month_report, months, reviews, samples, settings, trail
from service.turn import Turn

# The step that is done when every drawn message is judged.
SAMPLE_STEP = "stichprobe"
_OVER = "Dieses Review ist abgeschlossen und bleibt, wie es ist."


def begin(turn: Turn, kind: ReviewKind, period: str = "") -> Review:
    """Return the review of a period (default: the one that is due), begun if nobody had; a month draws its sample.

    Raises Invalid for a month that is not over, and for what is no period of this kind.
    """
    named = period or reviews.period(turn, kind)
    found = reviews.find(turn, kind, named)
    if found is not None:
        return found
    _check(turn, kind, named)
    member_id = reviews.owner(turn, kind)
    review = Review(
        kind=kind,
        period=named,
        dedup=reviews.dedup(kind, named, member_id),
        member_id=member_id,
        started_at=turn.now,
        started_by_id=turn.actor.member_id,
        seed=token_hex(16) if kind is ReviewKind.MONAT else "",
        sample=months.is_invented(turn),
    )
    turn.session.add(review)
    turn.session.flush()
    if kind is ReviewKind.MONAT:
        review.population = samples.put(turn, review)
    _note(turn, "Review begonnen", review, None, {"period": named, "seed": review.seed})
    return review


def _check(turn: Turn, kind: ReviewKind, named: str) -> None:
    if kind is not ReviewKind.MONAT:
        if named != reviews.period(turn, kind):
            raise Invalid("Dieses Review ist nicht von jetzt.", {"period": "Nur heute und diese Woche."})
        return
    try:
        is_over = routine.month(routine.first(named)) == named and named < routine.month(reviews.today(turn))
    except ValueError as error:
        raise Invalid("Das ist kein Monat.", {"period": "Ein Monat wie 2026-10."}) from error
    if not is_over:
        raise Invalid("Dieser Monat ist noch nicht vorbei.", {"period": "Ein Monat, der vorbei ist."})


def tick(turn: Turn, review_id: int, step: str, *, done: bool) -> None:
    """Tick a step, or take that back.

    Raises NotFound, Conflict when the review is closed, Invalid for an unknown step and for a sample not all judged.
    """
    review = _open(turn, review_id)
    if step not in routine.keys(review.kind):
        raise Invalid("Diesen Schritt gibt es nicht.", {"schritt": "Bitte einen der Schritte auf der Seite."})
    if done and step == SAMPLE_STEP and samples.unjudged(turn, review_id):
        raise Invalid("Die Stichprobe ist noch nicht ganz geprüft.", {"schritt": "Erst jede Zeile beurteilen."})
    known = turn.session.get(ReviewStep, (review_id, step))
    if done == (known is not None):
        return
    if known is None:
        turn.session.add(ReviewStep(review_id=review_id, step=step, at=turn.now, member_id=turn.actor.member_id))
    else:
        turn.session.delete(known)
    turn.session.flush()
    _note(turn, "Schritt abgehakt" if done else "Schritt wieder offen", review, None, {"step": step})


def judge(turn: Turn, review_id: int, position: int, *, class_right: bool, party_right: PartyVerdict) -> None:
    """Say of one drawn message whether its class and its party are right (S4.91, S4.92).

    Raises NotFound, the same for a message out of reach, and Conflict when the review is closed.
    """
    review = _open(turn, review_id)
    near = {row.position for row in samples.rows(turn, review_id) if row.conversation is not None}
    one = turn.session.get(Sample, (review_id, position))
    if one is None or position not in near:
        raise NotFound("Diese Zeile der Stichprobe gibt es nicht.")
    before = {"class_right": one.class_right, "party_right": one.party_right}
    one.class_right, one.party_right = class_right, party_right
    one.judged_at, one.member_id = turn.now, turn.actor.member_id
    turn.session.flush()
    after = {"position": position, "class_right": class_right, "party_right": party_right.value}
    _note(turn, "Stichprobe beurteilt", review, before, after)
    if not samples.unjudged(turn, review_id) and turn.session.get(ReviewStep, (review_id, SAMPLE_STEP)) is None:
        step = ReviewStep(review_id=review_id, step=SAMPLE_STEP, at=turn.now, member_id=turn.actor.member_id)
        turn.session.add(step)
        turn.session.flush()


def close(turn: Turn, review_id: int) -> None:
    """Close a review; of a month, every figure is copied as it is now, for good (S4.97).

    Raises NotFound, Conflict when it is closed already, Invalid while a step is open.
    """
    review = _open(turn, review_id)
    missing = [tick.step.title for tick in reviews.ticks(turn, review.kind, review_id) if tick.at is None]
    if missing:
        raise Invalid("Es sind noch Schritte offen.", {"schritte": ", ".join(missing)})
    lines = month_report.counted(turn, review.period, review_id) if review.kind is ReviewKind.MONAT else ()
    review.closed_at, review.closed_by_id = turn.now, turn.actor.member_id
    turn.session.flush()
    if review.kind is ReviewKind.MONAT:
        month_report.put(turn, review.period, lines)
        turn.session.add(
            MonthClose(
                month=review.period,
                review_id=review_id,
                closed_at=turn.now,
                member_id=turn.actor.member_id,
                calendar_version=settings.version(turn, settings.HOURS),
                figures=len(lines),
                sample=review.sample,
            )
        )
        turn.session.flush()
    _note(turn, "Review abgeschlossen", review, None, {"period": review.period, "figures": len(lines)})


def _open(turn: Turn, review_id: int) -> Review:
    review = reviews.get(turn, review_id)
    if turn.session.scalar(select(Review.closed_at).where(Review.id == review_id).with_for_update()) is not None:
        raise Conflict(_OVER)
    return review


def _note(turn: Turn, verb: str, review: Review, before: object, after: object) -> None:
    trail.note(turn, verb, f"review:{review.id}", before, after)
