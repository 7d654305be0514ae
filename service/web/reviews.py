"""Reviews: the morning, the Friday and the month, step by step; the sample; the report as PDF and workbook."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from models.review import Review
from models.terms import PartyVerdict, ReviewKind
from service import guards
from service.actions import review as verbs
from service.actions.brief import LONGEST
from service.domain import routine
from service.errors import Invalid, NotFound
from service.store import ahead, briefings, figures, mistakes, month_report, reviews, samples
from service.turn import Turn
from service.web import report, report_pdf, report_xlsx, session
from service.web.report import Report

pages = Blueprint("reviews", __name__)

_KINDS = {kind.name.lower(): kind for kind in ReviewKind}
_MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
_LOOK = {"im Ziel": "good", "knapp": "warn", "verfehlt": "bad"}


def period(kind: ReviewKind, named: str) -> str:
    """Return a period as people say it: a date, "KW 47 2026", "Oktober 2026"."""
    if kind is ReviewKind.MORGEN:
        return f"{date.fromisoformat(named):%d.%m.%Y}"
    if kind is ReviewKind.FREITAG:
        return f"KW {int(named[6:])} {named[:4]}"
    return f"{_MONTHS[int(named[5:7]) - 1]} {named[:4]}"


@pages.get("/reviews")
@guards.needs(guards.FIGURES)
def index() -> str:
    """Show what is due now of each kind, and what was done before."""
    with session.look() as turn:
        return render_template(
            "reviews.html",
            page="reviews",
            cards=[_card(turn, kind) for kind in _shown()],
            period=period,
            kinds={kind: name for name, kind in _KINDS.items()},
            week=reviews.state(turn),
        )


def _shown() -> list[ReviewKind]:
    """Return the kinds that this role has: a morning is for who works."""
    works = session.actor().role in guards.WORK
    return [kind for kind in ReviewKind if works or kind is not ReviewKind.MORGEN]


def _card(turn: Turn, kind: ReviewKind) -> dict[str, Any]:
    named = reviews.period(turn, kind)
    review = reviews.find(turn, kind, named)
    past = [line for line in reviews.past(turn, kind) if line.period != named]
    return {
        "kind": kind,
        "period": named,
        "review": review,
        "ticks": reviews.ticks(turn, kind, review.id if review else None),
        "past": past,
        "may": _may(kind),
        "due": reviews.state(turn).due if kind is ReviewKind.FREITAG else None,
    }


def _may(kind: ReviewKind) -> bool:
    return session.actor().role in (guards.WORK if kind is ReviewKind.MORGEN else guards.REVIEWS)


@pages.post("/reviews")
@guards.needs(guards.WORK)
def begin() -> Answer:
    """Begin the review that is due, or go to it."""
    kind = _KINDS.get(request.form.get("art", ""))
    if kind is None:
        raise Invalid("Dieses Review gibt es nicht.", {"art": ", ".join(_KINDS)})
    _ask(kind)
    with session.runtime().turn(session.actor()) as turn:
        found = verbs.begin(turn, kind, request.form.get("zeitraum", "")[:10]).id
    return redirect(f"/reviews/{found}", 303)


def _ask(kind: ReviewKind) -> None:
    guards.ask(guards.WORK if kind is ReviewKind.MORGEN else guards.REVIEWS)


@pages.get("/reviews/<int:review_id>")
@guards.needs(guards.FIGURES)
def show(review_id: int) -> str:
    """Show one review."""
    return _page(review_id)


def _page(review_id: int, problem: Invalid | None = None) -> str:
    with session.look() as turn:
        review = reviews.get(turn, review_id)
        may = _may(review.kind)
        is_month = review.kind is ReviewKind.MONAT
        ahead.around_review(turn, review_id, is_month=is_month)
        return render_template(
            "review.html",
            page="reviews",
            review=review,
            title=period(review.kind, review.period),
            ticks=reviews.ticks(turn, review.kind, review_id),
            readings={key: figures.one(turn, key) for key in routine.figures(review.kind)},
            look=_LOOK,
            may=may and review.closed_at is None,
            verdicts=tuple(PartyVerdict),
            rows=samples.rows(turn, review_id) if is_month and may else (),
            mistakes=mistakes.of_month(turn, review.period) if is_month and may else (),
            month=_month(turn, review) if is_month else None,
            notes=briefings.of_review(turn, review_id) if is_month else (),
            sees_readers=may,
            longest=LONGEST,
            closed_by=reviews.name_of(turn, review.closed_by_id),
            started_by=reviews.name_of(turn, review.started_by_id),
            value=report.value,
            beside=report.beside,
            target=report.target,
            stand=report.standing,
            problem=problem,
            SAMPLE_STEP=verbs.SAMPLE_STEP,
        )


def _month(turn: Turn, review: Review) -> Report:
    """Return the report of a month: as it was reported, or as it is counted now."""
    now = month_report.counted(turn, review.period, review.id)
    closed = reviews.month_close(turn, review.period)
    lines = month_report.compared(month_report.reported(turn, review.period), now) if closed else now
    return Report(
        title=period(review.kind, review.period),
        month=review.period,
        sections=tuple(
            (text, [one for one in lines if one.section == name]) for name, text in month_report.SECTIONS.items()
        ),
        ticks=reviews.ticks(turn, review.kind, review.id),
        closed_at=closed.closed_at if closed else None,
        closed_by=reviews.name_of(turn, closed.member_id) if closed else "",
        population=review.population,
        seed=review.seed,
        as_of=turn.now,
    )


@pages.post("/reviews/<int:review_id>/schritt")
@guards.needs(guards.WORK)
def tick(review_id: int) -> Answer | tuple[str, int]:
    """Tick a step, or take that back."""
    _ask_for(review_id)
    step = request.form.get("schritt", "")[:40]
    try:
        with session.runtime().turn(session.actor()) as turn:
            verbs.tick(turn, review_id, step, done=request.form.get("erledigt") == "1")
    except Invalid as error:
        return _page(review_id, error), 422
    return redirect(f"/reviews/{review_id}#s-{step}", 303)


def _ask_for(review_id: int) -> None:
    """Raise NotFound for a review that is not there, and NotAllowed where the role may not change it."""
    with session.look() as turn:
        kind = reviews.get(turn, review_id).kind
    _ask(kind)


@pages.post("/reviews/<int:review_id>/stichprobe/<int:position>")
@guards.needs(guards.REVIEWS)
def judge(review_id: int, position: int) -> Answer | tuple[str, int]:
    """Say of one drawn message whether class and party are right."""
    right, party = request.form.get("klasse", ""), request.form.get("zuordnung", "")
    verdicts = {one.value: one for one in PartyVerdict}
    if right not in {"ja", "nein"} or party not in verdicts:
        return _page(review_id, Invalid(f"Zeile {position}: bitte beide Fragen beantworten.")), 422
    with session.runtime().turn(session.actor()) as turn:
        verbs.judge(turn, review_id, position, class_right=right == "ja", party_right=verdicts[party])
    return redirect(f"/reviews/{review_id}#p-{position}", 303)


@pages.post("/reviews/<int:review_id>/abschliessen")
@guards.needs(guards.REVIEWS)
def close(review_id: int) -> Answer | tuple[str, int]:
    """Close a review; the box must be ticked, because nothing takes it back."""
    if request.form.get("sicher") != "1":
        return _page(review_id, Invalid("Bitte bestätigen: Ein abgeschlossenes Review ändert sich nicht mehr.")), 422
    try:
        with session.runtime().turn(session.actor()) as turn:
            verbs.close(turn, review_id)
    except Invalid as error:
        return _page(review_id, error), 422
    return redirect(f"/reviews/{review_id}", 303)


@pages.get("/reviews/<int:review_id>/bericht.<form>")
@guards.needs(guards.FIGURES)
def download(review_id: int, form: str) -> Response:
    """Answer the report of a month as PDF or workbook; a closed month gives the same file each time."""
    with session.look() as turn:
        review = reviews.get(turn, review_id)
        if review.kind is not ReviewKind.MONAT or form not in {"pdf", "xlsx"}:
            raise NotFound("Diesen Bericht gibt es nicht.")
        found = _month(turn, review)
    if form == "pdf":
        answer = Response(report_pdf.pdf(found, report.value), mimetype="application/pdf")
    else:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        answer = Response(report_xlsx.workbook(found, report.value), mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="postlotse-{found.month}.{form}"'
    return answer
