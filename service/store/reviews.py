"""Reviews as rows: which there are, what of each is ticked, by whom and when; and how this week's stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, or_, select

from models.review import MonthClose, Review, ReviewStep, Sample
from models.staff import Member
from models.terms import Category, ReviewKind
from service.domain import routine
from service.domain.days import local_day
from service.domain.routine import Step
from service.errors import NotFound
from service.store import samples, settings
from service.store.prepared import Ask, Prepared
from service.store.samples import Found
from service.turn import Turn


@dataclass(frozen=True, slots=True)
class Tick:
    """A step with who ticked it and when; `at` is None while it is open."""

    step: Step
    at: datetime | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One review in a list."""

    id: int
    kind: ReviewKind
    period: str
    started_at: datetime
    closed_at: datetime | None
    closed_by: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """The newest sample of a month: its verdicts in order (None = not judged yet) and what follows from them."""

    review_id: int
    month: str
    verdicts: tuple[bool | None, ...]
    found: Found
    wrong: tuple[Category, ...]


@dataclass(frozen=True, slots=True)
class WeekState:
    """How this week's review stands: its steps, the day it is due, and the newest sample (None before the first)."""

    week: str
    due: date
    review_id: int | None
    closed_at: datetime | None
    ticks: tuple[Tick, ...]
    sampled: Sampled | None

    @property
    def done(self) -> int:
        """Return how many steps are ticked."""
        return sum(tick.at is not None for tick in self.ticks)


def today(turn: Turn) -> date:
    """Return the local date of the turn."""
    return local_day(turn.now, ZoneInfo(settings.zone(turn)))


def period(turn: Turn, kind: ReviewKind) -> str:
    """Return the period that is due now: today, this week, last month."""
    day = today(turn)
    if kind is ReviewKind.MORGEN:
        return day.isoformat()
    return routine.week(day) if kind is ReviewKind.FREITAG else routine.before(routine.month(day))


def owner(turn: Turn, kind: ReviewKind) -> int | None:
    """Return whose review it is: a morning belongs to one member, everything else to the firm."""
    return turn.actor.member_id if kind is ReviewKind.MORGEN else None


def dedup(kind: ReviewKind, named: str, member_id: int | None) -> str:
    """Return what makes a review unique."""
    return f"{kind.value}:{named}:{member_id or ''}"


def find(turn: Turn, kind: ReviewKind, named: str) -> Review | None:
    """Return the review of a period; None while nobody began it."""
    wanted = dedup(kind, named, owner(turn, kind))
    return turn.session.scalar(select(Review).where(Review.dedup == wanted))


def get(turn: Turn, review_id: int) -> Review:
    """Return one review. Raises NotFound, the same for a missing one and the morning of somebody else."""
    found = turn.session.get(Review, review_id)
    if found is None or found.member_id not in {None, turn.actor.member_id}:
        raise NotFound("Dieses Review gibt es nicht.")
    return found


def ticks(turn: Turn, kind: ReviewKind, review_id: int | None) -> tuple[Tick, ...]:
    """Return the steps of a review in order with who ticked them; None for one that nobody began."""
    found = () if review_id is None else ask_ticks(review_id).rows(turn)
    done: Mapping[str, tuple[datetime, str]] = {step: (at, name or "") for step, at, name in found}
    return tuple(Tick(step, *done.get(step.key, (None, ""))) for step in routine.STEPS[kind])


def ask_ticks(review_id: int) -> Ask:
    """Return what `ticks` asks."""
    return Ask(_TICKED, {"review": review_id})


# Built once: the page of a month asks it twice.
_TICKED = Prepared(
    select(ReviewStep.step, ReviewStep.at, Member.name)
    .outerjoin(Member, Member.id == ReviewStep.member_id)
    .where(ReviewStep.review_id == bindparam("review"))
)


def past(turn: Turn, kind: ReviewKind, limit: int = 13) -> tuple[Line, ...]:
    """Return the newest reviews of a kind, one's own mornings among them."""
    counted = (
        select(func.count())
        .select_from(ReviewStep)
        .where(ReviewStep.review_id == Review.id)
        .correlate(Review)
        .scalar_subquery()
    )
    found = turn.session.execute(
        select(Review, Member.name, counted)
        .outerjoin(Member, Member.id == Review.closed_by_id)
        .where(Review.kind == kind, or_(Review.member_id.is_(None), Review.member_id == turn.actor.member_id))
        .order_by(Review.period.desc())
        .limit(limit)
    )
    total = len(routine.STEPS[kind])
    return tuple(
        Line(one.id, one.kind, one.period, one.started_at, one.closed_at, name or "", int(done), total)
        for one, name, done in found
    )


def month_close(turn: Turn, month: str) -> MonthClose | None:
    """Return when and by whom a month was closed; None while it is open."""
    return turn.session.get(MonthClose, month)


def name_of(turn: Turn, member_id: int | None) -> str:
    """Return the name of a member; "" for nobody."""
    return "" if member_id is None else turn.session.get_one(Member, member_id).name


def state(turn: Turn) -> WeekState:
    """Return how this week's review stands, with the newest sample beside it: the tile "Wochenrückblick"."""
    day = today(turn)
    named = routine.week(day)
    begun = _begun(named).rows(turn)
    review_id, closed_at = begun[0] if begun else (None, None)
    return WeekState(
        week=named,
        # Days on which the firm is open, whatever calendar its targets count in.
        due=routine.friday(day, settings.opening(turn)),
        review_id=review_id,
        closed_at=closed_at,
        ticks=ticks(turn, ReviewKind.FREITAG, review_id),
        sampled=_newest_sample(turn),
    )


# Built once: every page of figures asks these.
_BEGUN = Prepared(select(Review.id, Review.closed_at).where(Review.dedup == bindparam("dedup")))
_NEWEST = (
    select(Review.id, Review.period)
    .where(Review.kind == ReviewKind.MONAT)
    .order_by(Review.period.desc())
    .limit(1)
    .subquery()
)
# The first message of a sample stands at 1; a review without any has one row of nothing.
_SAMPLE = Ask(
    Prepared(
        select(
            *(_NEWEST.c.id, _NEWEST.c.period, Sample.position),
            *(Sample.class_right, Sample.party_right, Sample.category),
        )
        .join_from(_NEWEST, Sample, Sample.review_id == _NEWEST.c.id, isouter=True)
        .order_by(Sample.position)
    )
)


def _begun(week: str) -> Ask:
    return Ask(_BEGUN, {"dedup": dedup(ReviewKind.FREITAG, week, None)})


def asks(turn: Turn) -> tuple[Ask, ...]:
    """Return what `state` asks in any case."""
    return (_begun(routine.week(today(turn))), _SAMPLE)


def _newest_sample(turn: Turn) -> Sampled | None:
    found = _SAMPLE.rows(turn)
    if not found:
        return None
    review_id, month, *_ = found[0]
    rows = [verdict for _, _, position, *verdict in found if position is not None]
    return Sampled(
        review_id=review_id,
        month=month,
        verdicts=tuple(right for right, _, _ in rows),
        found=samples.told([(right, party) for right, party, _ in rows]),
        wrong=tuple(category for right, _, category in rows if right is False),
    )
